"""How do a person's rows leave a Parquet table, and their name the rows of others?"""

import re
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from datatools.errors import TableError

GONE = "withdrawn"  # stands where a mention was
# A row with a mention in one of these is about the person; elsewhere it is another's that names them.
_OWNING = frozenset({"sample_id", "person_id", "parent", "background"})


def scrubbed(path: Path, mention: re.Pattern[str], *, is_ours: bool) -> pa.Table | None:
    """Give a table without the rows of the person and without mentions in other rows; None: as it is.

    In a table that is not ``is_ours`` (an export, with pictures perhaps) a row with any mention goes.

    Raises:
        TableError: the file is no Parquet table.
    """
    try:
        table = pq.read_table(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise TableError(
            f"{path} is not a readable Parquet table ({error}), so whom it names is not known: "
            "restore it or remove it, and withdraw again"
        ) from error
    is_changed, keep = False, None
    for name in table.column_names:
        if (name in _OWNING or not is_ours) and pa.types.is_string(table.schema.field(name).type):
            hits = _hits(table[name], mention)
            if hits:
                mine = pc.is_in(table[name], value_set=pa.array(hits, pa.string()))
                keep = pc.invert(mine) if keep is None else pc.and_(keep, pc.invert(mine))
    if keep is not None:
        table, is_changed = table.filter(keep), True
    for place, field in enumerate(table.schema):
        column = table.column(place)
        if pa.types.is_string(field.type):
            cleaned = _clean(column, mention)
        elif pa.types.is_list(field.type) and pa.types.is_string(field.type.value_type):
            cleaned = _clean_lists(column, mention)
        else:
            continue
        if cleaned is not None:
            table, is_changed = table.set_column(place, field, cleaned), True
    return table if is_changed else None


def _hits(column: pa.ChunkedArray, mention: re.Pattern[str]) -> list[str]:
    """Give the different values of a column of strings that mention them."""
    return [value for value in pc.unique(column).to_pylist() if value is not None and mention.search(value)]


def _clean(column: pa.ChunkedArray, mention: re.Pattern[str]) -> pa.Array | None:
    if not _hits(column, mention):
        return None
    values = [None if value is None else mention.sub(GONE, value) for value in column.to_pylist()]
    return pa.array(values, pa.string())


def _clean_lists(column: pa.ChunkedArray, mention: re.Pattern[str]) -> pa.Array | None:
    if not _hits(pc.list_flatten(column), mention):
        return None
    lists = [
        None if items is None else [item for item in items if item is None or not mention.search(item)]
        for items in column.to_pylist()
    ]
    return pa.array(lists, column.type)
