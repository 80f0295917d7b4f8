"""How does somebody who looks on know how much a running stage has to do?

The stage leaves a note beside its locks: what it does, how many items, and how long its journal was when it
began. The journal itself tells how many are done. The note goes with the stage; nothing depends on it.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

from datatools import tables
from datatools.tables import Table
from datatools.workspace import Workspace

_SUFFIX = ".todo"

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """What a stage set out to do."""

    label: str
    n_todo: int
    journal: str  # the journal's file, below the workspace
    n_bytes: int  # of the journal at the beginning


@contextmanager
def announced(
    workspace: Workspace, table: Table[Row], journal: Path, label: str, n_todo: int
) -> Iterator[None]:
    """Leave the note while the block works."""
    if n_todo == 0 or not journal.is_relative_to(workspace.root):  # a look at it: its tables lie elsewhere
        yield
        return
    note = _folder(workspace) / f"{table.name}{_SUFFIX}"
    n_bytes = journal.stat().st_size
    what = Announced(label=label, n_todo=n_todo, journal=workspace.relative(journal), n_bytes=n_bytes)
    tables.write_bytes(note, json.dumps(asdict(what)).encode() + b"\n")
    try:
        yield
    finally:
        note.unlink(missing_ok=True)


def read(workspace: Workspace) -> dict[str, Announced]:
    """Give the notes that are there, of the living and the dead, by the name of the table."""
    found = {}
    for path in sorted(_folder(workspace).glob(f"*{_SUFFIX}")):
        try:
            found[path.name.removesuffix(_SUFFIX)] = Announced(**json.loads(path.read_bytes()))
        except (OSError, ValueError, TypeError):
            continue  # it went meanwhile, or somebody else's file
    return found


def _folder(workspace: Workspace) -> Path:
    return workspace.root / ".locks"
