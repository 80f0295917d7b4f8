"""How does a table that somebody else wrote become columns, whatever its format?

CSV (commas, semicolons or tabs), Excel workbooks and Parquet. Cells are read as text, so that no picture
called 007 becomes 7; numbers are read where numbers are expected, and a cell that is none is named by its
row.
"""

import csv
import unicodedata
import warnings
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pandas.errors import EmptyDataError, ParserError, ParserWarning

from datatools.errors import DataError, UsageError
from datatools.outside.archives import refuse_what_harms

_MISSING = frozenset({"", "na", "n/a", "nan", "none", "null", "<na>"})  # in any case
_TEXT = frozenset({".csv", ".tsv", ".txt"})
_BOOKS = frozenset({".xlsx", ".xlsm"})
_PARQUET = frozenset({".parquet", ".pq"})


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A table as found; its index counts the rows from 0."""

    name: str  # the file's
    frame: pd.DataFrame
    first_row: int  # what people call row 0: a spreadsheet's first row is its header

    def row(self, place: int) -> int:
        """Give a row's number as people count."""
        return place + self.first_row

    def find(self, name: str) -> str | None:
        """Give the column of this name, or of one that differs in case, spaces or dashes alone, or None."""
        if name in self.frame.columns:
            return name
        alike = [column for column in self.frame.columns if _bare(column) == _bare(name)]
        return alike[0] if len(alike) == 1 else None

    def text(self, column: str) -> pd.Series:
        """Give a column's cells as text (n_rows,) without needless blanks; None: missing."""
        return _of_distinct(self.frame[column], _cell)

    def numbers(self, column: str) -> NDArray[np.float64]:
        """Give a column's cells as numbers (n_rows,); NaN: missing.

        Raises:
            DataError: a cell is no number, or is infinite.
        """
        found = self.frame[column]
        if pd.api.types.is_numeric_dtype(found) and not pd.api.types.is_bool_dtype(found):
            values = found.to_numpy(np.float64, na_value=np.nan)
        else:
            values = _of_distinct(found, _number).to_numpy(np.float64)
        wrong = np.flatnonzero(np.isinf(values))
        if len(wrong):
            cell = found.iloc[int(wrong[0])]
            raise DataError(
                f"{self.name}, row {self.row(int(wrong[0]))}: expected a number in {column!r}, got {cell!r}"
            )
        return values

    def has_numbers(self, column: str) -> bool:
        """Say whether every cell that is filled is a number, and one is."""
        try:
            return not bool(np.isnan(self.numbers(column)).all())
        except DataError:
            return False


def folded(name: str) -> str:
    """Give what two names share that differ in case or spaces alone."""
    return "".join(_composed(name).split()).casefold()


