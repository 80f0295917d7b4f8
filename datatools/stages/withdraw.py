"""Remove a person from the workspace: pictures, masks, answers, scores, and every mention.

Whatever names them is rewritten or removed, files that were made of their pictures too; results that were
computed with them are marked stale. What stays is a tombstone: a date and counts. Killed at any moment and
run again, also without a name, it completes what it began; until then other verbs refuse to run. Files of
sources outside the workspace are listed, and removed with ``--delete-sources``.

Example::

    datatools withdraw london:london_012 --workspace ws --dry-run
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from datatools.errors import UsageError
from datatools.progress import Progress
from datatools.records import StageResult
from datatools.settings import StageSettings
from datatools.withdrawal import galleries, tombstone
from datatools.withdrawal.dependents import dependents
from datatools.withdrawal.ledger import Intent, Ledger
from datatools.withdrawal.sweep import Sweep, Swept
from datatools.withdrawal.trace import Trace, find, trace
from datatools.workspace import Workspace

STAGE = "withdraw"


class Settings(StageSettings):
    """Settings of ``withdraw``; nothing is random in it, and a limit makes no sense."""

    person: str | None = None
    """The person, as the manifest names them: SOURCE:NAME."""

    sample: str | None = None
    """One picture alone, by its sample id, instead of a person."""

    delete_sources: bool = False
    """Remove their files from source folders outside the workspace too; a source's own lists stay."""

    browser: bool = True
    """Remove them from FiftyOne's database too, where FiftyOne is installed."""


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Remove a person, or one picture, and everything that was made of them.

    Raises:
        UsageError: the folder is no workspace, nobody here has this name, or both a person and a sample
            were named.
        DataError: a table, a run record or the list of withdrawals is broken.
        LockedError: another run is under way.
    """
    if not (workspace.root / "tables").is_dir():
        workspace.require()
    if settings.person is not None and settings.sample is not None:
        raise UsageError("expected either a person or --sample ID, got both")
    if settings.limit is not None:
        raise UsageError("a withdrawal is whole: expected no --limit")
    ledger = Ledger(workspace)
    if settings.dry_run:
        return _rehearse(workspace, settings, ledger.pending())
    with workspace.alone(STAGE):  # whatever is being written may hold them
        return _withdraw(workspace, settings, ledger, progress)


def _withdraw(workspace: Workspace, settings: Settings, ledger: Ledger, progress: Progress) -> StageResult:
    ledger.settle()
    pending = ledger.pending()
    results: list[StageResult] = []
    if pending is not None:
        progress.say("withdraw: completing a withdrawal that was interrupted")
        results.append(_carry_out(workspace, pending, ledger, settings, progress))
    if settings.person is None and settings.sample is None:
        if pending is None:
            raise UsageError("expected a person (SOURCE:NAME), or --sample ID; no withdrawal was interrupted")
        return results[0]
    found = trace(workspace, person=settings.person, sample=settings.sample)
    if found is None and pending is not None and _is_of(pending.trace, settings):
        return results[0]
    if found is None:
        found = find(workspace, person=settings.person, sample=settings.sample)
    intent = Intent.of(found, delete_sources=settings.delete_sources)
    ledger.begin(intent)
    results.append(_carry_out(workspace, intent, ledger, settings, progress))
    return results[-1]


def _is_of(found: Trace, settings: Settings) -> bool:
    return settings.person in found.people or settings.sample in found.samples


def _rehearse(workspace: Workspace, settings: Settings, pending: Intent | None) -> StageResult:
    if settings.person is None and settings.sample is None:
        if pending is None:
            raise UsageError("expected a person (SOURCE:NAME), or --sample ID; no withdrawal was interrupted")
        found = pending.trace
    else:
        found = find(workspace, person=settings.person, sample=settings.sample)
    depending = dependents(workspace)
    facts: dict[str, object] = {"counts": found.counts, "outside": found.outside, "stale": depending}
    verb = "remove" if settings.delete_sources else "leave, and list,"
    notes = [
        f"Would remove: {_told(found.counts)}.",
        f"Would {verb} {len(found.outside)} files in sources outside the workspace.",
        *found.outside,
        *(f"Would look through the gallery in {folder}." for folder in galleries.known(workspace)),
        f"Would mark {len(depending)} results stale.",
    ]
    return StageResult(stage=STAGE, facts=facts, notes=notes)


def _carry_out(
    workspace: Workspace, intent: Intent, ledger: Ledger, settings: Settings, progress: Progress
) -> StageResult:
    """Do all of it; every step may be done twice. The intent goes last."""
    found = intent.trace
    # The record must not say whom; its time and outputs are what `verify` goes by.
    told: dict[str, object] = {"delete_sources": intent.delete_sources}
    sweep = Sweep(workspace, intent, ledger)
    writes: list[object] = []
    with workspace.run(STAGE, told, writes=writes) as record:
        swept = sweep.run(progress)
        n_deleted = _delete(found.outside) if intent.delete_sources else 0
        in_browser = _forget_in_browser(workspace, found.samples) if settings.browser else None
        sweep.amend_records()
        depending = dependents(workspace)
        today = datetime.now(UTC).date()
        stone = tombstone.bury(
            workspace,
            token=intent.token,
            today=today,
            counts=found.counts,
            samples=found.samples,
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
        notes=_notes(intent, swept, n_deleted, depending, in_browser, galleries.sentences(workspace)),
    )


def _delete(names: Sequence[str]) -> int:
    """Remove files of sources; give how many were there."""
    n_deleted = 0
    for name in names:
        path = Path(name)
        n_deleted += path.is_file()
        path.unlink(missing_ok=True)
    return n_deleted


def _rewritten(workspace: Workspace, ledger: Ledger) -> list[object]:
    """Give the files that the run record answers for from now on."""
    paths = [workspace.root / name for name in ledger.touched()]
    return [path for path in paths if path.is_file() and path.parent.name != "runs"]


def _forget_in_browser(workspace: Workspace, samples: Sequence[str]) -> str:
    """Remove samples from FiftyOne's data sets of this workspace; give a sentence."""
    from datatools.browse import forget

    if not forget.has_database():
        return "FiftyOne has no database here."
    try:
        n_removed = forget.samples(workspace, samples)
    except UsageError as error:  # not installed, or its database does not start
        return (
            f"FiftyOne has a database and could not be asked ({error}): run `datatools browse` again there."
        )
    return f"{n_removed} samples were removed from FiftyOne."


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
    of_galleries: Sequence[str],
) -> list[str]:
    found = intent.trace
    notes = [
        f"Removed: {_told(found.counts)}. Files removed {swept.n_removed}, rewritten {swept.n_rewritten}.",
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
    notes += of_galleries
    notes.append("Copies elsewhere (backups, snapshots, published sets, trained weights) are not reached.")
    return notes


def _told(counts: dict[str, int]) -> str:
    return ", ".join(f"{kind.replace('_', ' ')} {n}" for kind, n in counts.items() if n) or "nothing"
