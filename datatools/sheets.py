"""How does a label sheet, a CSV file, become answers?

Long sheets have one answer a line (columns sample, question, value ...); wide sheets have one line a
picture and one column a question, named like the question. Spreadsheet programs write commas,
semicolons or tabs, and a byte order mark; all are read.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from datatools import vocab
from datatools.errors import DataError
from datatools.readers import Answer, AnswerSource

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
_FOR_PEOPLE = frozenset({"picture", "asks", "allowed", "note"})  # never read back
_LONG = frozenset({"sample", "question", "value"})
_SHARED = frozenset(
    {"annotator_id", "source", "vocabulary", "created_at", "lead_time_s", "presentation_order"}
)
_SOURCES: Mapping[str, AnswerSource] = {
    "self_report": "self_report",
    "annotator": "annotator",
    "dataset": "dataset",
    "model": "model",
}
# A cell that begins with one of these is run as a formula when the file is opened.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


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
    fields: Mapping[str, str]  # the other columns of the line


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """An answer that cannot be kept, and why."""

    where: str
    sample: str
    question: str
    value: str
    reason: str


def safe(text: str) -> str:
    """Make a cell that no spreadsheet runs as a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _plain(text: str) -> str:
    """Undo ``safe``, and drop the blanks that people leave around an answer."""
    stripped = text.strip()
    is_guarded = stripped.startswith("'") and stripped[1:].startswith(_FORMULA_STARTS)
    return stripped[1:] if is_guarded else stripped


def to_csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Give a CSV file that is safe to open in a spreadsheet program."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return stream.getvalue().encode()


def read(path: Path) -> Iterator[Cell]:
    """Give every cell that a sheet has room for, the empty ones with value "".

    Raises:
        DataError: the file is missing or no text, or its columns are not those of a label sheet.
    """
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError as error:
        raise DataError(f"expected a label sheet at {path}, there is no such file") from error
    except (UnicodeDecodeError, IsADirectoryError) as error:
        raise DataError(f"{path.name}: expected CSV text in UTF-8: {error}") from error
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    lines = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, restkey="", strict=True)
    columns = [name.strip() for name in lines.fieldnames or ()]
    lines.fieldnames = columns
    asked = _questions_of(path, columns)
    try:
        for row in lines:
            if "" in row or None in row.values():
                raise DataError(f"{path.name}, line {lines.line_num}: expected {len(columns)} cells")
            plain = {name: _plain(text) for name, text in row.items()}
            fields = {name: plain[name] for name in _SHARED & plain.keys() if plain[name]}
            where = f"line {lines.line_num}"
            if asked:
                for name in asked:
                    yield Cell(
                        where=where, sample=plain["sample"], question=name, value=plain[name], fields=fields
                    )
            else:
                yield Cell(
                    where=where,
                    sample=plain["sample"],
                    question=plain["question"],
                    value=plain["value"],
                    fields=fields,
                )
    except csv.Error as error:
        raise DataError(f"{path.name}, line {lines.line_num}: not readable as CSV: {error}") from error


def _questions_of(path: Path, columns: Sequence[str]) -> list[str]:
    """Give a wide sheet's questions, none for a long one."""
    asked = [name for name in columns if name in vocab.questions()]
    is_long = set(columns) >= _LONG and not asked
    is_wide = "sample" in columns and asked and not {"question", "value", "vocabulary"} & set(columns)
    unknown = sorted(set(columns) - _LONG - _SHARED - _FOR_PEOPLE - set(asked))
    if unknown or not (is_long or is_wide) or len(set(columns)) < len(columns):
        raise DataError(
            f"{path.name}: expected the columns sample, question, value (and perhaps "
            f"{', '.join(sorted(_SHARED))}), or sample and one column for each question "
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
    return Answer(
        question=given.question,
        value=given.value,
        vocabulary=given.vocabulary,
        source=given.source,
        annotator_id=given.annotator_id,
        created_at=None if given.created_at is None else utc(given.created_at),
        lead_time_s=given.lead_time_s,
        presentation_order=given.presentation_order,
    )


def utc(text: str) -> str:
    """Give a moment as ISO 8601 in UTC.

    Raises:
        DataError: the text is no moment, or says no zone.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise DataError(f"expected a moment as ISO 8601, got {text!r}") from error
    if moment.tzinfo is None:
        raise DataError(f"expected a moment with a time zone (2024-05-01T10:00:00Z), got {text!r}")
    return moment.astimezone(UTC).isoformat()


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
    number = _number(fields, name)
    if number is not None and not number.is_integer():
        raise DataError(f"expected {name} as a whole number, got {fields[name]!r}")
    return None if number is None else int(number)
