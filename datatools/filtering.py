"""Which pictures does a filter leave, when there may be millions?

Tables of pictures have the columns sample_id, in its order, person_id and source.
"""

from typing import cast

import pyarrow as pa
import pyarrow.compute as pc

from datatools import columns, counting, tables
from datatools.errors import UsageError
from datatools.workspace import Workspace, require_source


def readable(workspace: Workspace, source: str | None) -> pa.Table:
    """Give the pictures that could be read, perhaps of one source alone.

    Raises:
        UsageError: no such source.
        TableError: nothing was ingested.
    """
    names, words = ("sample_id", "person_id", "source", "status"), ("source", "status")
    path = workspace.table_file(tables.MANIFEST)
    found = columns.read(path, tables.MANIFEST, names, encoded=words)
    keep = counting.equals(found["status"], "ok")
    if source is not None:
        require_source(source, {name for (name,) in counting.tally(found.select(["source"]))})
        keep &= counting.equals(found["source"], source)
    return found.drop_columns("status").filter(counting.mask(keep))


def in_split(workspace: Workspace, split: str) -> pa.StringArray:
    """Give the samples of a split.

    Raises:
        UsageError: no such split.
    """
    rows = workspace.columns(tables.SPLITS, ("sample_id", "split"), encoded=("split",))
    known = sorted(name for (name,) in counting.tally(rows.select(["split"])))
    if split not in known:
        raise UsageError(f"expected a split among {known}, got {split!r}")
    chosen = rows["sample_id"].filter(counting.mask(counting.equals(rows["split"], split)))
    return cast("pa.StringArray", counting.whole(chosen))


def among(pictures: pa.Table, sample_ids: pa.StringArray) -> pa.Table:
    """Keep the pictures that are among these."""
    return pictures.filter(columns.is_among(pictures["sample_id"], sample_ids))


def without(pictures: pa.Table, sample_ids: pa.StringArray) -> pa.Table:
    """Leave these pictures out."""
    return pictures.filter(pc.invert(columns.is_among(pictures["sample_id"], sample_ids)))
