"""How does a workbook to fill in look: text cells, drop-downs, definitions?"""

import itertools
import re
from collections.abc import Iterable, Sequence

from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.worksheet.cell_range import CellRange, MultiCellRange
from openpyxl.worksheet.datavalidation import DataValidation

from datatools import vocab
from datatools.errors import DataError
from datatools.exchange import Item
from datatools.outside.markup import UNWRITABLE
from datatools.sheets import SEVERAL, safe

MAX_CELL_CHARACTERS = 32_767  # Excel's own limit
_SURELY_SHORT = MAX_CELL_CHARACTERS // 8  # an escaped character takes seven
_TEXT = "@"  # the number format of text: nothing typed becomes a date or a number
_FILL_IN, _HEADER = PatternFill("solid", fgColor="FFF6D6"), PatternFill("solid", fgColor="E6E9EE")
_WIDTHS = {"asks": 46, "allowed": 40, "value": 24, "note": 30, "picture": 30, "sample": 20, "created_at": 26}
_WIDTH = 14
_RANGES_EACH = 64  # of a list's cells: programs choke on an attribute of some ten thousand characters
_TO_FILL = frozenset({"value", "note"})
_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")


def escaped(text: str) -> str:
    """Write characters that XML has no place for as Office does, ``_x0007_``."""
    # The underscore of a text that looks escaped already is escaped in turn.
    text = _ESCAPE.sub(lambda found: f"_x005F_{found[0][1:]}", text)
    return UNWRITABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def unescaped(text: str) -> str:
    """Undo ``escaped``."""
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)


def require_cells(name: str, lines: Iterable[Sequence[str]]) -> None:
    """Make sure that every text fits into a cell; before anything is written.

    Raises:
        DataError: one is longer than a cell may be.
    """
    for number, texts in enumerate(lines, 2):
        for text in texts:
            if len(text) > _SURELY_SHORT and (length := len(escaped(safe(text)))) > MAX_CELL_CHARACTERS:
                raise DataError(
                    f"{name}, row {number}: expected at most {MAX_CELL_CHARACTERS} characters in a cell of a "
                    f"workbook, got {length}: {text[:40]!r}...; use csv"
                )


def prepare(sheet: WriteOnlyWorksheet, columns: Sequence[str]) -> None:
    """Freeze the header and set the columns' widths; before the first line."""
    sheet.freeze_panes = "A2"
    for number, name in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(number)].width = _WIDTHS.get(name, _WIDTH)


def header(sheet: WriteOnlyWorksheet, columns: Sequence[str]) -> list[WriteOnlyCell]:
    """Give the header's cells."""
    cells = [_fill(_empty(sheet), name) for name in columns]
    for cell in cells:
        cell.font, cell.fill = Font(bold=True), _HEADER
    return cells


def append(sheet: WriteOnlyWorksheet, columns: Sequence[str], lines: Iterable[Sequence[str]]) -> None:
    """Write lines of text; the cells to fill in are coloured."""
    cells = [_empty(sheet) for _ in columns]
    for name, cell in zip(columns, cells, strict=True):
        if name in _TO_FILL:
            cell.fill = _FILL_IN
    for texts in lines:
        # A line is on disk once appended: its cells serve the next one, which saves nine tenths of the time.
        sheet.append([_fill(cell, text) for cell, text in zip(cells, texts, strict=True)])


def _empty(sheet: WriteOnlyWorksheet) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet)
    cell.number_format, cell.alignment = _TEXT, Alignment(vertical="top", wrap_text=True)
    return cell


def _fill(cell: WriteOnlyCell, text: str) -> WriteOnlyCell:
    written = escaped(safe(text))
    cell.value = written or None
    if written:
        cell.data_type = "s"  # whatever it looks like: no formula, no error, no number
    return cell


def offer_words(
    sheet: WriteOnlyWorksheet, words: WriteOnlyWorksheet, column: str, items: Sequence[Item]
) -> None:
    """Let every cell to fill in offer its vocabulary's words, which stand on a hidden sheet."""
    words.sheet_state = "hidden"
    rows: dict[tuple[str, str], list[int]] = {}
    for number, item in enumerate(items, 2):
        rows.setdefault((item.vocabulary, item.question), []).append(number)
    keys = sorted({vocabulary for vocabulary, _ in rows})
    listed = [[key, *vocab.load(key).values] for key in keys]
    append(words, keys, itertools.zip_longest(*listed, fillvalue=""))
    for (key, question), numbers in rows.items():
        known = vocab.load(key)
        if known.minimum is not None:
            continue  # numbers are typed; a list of the no-answers alone would warn at each
        letter = get_column_letter(keys.index(key) + 1)
        words_of_it = f"words!${letter}$2:${letter}${len(known.values) + 1}"
        ranges = list(_ranges(column, numbers))
        for start in range(0, len(ranges), _RANGES_EACH):
            check = DataValidation(
                type="list",
                formula1=words_of_it,
                allow_blank=True,
                showErrorMessage=True,
                errorStyle="warning",  # several values are typed, and must be let through
                errorTitle=question,
                error=f"Expected a word of the list. Several answers: put {SEVERAL} between them.",
            )
            check.sqref = MultiCellRange(ranges[start : start + _RANGES_EACH])
            sheet.data_validations.append(check)


def _ranges(column: str, numbers: Sequence[int]) -> Iterable[CellRange]:
    """Give the runs of neighbouring rows."""
    start = last = numbers[0]
    for number in [*numbers[1:], -1]:
        if number != last + 1:
            yield CellRange(f"{column}{start}:{column}{last}")
            start = number
        last = number


def define(sheet: WriteOnlyWorksheet, items: Iterable[Item]) -> None:
    """Write down every question and word of the items, and where they fail."""
    columns = ("question", "asks", "vocabulary", "word", "meaning")
    sheet.freeze_panes = "A2"
    for letter, width in zip("ABCDE", (24, 46, 20, 24, 80), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.append(header(sheet, columns))
    for question, key in sorted({(item.question, item.vocabulary) for item in items}):
        asked, known = vocab.question(question), vocab.load(key)
        first = (question, asked.text, key, "", f"Where it fails: {known.fails}")
        words = [(question, "", key, word, meaning) for word, meaning in known.definitions.items()]
        append(sheet, columns, (first, *words))
