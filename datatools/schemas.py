"""What does each table between stages hold, as columns?

A table's Arrow schema is read off its record's field types.
"""

import functools
import types
import typing
from dataclasses import dataclass
from typing import Generic, TypeVar

import pyarrow as pa

from datatools.errors import TableError

SCHEMA_VERSION = "1"

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Table(Generic[Row]):
    """A name, the record its rows are, and the fields that identify a row."""

    name: str
    record: type[Row]
    key: tuple[str, ...]


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
