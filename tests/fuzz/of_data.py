"""Files of data: pictures, masks, arrays, listings of data sets, the workspace's own tables."""

import io
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image

from datatools import images, plain_png, tables
from datatools.errors import DataError
from datatools.journal import Journal
from datatools.outside.arrays import read_array
from datatools.readers._detect import detect
from datatools.records import Annotation, Source, SplitRow
from datatools.tables import Table
from datatools.workspace import Workspace
from tests.datasets import WRITERS
from tests.fuzz.target import Form, Target
from tests.pictures import draw_person

Row = TypeVar("Row")
_LISTINGS = {
    "ccp": "index.csv",
    "celebamask": "labels.csv",
    "eg1800": "index.csv",
    "derived": "index.csv",
    "fiftyone": "samples.json",
    "london": "labels.csv",
    "mebeauty": "labels.csv",
    "rendered": "answers.csv",
    "table": "listing.csv",
}
_KINDS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM")


def _reader(name: str) -> Target:
    """Read a data set whose listing is broken, to the last entry."""
    options: dict[str, str] = {}

    def listing(folder: Path) -> Path:
        there = folder / "set" / _LISTINGS[name]
        return there if there.is_file() else next((folder / "set").glob("*.csv"))

    def seeds(folder: Path) -> list[bytes]:
        (folder / "set").mkdir()
        options.update(WRITERS[name](folder / "set"))
        return [listing(folder).read_bytes()]

    def parse(path: Path) -> None:
        path.replace(listing(path.parent))
        reader = detect(path.parent / "set", name, options)
        reader.matches()
        for entry in reader.entries():
            [answer.value for answer in entry.answers]

    form: Form = "json" if _LISTINGS[name].endswith(".json") else "csv"
    return Target(
        name=f"reader {name}", suffix=".any", form=form, seeds=seeds, parse=parse, share=1, needs_folder=True
    )


def _pictures(_: Path) -> list[bytes]:
    picture = Image.fromarray(draw_person(width_px=24, height_px=32)[0])
    made = []
    for kind in _KINDS:
        stream = io.BytesIO()
        exif = {"exif": _turned()} if kind in {"JPEG", "PNG", "WEBP", "TIFF"} else {}
        picture.save(stream, kind, **exif)
        made.append(stream.getvalue())
    return made


def _turned() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


def _masks(_: Path) -> list[bytes]:
    mask = Image.fromarray(draw_person(width_px=24, height_px=32)[1].array.astype(np.uint8) * 255)
    made = []
    for one in (mask, mask.convert("P"), mask.convert("1"), mask.convert("LA"), mask.convert("I;16")):
        stream = io.BytesIO()
        one.save(stream, "PNG")
        made.append(stream.getvalue())
    return made


def _arrays(_: Path) -> list[bytes]:
    made = []
    for version in ((1, 0), (2, 0), (3, 0)):
        stream = io.BytesIO()
        np.lib.format.write_array(stream, np.zeros((68, 2), np.float32), version)
        made.append(stream.getvalue())
    return made


def _small() -> list[SplitRow]:
    return [SplitRow(sample_id=f"{number:016x}", person_id="p", split="train") for number in range(3)]


def _annotations() -> list[Annotation]:
    return [
        Annotation(
            sample_id=f"{number:016x}",
            question="perceived_gender",
            value="female",
            annotator_id="ann01",
            source="annotator",
            vocabulary="gender@1",
            created_at=None,
            lead_time_s=2.5,
            presentation_order=number,
            batch="b",
        )
        for number in range(3)
    ]


def _sources() -> list[Source]:
    return [Source(source="a", root="/a", reader="folder", licence="none")]


def _table(table: Table[Row], rows: list[Row]) -> Target:
    def seeds(folder: Path) -> list[bytes]:
        tables.write(folder / "t.parquet", table, rows)
        return [(folder / "t.parquet").read_bytes()]

    def parse(path: Path) -> None:
        for row in tables.read(path, table):
            repr(row)
        tables.read_encoded([path], table)

    name = f"table {table.name}"
    return Target(name=name, suffix=".parquet", form="bytes", seeds=seeds, parse=parse, share=2)


def _journals(folder: Path) -> list[bytes]:
    workspace = Workspace(folder / "made")
    workspace.create()
    with Journal(workspace, tables.SPLITS) as journal:
        for row in _small():
            journal.append(row.sample_id, [row])
    return [journal.path.read_bytes()]


def _journal(path: Path) -> None:
    workspace = Workspace(path.parent / "ws")
    workspace.create()
    journal = Journal(workspace, tables.SPLITS)
    path.replace(journal.path)
    journal.read()


def _plain(path: Path) -> None:
    plain_png.read(path, 1.0)


def _own_mask(path: Path) -> None:
    for read in (images.read_mask, images.read_matte):
        try:
            read(path)
        except DataError:
            continue


TARGETS = (
    *map(_reader, _LISTINGS),
    Target(
        name="picture",
        suffix=".jpg",
        form="png",
        seeds=_pictures,
        parse=lambda path: images.read_rgb(path, 1.0),
        share=3,
    ),
    Target(
        name="reference mask",
        suffix=".png",
        form="png",
        seeds=_masks,
        parse=lambda path: images.read_reference_mask(path, 1.0),
        share=3,
    ),
    Target(name="plain PNG", suffix=".png", form="png", seeds=_masks, parse=_plain),
    Target(name="mask of the workspace", suffix=".png", form="png", seeds=_masks, parse=_own_mask, share=2),
    Target(
        name="NumPy array",
        suffix=".npy",
        form="bytes",
        seeds=_arrays,
        parse=lambda path: read_array(path, 1 << 20),
    ),
    _table(tables.ANNOTATIONS, _annotations()),
    _table(tables.SOURCES, _sources()),
    _table(tables.SPLITS, _small()),
    Target(name="journal", suffix=".any", form="json", seeds=_journals, parse=_journal, share=2),
)
