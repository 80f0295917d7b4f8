"""Remove a person from the workspace: pictures, masks, answers, scores, and every mention.

Whatever names them is rewritten or removed, files that were made of their pictures too; results that were
computed with them are marked stale. What stays is a tombstone: a date and counts. Killed at any moment and
run again, also without a name, it completes what it began; until then other verbs refuse to run. Files of
sources outside the workspace are listed, and removed with ``--delete-sources``.

Example::

    datatools withdraw london:london_012 --workspace ws --dry-run
"""

from datatools.errors import UsageError
from datatools.progress import Progress
from datatools.records import StageResult
from datatools.settings import StageSettings
from datatools.withdrawal import galleries
from datatools.withdrawal.carrying_out import STAGE, Forget, carry_out, told
from datatools.withdrawal.dependents import dependents
from datatools.withdrawal.ledger import Intent, Ledger
from datatools.withdrawal.trace import Trace, find, trace
from datatools.workspace import Workspace


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
        results.append(carry_out(workspace, pending, ledger, _forget(settings), progress))
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
    results.append(carry_out(workspace, intent, ledger, _forget(settings), progress))
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
        f"Would remove: {told(found.counts)}.",
        f"Would {verb} {len(found.outside)} files in sources outside the workspace.",
        *found.outside,
        *(f"Would look through the gallery in {folder}." for folder in galleries.known(workspace)),
        *(f"Would name the shard {address}, which may hold them." for address in found.shards),
        f"Would mark {len(depending)} results stale.",
    ]
    return StageResult(stage=STAGE, facts=facts, notes=notes)


def _forget(settings: Settings) -> Forget | None:
    if not settings.browser:
        return None
    from datatools.browse import forgotten  # it asks for FiftyOne alone when it is called

    return forgotten.told
