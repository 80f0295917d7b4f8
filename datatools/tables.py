"""How is a list of records kept on disk?

A table is Parquet: one file, or a folder of parts. Rows are sorted by their key, so that equal rows give
equal bytes; files appear whole or not at all.
"""

import itertools
import math
import numbers
import shutil
import typing
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from datatools import columns, parts, records
from datatools.atomic import PART as PART
from datatools.atomic import sha256_bytes as sha256_bytes
from datatools.atomic import sha256_file as sha256_file
from datatools.atomic import write_bytes as write_bytes
from datatools.atomic import write_new as write_new
from datatools.atomic import writing
from datatools.errors import TableError
from datatools.schemas import SCHEMA_VERSION as SCHEMA_VERSION
from datatools.schemas import Table as Table
from datatools.schemas import schema as schema

if TYPE_CHECKING:
    import pandas as pd

# Each group has its own statistics: who looks up a few samples of very many reads a few groups.
ROWS_OF_A_GROUP = 1 << 17
ROWS_OF_A_HEAVY_GROUP = 1 << 12
_HEAVY = {b"landmarks", b"error_grids", b"measured", b"framings", b"made"}  # a row is 0.5 to 2 kB
ROWS_OF_A_FILE = 1 << 22
_HEX_DIGITS = 16  # of a sample_id, which are as good as drawn by lot

Row = TypeVar("Row")

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
    arrays = [_column(table.name, field, [getattr(row, field.name) for row in ordered]) for field in wanted]
    return pa.table(arrays, schema=wanted)


def sorted_arrow(table: Table[Row], rows: pa.Table) -> pa.Table:
    """Sort an Arrow table of this schema as ``to_arrow`` sorts records; for very many rows.

    Raises:
        TableError: two rows have the same key, or a column is not of its field's type.
    """
    try:
        rows = rows.select(schema(table).names).cast(schema(table))
    except (pa.ArrowInvalid, KeyError, ValueError) as error:
        raise TableError(f"table {table.name} does not take these columns: {error}") from error
    return columns.sort(table, rows)


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


def rows_of_group(columns: pa.Schema) -> int:
    """Give how many rows of a table are written, and read, together."""
    name = (columns.metadata or {}).get(b"datatools_table", b"").partition(b"@")[0]
    return ROWS_OF_A_HEAVY_GROUP if name in _HEAVY else ROWS_OF_A_GROUP


def to_bytes(rows: pa.Table) -> bytes:
    """Give a table as the bytes of a Parquet file; equal tables give equal bytes."""
    sink = pa.BufferOutputStream()
    pq.write_table(rows, sink, compression="zstd", row_group_size=rows_of_group(rows.schema))
    return typing.cast("bytes", sink.getvalue().to_pybytes())


def write(path: Path, table: Table[Row], rows: Iterable[Row]) -> None:
    """Write rows as a table, atomically.

    Raises:
        TableError: see ``to_arrow``.
    """
    write_arrow(path, to_arrow(table, rows))


def write_arrow(path: Path, rows: pa.Table) -> None:
    """Write a table as ``to_arrow`` or ``sorted_arrow`` gives it, atomically: very long ones as parts.

    A part holds the keys that begin alike, so that the same rows make the same parts, and most parts stay
    as they are where some rows change.
    """
    if len(rows) <= ROWS_OF_A_FILE:
        write_bytes(path, to_bytes(rows))
        parts.forget(path)
        return
    n_letters = math.ceil(math.log(len(rows) / ROWS_OF_A_FILE, _HEX_DIGITS))
    beginning = pc.utf8_slice_codeunits(rows.column(0), 0, n_letters).combine_chunks()
    runs = pc.run_end_encode(beginning)
    ends = [0, *runs.run_ends.to_pylist()]
    pieces = (rows[start:end] for start, end in itertools.pairwise(ends))
    parts.replace(path, ((f"{place:05d}", to_bytes(piece)) for place, piece in enumerate(pieces)))


def write_file(path: Path, data: typing.BinaryIO) -> None:
    """Write a table as the bytes of its Parquet file, atomically."""
    with writing(path) as stream:
        shutil.copyfileobj(data, stream)
    parts.forget(path)


def read(path: Path, table: Table[Row]) -> list[Row]:
    """Read a table as records.

    Raises:
        TableError: the file is missing, is not Parquet, or has another schema.
    """
    return records_of(columns.read(path, table), table)


def about(rows: pa.Table, sample_ids: Iterable[str]) -> pa.Table:
    """Give the rows about some samples, in their order; text may be dictionary-encoded."""
    wanted = pa.array(list(sample_ids), pa.string())
    return rows.filter(columns.is_among(rows["sample_id"], wanted))


def read_about(path: Path, table: Table[Row], sample_ids: Iterable[str]) -> list[Row]:
    """Read a table's rows about some samples as records.

    Raises:
        TableError: as ``read``.
    """
    return records_of(columns.read(path, table, where={"sample_id": set(sample_ids)}), table)


def records_of(rows: pa.Table, table: Table[Row]) -> list[Row]:
    """Give an Arrow table's rows as records."""
    return [table.record(**row) for row in rows.to_pylist()]


def read_encoded(paths: Iterable[Path], table: Table[Row]) -> pa.Table:
    """Read files of one table as one, text dictionary-encoded: a word stands in memory once.

    Raises:
        TableError: as ``read``.
    """
    text = [field.name for field in schema(table) if field.type == pa.string()]
    pieces = columns.of_files(paths, table, encoded=text)
    return columns.joined(table, None, text, pieces).combine_chunks()


def frame(path: Path, table: Table[Row], names: Sequence[str] | None = None) -> "pd.DataFrame":
    """Read a table, or some columns of it, as a pandas frame, for notebooks and statistics.

    Raises:
        TableError: as ``read``.
    """
    return typing.cast("pd.DataFrame", columns.read(path, table, names).to_pandas())


def fingerprint(*parts: object) -> str:
    """Hash anything with a stable repr (strings, numbers, sorted containers) to 16 hex digits."""
    return sha256_bytes("\x1f".join(repr(part) for part in parts).encode())[:16]


def index(rows: Sequence[Row], name: str) -> dict[str, Row]:
    """Map a string field to its row; for tables keyed by that field alone."""
    return {getattr(row, name): row for row in rows}
