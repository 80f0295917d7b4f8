"""Which files are no longer those that a run recorded, and may they stay as they are?

A run that was killed between a table and its record leaves a table that no record knows, and its lock. Such
a table is whole, for it appeared by a rename, and is taken for what its run would have recorded. Without the
lock nobody knows who changed it: it is set aside, so that its stage makes it again, unless every row was
found to be true of its file.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from datatools import parts, runs
from datatools.outside.structured import read_json
from datatools.repair.tables_known import KNOWN, OF_INGEST, Known, names_with, set_aside_with
from datatools.repair.trouble import BROKEN, Trouble, set_aside
from datatools.repair.unreadable import why_no_record
from datatools.tables import sha256_file
from datatools.workspace import Workspace

STAGE = "verify"  # each of its records counts, of others the latest
SET_ASIDE = "set_aside"  # the fact that lists what a repair took away


@dataclass(frozen=True, slots=True)
class Record:
    """What a run's record says of files, by their paths."""

    stage: str
    inputs: dict[str, str]
    outputs: dict[str, str]
    set_aside: frozenset[str]


@dataclass(frozen=True, slots=True)
class Changed:
    """A file that is not what its last run recorded."""

    name: str
    stage: str
    is_gone: bool

    def told(self) -> str:
        """Say what is wrong."""
        return f"{'is gone' if self.is_gone else 'has changed'} since {self.stage} wrote it"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a repair does with a changed file."""

    trouble: Trouble
    adopted: Known | None = None  # its present state goes into the repair's record


def records(workspace: Workspace) -> list[Record]:
    """Give each stage's latest record, oldest first, and all of repairs; broken ones are left out."""
    latest: dict[str, Record] = {}
    for path in workspace.run_files():
        if why_no_record(path) is not None:
            continue
        found = read_json(path, "a run record")
        assert isinstance(found, dict)  # as was looked at
        facts = found.get("facts")
        aside = facts.get(SET_ASIDE, []) if isinstance(facts, dict) else []
        stage = found["stage"]
        key = path.name if stage == STAGE else stage
        latest.pop(key, None)
        latest[key] = Record(stage, found["inputs"], found["outputs"], frozenset(map(str, aside)))
    return list(latest.values())


def written(workspace: Workspace) -> dict[str, tuple[str, str]]:
    """Give the last stage to write each file, and the file's hash then."""
    found: dict[str, tuple[str, str]] = {}
    for record in records(workspace):
        for name in record.set_aside:
            found.pop(name, None)
        found |= {name: (record.stage, sha256) for name, sha256 in record.outputs.items()}
    return found


def hash_of(workspace: Workspace, name: str) -> str | None:
    """Hash a file, or a table that one file or several hold; None where it is gone."""
    path = workspace.file(name)
    if path.suffix == ".parquet" and path.parent.name == "tables":
        return parts.sha256(path) if parts.exists(path) else None
    return sha256_file(path) if path.is_file() else None


def lock_of(workspace: Workspace, name: str) -> str:
    """Give the name of the lock that a file's writer held."""
    known = _table(name)
    if known is not None:
        return known.name
    return runs.lock_names(workspace.root, [workspace.root / name])[0]


def changed(workspace: Workspace, busy: Collection[str]) -> tuple[list[Changed], int]:
    """Give what is not what its last run recorded, and how many files were compared.

    ``busy`` are the locks of runs that are under way: what they write is left out.
    """
    expected = {
        name: found for name, found in written(workspace).items() if lock_of(workspace, name) not in busy
    }
    differing = []
    for name, (stage, sha256) in expected.items():
        now = hash_of(workspace, name)
        if now != sha256:
            differing.append(Changed(name, stage, now is None))
    return differing, len(expected)


def stale(workspace: Workspace) -> list[str]:
    """Say of each stage which of its inputs is newer than its last run."""
    return [
        f"{record.stage}: {name} is newer than its last run; run it again"
        for record in records(workspace)
        for name, sha256 in record.inputs.items()
        if name not in record.outputs and hash_of(workspace, name) not in (sha256, None)
    ]


def decided(workspace: Workspace, evidence: Mapping[str, str]) -> Iterator[Decision]:
    """Decide on each changed file.

    Args:
        workspace: whose rows and files agree by now.
        evidence: the verb of each run that was killed, by the name of its lock.
    """
    for one in changed(workspace, ())[0]:
        known, verb = _table(one.name), evidence.get(lock_of(workspace, one.name))
        if known is not None and not one.is_gone and (verb is not None or known.is_made_of_files):
            why = f"`datatools {verb}` was killed after it" if verb else "each row was compared with its file"
            yield Decision(_trouble(one, f"kept, for it is whole and {why}", lambda: None), known)
        elif known is not None and known.name not in OF_INGEST:
            remedy = f"forgotten; {known.verbs} makes it again" if one.is_gone else _remedy(known.verbs)
            mend = partial(set_aside_with, workspace, known)
            yield Decision(_trouble(one, remedy, mend, names_with(known)))
        elif verb is not None:
            mend = partial(_set_aside, workspace, workspace.root / one.name)
            yield Decision(
                _trouble(one, _remedy(f"`datatools {verb}`, which was killed,"), mend, (one.name,))
            )
        elif known is not None:
            yield Decision(_trouble(one, f"{known.verbs} makes it again; nothing was done to it"))
        else:
            yield Decision(_trouble(one, f"`datatools {one.stage}` makes it again; nothing was done to it"))


def _remedy(verbs: str) -> str:
    return f"set aside under {BROKEN}; {verbs} makes it again"


def _trouble(
    one: Changed, remedy: str, mend: Callable[[], None] | None = None, aside: tuple[str, ...] = ()
) -> Trouble:
    return Trouble(where=one.name, told=one.told(), remedy=remedy, mend=mend, set_aside=aside)


def _set_aside(workspace: Workspace, path: Path) -> None:
    if path.exists():
        set_aside(workspace, path)


def _table(name: str) -> Known | None:
    path = Path(name)
    is_table = path.parent.as_posix() == "tables" and path.suffix == ".parquet"
    return next((known for known in KNOWN if is_table and known.name == path.stem), None)
