"""How is a list of records kept on disk?

A table is a Parquet file whose Arrow schema is read off its record's field types. Rows are sorted by
their key, so that equal rows give equal bytes; files appear whole or not at all.
"""

import hashlib
import itertools
import numbers
import os
import secrets
import types
import typing
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from datatools import records
from datatools.errors import TableError

if TYPE_CHECKING:
    import pandas as pd

SCHEMA_VERSION = "1"
PART = ".part"  # ends the hidden name under which a file is being written

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Table(Generic[Row]):
    """A name, the record its rows are, and the fields that identify a row."""

    name: str
    record: type[Row]
    key: tuple[str, ...]


SOURCES = Table("sources", records.Source, ("source",))
MANIFEST = Table("manifest", records.Sample, ("sample_id",))
LANDMARKS = Table("landmarks", records.LandmarkRow, ("sample_id", "detector", "face"))
MEASUREMENTS = Table("measurements", records.Measurement, ("sample_id", "name", "measured_by"))
MEASURED = Table("measured", records.Measured, ("sample_id",))
FRAMINGS = Table("framings", records.FramingRow, ("sample_id",))
MATTES = Table("mattes", records.MatteRow, ("sample_id", "teacher"))
MASKS = Table("masks", records.MaskRow, ("sample_id",))
ALPHAS = Table("alphas", records.AlphaRow, ("sample_id",))
MADE = Table("made", records.MadeRow, ("sample_id", "folder", "item"))
LINEAGE = Table("lineage", records.Lineage, ("sample_id",))
EFFECTS = Table("effects", records.Effect, ("sample_id", "rule", "round"))
OBSERVATIONS = Table("observations", records.Observation, ("sample_id", "check"))
FINDINGS = Table("findings", records.Finding, ("sample_id", "check"))
ANNOTATIONS = Table(
    "annotations",
    records.Annotation,
    ("sample_id", "question", "annotator_id", "created_at", "presentation_order", "value"),
)
CONSENSUS = Table("consensus", records.ConsensusRow, ("sample_id", "question", "vocabulary"))
SPLITS = Table("splits", records.SplitRow, ("sample_id",))
SCORES = Table("scores", records.Score, ("sample_id", "model", "reference_source"))
ERROR_GRIDS = Table("error_grids", records.ErrorGrid, ("sample_id", "model", "reference_source"))
MASK_PAIRS = Table("mask_pairs", records.MaskPairRow, ("sample_id", "mask", "against"))
GROUPS = Table("groups", records.GroupRow, ("model", "reference_source", "attribute", "group", "metric"))
PARITY = Table("parity", records.ParityRow, ("outcome", "reference_source", "attribute", "group"))


def _arrow_type(hint: object) -> pa.DataType:
    origin = typing.get_origin(hint)
    if origin in (types.UnionType, typing.Union):
        (inner,) = (arg for arg in typing.get_args(hint) if arg is not type(None))
        return _arrow_type(inner)
    if origin is typing.Literal:
        return pa.string()
    if origin is list:
        return pa.list_(_arrow_type(typing.get_args(hint)[0]))
    scalars = {
        str: pa.string(),
        int: pa.int64(),
        float: pa.float64(),
        bool: pa.bool_(),
        bytes: pa.binary(),
    }
    if isinstance(hint, type) and hint in scalars:
        return scalars[hint]
    raise TableError(f"a record's field must be str, int, float, bool, bytes or a list of them; got {hint}")


def _is_optional(hint: object) -> bool:
    return type(None) in typing.get_args(hint)


def schema(table: Table[Row]) -> pa.Schema:
    """Give the Arrow schema of a table, its version in the metadata."""
    hints = typing.get_type_hints(table.record)
    fields = [pa.field(n, _arrow_type(h), nullable=_is_optional(h)) for n, h in hints.items()]
    return pa.schema(fields, metadata={"datatools_table": f"{table.name}@{SCHEMA_VERSION}"})


def _sort_key(table: Table[Row], row: Row) -> tuple[tuple[bool, object], ...]:
    values = (getattr(row, name) for name in table.key)
    return tuple((value is not None, value) for value in values)


