"""Which rows speak of files that are gone or are other ones, and which files does no row speak of?

Such a row leaves its table, so that its stage makes row and file again; such a file is removed: whatever
needs it makes it again. Rows in the journal of a killed run count as rows: the run goes on from them.
"""

import os
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from datatools import tables
from datatools.records import AlphaRow, MaskRow, MatteRow
from datatools.repair.trouble import Trouble, names_of
from datatools.repair.unreadable import noted_rows
from datatools.tables import Table, sha256_file
from datatools.workspace import Workspace

Row = TypeVar("Row", MatteRow, MaskRow, AlphaRow)
AnyRow = TypeVar("AnyRow")

_OURS = re.compile(r"[0-9a-f]{16}\.png")
_MADE = re.compile(r"[0-9a-f]{16}-.+-[0-9a-f]{8}\.(png|jpg)")
_MADE_OF = ("folder", "sample_id", "image", "mask")
AT_ONCE = 8192  # rows, or names of files


@dataclass(frozen=True, slots=True)
class Rows:
    """A table with rows to take out."""

    name: str
    table: object  # as ``Workspace.run`` takes it
    trouble: Trouble


def without_files(workspace: Workspace, *, hashes: bool) -> Iterator[Rows]:
    """Find rows of mattes, masks, cut-outs and made pictures whose files are gone or have other bytes.

    Args:
        workspace: where to look.
        hashes: whether to read the files, or only to see whether they are there.
    """
    yield from _of(workspace, tables.MATTES, hashes=hashes)
    yield from _of(workspace, tables.MASKS, hashes=hashes)
    yield from _of(workspace, tables.ALPHAS, hashes=hashes)
    bad: list[str] = []
    items: set[tuple[str, ...]] = set()  # an item is made whole
    for folder, sample_id, image, mask in _values(workspace, tables.MADE, _MADE_OF):
        if not all(path.is_file() for path in _made_files(folder, image, mask)):
            bad.append(f"{folder}/{image}")
            items.add((folder, sample_id))
    if bad:
        item = _MADE_OF[:2]
        n_bad = sum(found in items for found in _values(workspace, tables.MADE, item))
        yield _kept(workspace, tables.MADE, _Going(item, items, n_bad), bad, [])


def _of(workspace: Workspace, table: Table[Row], *, hashes: bool) -> Iterator[Rows]:
    bad: list[str] = []
    files: list[Path] = []
    keys: set[tuple[str, ...]] = set()
    for path, sha256, *key in _values(workspace, table, ("path", "sha256", *table.key)):
        if path is not None:
            file = workspace.file(path)
            is_there = file.is_file()
            if not is_there or (hashes and sha256_file(file) != sha256):
                bad.append(path)
                keys.add(tuple(key))
                files += [file] if is_there else []
    if bad:
        yield _kept(workspace, table, _Going(table.key, keys, len(bad)), bad, files)


