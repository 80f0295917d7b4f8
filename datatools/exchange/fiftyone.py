"""How do answers travel to FiftyOne and back, as a data set in its own JSON?

Written: a folder with samples.json, metadata.json and the pictures, which
``fiftyone.Dataset.from_dir(dataset_type=fiftyone.types.FiftyOneDataset)`` loads; each question is a field of
Classifications named as in ``datatools browse``. Read: such a folder, or what FiftyOne exports as a
FiftyOneDataset. FiftyOne itself is not imported.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from datatools import sheets, tables, vocab
from datatools.errors import DataError
from datatools.exchange import Item
from datatools.exchange._items import texts
from datatools.exchange._json import mapping, sequence, text
from datatools.exchange._samples import named
from datatools.outside.structured import read_json
from datatools.sheets import FIELDS, WAS, Cell

PREFIX = "answer_"  # of the fields, as in datatools browse
_Json = Mapping[str, object]
_WHAT = "the samples.json of a FiftyOneDataset"
_FILE = "samples.json"
# FiftyOne has fields of its own by these names, or shows these under others.
_RENAMED = {"source": "answered_by", "created_at": "answered_at"}


@dataclass(frozen=True, slots=True)
class FiftyOne:
    """A FiftyOneDataset on disk."""

    suffix: ClassVar[str] = ""
    shows_pictures: ClassVar[bool] = True

    def matches(self, path: Path) -> bool:
        return (path / _FILE).is_file() or (path.name == _FILE and path.is_file())

    def write(self, path: Path, items: Sequence[Item]) -> None:
        samples: dict[tuple[str, str | None], dict[str, object]] = {}
        labels: dict[tuple[str, str | None, str], list[object]] = {}
        for item in items:
            view = (item.sample_id, item.picture)
            sample = samples.setdefault(view, _sample(item))
            field = f"{PREFIX}{item.question}"
            if field not in sample:
                listed = labels[(*view, field)] = []
                sample[field] = {"_cls": "Classifications", "classifications": listed}
            kind = {"_cls": "Classification", "tags": []}
            labels[(*view, field)] += [{**kind, **one} for one in classifications(item)]
        path.mkdir(parents=True, exist_ok=True)
        _write(path / "metadata.json", {"media_type": "image"})
        _write(path / _FILE, {"samples": list(samples.values())})

    def read(self, path: Path) -> Iterator[Cell]:
        file = path / _FILE if path.is_dir() else path
        samples = mapping(read_json(file, _WHAT, mends=True)).get("samples")
        if not isinstance(samples, list) or not all(isinstance(sample, dict) for sample in samples):
            raise DataError(f"{path.name}: expected {_WHAT}, a list of samples")
        if not any(_question(name) for sample in samples for name in sample):
            found = sorted({name for sample in samples for name in sample})
            raise DataError(
                f"{path.name}: expected fields named {PREFIX}QUESTION or QUESTION, for a question among "
                f"{', '.join(sorted(vocab.questions()))}; got {', '.join(found) or 'none'}"
            )
        for number, sample in enumerate(samples, 1):
            for name, value in sample.items():
                question = _question(name)
                if question is not None:
                    yield from _answers(f"sample {number}", sample, question, mapping(value))


def _write(path: Path, content: object) -> None:
    tables.write_bytes(path, json.dumps(content, indent=1, ensure_ascii=False).encode() + b"\n")


def _sample(item: Item) -> dict[str, object]:
    size = {"_cls": "ImageMetadata", "width": item.width_px, "height": item.height_px}
    return {
        "filepath": item.picture or f"{item.sample_id}.jpg",
        "tags": [],
        "metadata": size if item.width_px else None,
        "sample_id": item.sample_id,
    }


def classifications(item: Item) -> list[dict[str, object]]:
    """Give the attributes of a Classification for each value, of one without a label for an open question."""
    fields: dict[str, object] = {_RENAMED.get(name, name): value for name, value in texts(item).items()}
    numbers = {"lead_time_s": item.lead_time_s, "presentation_order": item.presentation_order}
    fields |= {name: number for name, number in numbers.items() if number is not None}
    return [{"label": value, **fields} for value in item.values or (None,)]


def _question(field: str) -> str | None:
    name = field.removeprefix(PREFIX)
    return name if name in vocab.questions() else None


def _answers(where: str, sample: _Json, question: str, value: _Json) -> Iterator[Cell]:
    """Give a field's answers: labels that say the same of themselves are the values of one."""
    listed = sequence(value.get("classifications")) if "classifications" in value else [value]
    values: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for entry in listed:
        label = mapping(entry)
        fields = {name: text(label.get(_RENAMED.get(name, name))) for name in (*FIELDS, WAS)}
        key = tuple((name, field) for name, field in fields.items() if field)
        values.setdefault(key, []).append(text(label.get("label")))
    name = text(sample.get("sample_id")) or named(text(sample.get("filepath")))
    for number, (key, said) in enumerate(values.items(), 1):
        yield from sheets.given(f"{where}, answer {number}", name, question, said, dict(key))


build = FiftyOne
