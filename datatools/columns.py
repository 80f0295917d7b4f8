"""How are columns of a very large table read, without making an object of each row?

Only the columns that are asked for are read, and of those only the groups of rows whose statistics do not
rule out what is looked for. Rows come in the order of the table's key, whatever files hold them.
"""

import bisect
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from datatools import parts
from datatools.errors import TableError
from datatools.schemas import SCHEMA_VERSION, Table, schema

Row = TypeVar("Row")
Where = Mapping[str, Collection[str]]  # a column of text to the values that are wanted
Words = Collection[str]  # columns of text to encode by a dictionary: a word stands in memory once

_TRIES = 5  # while somebody writes other parts
_BROKEN = (pa.ArrowException, OSError, ValueError)  # the last: letters that are no UTF-8
_WORD = pa.dictionary(pa.int32(), pa.string())


def n_rows(path: Path, table: Table[Row]) -> int:
    """Give the number of rows, which the files' ends know.

    Raises:
        TableError: as ``read``.
    """
    return sum(file.parquet.metadata.num_rows for file in _opened(path, table, ()))


def read(
    path: Path,
    table: Table[Row],
    names: Sequence[str] | None = None,
    *,
    where: Where | None = None,
    encoded: Words = (),
) -> pa.Table:
    """Read columns of a table, in the order of its key.

    Args:
        path: of the one file that holds the table, or would.
        table: what it should be.
        names: of the columns; None: all.
        where: leaves out the rows with other values, or without one.
        encoded: columns of text to encode by a dictionary.

    Raises:
        TableError: the table is missing, is not Parquet, or has another schema.
    """
    return joined(table, names, encoded, batches(path, table, names, where=where, encoded=encoded))


def of_files(
    paths: Iterable[Path],
    table: Table[Row],
    names: Sequence[str] | None = None,
    *,
    where: Where | None = None,
    encoded: Words = (),
) -> Iterator[pa.Table]:
    """Give pieces of files of one table as ``batches`` does, one file after the other.

    Raises:
        TableError: as ``read``.
    """
    scan = _Scan.of(table, names, where, encoded)
    for path in paths:
        try:
            file = _open(path, table, encoded)
        except FileNotFoundError as error:
            raise _missing(path, table) from error
        yield from scan.pieces(file)


def batches(
    path: Path,
    table: Table[Row],
    names: Sequence[str] | None = None,
    *,
    where: Where | None = None,
    encoded: Words = (),
    at_once: int | None = None,
) -> Iterator[pa.Table]:
    """Give what ``read`` gives in pieces: groups of rows, or so many rows ``at_once``.

    Parts that a cluster wrote may be in any order: they are read whole.

    Raises:
        TableError: as ``read``; or two parts have a row of one key.
    """
    files = _opened(path, table, encoded)
    if parts.is_ordered(path):
        scan = _Scan.of(table, names, where, encoded)
        for file in files:
            yield from scan.pieces(file, at_once)
        return
    names = schema(table).names if names is None else list(names)
    every = list(dict.fromkeys([*names, *table.key]))
    scan = _Scan.of(table, every, where, encoded)
    pieces = (piece for file in files for piece in scan.pieces(file))
    yield sort(table, joined(table, every, encoded, pieces)).select(names)


def joined(
    table: Table[Row], names: Sequence[str] | None, encoded: Words, pieces: Iterable[pa.Table]
) -> pa.Table:
    """Put pieces of a table together, none as well; a word then has one number in all of them."""
    fields = _fields(table, names, encoded)
    nothing = pa.table([pa.nulls(0, field.type) for field in fields], schema=fields)
    return pa.concat_tables([nothing, *pieces]).unify_dictionaries()


def narrowed(
    rows: pa.Table,
    table: Table[Row],
    names: Sequence[str],
    *,
    where: Where | None = None,
    encoded: Words = (),
) -> pa.Table:
    """Give of a table in memory what ``read`` gives of one on disk."""
    scan = _Scan.of(table, names, where, encoded)
    return scan.filtered(rows).select(names).cast(scan.wanted)


def is_among(column: pa.ChunkedArray, values: pa.Array) -> pa.ChunkedArray:
    """Say which rows of a column of text, perhaps dictionary-encoded, have one of these values."""
    return pa.chunked_array([_is_among(chunk, values) for chunk in column.chunks], pa.bool_())


def is_about(rows: pa.Table, sample_ids: pa.Array) -> pa.ChunkedArray:
    """Say which rows are about these samples, which are in the order of their ids."""
    column = rows["sample_id"]
    if len(column) == 0:
        return is_among(column, sample_ids)
    ends = pc.min_max(column.cast(pa.string())).as_py()
    low = bisect.bisect_left(sample_ids, ends["min"], key=lambda one: one.as_py())
    high = bisect.bisect_right(sample_ids, ends["max"], key=lambda one: one.as_py())
    return is_among(column, sample_ids[low:high])


def _is_among(chunk: pa.Array, values: pa.Array) -> pa.Array:
    if isinstance(chunk, pa.DictionaryArray):
        return pc.fill_null(pc.is_in(chunk.dictionary, value_set=values).take(chunk.indices), False)
    return pc.is_in(chunk, value_set=values)


