"""Which pictures, mattes, masks and cut-outs are gone, or have other bytes than their rows say?"""

from collections.abc import Collection, Iterable, Iterator
from typing import TypeVar

import pyarrow as pa

from datatools import tables
from datatools.progress import Progress
from datatools.repair.rows import AT_ONCE
from datatools.tables import Table, sha256_file
from datatools.workspace import Workspace

Row = TypeVar("Row")

_SOURCE, _PATH, _SHA256 = "source", "path", "sha256"


def changed(
    workspace: Workspace, limit: int | None, running: Collection[str], progress: Progress
) -> tuple[list[str], int]:
    """Compare files with their rows; give what is wrong, and how many were compared.

    Args:
        workspace: whose files are read.
        limit: so many rows of each table, the first ones.
        running: names of tables that are being written: these are left out.
        progress: shows the files.
    """
    found = []
    n_files = sum(map(len, _expected(workspace, limit, running)))  # a bar has an end
    with progress.bar("verify", n_files) as advance:
        for source, path, sha256 in _files(workspace, limit, running):
            name = path if source is None else f"picture {path}"
            file = workspace.file(path) if source is None else workspace.source_file(source, path)
            now = sha256_file(file) if file.is_file() else None
            if now is None:
                found.append(f"{name}: is gone")
            elif not now.startswith(sha256):
                found.append(f"{name}: has changed")
            advance()
    return found, n_files


def _files(
    workspace: Workspace, limit: int | None, running: Collection[str]
) -> Iterator[tuple[str | None, str, str]]:
    for rows in _expected(workspace, limit, running):
        yield from zip(*(column.to_pylist() for column in rows.columns), strict=True)


def _expected(workspace: Workspace, limit: int | None, running: Collection[str]) -> Iterator[pa.Table]:
    """Give source (none: the workspace itself), path, and the beginning of the hash, of every file."""
    names = (_SOURCE, _PATH, "sample_id")
    of_samples = workspace.pieces(tables.MANIFEST, names, where={"status": ("ok",)}, at_once=AT_ONCE)
    for rows in _first(of_samples, limit):
        yield rows.rename_columns([_SOURCE, _PATH, _SHA256])
    yield from _of_rows(workspace, tables.MATTES, limit, running)
    yield from _of_rows(workspace, tables.MASKS, limit, running)
    yield from _of_rows(workspace, tables.ALPHAS, limit, running)


def _of_rows(
    workspace: Workspace, table: Table[Row], limit: int | None, running: Collection[str]
) -> Iterator[pa.Table]:
    if table.name not in running:
        for rows in _first(workspace.pieces(table, (_PATH, _SHA256), at_once=AT_ONCE), limit):
            whole = rows.drop_null()  # of a failed item there is no file
            yield whole.add_column(0, _SOURCE, pa.nulls(len(whole), pa.string()))


def _first(pieces: Iterable[pa.Table], n_rows: int | None) -> Iterator[pa.Table]:
    left = n_rows
    for piece in pieces:
        yield piece[:left]
        if left is not None:
            left -= len(piece[:left])
            if left == 0:
                return