def to_arrow(table: Table[Row], rows: Iterable[Row]) -> pa.Table:
    """Put rows, sorted by key, into an Arrow table.

    Raises:
        TableError: two rows have the same key, or a value is not of its field's type.
    """
    ordered = sorted(rows, key=lambda row: _sort_key(table, row))
    for previous, row in itertools.pairwise(ordered):
        if _sort_key(table, previous) == _sort_key(table, row):
            key = {name: getattr(row, name) for name in table.key}
            raise TableError(f"table {table.name} expects one row for each key; {key} came twice")
    wanted = schema(table)
    columns = [_column(table.name, field, [getattr(row, field.name) for row in ordered]) for field in wanted]
    return pa.table(columns, schema=wanted)


def sorted_arrow(table: Table[Row], rows: pa.Table) -> pa.Table:
    """Sort an Arrow table of this schema as ``to_arrow`` sorts records; for very many rows.

    Raises:
        TableError: two rows have the same key, or a column is not of its field's type.
    """
    try:
        rows = rows.select(schema(table).names).cast(schema(table))
    except (pa.ArrowInvalid, KeyError, ValueError) as error:
        raise TableError(f"table {table.name} does not take these columns: {error}") from error
    keys = [(name, "ascending", "at_start") for name in table.key]
    ordered = rows.take(pc.sort_indices(rows, sort_keys=keys)).combine_chunks()
    is_repeated = pa.array([True] * (len(ordered) - 1), pa.bool_())
    for name in table.key:
        before, after = ordered[name][:-1], ordered[name][1:]
        both_missing = pc.and_(pc.is_null(before), pc.is_null(after))
        is_repeated = pc.and_(is_repeated, pc.or_(both_missing, pc.fill_null(pc.equal(before, after), False)))
    place = pc.index(is_repeated, True).as_py()
    if place >= 0:
        key = {name: ordered[name][place].as_py() for name in table.key}
        raise TableError(f"table {table.name} expects one row for each key; {key} came twice")
    return ordered


def _column(table: str, field: pa.Field, values: Sequence[object]) -> pa.Array:
    if not field.nullable and None in values:
        raise TableError(f"table {table}: column {field.name} expects a value in every row, got None")
    if pa.types.is_integer(field.type):  # Arrow itself would cut 1.5 down to 1
        wrong = [value for value in values if not isinstance(value, numbers.Integral | None)]
        if wrong:
            raise TableError(f"table {table}: column {field.name} expects integers, got {wrong[0]!r}")
    try:
        return pa.array(values, field.type)
    # The last two: an integer of more than 64 bits, and text that is no Unicode (a file's undecodable name).
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, UnicodeEncodeError) as error:
        raise TableError(f"table {table}: column {field.name} does not take these values: {error}") from error


def _write_beside(path: Path, data: bytes) -> Path:
    """Write a file under another name in the folder of ``path``, all of it on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # By lot: on a shared folder two machines may have a process of one number.
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}{PART}")
    try:
        with beside.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
    except BaseException as error:
        if isinstance(error, OSError) and error.filename is None:
            error.filename = str(path)  # a full disk does not say what did not fit
        beside.unlink(missing_ok=True)
        raise
    return beside


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file whole or not at all: beside it first, then renamed over it."""
    beside = _write_beside(path, data)
    try:
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def write_new(path: Path, data: bytes) -> bool:
    """Write a file whole or not at all, unless it is there; say whether it was written."""
    beside = _write_beside(path, data)
    try:
        os.link(beside, path)  # fails where the file is there, which a rename does not
    except FileExistsError:
        return False
    except OSError:  # a file system without links
        if path.exists():
            return False
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return True


def to_bytes(rows: pa.Table) -> bytes:
    """Give a table as the bytes of a Parquet file; equal tables give equal bytes."""
    sink = pa.BufferOutputStream()
    pq.write_table(rows, sink, compression="zstd")
    return typing.cast("bytes", sink.getvalue().to_pybytes())


def write(path: Path, table: Table[Row], rows: Iterable[Row]) -> None:
    """Write rows as one Parquet file, atomically.

    Raises:
        TableError: see ``to_arrow``.
    """
    write_bytes(path, to_bytes(to_arrow(table, rows)))


