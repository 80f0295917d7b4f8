"""How is a withdrawal carried out, from its intent to its tombstone?

Every step may be done twice. The intent goes last, so that whoever finds one completes it.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from datatools.progress import Progress
from datatools.records import StageResult
from datatools.withdrawal import galleries, handed_on, tombstone
from datatools.withdrawal.dependents import dependents
from datatools.withdrawal.ledger import Intent, Ledger
from datatools.withdrawal.sweep import Sweep, Swept
from datatools.withdrawal.trace import Trace
from datatools.workspace import Workspace

STAGE = "withdraw"
_HASH_DIGITS = 64

# Removes samples from a browser's database, and says how that went.
Forget = Callable[[Workspace, Sequence[str]], str]


def carry_out(
    workspace: Workspace, intent: Intent, ledger: Ledger, forget: Forget | None, progress: Progress
) -> StageResult:
    """Do all of it, by whoever is alone in the workspace.

    Raises:
        DataError: a table, a run record or the list of withdrawals is broken.
    """
    found = intent.trace
    # The record must not say whom; its time and outputs are what `verify` goes by.
    asked: dict[str, object] = {"delete_sources": intent.delete_sources}
    sweep = Sweep(workspace, intent, ledger)
    writes: list[object] = []
    with workspace.run(STAGE, asked, writes=writes) as record:
        swept = sweep.run(progress)
        n_deleted = _delete(found.outside) if intent.delete_sources else 0
        in_browser = None if forget is None else forget(workspace, found.samples)
        sweep.amend_records()
        depending = dependents(workspace)
        today = datetime.now(UTC).date()
        stone = tombstone.bury(
            workspace,
            token=intent.token,
            today=today,
            counts=found.counts,
            samples=[*found.samples, *_brought(workspace, found)],
            depending=depending,
            run_number=record.number,
        )
        writes += _rewritten(workspace, ledger)
        writes.append(stone)
        record.facts |= _facts(found, swept, n_deleted, depending)
    ledger.end()
    facts = {**record.facts, "outside": [] if intent.delete_sources else found.outside}
    return StageResult(
        stage=STAGE,
        facts=facts,
        notes=_notes(intent, swept, n_deleted, depending, in_browser, _elsewhere(workspace, found)),
    )


def _elsewhere(workspace: Workspace, found: Trace) -> list[str]:
    """Say what somebody has to do about what left the workspace."""
    return [*galleries.sentences(workspace), *handed_on.sentences(workspace, found.shards)]


def _delete(names: Sequence[str]) -> int:
    """Remove files of sources; give how many were there."""
    n_deleted = 0
    for name in names:
        path = Path(name)
        n_deleted += path.is_file()
        path.unlink(missing_ok=True)
    return n_deleted


def _brought(workspace: Workspace, found: Trace) -> list[str]:
    """Give the beginnings of hashes of files that came from elsewhere: masks must not come again either."""
    if not (workspace.root / "incoming").is_dir():
        return []
    return [sha256[:16] for sha256 in found.hashes if len(sha256) == _HASH_DIGITS]


def _rewritten(workspace: Workspace, ledger: Ledger) -> list[object]:
    """Give the files that the run record answers for from now on."""
    paths = [workspace.root / name for name in ledger.touched()]
    return [path for path in paths if path.is_file() and path.parent.name != "runs"]


def _facts(found: Trace, swept: Swept, n_deleted: int, depending: dict[str, str]) -> dict[str, object]:
    return {
        "counts": found.counts,
        "n_files_removed": swept.n_removed,
        "n_files_rewritten": swept.n_rewritten,
        "n_source_files_removed": n_deleted,
        "stale": depending,
    }


def _notes(
    intent: Intent,
    swept: Swept,
    n_deleted: int,
    depending: dict[str, str],
    in_browser: str | None,
    elsewhere: Sequence[str],
) -> list[str]:
    found = intent.trace
    notes = [
        f"Removed: {told(found.counts)}. Files removed {swept.n_removed}, rewritten {swept.n_rewritten}.",
        f"{len(depending)} results were computed with them and are stale: `datatools verify` lists them.",
    ]
    if intent.delete_sources:
        notes.append(f"{n_deleted} files were removed from sources; the lists that came with them stay.")
    elif found.outside:
        notes += [
            f"{len(found.outside)} files lie in sources outside the workspace. Remove them yourself, or "
            "withdraw with --delete-sources. This list is written nowhere:",
            *(f"  {name}" for name in found.outside),
        ]
    if in_browser is not None:
        notes.append(in_browser)
    notes += elsewhere
    notes.append("Copies elsewhere (backups, snapshots, published sets, trained weights) are not reached.")
    return notes


def told(counts: dict[str, int]) -> str:
    """Say how many of what kind."""
    return ", ".join(f"{kind.replace('_', ' ')} {n}" for kind, n in counts.items() if n) or "nothing"