def _values(workspace: Workspace, table: Table[AnyRow], names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Give the values of columns of text row by row; an absent one is None in spite of its type."""
    for rows in workspace.pieces(table, names, at_once=AT_ONCE):
        yield from zip(*(column.to_pylist() for column in rows.columns), strict=True)


@dataclass(frozen=True, slots=True)
class _Going:
    """The rows to take out: those whose values of some columns are among these."""

    names: tuple[str, ...]
    values: Collection[tuple[str, ...]]
    n_rows: int


def _kept(
    workspace: Workspace, table: Table[AnyRow], going: _Going, names: list[str], files: Sequence[Path]
) -> Rows:
    def mend() -> None:
        rows = workspace.columns(table, tables.schema(table).names)
        stays = pa.array([found not in going.values for found in _values(workspace, table, going.names)])
        workspace.write_arrow(table, rows.filter(stays).combine_chunks())
        for file in files:  # after the row: a file of no row is found again
            file.unlink(missing_ok=True)

    trouble = Trouble(
        where=workspace.relative(workspace.table_file(table)),
        told=f"{going.n_rows} of its rows speak of files that are gone or have changed ({names_of(names)})",
        remedy="taken out; the stage makes them again",
        mend=mend,
    )
    return Rows(table.name, table, trouble)


def of_no_row(workspace: Workspace) -> Iterator[tuple[str, Trouble]]:
    """Find mattes, masks, cut-outs and made pictures that no table knows, with their table's name.

    Only files that are named as ours are counted, and only in folders of tables that are there.
    """
    find = {
        tables.MATTES.name: (workspace.has(tables.MATTES), _loose_mattes),
        tables.MASKS.name: (workspace.has(tables.MASKS), _loose_masks),
        tables.ALPHAS.name: (workspace.has(tables.ALPHAS), _loose_alphas),
        tables.MADE.name: (workspace.has(tables.MADE), _loose_made),
    }
    for name, (is_there, loose) in find.items():
        if is_there:
            yield from ((name, trouble) for trouble in loose(workspace))


def _loose_mattes(workspace: Workspace) -> Iterator[Trouble]:
    known = _known(workspace, tables.MATTES, "path")
    for folder in sorted((workspace.root / "mattes").glob("*/")):
        yield from _loose(workspace, folder, known)


def _loose_masks(workspace: Workspace) -> Iterator[Trouble]:
    yield from _loose(workspace, workspace.root / "masks", _known(workspace, tables.MASKS, "path"))
    ids = _known(workspace, tables.MASKS, "sample_id")
    for folder in ("fused", "disagreement"):
        known = pc.binary_join_element_wise(f"{folder}/", ids, ".png", "")
        yield from _loose(workspace, workspace.root / folder, known)


def _loose_alphas(workspace: Workspace) -> Iterator[Trouble]:
    known = _known(workspace, tables.ALPHAS, "path")
    yield from _loose(workspace, workspace.root / "alpha", known)


def _known(workspace: Workspace, table: Table[AnyRow], name: str) -> pa.Array:
    """Give a column of a table, and of the rows that wait in the journal of a killed run."""
    noted = [getattr(row, name) for row in noted_rows(workspace, table)]
    return _joined([*(rows[name] for rows in workspace.pieces(table, [name])), pa.array(noted, pa.string())])


def _joined(columns: Sequence[pa.Array]) -> pa.Array:
    chunks = [chunk for column in columns for chunk in getattr(column, "chunks", [column])]
    return pa.concat_arrays(chunks)


def _loose(workspace: Workspace, folder: Path, known: pa.Array) -> Iterator[Trouble]:
    where = workspace.relative(folder)
    if loose := _unknown(folder, _OURS, where, known):
        yield _removed(where, loose)


def _unknown(folder: Path, ours: re.Pattern[str], called: str, known: pa.Array) -> list[Path]:
    """Give the files with names of ours in a folder that is ``called`` so, and is none of the known ones."""
    if not folder.is_dir():
        return []
    found: list[str] = []
    with os.scandir(folder) as entries:
        names = (entry.name for entry in entries if ours.fullmatch(entry.name))
        while some := list(islice(names, AT_ONCE)):
            is_known = pc.is_in(pa.array([f"{called}/{name}" for name in some]), value_set=known).to_pylist()
            found += [name for name, there in zip(some, is_known, strict=True) if not there]
    return [folder / name for name in sorted(found)]


def _loose_made(workspace: Workspace) -> Iterator[Trouble]:
    root = workspace.root.resolve()
    folders: set[Path] = set()
    known = []
    rows = _made(workspace)
    while some := list(islice(rows, AT_ONCE)):
        files = [path for row in some for path in _made_files(*row)]
        folders |= {path.parent for path in files if path.is_relative_to(root)}
        known.append(pa.array(map(str, files), pa.string()))
    for folder in sorted(folders):
        if loose := _unknown(folder, _MADE, str(folder), _joined(known)):
            yield _removed(folder.relative_to(root).as_posix(), loose)


def _removed(where: str, loose: list[Path]) -> Trouble:
    return Trouble(
        where=where,
        told=f"{len(loose)} files are of no row of a table ({names_of([path.name for path in loose])})",
        remedy="removed; what needs them makes them again",
        mend=partial(_unlink, loose),
    )


def _unlink(paths: Sequence[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _made(workspace: Workspace) -> Iterator[tuple[str, str | None, str | None]]:
    """Give folder, picture and mask of what was made, also by a killed run."""
    of_table = _values(workspace, tables.MADE, ("folder", "image", "mask"))
    yield from ((folder, image, mask) for folder, image, mask in of_table)
    yield from ((row.folder, row.image, row.mask) for row in noted_rows(workspace, tables.MADE))


def _made_files(folder: str, image: str | None, mask: str | None) -> list[Path]:
    return [Path(folder) / name for name in (image, mask) if name is not None]
