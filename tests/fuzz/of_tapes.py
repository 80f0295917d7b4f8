"""Shards: archives of samples, and the facts beside a picture of an unpacked one."""

import io
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path

from datatools.outside.tapes import Tape
from datatools.readers.webdataset import WebDataset
from datatools.remote.places import NOTE
from datatools.withdrawal import handed_on
from datatools.workspace import Workspace
from tests.fuzz.target import Target

_NAMES = ("a/k.jpg", "a/k.json", "a/k.mask.png")
_LONG = "/".join(["folder"] * 30) + "/k.jpg"
_FACTS = {
    "person_id": "set:ann",
    "sample_id": "0" * 16,
    "licence": "CC0-1.0",
    "split": "train",
    "mask": {"source": "model:selfie"},
    "reference": {"source": "human"},
    "answers": [
        {
            "question": "perceived_gender",
            "values": ["female"],
            "vocabulary": "gender@1",
            "annotator_id": "ann01",
            "source": "annotator",
            "created_at": "2026-01-01T00:00:00+00:00",
        },
        {"question": "perceived_age", "value": 44, "vocabulary": "age_years@1"},
    ],
}


def _tape(names: Sequence[str], form: int) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as archive:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size = 700
            archive.addfile(info, io.BytesIO(b"x" * info.size))
    return stream.getvalue()


def _tapes(_: Path) -> list[bytes]:
    forms = (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)
    return [_tape(_NAMES, form) for form in forms] + [_tape([_LONG], form) for form in forms[1:]]


def _unrolled(path: Path) -> None:
    with path.open("rb") as stream:
        tape = Tape(stream, path.name)
        for _ in tape:
            for _ in tape.pieces():
                pass


def _facts(folder: Path) -> list[bytes]:
    place = folder / "set"
    place.mkdir()
    (place / NOTE).write_text('{"kind": "shards"}')
    for name in ("k.jpg", "k.reference.png"):
        (place / name).write_bytes(b"")
    return [json.dumps(_FACTS).encode()]


def _sample(path: Path) -> None:
    path.replace(path.parent / "set" / "k.json")
    reader = WebDataset(path.parent / "set")
    reader.matches()
    for entry in reader.entries():
        [answer.value for answer in entry.answers]


def _lists(folder: Path) -> list[bytes]:
    path = folder / "shards.jsonl"
    shard = handed_on.Shard(
        name="shards-00.tar", low="0" * 16, high="8" * 16, stamp="s", sha256="1" * 64, n_bytes=9
    )
    handed_on.write(path, handed_on.Handed("/a/b", {shard.name: shard}))
    return [path.read_bytes()]


def _left_from(path: Path) -> None:
    """Look for somebody in a shard at its place."""
    workspace = Workspace(path.parent / "ws")
    listed = handed_on.file_of(workspace, "shards")
    listed.parent.mkdir(parents=True, exist_ok=True)
    place = path.parent / "place"
    place.mkdir(exist_ok=True)
    handed_on.write(listed, handed_on.Handed(str(place), {}))
    path.replace(place / "shards-00.tar")
    handed_on.holding(workspace, ["0" * 16])


TARGETS = (
    Target(name="list of shards", suffix=".jsonl", form="json", seeds=_lists, parse=handed_on.read, share=2),
    Target(name="shard to leave", suffix=".tar", form="tar", seeds=_tapes, parse=_left_from, share=2),
    Target(name="archive of shards", suffix=".tar", form="tar", seeds=_tapes, parse=_unrolled),
    Target(
        name="facts of a sample",
        suffix=".any",
        form="json",
        seeds=_facts,
        parse=_sample,
        share=2,
        needs_folder=True,
    ),
)
