"""How are finished rows kept until their table is written, so that a killed run loses next to nothing?

One JSON line per item in a hidden file beside the tables. Of an item that comes twice the last line counts.
"""

import dataclasses
import json
import os
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Generic, TypeVar

from datatools.atomic import naming
from datatools.errors import TableError
from datatools.keys import Keys, Texts
from datatools.tables import Table
from datatools.workspace import Workspace

Kept = TypeVar("Kept")  # a journal keeps rows of any table
Row = TypeVar("Row")


class Journal(Generic[Kept]):
    """Rows that were finished before their table was written: one JSON line per item."""

    def __init__(self, workspace: Workspace, table: Table[Kept]) -> None:
        self.path: Path = workspace.table_file(table).with_name(f".{table.name}.journal")
        self._table = table
        self._keys = Texts()
        self._places = array("Q")  # where each of them begins
        self._end = 0

    def read(self) -> None:
        """Find what an interrupted run left; a line cut off by a kill is left out.

        Raises:
            TableError: a whole line is not an item of this table.
        """
        self._keys, self._places = Texts(), array("Q")
        for place, key, _ in self._lines():
            self._keys.add(key)
            self._places.append(place)

    def __enter__(self) -> "Journal[Kept]":
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.read()
        # A half line is dropped, so that the next one starts at its beginning.
        self._stream: BinaryIO = self.path.open("ab")
        self._end = _end_of_lines(self.path)
        os.truncate(self.path, self._end)
        return self

    def append(self, key: str, rows: Sequence[Kept]) -> None:
        """Keep one item's rows."""
        as_json = [dataclasses.asdict(row) for row in rows]  # type: ignore[call-overload]  # records are dataclasses
        line = json.dumps({"key": key, "rows": as_json}).encode() + b"\n"
        with naming(self.path):
            self._stream.write(line)
            self._stream.flush()
        self._keys.add(key)
        self._places.append(self._end)
        self._end += len(line)

    def __len__(self) -> int:
        return len(self._places)

    def last(self) -> Iterator[list[Kept]]:
        """Go over what is kept, one item's rows after the other, in the order of their keys."""
        if not self._places:
            return
        with self.path.open("rb") as stream:
            for which in Keys(self._keys.letters()).came_at:
                stream.seek(self._places[which])
                yield self._entry(stream.readline())[1]

    def others(self, rows: Iterable[Row], key: Callable[[Row], str]) -> Iterator[Row]:
        """Give those rows whose items are not kept here."""
        if not self._places:
            return iter(rows)
        located = Keys(self._keys.letters()).located(rows, key)
        return (row for row, which in located if which < 0)

    def __exit__(self, *exc: object) -> None:
        with naming(self.path):
            self._stream.close()

    def remove(self) -> None:
        """Forget the journal: its rows are in the table now."""
        self.path.unlink(missing_ok=True)

    def _lines(self) -> Iterator[tuple[int, str, list[Kept]]]:
        """Read the whole lines: where each begins, its item and the rows."""
        if not self.path.exists():
            return
        place = 0
        with self.path.open("rb") as stream:
            for line in stream:
                if not line.endswith(b"\n"):
                    return
                yield place, *self._entry(line)
                place += len(line)

    def _entry(self, line: bytes) -> tuple[str, list[Kept]]:
        try:
            entry = json.loads(line)
            rows = [self._table.record(**row) for row in entry["rows"]]
            key = str(entry["key"])
            key.encode()  # half a character, which JSON can write and UTF-8 cannot
            return key, rows
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise TableError(
                f"{self.path} holds a line that is no row of {self._table.name}; "
                "remove the file to start the stage again"
            ) from error


def _end_of_lines(path: Path) -> int:
    """Give where the last whole line of a file ends."""
    with path.open("rb") as stream:
        end = 0
        for line in stream:
            end += len(line) if line.endswith(b"\n") else 0
    return end