def _composed(name: str) -> str:
    """Write an accented letter as one character: file systems differ in that."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def _bare(column: str) -> str:
    return folded(column).replace("_", "").replace("-", "")


def one_spelling(names: pd.Series) -> tuple[pd.Series, list[str]]:
    """Write names that differ in case or spaces alone in one way, the most frequent one.

    Args:
        names: text, None where missing.

    Returns:
        The names, and for each that had several spellings a list of them.
    """
    codes, distinct = pd.factorize(names)
    counts = dict(
        zip(distinct, np.bincount(codes[codes >= 0], minlength=len(distinct)).tolist(), strict=True)
    )
    spellings: dict[str, list[str]] = {}
    for name in counts:
        spellings.setdefault(folded(name), []).append(name)
    several = [
        sorted(alike, key=lambda name: (-counts[name], name))
        for alike in spellings.values()
        if len(alike) > 1
    ]
    if not several:
        return names, []
    chosen = {name: alike[0] for alike in several for name in alike}
    told = sorted(" = ".join(map(repr, alike)) for alike in several)
    written = np.array([*(chosen.get(name, name) for name in distinct), None], dtype=object)
    return pd.Series(written[codes], index=names.index, dtype=object), told


def read(path: Path) -> Sheet:
    """Read a table.

    Raises:
        UsageError: a file of another kind.
        DataError: there is no such file, it cannot be read, or two columns have one name.
    """
    suffix = path.suffix.lower()
    if suffix not in _TEXT | _BOOKS | _PARQUET:
        raise UsageError(
            f"{path.name}: expected a table (.csv, .tsv, .xlsx or .parquet), got a file that ends in "
            f"{suffix!r}"
        )
    try:
        if suffix in _PARQUET:
            frame = _read_parquet(path)
        elif suffix in _BOOKS:
            frame = _read_book(path)
        else:
            frame = _read_text(path)
    except FileNotFoundError as error:
        raise DataError(f"expected a table at {path}, there is no such file") from error
    except (
        ParserError,
        ParserWarning,
        EmptyDataError,
        UnicodeDecodeError,
        IsADirectoryError,
        pa.ArrowException,
        csv.Error,
        OSError,
        ValueError,
        MemoryError,
        OverflowError,
    ) as error:
        raise DataError(f"{path.name}: not readable as a table: {error}") from error
    frame = frame.reset_index(drop=True)
    frame.columns = pd.Index([" ".join(str(column).split()) for column in frame.columns])
    _refuse_twins(path.name, list(frame.columns))
    if frame.empty:
        raise DataError(f"{path.name}: expected rows under the header, found none")
    return Sheet(path.name, frame, 1 if suffix in _PARQUET else 2)


def _read_book(path: Path) -> pd.DataFrame:
    refuse_what_harms(path, "an Excel workbook")
    try:
        return pd.read_excel(path, dtype=str, keep_default_na=False, engine="openpyxl")
    # The package raises whatever a missing or misplaced part of the file leads to.
    except Exception as error:
        raise DataError(f"{path.name}: not readable as a table: {error}") from error


def _read_parquet(path: Path) -> pd.DataFrame:
    table = pq.ParquetFile(path).read()
    table.validate(full=True)  # lengths and text that are not what the file says
    # Without what pandas once noted of its types and its index, which a file may say anything about.
    frame = cast("pd.DataFrame", table.replace_schema_metadata(None).to_pandas())
    return frame.loc[:, [not str(name).startswith("__index_level_") for name in frame.columns]]


def _read_text(path: Path) -> pd.DataFrame:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        header = stream.readline()
    delimiter = max(",;\t", key=header.count)
    # pandas gives the second of two columns of one name another one.
    _refuse_twins(path.name, next(csv.reader([header], delimiter=delimiter), []))
    with warnings.catch_warnings():
        warnings.simplefilter("error", ParserWarning)  # more cells than columns
        return pd.read_csv(
            path, sep=delimiter, dtype=str, keep_default_na=False, encoding="utf-8-sig", index_col=False
        )


def _refuse_twins(name: str, columns: Sequence[str]) -> None:
    twins = sorted({column for column in columns if columns.count(column) > 1})
    if twins:
        raise DataError(f"{name}: expected columns of different names, got two called {twins[0]!r}")


def _of_distinct(cells: pd.Series, turn: Callable[[Hashable], object]) -> pd.Series:
    """Turn each distinct cell once; files have many rows and few words."""
    codes, distinct = pd.factorize(cells, use_na_sentinel=True)
    turned = np.array([*(turn(cell) for cell in distinct), turn(None)], dtype=object)
    return pd.Series(turned[codes], index=cells.index, dtype=object)


def _cell(cell: Hashable) -> str | None:
    if cell is None:
        return None
    # A whole number that a spreadsheet or a gap in a column turned into a float is still a name.
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = " ".join(_composed(str(cell)).split())
    return None if text.casefold() in _MISSING else text


def _number(cell: Hashable) -> float:
    """Read a number; infinity where it is none, which no score is."""
    text = _cell(cell)
    if text is None:
        return float("nan")
    has_decimal_comma = text.count(",") == 1 and "." not in text
    try:
        return float(text.replace(",", ".") if has_decimal_comma else text)
    except ValueError:
        return float("inf")
