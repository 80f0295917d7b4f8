"""Which files did writers leave that were killed before the last step: temporary ones, lists, locks?"""

import os
import re
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from datatools import parts
from datatools.locks import Held
from datatools.repair.tables_known import KNOWN
from datatools.repair.trouble import BROKEN, Trouble, names_of
from datatools.workspace import Workspace

_PART = re.compile(r"\.(.+\.)?[0-9a-f]{16}\.part|\..+\.pt\.part|\..+\.[0-9]+\.part")
_NOTE = ".todo"
_SECOND_LOOK_S = 1.0  # whoever writes is done with one file by then


def temporary(workspace: Workspace) -> Iterator[Trouble]:
    """Find files that were being written under hidden names, and are still so after a moment.

    Someone may be writing: answers need no lock.
    """
    found = list(_temporary(workspace.root))
    if found:
        time.sleep(_SECOND_LOOK_S)
    for path in found:
        if path.is_file():
            yield Trouble(
                where=workspace.relative(path),
                told="is what a killed run was writing",
                remedy="removed",
                mend=partial(path.unlink, missing_ok=True),
            )


def _temporary(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name != BROKEN)
        for name in sorted(names):
            if _PART.fullmatch(name):
                yield Path(folder) / name


def parts_of_tables(workspace: Workspace) -> Iterator[Trouble]:
    """Find parts of a table that one file holds by now, and parts that are on no list."""
    for known in KNOWN:
        path = known.path(workspace)
        home = parts.folder(path)
        there = sorted(home.glob("part-*.parquet"))
        if path.is_file() and (there or (home / parts.LIST).is_file()):
            yield Trouble(
                where=workspace.relative(home),
                told=f"holds parts of {known.name}, which one file holds by now",
                remedy="removed",
                mend=partial(parts.forget, path),
            )
        elif (home / parts.LIST).is_file():
            listed = set(parts.files(path))
            loose = [part for part in there if part not in listed]
            if loose:
                yield Trouble(
                    where=workspace.relative(home),
                    told=f"holds parts that are not of the table: {names_of([part.name for part in loose])}",
                    remedy="removed",
                    mend=partial(_unlink, loose),
                )


def _unlink(paths: Sequence[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def notes(workspace: Workspace) -> Iterator[Trouble]:
    """Find notes of how much killed runs had to do, which `datatools show` reads."""
    alive = {lock.name for lock in workspace.locks.held() if not lock.is_dead}
    for path in sorted((workspace.root / ".locks").glob(f"*{_NOTE}")):
        if path.name.removesuffix(_NOTE) not in alive:
            yield Trouble(
                where=workspace.relative(path),
                told="is the note of a run that was killed",
                remedy="removed",
                mend=partial(path.unlink, missing_ok=True),
            )


def dead_locks(workspace: Workspace) -> Iterator[Trouble]:
    """Find locks of runs that were killed."""
    for lock in workspace.locks.held():
        if lock.owner is not None and lock.is_dead:
            yield _broken(workspace, lock, f"is the lock of {lock.owner.told()}, which ended without its end")


def torn_locks(workspace: Workspace) -> Iterator[Trouble]:
    """Find locks that nobody can read, also after a moment: somebody may be writing one."""
    torn = [lock for lock in workspace.locks.held() if lock.owner is None]
    if torn:
        time.sleep(_SECOND_LOOK_S)
    still = workspace.locks.held()
    for lock in torn:
        if lock in still:
            yield _broken(workspace, lock, "is a torn lock")


def locks_of(workspace: Workspace, host: str) -> Iterator[Trouble]:
    """Find the locks of a machine that somebody says is gone."""
    for lock in workspace.locks.held():
        if lock.owner is not None and lock.owner.host == host and not lock.owner.is_near():
            yield _broken(workspace, lock, f"is the lock of {lock.owner.told()}, and that machine is gone")


def _broken(workspace: Workspace, lock: Held, told: str) -> Trouble:
    return Trouble(
        where=workspace.relative(lock.path),
        told=told,
        remedy="removed",
        mend=partial(workspace.locks.break_open, lock),
    )
