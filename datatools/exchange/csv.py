"""How do answers travel as CSV, the label sheet that every spreadsheet program opens?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from datatools import sheets, tables
from datatools.exchange import Item
from datatools.exchange._items import columns_of, lines
from datatools.sheets import Cell

_SUFFIXES = frozenset({".csv", ".tsv", ".txt"})


@dataclass(frozen=True, slots=True)
class Csv:
    """CSV in UTF-8, one answer a line."""

    suffix: ClassVar[str] = ".csv"
    shows_pictures: ClassVar[bool] = False

    def matches(self, path: Path) -> bool:
        return path.suffix.lower() in _SUFFIXES

    def write(self, path: Path, items: Sequence[Item]) -> None:
        columns = columns_of(items)
        tables.write_bytes(path, sheets.to_csv(columns, lines(columns, items)))

    def read(self, path: Path) -> Iterator[Cell]:
        return sheets.read(path)


build = Csv
