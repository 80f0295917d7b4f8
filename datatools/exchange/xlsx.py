"""How do answers travel as a workbook that a person fills in?

The sheet ``answers`` is a label sheet with a drop-down of the vocabulary's words in every cell to fill;
``definitions`` says what the words mean and where they fail. Every cell is text: nothing is computed,
neither here nor when the file is opened, and nothing turns 10-19 into a date.
"""

import contextlib
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import ClassVar

from openpyxl import Workbook, load_workbook
from openpyxl.cell.read_only import EmptyCell, ReadOnlyCell
from openpyxl.utils import get_column_letter

from datatools import sheets, tables
from datatools.errors import DataError
from datatools.exchange import Item, _workbook
from datatools.exchange._items import columns_of, lines
from datatools.outside.archives import refuse_what_harms
from datatools.sheets import Cell, Rejected

_ANSWERS, _DEFINITIONS, _WORDS = "answers", "definitions", "words"
_MAX_ROWS = 1_048_576  # Excel's own limit
_WHAT = "an Excel workbook (.xlsx)"


@dataclass(frozen=True, slots=True)
class Xlsx:
    """An Excel workbook; LibreOffice and the others read and write it too."""

    suffix: ClassVar[str] = ".xlsx"
    shows_pictures: ClassVar[bool] = False

    def matches(self, path: Path) -> bool:
        return path.suffix.lower() in {".xlsx", ".xlsm"}

    def write(self, path: Path, items: Sequence[Item]) -> None:
        if len(items) >= _MAX_ROWS:
            raise DataError(
                f"{path.name}: expected at most {_MAX_ROWS - 1} answers in a workbook, got {len(items)}; "
                "use csv"
            )
        columns = columns_of(items)
        _workbook.require_cells(path.name, lines(columns, items))
        book = Workbook(write_only=True)
        page, meanings, words = (book.create_sheet(name) for name in (_ANSWERS, _DEFINITIONS, _WORDS))
        _workbook.prepare(page, columns)
        page.append(_workbook.header(page, columns))
        _workbook.append(page, columns, lines(columns, items))
        _workbook.offer_words(page, words, get_column_letter(columns.index("value") + 1), items)
        _workbook.define(meanings, items)
        stream = io.BytesIO()
        book.save(stream)
        tables.write_bytes(path, stream.getvalue())

    def read(self, path: Path) -> Iterator[Cell | Rejected]:
        refuse_what_harms(path, _WHAT)
        rejected: list[Rejected] = []
        try:
            book = load_workbook(path, read_only=True, keep_links=False)
            with contextlib.closing(book):
                page = book[_ANSWERS] if _ANSWERS in book.sheetnames else book.worksheets[0]
                page.reset_dimensions()  # what a file says of its size is often wrong
                rows = page.iter_rows()
                header = _trimmed([_text(cell) for cell in next(rows, ())])
                yield from sheets.cells(path.name, header, _lines(rows, header, rejected))
        except DataError:
            raise
        # The package raises whatever a missing or misplaced part of the file leads to.
        except Exception as error:
            raise DataError(f"{path.name}: expected {_WHAT}: {error}") from error
        yield from rejected


def _lines(
    rows: Iterable[tuple[ReadOnlyCell | EmptyCell, ...]], header: Sequence[str], rejected: list[Rejected]
) -> Iterator[tuple[str, list[str]]]:
    """Give the filled rows as text; a row with a formula is rejected, for its value is not in it."""
    for number, row in enumerate(rows, 2):
        if number > _MAX_ROWS:  # a row may call itself any number, and those before it are read as empty
            raise DataError(f"row {number}: a workbook has at most {_MAX_ROWS} rows; save it anew")
        texts = _trimmed([_text(cell) for cell in row])
        texts += [""] * (len(header) - len(texts))
        computed = [text for cell, text in zip(row, texts, strict=False) if cell.data_type == "f"]
        if computed:
            line = dict(zip(header, texts, strict=False))
            rejected.append(
                Rejected(
                    where=f"row {number}",
                    sample=line.get("sample", ""),
                    question=line.get("question", ""),
                    value=line.get("value", ""),
                    reason=f"expected text, got the formula {computed[0]!r}: paste its value instead",
                )
            )
        elif any(texts):
            yield f"row {number}", texts


def _trimmed(texts: list[str]) -> list[str]:
    """Drop the empty cells behind the last filled one: programs keep some."""
    while texts and not texts[-1]:
        texts.pop()
    return texts


def _text(cell: ReadOnlyCell | EmptyCell) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        return _workbook.unescaped(value)
    if isinstance(value, date | time):
        return value.isoformat()
    return f"{value:.15g}" if isinstance(value, float) else str(value)  # as many digits as a cell holds


build = Xlsx