def _read_arrow(
    path: Path, table: Table[Row], *, encoded: bool = False, columns: Sequence[str] | None = None
) -> pa.Table:
    wanted = _encoded(schema(table)) if encoded else schema(table)
    text = [field.name for field in wanted if pa.types.is_dictionary(field.type)]
    try:
        # Not read_table: it looks for a data set of many files first.
        file = pq.ParquetFile(path, read_dictionary=text)
        schema_found = file.schema_arrow
        found = file.read(columns=columns)
    except FileNotFoundError as error:
        raise TableError(f"no table {table.name} at {path}: run the stage that writes it first") from error
    except (pa.ArrowInvalid, OSError) as error:
        raise TableError(f"{path} is not a readable Parquet table: {error}") from error
    if not schema_found.equals(wanted):
        known, came = set(wanted.names), set(schema_found.names)
        absent = [wanted.field(name) for name in wanted.names if name not in came]
        is_older = schema_found.equals(pa.schema([field for field in wanted if field.name in came]))
        if is_older and all(field.nullable for field in absent):  # it did not know them yet
            return _widened(found, wanted, columns)
        raise TableError(
            f"{path} does not have the schema {table.name}@{SCHEMA_VERSION} of this version: "
            f"missing columns {sorted(known - came)}, unknown columns {sorted(came - known)}; "
            "run the stage that writes it again"
        )
    return found


def _widened(found: pa.Table, wanted: pa.Schema, columns: Sequence[str] | None) -> pa.Table:
    """Give a table the columns that its file does not have, empty."""
    fields = [wanted.field(name) for name in wanted.names if columns is None or name in columns]
    there = {name: found[name] for name in found.column_names}
    full = [there.get(field.name, pa.nulls(len(found), field.type)) for field in fields]
    return pa.table(full, schema=pa.schema(fields, wanted.metadata))


def _encoded(plain: pa.Schema) -> pa.Schema:
    """Give a schema whose text is dictionary-encoded."""
    text = pa.dictionary(pa.int32(), pa.string())
    return pa.schema([f.with_type(text) if f.type == pa.string() else f for f in plain], plain.metadata)


def read(path: Path, table: Table[Row]) -> list[Row]:
    """Read a table as records.

    Raises:
        TableError: the file is missing, is not Parquet, or has another schema.
    """
    return records_of(_read_arrow(path, table), table)


def about(rows: pa.Table, sample_ids: Iterable[str]) -> pa.Table:
    """Give the rows about some samples, in their order; text may be dictionary-encoded."""
    wanted = pa.array(list(sample_ids), pa.string())
    return rows.filter(pc.is_in(rows["sample_id"].cast(pa.string()), value_set=wanted))


def read_about(path: Path, table: Table[Row], sample_ids: Iterable[str]) -> list[Row]:
    """Read a table's rows about some samples as records.

    Raises:
        TableError: as ``read``.
    """
    return records_of(about(_read_arrow(path, table), sample_ids), table)


def records_of(rows: pa.Table, table: Table[Row]) -> list[Row]:
    """Give an Arrow table's rows as records."""
    return [table.record(**row) for row in rows.to_pylist()]


def read_encoded(paths: Iterable[Path], table: Table[Row]) -> pa.Table:
    """Read files of one table as one, text dictionary-encoded: a word stands in memory once.

    Raises:
        TableError: as ``read``.
    """
    parts = [_read_arrow(path, table, encoded=True) for path in paths]
    nothing = _encoded(schema(table)).empty_table()
    return pa.concat_tables([nothing, *parts]).unify_dictionaries().combine_chunks()


def frame(path: Path, table: Table[Row], columns: Sequence[str] | None = None) -> "pd.DataFrame":
    """Read a table, or some columns of it, as a pandas frame, for notebooks and statistics.

    Raises:
        TableError: as ``read``.
    """
    return typing.cast("pd.DataFrame", _read_arrow(path, table, columns=columns).to_pandas())


def sha256_bytes(data: bytes) -> str:
    """Hash bytes; 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path) -> str:
    """Hash a file's bytes without loading it whole; 64 hex digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def fingerprint(*parts: object) -> str:
    """Hash anything with a stable repr (strings, numbers, sorted containers) to 16 hex digits."""
    return sha256_bytes("\x1f".join(repr(part) for part in parts).encode())[:16]


def index(rows: Sequence[Row], name: str) -> dict[str, Row]:
    """Map a string field to its row; for tables keyed by that field alone."""
    return {getattr(row, name): row for row in rows}
