"""Files that bring answers of people: sheets, exports of other tools, what the annotation page saved."""

import json
from pathlib import Path

from datatools import lists, sheets, tables
from datatools.asking import batch
from datatools.errors import DatatoolsError
from datatools.exchange import Item
from datatools.exchange._detect import build
from datatools.sheets import Cell, Defaults
from datatools.workspace import Workspace
from tests.fuzz.target import Form, Target
from tests.unit.asking.test_batch import content, save

_A, _B = "a" * 16, "b" * 16
_DEFAULTS = Defaults(annotator_id="ann01", source="annotator", vocabularies={})


def _items() -> list[Item]:
    open_one = Item(
        sample_id=_A,
        question="perceived_gender",
        vocabulary="gender@1",
        annotator_id="ann01",
        source="annotator",
        presentation_order=1,
        picture=f"sheet/{_A}.jpg",
    )
    answered = Item(
        sample_id=_B,
        question="self_reported_race",
        vocabulary="fairface_race@1",
        annotator_id="ann02",
        source="dataset",
        presentation_order=2,
        values=("black", "white"),
        created_at="2024-05-01T10:00:00+00:00",
        lead_time_s=2.5,
        batch="0123",
        note="=1 two parents",
        picture=f"sheet/{_B}.jpg",
        width_px=96,
        height_px=128,
    )
    number = Item(
        sample_id=_B,
        question="perceived_age",
        vocabulary="age_years@1",
        annotator_id="model:m",
        source="model",
        presentation_order=None,
        values=("44",),
        created_at="2024-05-01T10:00:00+00:00",
    )
    return [open_one, answered, number]


def _format(name: str, title: str, suffix: str, form: Form, pattern: str, share: int = 4) -> Target:
    made = build(name)

    def seeds(folder: Path) -> list[bytes]:
        made.write(folder / f"made{made.suffix}", _items())
        return [path.read_bytes() for path in sorted(folder.rglob(pattern))]

    def parse(path: Path) -> None:
        made.matches(path)
        for cell in made.read(path):
            if isinstance(cell, Cell):
                _answer(cell)

    return Target(name=title, suffix=suffix, form=form, seeds=seeds, parse=parse, share=share)


def _answer(cell: Cell) -> None:
    """Make an answer of a cell, as the import does, which goes on after a refusal."""
    try:
        sheets.answer(cell, _DEFAULTS)
    except DatatoolsError:
        return


def _pages(folder: Path) -> list[bytes]:
    return [save(folder, content()).read_bytes()]


def _page(path: Path) -> None:
    """Read what the page saved, with the right sum: else nothing behind the sum would be reached."""
    try:
        saved = json.loads(path.read_bytes())
        text = json.dumps(saved["content"], separators=(",", ":"), ensure_ascii=False)
        saved["sha256"] = tables.sha256_bytes(text.encode("utf-8", "replace"))
        path.write_text(json.dumps(saved))
    except (ValueError, TypeError, KeyError, RecursionError):
        pass
    batch.matches(path)
    for cell in batch.read(path).cells:
        _answer(cell)


def _list(path: Path) -> None:
    workspace = Workspace(path.parent / "ws")
    kept = lists.file(workspace, "chosen")
    kept.parent.mkdir(parents=True, exist_ok=True)
    path.replace(kept)
    lists.read(workspace, "chosen")


_WIDE = f"sample;perceived_gender;glasses\n{_A};female;yes\n{_B};;no\n".encode()
_LONG = f"sample,question,value,was,created_at\n{_A},perceived_age,44,43,2024-05-01T10:00:00Z\n".encode()
_JSON_MIN = json.dumps(
    [{"id": 1, "image": f"/data/upload/1/0a1b2c3d-{_A}.jpg", "perceived_gender": "female", "annotator": 3,
      "lead_time": 4.5, "updated_at": "2024-05-01T10:00:00Z"}]
).encode()  # fmt: skip


def _sheet(path: Path) -> None:
    for cell in sheets.read(path):
        _answer(cell)


TARGETS = (
    _format("csv", "label sheet", ".csv", "csv", "*.csv"),
    Target(name="wide label sheet", suffix=".csv", form="csv", seeds=lambda _: [_WIDE, _LONG], parse=_sheet),
    _format("xlsx", "workbook of answers", ".xlsx", "zip", "*.xlsx", share=1),
    _format("cvat", "CVAT, XML", ".xml", "xml", "made.xml"),
    _format("label_studio", "Label Studio", ".json", "json", "made.json"),
    Target(
        name="Label Studio, JSON-MIN",
        suffix=".json",
        form="json",
        seeds=lambda _: [_JSON_MIN],
        parse=lambda path: list(build("label_studio").read(path)),
    ),
    _format("fiftyone", "FiftyOne's samples.json", ".json", "json", "samples.json"),
    _format("hf", "Hugging Face, Parquet", ".parquet", "bytes", "*.parquet", share=2),
    Target(
        name="Hugging Face, JSON lines",
        suffix=".jsonl",
        form="json",
        seeds=lambda _: [json.dumps({"sample": _A, "question": "glasses", "value": "yes"}).encode()],
        parse=lambda path: list(build("hf").read(path)),
    ),
    Target(name="saved annotation page", suffix=".json", form="json", seeds=_pages, parse=_page),
    Target(
        name="list of samples",
        suffix=".csv",
        form="csv",
        seeds=lambda _: [f"sample_id\n{_A}\n{_B}\n".encode()],
        parse=_list,
    ),
)
