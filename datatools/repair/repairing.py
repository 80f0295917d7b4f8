"""How is a workspace looked through, and mended, in an order in which each step can trust those before it?"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from datatools.locks import EVERYTHING
from datatools.progress import Progress
from datatools.repair import leftovers, recorded, rows, unreadable
from datatools.repair.trouble import Trouble
from datatools.withdrawal.carrying_out import Forget, carry_out
from datatools.withdrawal.ledger import Ledger
from datatools.workspace import Workspace

_Step = Callable[[Workspace], Iterator[Trouble]]
_FIRST: tuple[_Step, ...] = (
    leftovers.temporary,
    leftovers.parts_of_tables,
    leftovers.notes,
    unreadable.broken_tables,
    unreadable.broken_batches,
    unreadable.broken_copies,
    unreadable.broken_journals,
)


@dataclass(slots=True)
class Found:
    """What is wrong, and what was done about it."""

    mended: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)  # a person has to do these
    is_cut_short: bool = False  # rows were not looked at, for a table is broken

    def add(self, trouble: Trouble, *, is_done: bool = False) -> None:
        """Sort a trouble by whether a repair mends it."""
        (self.left if trouble.mend is None else self.mended).append(trouble.sentence(is_done=is_done))


def busy(workspace: Workspace) -> dict[str, str]:
    """Give the names of what runs write that are under way, with who they are."""
    return {
        lock.name: lock.owner.told()
        for lock in workspace.locks.held()
        if lock.owner is not None and not lock.is_dead
    }


def unfinished(workspace: Workspace) -> list[str]:
    """Say which runs were killed and go on where they were: that is no trouble."""
    names = busy(workspace)
    found = []
    for path in unreadable.journals(workspace):
        table = path.name.removeprefix(".").removesuffix(".journal")
        if table not in names:
            n_items = path.read_bytes().count(b"\n")
            found.append(f"{table}: {n_items} items wait for a run that was killed; the same command goes on")
    return found


def look(workspace: Workspace, *, hashes: bool) -> Found:
    """Find what a repair would do; what runs write that are under way is left out."""
    found, names = Found(), busy(workspace)
    if EVERYTHING in names:
        return found
    for step in (leftovers.torn_locks, leftovers.dead_locks, unreadable.broken_records, *_FIRST):
        for trouble in step(workspace):
            found.add(trouble)
            found.is_cut_short |= step is unreadable.broken_tables
    if found.is_cut_short:
        return found
    for one in rows.without_files(workspace, hashes=hashes):
        if one.name not in names:
            found.add(one.trouble)
    for table, trouble in rows.of_no_row(workspace):
        if table not in names:
            found.add(trouble)
    return found


def rehearse(workspace: Workspace, *, hashes: bool) -> Found:
    """Find what ``repair`` would do, and write nothing."""
    found = look(workspace, hashes=hashes)
    if Ledger(workspace).intent_file.is_file():
        found.mended.insert(0, "a withdrawal was interrupted; would be completed")
    if not found.is_cut_short:
        for decision in recorded.decided(workspace, _evidence(workspace)):
            found.add(decision.trouble)
    return found


def repair(
    workspace: Workspace,
    settings: dict[str, object],
    *,
    gone: str | None,
    hashes: bool,
    forget: Forget | None,
    progress: Progress,
) -> Found:
    """Mend what can be mended.

    Args:
        workspace: which nobody else may write to meanwhile.
        settings: of the verb, for the record.
        gone: a machine whose locks are to be broken.
        hashes: whether to compare the bytes of mattes, masks and cut-outs too.
        forget: removes people from a browser, where a withdrawal was interrupted.
        progress: tells of a withdrawal.

    Raises:
        LockedError: a run is under way.
        DataError: the intent of an interrupted withdrawal is broken.
    """
    found, evidence = Found(), _evidence(workspace)
    if gone is not None:
        evidence |= {
            lock.name: lock.owner.verb
            for lock in workspace.locks.held()
            if lock.owner is not None and lock.owner.host == gone
        }
        _mend(found, leftovers.locks_of(workspace, gone))
    _mend(found, leftovers.torn_locks(workspace))
    with workspace.alone(recorded.STAGE):
        _mend(found, unreadable.broken_records(workspace))  # a withdrawal rewrites records
        _complete_withdrawal(workspace, found, forget, progress)
        aside: list[str] = []
        for step in _FIRST:
            aside += _mend(found, step(workspace))
        _mend_rows(workspace, settings, found, aside, evidence, hashes=hashes)
        _mend(found, leftovers.dead_locks(workspace))  # last: they say who was killed
    return found


def _evidence(workspace: Workspace) -> dict[str, str]:
    return {
        lock.name: lock.owner.verb
        for lock in workspace.locks.held()
        if lock.owner is not None and lock.is_dead
    }


def _complete_withdrawal(
    workspace: Workspace, found: Found, forget: Forget | None, progress: Progress
) -> None:
    ledger = Ledger(workspace)
    is_left = ledger.list_file.is_file()
    ledger.settle()
    pending = ledger.pending()
    if pending is not None:
        result = carry_out(workspace, pending, ledger, forget, progress)
        found.mended.append(f"a withdrawal was interrupted; completed: {' '.join(result.notes)}")
    elif is_left:
        found.mended.append("the list of a withdrawal that was done; removed")


def _mend(found: Found, troubles: Iterable[Trouble]) -> list[str]:
    """Mend what a step finds; give what the workspace no longer holds."""
    aside: list[str] = []
    for trouble in list(troubles):
        if trouble.mend is not None:
            trouble.mend()
        found.add(trouble, is_done=True)
        aside += trouble.set_aside
    return aside


def _mend_rows(
    workspace: Workspace,
    settings: dict[str, object],
    found: Found,
    aside: list[str],
    evidence: dict[str, str],
    *,
    hashes: bool,
) -> None:
    """Make rows and files agree, and record what the tables are then: `verify` goes by records."""
    decisions = list(recorded.decided(workspace, evidence))
    whole = {name for one in decisions for name in one.trouble.set_aside}  # these go with all their rows
    wrong = [
        one
        for one in rows.without_files(workspace, hashes=hashes)
        if f"tables/{one.name}.parquet" not in whole
    ]
    loose = [trouble for _, trouble in rows.of_no_row(workspace)]
    if not (decisions or wrong or loose or aside):
        return
    writes = [one.table for one in wrong]
    with workspace.run(recorded.STAGE, settings, writes=writes) as run:
        _mend(found, [one.trouble for one in wrong])
        _mend(found, [trouble for _, trouble in rows.of_no_row(workspace)])
        aside = [*aside, *_mend(found, [one.trouble for one in decisions])]
        writes += [one.adopted.table for one in decisions if one.adopted is not None]
        run.facts |= {"mended": found.mended, "left": found.left, recorded.SET_ASIDE: aside}
