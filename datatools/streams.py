"""How are tables gone over, and written, in memory that does not grow with them?

Rows become objects a thousand at a time. Tables are in the order of their keys, which begin with the
sample: what several tables hold of one sample is met while all of them are gone over once.
"""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import groupby, islice
from tempfile import TemporaryFile
from typing import IO, BinaryIO, Generic, Protocol, TypeVar, cast

import pyarrow as pa
import pyarrow.parquet as pq

from datatools import tables
from datatools.atomic import naming
from datatools.columns import Where
from datatools.records import Sample
from datatools.tables import Table
from datatools.workspace import Workspace, require_source

Key = tuple[tuple[bool, object], ...]

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
        for piece in self.workspace.pieces(self.table, names, where=self.where, at_once=_AT_ONCE):
            for start in range(0, len(piece), _AT_ONCE):
                yield from tables.records_of(piece.slice(start, _AT_ONCE), self.table)
        pa.default_memory_pool().release_unused()


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


def key_of(table: Table[Row], row: Row) -> Key:
    """Give what a table is in the order of; None comes first."""
    values = (getattr(row, name) for name in table.key)
    return tuple((value is not None, value) for value in values)


def merged(table: Table[Row], *several: Iterable[Row]) -> Iterator[Row]:
    """Give rows that come in the table's order from each of several, in this order."""
    return heapq.merge(*several, key=partial(key_of, table))


def write(workspace: Workspace, table: Table[Row], rows: Iterable[Row]) -> None:
    """Write a table as ``Workspace.write`` does; it may be made of rows that it held before.

    Rows in the table's order take the least memory: that of the rows which a file holds together.

    Raises:
        TableError: two rows have the same key, or a value is not of its field's type.
    """
    folder = workspace.table_file(table).parent
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryFile(dir=folder) as file:
        growing = _Growing(table, file)
        coming, last, is_ordered = iter(rows), Key(), True
        while some := list(islice(coming, _AT_ONCE)):
            keys = [key_of(table, row) for row in some]
            is_ordered = is_ordered and last < min(keys)  # within a part ``to_arrow`` makes the order
            last = max(keys)
            part = tables.to_arrow(table, some)
            with naming(folder):
                growing.add(part)
        with naming(folder):
            growing.end()
            file.seek(0)
        if is_ordered and 0 < growing.n_rows <= tables.ROWS_OF_A_FILE:
            workspace.write_file(table, cast("BinaryIO", file))
        else:
            come = pq.ParquetFile(file).read().cast(tables.schema(table))
            workspace.write_arrow(table, tables.sorted_arrow(table, come))


class _Growing(Generic[Row]):
    """A table's file while its rows come: those of a group wait until it is whole."""

    def __init__(self, table: Table[Row], file: IO[bytes]) -> None:
        self._schema = tables.schema(table)
        self._writer = pq.ParquetWriter(file, self._schema, compression="zstd")
        self._waiting: list[list[pa.Array]] = [[] for _ in self._schema]  # of each column
        self.n_rows = 0

    def add(self, part: pa.Table) -> None:
        """Put rows at the end."""
        for waiting, column in zip(self._waiting, part.columns, strict=True):
            waiting += column.chunks
        self.n_rows += len(part)
        if self.n_rows % tables.rows_of_group(self._schema) == 0:
            self._flush()

    def end(self) -> None:
        """Write what waits, and the end of the file."""
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        whole = []
        for waiting in self._waiting:
            if waiting:
                whole.append(pa.concat_arrays(waiting))
                waiting.clear()  # so that no more than a column is there twice
        if whole:
            group = pa.table(whole, schema=self._schema)
            self._writer.write_table(group, row_group_size=len(group))
            pa.default_memory_pool().release_unused()
