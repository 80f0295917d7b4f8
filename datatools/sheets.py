"""How does a label sheet, a table of text, become answers?

Long sheets have one answer a line (columns sample, question, value ...); wide sheets have one line a
picture and one column a question, named like the question. Several values in one cell stand apart by
``|``. A column ``was`` holds what had been answered when the sheet was written: a value that differs
from it is a new answer, and the time of the old one is not its time. CSV is read here, with commas,
semicolons or tabs and perhaps a byte order mark; other formats in ``datatools.exchange`` use the same
rules.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from datatools import vocab
from datatools.errors import DataError
from datatools.outside.formulas import plain as plain
from datatools.outside.formulas import safe as safe
from datatools.outside.formulas import to_csv as to_csv
from datatools.readers import Answer, AnswerSource

SEVERAL = "|"  # stands between values given together; no vocabulary's value holds it
WAS = "was"
SHEET_COLUMNS = (
    "presentation_order",
    "sample",
    "picture",
    "question",
    "asks",
    "allowed",
    "value",
    "annotator_id",
    "source",
    "vocabulary",
    "created_at",
    "lead_time_s",
    "note",
)
ANSWER_COLUMNS = (*SHEET_COLUMNS, "batch", WAS)
# What a line says of its answer, beside sample, question and value.
FIELDS = (
    "annotator_id",
    "source",
    "vocabulary",
    "created_at",
    "lead_time_s",
    "presentation_order",
    "note",
    "batch",
)
_OF_THE_OLD_ANSWER = frozenset({"created_at", "lead_time_s", "batch"})
_FOR_PEOPLE = frozenset({"picture", "asks", "allowed"})  # never read back
_LONG = frozenset({"sample", "question", "value"})
_SOURCES: Mapping[str, AnswerSource] = {
    "self_report": "self_report",
    "annotator": "annotator",
    "dataset": "dataset",
    "model": "model",
}
_MAX_DIGITS = 18  # of a 64-bit integer


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What holds for every answer of a sheet that has no column for it."""

    annotator_id: str | None
    source: str
    vocabularies: Mapping[str, str]  # question to name@version


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One answer as it stands in a sheet or a data set, not looked at yet."""

    where: str  # "line 12", for people
    sample: str  # a sample id, or a picture's path
    question: str
    value: str
    fields: Mapping[str, str]  # of FIELDS, those that the line fills in


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """An answer that cannot be kept, and why."""

    where: str
    sample: str
    question: str
    value: str
    reason: str


def read(path: Path) -> Iterator[Cell]:
    """Give every cell that a CSV sheet has room for, the empty ones with value "".

    Raises:
        DataError: the file is missing or no text, or its columns are not those of a label sheet.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            header = stream.readline()
            stream.seek(0)
            yield from _csv_cells(path.name, stream, max(",;\t", key=header.count))
    except FileNotFoundError as error:
        raise DataError(f"expected a label sheet at {path}, there is no such file") from error
    except (UnicodeDecodeError, IsADirectoryError) as error:
        raise DataError(f"{path.name}: expected CSV text in UTF-8: {error}") from error


def _csv_cells(name: str, stream: Iterable[str], delimiter: str) -> Iterator[Cell]:
    lines = csv.reader(stream, delimiter=delimiter, strict=True)
    try:
        columns = next(lines, [])
        numbered = ((f"line {lines.line_num}", texts) for texts in lines if texts)
        yield from cells(name, columns, numbered)
    except csv.Error as error:
        raise DataError(f"{name}, line {lines.line_num}: not readable as CSV: {error}") from error


def cells(name: str, header: Sequence[str], lines: Iterable[tuple[str, Sequence[str]]]) -> Iterator[Cell]:
    """Give every cell of a sheet's lines, each of which comes with the words that say where it stands.

    Raises:
        DataError: the columns are not those of a label sheet, or a line has another number of cells.
    """
    columns = [column.strip() for column in header]
    asked = _questions_of(name, columns)
    at = {column: position for position, column in enumerate(columns)}
    carried = [(column, at[column]) for column in (*FIELDS, WAS) if column in at]
    for where, texts in lines:
        if len(texts) != len(columns):
            raise DataError(f"{name}, {where}: expected {len(columns)} cells, got {len(texts)}")
        fields = {column: text for column, place in carried if (text := plain(texts[place]))}
        sample = plain(texts[at["sample"]])
        for question in asked or (plain(texts[at["question"]]),):
            value = plain(texts[at[question if asked else "value"]])
            yield from given(where, sample, question, value.split(SEVERAL), fields)


