"""How are tables gone over, and written, in memory that does not grow with them?

Rows become objects a thousand at a time. Tables are in the order of their keys, which begin with the
sample: what several tables hold of one sample is met while all of them are gone over once.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Generic, Protocol, TypeVar

import pyarrow as pa

from datatools import tables
from datatools.columns import Where
from datatools.records import Sample
from datatools.tables import Table
from datatools.workspace import Workspace, require_source

_AT_ONCE = 1024  # rows that are objects at a time


class OfSample(Protocol):
    """A row about one sample."""

    @property
    def sample_id(self) -> str: ...


Row = TypeVar("Row")
Said = TypeVar("Said", bound=OfSample)


@dataclass(frozen=True, slots=True)
class Rows(Generic[Row]):
    """The rows of a table, in its order; read again each time that somebody goes over them."""

    workspace: Workspace
    table: Table[Row]
    where: Where | None = None  # leaves out rows with other values

    def __iter__(self) -> Iterator[Row]:
        names = tables.schema(self.table).names
        for piece in self.workspace.pieces(self.table, names, where=self.where):
            for start in range(0, len(piece), _AT_ONCE):
                yield from tables.records_of(piece.slice(start, _AT_ONCE), self.table)


class Alongside(Generic[Said]):
    """A table's rows about one sample after the other; none where it was not written yet.

    Raises:
        TableError: it was not written yet, and ``is_needed``.
    """

    def __init__(self, workspace: Workspace, table: Table[Said], *, is_needed: bool = False) -> None:
        if is_needed and not workspace.has(table):
            workspace.rows(table)  # which says what to do
        self._groups = groupby(Rows(workspace, table), key=lambda row: row.sample_id)
        self._next: tuple[str, list[Said]] | None = None
        self._step()

    def _step(self) -> None:
        group = next(self._groups, None)
        self._next = None if group is None else (group[0], list(group[1]))

    def of(self, sample_id: str) -> list[Said]:
        """Give a sample's rows; samples are asked for in the order of their ids, each once."""
        while self._next is not None and self._next[0] < sample_id:
            self._step()
        return self._next[1] if self._next is not None and self._next[0] == sample_id else []


def samples(workspace: Workspace, *, source: str | None = None, limit: int | None = None) -> Iterator[Sample]:
    """Give what ``Workspace.samples`` gives, one after the other.

    Raises:
        UsageError: no such source.
        TableError: there is no manifest.
    """
    if not workspace.has(tables.MANIFEST):
        workspace.rows(tables.MANIFEST)  # which says what to do
    if source is not None:
        known = workspace.columns(tables.MANIFEST, ("source",), encoded=("source",))
        require_source(source, set(known["source"].unique().to_pylist()))
    readable = (
        row for row in Rows(workspace, tables.MANIFEST) if row.status == "ok" and source in (None, row.source)
    )
    return islice(readable, limit)


def write(workspace: Workspace, table: Table[Row], rows: Iterable[Row]) -> None:
    """Write a table as ``Workspace.write`` does; it may be made of rows that it held before.

    Raises:
        TableError: two rows have the same key, or a value is not of its field's type.
    """
    coming, parts = iter(rows), list[pa.Table]()
    while some := list(islice(coming, _AT_ONCE)):
        parts.append(tables.to_arrow(table, some))
    if len(parts) < 2:
        arrow = parts[0] if parts else tables.to_arrow(table, [])
    else:
        arrow = tables.sorted_arrow(table, pa.concat_tables(parts))
    workspace.write_arrow(table, arrow)
