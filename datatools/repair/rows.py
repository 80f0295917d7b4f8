"""Which rows speak of files that are gone or are other ones, and which files does no row speak of?

Such a row leaves its table, so that its stage makes row and file again; such a file is removed: whatever
needs it makes it again. Rows in the journal of a killed run count as rows: the run goes on from them.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from datatools import tables
from datatools.records import AlphaRow, MadeRow, MaskRow, MatteRow
from datatools.repair.trouble import Trouble, names_of
from datatools.repair.unreadable import noted_rows
from datatools.tables import Table, sha256_file
from datatools.workspace import Workspace

Row = TypeVar("Row", MatteRow, MaskRow, AlphaRow)
AnyRow = TypeVar("AnyRow")

_OURS = re.compile(r"[0-9a-f]{16}\.png")
_MADE = re.compile(r"[0-9a-f]{16}-.+-[0-9a-f]{8}\.(png|jpg)")


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
    rows = workspace.rows_or_empty(tables.MADE)
    bad = [row for row in rows if not all(path.is_file() for path in _made_files(row))]
    if bad:
        items = {(row.folder, row.sample_id) for row in bad}  # an item is made whole
        staying = [row for row in rows if (row.folder, row.sample_id) not in items]
        names = [f"{row.folder}/{row.image}" for row in bad]
        yield _kept(workspace, tables.MADE, staying, names, len(rows) - len(staying), [])


def _of(workspace: Workspace, table: Table[Row], *, hashes: bool) -> Iterator[Rows]:
    rows = workspace.rows_or_empty(table)
    bad, files = [], []
    for row in rows:
        if row.path is not None:
            file = workspace.file(row.path)
            is_there = file.is_file()
            if not is_there or (hashes and sha256_file(file) != row.sha256):
                bad.append(row)
                files += [file] if is_there else []
    if bad:
        gone = {id(row) for row in bad}
        staying = [row for row in rows if id(row) not in gone]
        yield _kept(workspace, table, staying, [str(row.path) for row in bad], len(bad), files)


def _kept(
    workspace: Workspace,
    table: Table[AnyRow],
    staying: Sequence[AnyRow],
    names: list[str],
    n_bad: int,
    files: Sequence[Path],
) -> Rows:
    def mend() -> None:
        workspace.write(table, staying)
        for file in files:  # after the row: a file of no row is found again
            file.unlink(missing_ok=True)

    trouble = Trouble(
        where=workspace.relative(workspace.table_file(table)),
        told=f"{n_bad} of its rows speak of files that are gone or have changed ({names_of(names)})",
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
    known = {row.path for row in _all(workspace, tables.MATTES)}
    for folder in sorted((workspace.root / "mattes").glob("*/")):
        yield from _loose(workspace, folder, known)


def _loose_masks(workspace: Workspace) -> Iterator[Trouble]:
    rows = _all(workspace, tables.MASKS)
    yield from _loose(workspace, workspace.root / "masks", {row.path for row in rows})
    for folder, path in (("fused", workspace.fused_file), ("disagreement", workspace.disagreement_file)):
        known = {workspace.relative(path(row.sample_id)) for row in rows}
        yield from _loose(workspace, workspace.root / folder, known)


def _loose_alphas(workspace: Workspace) -> Iterator[Trouble]:
    known = {row.path for row in _all(workspace, tables.ALPHAS)}
    yield from _loose(workspace, workspace.root / "alpha", known)


def _all(workspace: Workspace, table: Table[AnyRow]) -> list[AnyRow]:
    return [*workspace.rows(table), *noted_rows(workspace, table)]


def _loose(workspace: Workspace, folder: Path, known: Collection[str | None]) -> Iterator[Trouble]:
    there = sorted(path for path in folder.glob("*.png") if _OURS.fullmatch(path.name))
    if loose := [path for path in there if workspace.relative(path) not in known]:
        yield _removed(workspace.relative(folder), loose)


def _loose_made(workspace: Workspace) -> Iterator[Trouble]:
    rows = [*workspace.rows(tables.MADE), *noted_rows(workspace, tables.MADE)]
    known = {path for row in rows for path in _made_files(row)}
    root = workspace.root.resolve()
    for folder in sorted({path.parent for path in known if path.is_relative_to(root)}):
        there = sorted(path for path in folder.glob("*") if _MADE.fullmatch(path.name))
        if loose := [path for path in there if path not in known]:
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


def _made_files(row: MadeRow) -> list[Path]:
    return [Path(row.folder) / name for name in (row.image, row.mask) if name is not None]