def given(
    where: str, sample: str, question: str, values: Iterable[str], fields: Mapping[str, str]
) -> Iterator[Cell]:
    """Give the cells of one answer: one for each value, one that is blank where there is none.

    Values that the question does not take together stay one word, so that the check refuses them.
    ``fields`` may hold ``was``: an answer that differs from it is new, and carries no time of the old one.
    """
    said = list(dict.fromkeys(word for value in values if (word := value.strip())))
    carried = {name: text for name, text in fields.items() if name != WAS}
    if WAS in fields and set(said) != set(fields[WAS].split(SEVERAL)):
        carried = {name: text for name, text in carried.items() if name not in _OF_THE_OLD_ANSWER}
    for value in said if _may_stand_together(question, said) else [SEVERAL.join(said)]:
        yield Cell(where=where, sample=sample, question=question, value=value, fields=carried)


def _may_stand_together(question: str, said: Sequence[str]) -> bool:
    """Say whether these are values; otherwise they stay one word, which no vocabulary holds."""
    asked = vocab.questions().get(question)
    takes_several = asked is not None and asked.several and vocab.NO_ANSWERS.isdisjoint(said)
    return len(said) == 1 or (len(said) > 1 and takes_several)


def _questions_of(name: str, columns: Sequence[str]) -> list[str]:
    """Give a wide sheet's questions, none for a long one."""
    asked = [column for column in columns if column in vocab.questions()]
    is_long = set(columns) >= _LONG and not asked
    is_wide = "sample" in columns and asked and not {"question", "value", "vocabulary"} & set(columns)
    unknown = sorted(set(columns) - _LONG - set(FIELDS) - {WAS} - _FOR_PEOPLE - set(asked))
    if unknown or not (is_long or is_wide) or len(set(columns)) < len(columns):
        raise DataError(
            f"{name}: expected the columns sample, question, value (and perhaps "
            f"{', '.join(sorted(FIELDS))}), or sample and one column for each question "
            f"({', '.join(sorted(vocab.questions()))}); got {', '.join(columns) or 'nothing'}"
        )
    return asked


def answer(cell: Cell, defaults: Defaults) -> Answer:
    """Turn a cell into an answer.

    Raises:
        DataError: a field is missing or is not what it should be, or the answer does not fit its
            question, vocabulary and source.
        UsageError: no such question or vocabulary.
    """
    question = vocab.question(cell.question)
    fields = cell.fields
    annotator_id = fields.get("annotator_id", defaults.annotator_id)
    if annotator_id is None:
        raise DataError("expected an annotator_id column, or the flag --annotator-id; got neither")
    source = fields.get("source", defaults.source)
    if source not in _SOURCES:
        raise DataError(f"expected a source among {', '.join(_SOURCES)}; got {source!r}")
    default = defaults.vocabularies.get(cell.question, question.vocabularies[0])
    return checked(
        Answer(
            question=cell.question,
            value=cell.value,
            vocabulary=fields.get("vocabulary", default),
            source=_SOURCES[source],
            annotator_id=annotator_id,
            created_at=fields.get("created_at"),
            lead_time_s=_number(fields, "lead_time_s"),
            presentation_order=_count(fields, "presentation_order"),
        )
    )


def checked(given: Answer) -> Answer:
    """Give an answer back with its time in UTC when it fits its question, vocabulary and source.

    Raises:
        DataError: it does not, or its time says no zone.
        UsageError: no such question or vocabulary.
    """
    vocab.validate_answer(given.question, given.value, given.vocabulary, given.source)
    moment = None if given.created_at is None else utc(given.created_at)
    return given if moment == given.created_at else replace(given, created_at=moment)


def utc(text: str) -> str:
    """Give a moment as ISO 8601 in UTC.

    Raises:
        DataError: the text is no moment, or says no zone.
    """
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise DataError(f"expected a moment with a time zone (2024-05-01T10:00:00Z), got {text!r}")
        return moment.astimezone(UTC).isoformat()
    except (ValueError, OverflowError) as error:  # the latter: year 1 or 9999, and a zone beyond it
        raise DataError(f"expected a moment as ISO 8601, got {text!r}") from error


def _number(fields: Mapping[str, str], name: str) -> float | None:
    text = fields.get(name)
    if text is None:
        return None
    try:
        number = float(text.replace(",", "."))
    except ValueError as error:
        raise DataError(f"expected {name} as a number, got {text!r}") from error
    if not 0 <= number < float("inf"):
        raise DataError(f"expected {name} of at least 0, got {text!r}")
    return number


def _count(fields: Mapping[str, str], name: str) -> int | None:
    text = fields.get(name, "")
    if text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS:
        return int(text)  # exact where a float would not be
    number = _number(fields, name)
    if number is not None and not number.is_integer():
        raise DataError(f"expected {name} as a whole number, got {fields[name]!r}")
    return None if number is None else int(number)
