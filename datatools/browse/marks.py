"""Which samples have changed since a data set was last brought up to date?

Each sample has a mark, 64 bits of hash over every row of every table that it appears in, whatever the order
of the rows. Whole columns are hashed at once; no picture is opened.
"""

import os
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from datatools import tables
from datatools.browse import home
from datatools.records import Sample
from datatools.tables import Table
from datatools.workspace import Workspace

LAYOUT = 1  # of the fields: one more whenever a sample looks different in FiftyOne
Row = TypeVar("Row")
Marks = NDArray[np.uint64]


def stamp(workspace: Workspace) -> tuple[tuple[str, int, int], ...]:
    """Give what changes whenever a table is written: name, time and size of the tables' files."""
    folder = workspace.root / "tables"
    files = sorted(folder.glob("*.parquet")) + workspace.batch_files()
    found = []
    for path in files:
        try:
            status = path.stat()
        except FileNotFoundError:  # gone since the folder was listed, which is a change as well
            continue
        found.append((path.name, status.st_mtime_ns, status.st_size))
    return tuple(found)


def of_samples(workspace: Workspace, samples: Sequence[Sample], names: Sequence[str]) -> Marks:
    """Give each sample's mark; uint64 (n,).

    Args:
        workspace: whose tables are read.
        samples: whose marks are wanted.
        names: what else the fields depend on, such as the metrics that there are.

    Raises:
        TableError: a table is broken.
    """
    ids = pd.Index([sample.sample_id for sample in samples])
    marks = np.zeros(len(ids), np.uint64)
    _add(marks, ids, workspace.frame(tables.MANIFEST), tables.MANIFEST)
    _add_table(marks, ids, workspace, tables.LANDMARKS)
    _add_table(marks, ids, workspace, tables.MEASUREMENTS)
    _add_table(marks, ids, workspace, tables.MATTES)
    _add_table(marks, ids, workspace, tables.MASKS)
    _add_table(marks, ids, workspace, tables.FINDINGS)
    _add_table(marks, ids, workspace, tables.CONSENSUS)
    _add_table(marks, ids, workspace, tables.SPLITS)
    _add_table(marks, ids, workspace, tables.SCORES)
    _add(marks, ids, workspace.annotations().to_pandas(), tables.ANNOTATIONS)
    roots = {row.source: row.root for row in workspace.rows_or_empty(tables.SOURCES)}
    whole = tables.fingerprint(LAYOUT, *names, home.origin(workspace)["workspace"])
    around = [f"{whole} {roots.get(row.source)} {_reference(row, roots)}" for row in samples]
    return marks + pd.util.hash_array(np.array(around, object), categorize=False)


def _add_table(marks: Marks, ids: pd.Index, workspace: Workspace, table: Table[Row]) -> None:
    if workspace.has(table):
        _add(marks, ids, workspace.frame(table), table)


def _reference(sample: Sample, roots: dict[str, str]) -> str:
    """Give time and size of the reference mask: no table says when that file is another one."""
    if sample.reference_mask is None:
        return "none"
    try:
        status = os.stat(f"{roots.get(sample.source)}/{sample.reference_mask}")  # noqa: PTH116  # ten times as fast
    except (OSError, ValueError):
        return "missing"
    return f"{status.st_mtime_ns} {status.st_size}"


def _add(marks: Marks, ids: pd.Index, frame: pd.DataFrame, table: Table[Row]) -> None:
    """Add the hash of each row of a table to the mark of its sample."""
    places = ids.get_indexer(pd.Index(frame["sample_id"].astype(object)))
    known = places >= 0
    frame = frame[known]
    if frame.empty:
        return
    # By the type in the table: that in the frame is another one where some row of the column is empty.
    flat = {field.name: _hashable(frame[field.name], field.type) for field in tables.schema(table)}
    key = f"{table.name:16.16}"  # tells rows of two tables apart that hold the same
    hashes = pd.util.hash_pandas_object(pd.DataFrame(flat), index=False, hash_key=key).to_numpy(np.uint64)
    np.add.at(marks, places[known], hashes)


def _hashable(column: "pd.Series[str]", kind: pa.DataType) -> NDArray[np.generic]:
    if pa.types.is_list(kind):
        return _lists(column)
    if pa.types.is_string(kind):
        return column.astype(object).where(column.notna(), "\x00").to_numpy(object)
    return column.astype(np.float64).to_numpy()


def _lists(column: "pd.Series[str]") -> Marks:
    """Hash a column of lists, each by its values in their order; an absent one is not an empty one."""
    lists = [None if value is None else np.asarray(value) for value in column]
    sizes = np.array([-1 if value is None else len(value) for value in lists], np.int64)
    found = pd.util.hash_array(sizes)
    parts = [value for value in lists if value is not None and len(value)]
    if parts:
        values = pd.util.hash_array(np.concatenate(parts), categorize=False)
        n_values = np.maximum(sizes, 0)
        starts = np.repeat(np.cumsum(n_values) - n_values, n_values)
        place = (np.arange(len(values)) - starts).astype(np.uint64)
        owner = np.repeat(np.arange(len(lists)), n_values)
        np.add.at(found, owner, values * (place * np.uint64(2) + np.uint64(1)))
    return found
