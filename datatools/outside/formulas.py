"""Which cells would a spreadsheet program run as a formula, and how is text written so that it stays text?

A cell that begins with one of a few characters is computed when a CSV file is opened, and a formula can
read other cells, fetch addresses and start programs. An apostrophe before it makes it text; ``plain`` takes
it away again, so that nothing is lost on the way out and back.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

# The wide forms count as the plain ones where East Asian input is set up.
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def _needs_guard(text: str) -> bool:
    """Say whether a cell would be run, stripped, or taken for a guarded one."""
    bare = text.lstrip("'")
    return bare.startswith(_STARTS) or bare != bare.strip()


def safe(text: str) -> str:
    """Make a cell that no spreadsheet runs as a formula, and that ``plain`` gives back as it was."""
    return f"'{text}" if _needs_guard(text) else text


def plain(text: str) -> str:
    """Undo ``safe``, and drop the blanks that people leave around an answer."""
    stripped = text.strip()
    if stripped.startswith("'"):
        for candidate in (text, stripped):
            if candidate.startswith("'") and _needs_guard(candidate[1:]):
                return candidate[1:]
    return stripped


def to_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Give a CSV file that is safe to open in a spreadsheet program; numbers are written as they are."""
    return (lines([columns]) + lines(rows)).encode()


def lines(rows: Iterable[Sequence[object]]) -> str:
    """Give the lines of such a file."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    # The writer itself quotes only the line ends that it writes.
    returns = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL)
    for row in rows:
        cells = [safe(cell) if isinstance(cell, str) else cell for cell in row]
        has_return = any(isinstance(cell, str) and "\r" in cell for cell in cells)
        (returns if has_return else writer).writerow(cells)
    # Half a character, as a name that is not UTF-8 holds, has no bytes of its own.
    return stream.getvalue().encode("utf-8", "backslashreplace").decode()


def of_records(columns: Sequence[str], records: Iterable[Mapping[str, object]]) -> bytes:
    """Give a CSV file as ``to_csv``, of rows by column; a row may lack some."""
    return to_csv(columns, ([record.get(name, "") for name in columns] for record in records))
