"""How do answers travel as a Hugging Face data set, and how are a data set's own columns read?

Written: a folder with one Parquet file for each question and vocabulary, whose column ``value`` is a
ClassLabel, and a README.md that names them as configurations: ``datasets.load_dataset(FOLDER, NAME)``.
A row is a value; the rows of one answer differ in nothing else. Read: such a folder or file, or anybody's
Parquet, JSON lines or CSV, with options that say which column answers which question:
``--options.gender perceived_gender --options.race perceived_race:fairface_race@1``.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import pyarrow as pa
import pyarrow.parquet as pq

from datatools import sheets, tables, vocab
from datatools.errors import DataError
from datatools.exchange import Item
from datatools.exchange._columns import FEATURES, WHAT, Row, rows
from datatools.exchange._items import texts
from datatools.exchange._json import mapping, text
from datatools.exchange._samples import named
from datatools.sheets import FIELDS, SEVERAL, Cell

_SUFFIXES = frozenset({".parquet", ".jsonl"})
_SAMPLE_COLUMNS = ("sample", "sample_id", "image", "file_name", "filename", "file", "path", "image_path")
_TEXT_FIELDS = tuple(name for name in FIELDS if name not in {"lead_time_s", "presentation_order"})


class HuggingFace:
    """Data sets; options name the column of each question, and ``sample`` that of the pictures."""

    suffix: ClassVar[str] = ""
    shows_pictures: ClassVar[bool] = False

    def __init__(self, sample: str | None = None, **questions: str) -> None:
        self._sample = sample
        self._questions = {column: vocab.axis(spec) for column, spec in questions.items()}
        for axis in self._questions.values():
            vocab.question(axis.question)

    def matches(self, path: Path) -> bool:
        return path.suffix.lower() in _SUFFIXES or any(path.glob("*.parquet"))

    def write(self, path: Path, items: Sequence[Item]) -> None:
        by_name: dict[tuple[str, str], list[Item]] = defaultdict(list)
        for item in items:
            by_name[item.question, item.vocabulary].append(item)
        files = {}
        for (question, key), asked in sorted(by_name.items()):
            name = f"{question}-{key}"
            files[name] = f"{name}.parquet"
            sink = pa.BufferOutputStream()
            pq.write_table(_table(key, asked), sink, compression="zstd")
            tables.write_bytes(path / files[name], sink.getvalue().to_pybytes())
        tables.write_bytes(path / "README.md", _card(files).encode())

    def read(self, path: Path) -> Iterator[Cell]:
        files = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
        if not files:
            raise DataError(f"{path.name}: expected {WHAT}, the folder holds no Parquet file")
        for file in files:
            for number, row in enumerate(rows(file), 1):
                if number == 1:
                    self._require_columns(file.name, row)
                yield from self._answers(f"{file.name}, row {number}", row)

    def _require_columns(self, file: str, row: Row) -> None:
        sample = self._sample or next((name for name in _SAMPLE_COLUMNS if name in row), _SAMPLE_COLUMNS[0])
        wanted = {sample, *(self._questions or ("question", "value"))}
        if not wanted <= row.keys():
            raise DataError(
                f"{file}: expected the columns {', '.join(sorted(wanted))}, got {', '.join(sorted(row))}; "
                "say which column answers which question (--options.COLUMN QUESTION) and which names the "
                "picture (--options.sample COLUMN)"
            )

    def _answers(self, where: str, row: Row) -> Iterator[Cell]:
        column = self._sample or next(name for name in _SAMPLE_COLUMNS if name in row)
        sample = _sample_of(row[column])
        fields = {name: text(row.get(name)) for name in FIELDS if text(row.get(name))}
        if not self._questions:
            yield from sheets.given(where, sample, text(row["question"]), [text(row["value"])], fields)
            return
        for name, axis in self._questions.items():
            key = axis.target or vocab.question(axis.question).vocabularies[0]
            value = row[name]
            said = value if isinstance(value, list) else text(value).split(SEVERAL)
            words = [_word(text(one), vocab.load(key)) for one in said]
            yield from sheets.given(where, sample, axis.question, words, {**fields, "vocabulary": key})


def _word(text: str, known: vocab.Vocabulary) -> str:
    """Give a data set's word as the vocabulary spells it: ``Middle Eastern`` is ``middle_eastern``."""
    spelt = text.strip().lower().replace(" ", "_").replace("-", "_")
    return spelt if text not in known and spelt in known else text


def _sample_of(value: object) -> str:
    """Give the sample of a picture: by its bytes where they are in the row, else by its name."""
    picture = mapping(value)
    if isinstance(data := picture.get("bytes"), bytes):
        return tables.sha256_bytes(data)[:16]
    return named(text(picture.get("path") if picture else value))


def _table(key: str, items: Sequence[Item]) -> pa.Table:
    """Give the answers to one question in one vocabulary, a row a value."""
    known = vocab.load(key)
    words = _words(known)
    place = {word: number for number, word in enumerate(words)}
    lines = [(item, value, texts(item)) for item in items for value in item.values or (None,)]
    columns: dict[str, pa.Array] = {
        "sample": pa.array([item.sample_id for item, _, _ in lines], pa.string()),
        "picture": pa.array([item.picture for item, _, _ in lines], pa.string()),
        "question": pa.array([item.question for item, _, _ in lines], pa.string()),
        "value": pa.array([None if value is None else place[value] for _, value, _ in lines], pa.int64()),
        "lead_time_s": pa.array([item.lead_time_s for item, _, _ in lines], pa.float64()),
        "presentation_order": pa.array([item.presentation_order for item, _, _ in lines], pa.int64()),
        **{name: pa.array([said.get(name) for _, _, said in lines], pa.string()) for name in _TEXT_FIELDS},
    }
    features: dict[str, object] = {
        name: {"dtype": str(column.type).replace("double", "float64"), "_type": "Value"}
        for name, column in columns.items()
    }
    features["value"] = {"names": list(words), "_type": "ClassLabel"}
    table = pa.table(columns)
    return table.replace_schema_metadata({FEATURES: json.dumps({"info": {"features": features}})})


def _words(known: vocab.Vocabulary) -> tuple[str, ...]:
    if known.minimum is None or known.maximum is None:
        return known.values
    return (*map(str, range(known.minimum, known.maximum + 1)), *known.values)


def _card(files: Mapping[str, str]) -> str:
    """Give the data set's card: its configurations, what was asked, where the categories fail."""
    configs = [f"- config_name: {name}\n  data_files: {file}" for name, file in files.items()]
    lines = ["---", "configs:", *configs, "---", "# Answers about portraits", ""]
    lines += ["What people said, a row a value. The rows of one answer differ in `value` alone.", ""]
    for name in files:
        question, _, key = name.partition("-")
        fails = vocab.load(key).fails
        lines += [f"## {name}", "", vocab.question(question).text, "", f"Where it fails: {fails}", ""]
    return "\n".join(lines)


build = HuggingFace