def sort(table: Table[Row], rows: pa.Table) -> pa.Table:
    """Sort rows by their table's key, the absent first.

    Raises:
        TableError: two rows have the same key.
    """
    keys = [(name, "ascending", "at_start") for name in table.key]
    ordered = rows.take(pc.sort_indices(_plain(rows.select(table.key)), sort_keys=keys)).combine_chunks()
    key = _plain(ordered.select(table.key))
    is_repeated = pa.array([True] * (len(ordered) - 1), pa.bool_())
    for name in table.key:
        before, after = key[name][:-1], key[name][1:]
        both_missing = pc.and_(pc.is_null(before), pc.is_null(after))
        is_repeated = pc.and_(is_repeated, pc.or_(both_missing, pc.fill_null(pc.equal(before, after), False)))
    place = pc.index(is_repeated, True).as_py()
    if place >= 0:
        twice = {name: key[name][place].as_py() for name in table.key}
        raise TableError(f"table {table.name} expects one row for each key; {twice} came twice")
    return ordered


def _plain(rows: pa.Table) -> pa.Table:
    """Give a table without dictionaries, which are not sorted by their words."""
    plain = (field.with_type(pa.string()) if field.type == _WORD else field for field in rows.schema)
    return rows.cast(pa.schema(plain))


def _fields(table: Table[Row], names: Sequence[str] | None, encoded: Words) -> pa.Schema:
    every = schema(table)
    fields = [every.field(name) for name in (every.names if names is None else names)]
    return pa.schema([f.with_type(_WORD) if f.name in encoded else f for f in fields], every.metadata)


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    parquet: pq.ParquetFile


def _opened(path: Path, table: Table[Row], encoded: Words) -> list[_File]:
    """Open all files of a table; once they are open, nobody can take them away."""
    for _ in range(_TRIES):
        held = parts.files(path)
        try:
            return [_open(file, table, encoded) for file in held or [path]]
        except FileNotFoundError as error:
            # Somebody writes other parts just now, or it was never written.
            if not held or held == parts.files(path):
                raise _missing(path, table) from error
    raise _missing(path, table)


def _missing(path: Path, table: Table[Row]) -> TableError:
    return TableError(f"no table {table.name} at {path}: run the stage that writes it first")


def _open(path: Path, table: Table[Row], encoded: Words) -> _File:
    """Open a file, and make sure that its columns are those of the table, or of an older version of it."""
    try:
        # Not read_table: it looks for a data set of many files first.
        parquet = pq.ParquetFile(path, read_dictionary=list(encoded))
        found = parquet.schema_arrow
    except FileNotFoundError:
        raise
    except _BROKEN as error:
        raise TableError(f"{path} is not a readable Parquet table: {error}") from error
    wanted = _fields(table, None, encoded)
    known, came = set(wanted.names), set(found.names)
    absent = [wanted.field(name) for name in wanted.names if name not in came]
    is_older = found.equals(pa.schema([field for field in wanted if field.name in came]))
    if not is_older or not all(field.nullable for field in absent):  # absent: it did not know them yet
        raise TableError(
            f"{path} does not have the schema {table.name}@{SCHEMA_VERSION} of this version: "
            f"missing columns {sorted(known - came)}, unknown columns {sorted(came - known)}; "
            "run the stage that writes it again"
        )
    return _File(path, parquet)


@dataclass(frozen=True, slots=True)
class _Filter:
    """The rows whose text is one of some values."""

    name: str
    ordered: list[str]

    def may_hold(self, group: pq.RowGroupMetaData) -> bool:
        """Say whether a value lies between the smallest and the largest of a group of rows."""
        every = (group.column(place) for place in range(group.num_columns))
        statistics = next(column.statistics for column in every if column.path_in_schema == self.name)
        if statistics is None or not statistics.has_min_max:
            return True
        place = bisect.bisect_left(self.ordered, statistics.min)
        return place < len(self.ordered) and self.ordered[place] <= statistics.max


@dataclass(frozen=True, slots=True)
class _Scan:
    """What is read of each file."""

    wanted: pa.Schema
    filters: list[_Filter]

    @classmethod
    def of(
        cls, table: Table[Row], names: Sequence[str] | None, where: Where | None, encoded: Words
    ) -> "_Scan":
        filters = [_Filter(name, sorted(set(values))) for name, values in (where or {}).items()]
        return cls(_fields(table, names, encoded), filters)

    def pieces(self, file: _File, at_once: int | None = None) -> Iterator[pa.Table]:
        """Read a file by its groups of rows, those that may hold what is wanted, or by parts of them."""
        there = set(file.parquet.schema_arrow.names)
        if not all(one.name in there for one in self.filters):
            return  # an older version had no such column: nothing has a value
        needed = {*self.wanted.names, *(one.name for one in self.filters)}
        names = [name for name in file.parquet.schema_arrow.names if name in needed]
        metadata = file.parquet.metadata
        for number in range(metadata.num_row_groups):
            if not all(one.may_hold(metadata.row_group(number)) for one in self.filters):
                continue
            try:
                for rows in _read(file.parquet, number, names, at_once):
                    rows.validate(full=True)  # a hostile file's offsets and letters
                    kept = self.filtered(rows)
                    n = len(kept)
                    each = [kept[f.name] if f.name in there else pa.nulls(n, f.type) for f in self.wanted]
                    yield pa.table(each, schema=self.wanted)
            except _BROKEN as error:
                raise TableError(f"{file.path} is not a readable Parquet table: {error}") from error

    def filtered(self, rows: pa.Table) -> pa.Table:
        """Leave out what is not wanted."""
        for one in self.filters:
            # Made late: ``pa.array`` loads pandas, and most groups are ruled out without it.
            rows = rows.filter(is_among(rows[one.name], pa.array(one.ordered, pa.string())))
        return rows


def _read(file: pq.ParquetFile, group: int, names: list[str], at_once: int | None) -> Iterator[pa.Table]:
    if at_once is None:
        yield file.read_row_group(group, names)
        return
    for batch in file.iter_batches(at_once, [group], names, use_threads=False):  # threads would read ahead
        yield pa.Table.from_batches([batch])
