"""What does each table between stages hold, as columns?

A table's Arrow schema is read off its record's field types.
"""

import functools
import types
import typing
from dataclasses import dataclass
from typing import Generic, TypeVar

import pyarrow as pa

from datatools import records
from datatools.errors import TableError

SCHEMA_VERSION = "1"

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


@functools.cache
def schema(table: Table[Row]) -> pa.Schema:
    """Give the Arrow schema of a table, its version in the metadata."""
    hints = typing.get_type_hints(table.record)
    fields = [pa.field(n, _arrow_type(h), nullable=_is_optional(h)) for n, h in hints.items()]
    return pa.schema(fields, metadata={"datatools_table": f"{table.name}@{SCHEMA_VERSION}"})
