"""Does the workspace still hold what its run records say, and a report what the workspace gives?

Without a report every file is compared with the hash that was kept when it was written, and what killed
runs left half done is found; ``--repair`` mends it. With a report, its numbers are computed again too:
scores from the masks that are kept, the audit, report.json and every document beside it. Nothing is written
but by a repair.

Example::

    datatools verify --workspace ws
    datatools verify --workspace ws --repair --dry-run
    datatools verify audit --workspace ws
    datatools verify audit/report.json
"""

import dataclasses
from typing import TYPE_CHECKING

from datatools import tables
from datatools.errors import UsageError
from datatools.progress import Progress
from datatools.records import StageResult
from datatools.repair import pictures, recorded, repairing
from datatools.settings import StageSettings
from datatools.withdrawal import tombstone
from datatools.workspace import Workspace

if TYPE_CHECKING:  # statistics are loaded when the stage runs, not when its flags are read
    from datatools.report.verified.verifying import Verified

_SHOWN = 20  # differences of one step


class Settings(StageSettings):
    """Settings of ``verify``."""

    report: str | None = None
    """A report to compute again: an audit's name in the workspace, or its folder, or its report.json."""

    documents: bool = True
    """With --report: render the page and the other documents again too."""

    deep: bool = False
    """With --report: run every scored model again too, as long as that takes."""

    pictures: bool = True
    """Hash the pictures, mattes, masks and cut-outs too, not the tables alone."""

    repair: bool = False
    """Mend what killed runs left half done, and say what was done; with --dry-run, what would be."""

    gone: str | None = None
    """With --repair: a machine that is gone for good; the locks of its runs are broken."""

    browser: bool = True
    """With --repair: complete an interrupted withdrawal in FiftyOne's database too."""


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Find what changed, is half done or stale, and mend it when asked; compute a report's numbers again.

    The gate fails when anything changed, is gone, differs or is half done; results that are merely older
    than their inputs are listed as stale.

    Raises:
        UsageError: the folder is no workspace, there is no such report, or flags do not go together.
        LockedError: a repair was asked for, and a run is under way.
        DataError: a file of the report is unreadable.
    """
    if settings.gone is not None and not settings.repair:
        raise UsageError("--gone is about locks that a repair breaks: expected --repair with it")
    if settings.report is not None:
        if settings.repair:
            raise UsageError("--repair mends a workspace: expected no report with it")
        return _run_report(workspace, settings.report, settings, progress)
    if settings.deep:
        raise UsageError("--deep is about a report's scores: name the report, as in `datatools verify audit`")
    if not settings.repair:
        workspace.require()
        return _look(workspace, settings, progress)
    if not (workspace.root / "tables").is_dir():
        workspace.require()
    if settings.dry_run:
        return _rehearse(workspace, settings)
    from datatools.browse import forgotten  # it asks for FiftyOne alone when it is called

    found = repairing.repair(
        workspace,
        settings.model_dump(mode="json"),
        gone=settings.gone,
        hashes=settings.pictures,
        forget=forgotten.told if settings.browser else None,
        progress=progress,
    )
    now = _look(workspace, settings, progress)
    facts = {"mended": found.mended, **now.facts}
    notes = [f"Mended: {len(found.mended)}.", *(f"  {line}" for line in found.mended), *now.notes]
    return StageResult(stage="verify", facts=facts, notes=notes, passed=now.passed)


def _rehearse(workspace: Workspace, settings: Settings) -> StageResult:
    found = repairing.rehearse(workspace, hashes=settings.pictures)
    notes = [f"A repair would mend {len(found.mended)} and leave {len(found.left)} to you; nothing was done."]
    notes += [f"  {line}" for line in (*found.mended, *found.left)]
    facts: dict[str, object] = {"would_mend": found.mended, "left": found.left}
    return StageResult(stage="verify", facts=facts, notes=notes, passed=not (found.mended or found.left))


def _look(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    running = repairing.busy(workspace)
    found = repairing.look(workspace, hashes=False)
    troubles = [*found.mended, *found.left]
    differing, n_checked = recorded.changed(workspace, running)
    changed = [f"{one.name}: {one.told()}" for one in differing]
    stale = recorded.stale(workspace) + tombstone.sentences(tombstone.stale(workspace))
    if settings.pictures and not found.is_cut_short and workspace.has(tables.MANIFEST):
        changed_pictures, n_pictures = pictures.changed(workspace, settings.limit, running, progress)
        changed += changed_pictures
        n_checked += n_pictures
    unfinished = repairing.unfinished(workspace)
    notes = [
        f"{n_checked} files compared: {len(changed)} changed or gone, {len(troubles)} half done or broken, "
        f"{len(stale)} stale results"
    ]
    notes += [f"  {line}" for line in [*changed, *troubles, *stale, *unfinished]]
    notes += [f"  {name} is being written by {who}: left out" for name, who in running.items()]
    if changed or troubles:
        notes.append(f"`datatools verify --workspace {workspace.root} --repair` mends what is half done.")
    facts: dict[str, object] = {
        "n_checked": n_checked,
        "changed": changed,
        "troubles": troubles,
        "stale": stale,
        "unfinished": unfinished,
        "running": running,
    }
    return StageResult(stage="verify", facts=facts, notes=notes, passed=not changed and not troubles)


def _run_report(workspace: Workspace, word: str, settings: Settings, progress: Progress) -> StageResult:
    # Imported here: pandas, scipy and matplotlib take seconds that other verbs should not pay.
    from datatools.report.verified import verifying
    from datatools.report.verified.located import locate

    located = locate(workspace, word)
    if settings.dry_run:
        note = f"would compute {located.folder} again: {len(located.audit.models)} models, and its documents"
        return StageResult(stage="verify", facts={"report": str(located.folder)}, notes=[note])
    how = verifying.How(
        deep=settings.deep,
        pictures=settings.pictures,
        documents=settings.documents,
        limit=settings.limit,
    )
    found = verifying.verify(located, how, progress)
    facts = {"report": str(located.folder), **dataclasses.asdict(found)}
    passed = not found.differences
    return StageResult(stage="verify", facts=facts, notes=_told(found), passed=passed)


def _told(found: "Verified") -> list[str]:
    counts = (
        f"Compared: {found.n_files:,} files with their hashes, {found.n_scores_counted:,} scores with masks "
        f"counted again, {found.n_scores_traced:,} with what they were made of, "
        f"{found.n_mask_pairs:,} pairs of masks, {found.n_values:,} values computed again, "
        f"{found.n_documents:,} documents rendered again."
    )
    n = len(found.differences)
    verdict = (
        "Everything is as it was kept."
        if n == 0
        else f"{n:,} {'thing differs' if n == 1 else 'things differ'}:"
    )
    lines = [counts, verdict]
    for step in dict.fromkeys(one.step for one in found.differences):
        of_step = [one for one in found.differences if one.step == step]
        lines += [f"  {step}: {one.told}" for one in of_step[:_SHOWN]]
        if len(of_step) > _SHOWN:
            lines.append(f"  {step}: and {len(of_step) - _SHOWN:,} more; --json lists them all")
    lines += [f"Stale: {sentence}" for sentence in found.stale]
    lines += [f"Not computed again: {sentence}" for sentence in found.not_made_again]
    if found.other_versions:
        because = " These versions may be why." if n else " The numbers are the same."
        lines.append(f"Versions differ: {'; '.join(found.other_versions)}.{because}")
    return lines
