"""Does the workspace still hold what its run records say, and a report what the workspace gives?

Without a report every file is compared with the hash that was kept when it was written. With one, its
numbers are computed again too: scores from the masks that are kept, the audit, report.json and every
document beside it. Nothing is written.

Example::

    datatools verify --workspace ws
    datatools verify audit --workspace ws
    datatools verify audit/report.json
"""

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING

from datatools import tables
from datatools.errors import DataError, UsageError
from datatools.progress import Progress
from datatools.records import AlphaRow, MaskRow, MatteRow, StageResult
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


def _records(workspace: Workspace) -> dict[str, dict[str, dict[str, str]]]:
    """Give each stage's latest run record, oldest stage first."""
    latest: dict[str, dict[str, dict[str, str]]] = {}
    for path in workspace.run_files():
        try:
            record = json.loads(path.read_text("utf-8"))
            stage = str(record["stage"])
            latest.pop(stage, None)
            latest[stage] = {"inputs": record["inputs"], "outputs": record["outputs"]}
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(f"{path} is no run record: {error}") from error
    return latest


def _hash(path: Path) -> str | None:
    return tables.sha256_file(path) if path.is_file() else None


def _check_records(workspace: Workspace) -> tuple[list[str], list[str], int]:
    """Give what changed since it was written, what is stale, and how many files were compared."""
    written: dict[str, tuple[str, str]] = {}  # the last stage to write a file, and its hash then
    records = _records(workspace)
    for stage, record in records.items():
        written |= {name: (stage, sha256) for name, sha256 in record["outputs"].items()}
    now = {name: _hash(workspace.file(name)) for name in written}
    changed = [
        f"{name}: {'is gone' if now[name] is None else 'has changed'} since {stage} wrote it"
        for name, (stage, sha256) in written.items()
        if now[name] != sha256
    ]
    stale = [
        f"{stage}: {name} is newer than its last run; run it again"
        for stage, record in records.items()
        for name, sha256 in record["inputs"].items()
        if name not in record["outputs"] and _hash(workspace.file(name)) not in (sha256, None)
    ]
    return changed, stale, len(written)


def _check_pictures(workspace: Workspace, limit: int | None, progress: Progress) -> tuple[list[str], int]:
    expected: list[tuple[Path, str, str]] = []
    for sample in workspace.samples(limit=limit):
        expected.append((workspace.image_file(sample), sample.sample_id, f"picture {sample.path}"))
    derived: list[MatteRow | MaskRow | AlphaRow] = [
        *workspace.rows_or_empty(tables.MATTES)[:limit],
        *workspace.rows_or_empty(tables.MASKS)[:limit],
        *workspace.rows_or_empty(tables.ALPHAS)[:limit],
    ]
    for row in derived:
        if row.path is not None and row.sha256 is not None:
            expected.append((workspace.file(row.path), row.sha256, row.path))
    changed = []
    with progress.bar("verify", len(expected)) as advance:
        for path, sha256, name in expected:
            found = _hash(path)
            if found is None:
                changed.append(f"{name}: is gone")
            elif not found.startswith(sha256):
                changed.append(f"{name}: has changed")
            advance()
    return changed, len(expected)


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Compare files with the hashes kept when they were written, and compute a report's numbers again.

    The gate fails when anything changed, is gone or differs; results that are merely older than their
    inputs are listed as stale.

    Raises:
        UsageError: the folder is no workspace, or there is no such report.
        DataError: a run record, or a file of the report, is unreadable.
    """
    if settings.report is not None:
        return _run_report(workspace, settings.report, settings, progress)
    if settings.deep:
        raise UsageError("--deep is about a report's scores: name the report, as in `datatools verify audit`")
    workspace.require()
    changed, stale, n_checked = _check_records(workspace)
    stale += tombstone.sentences(tombstone.stale(workspace))
    if settings.pictures and workspace.has(tables.MANIFEST):
        changed_pictures, n_pictures = _check_pictures(workspace, settings.limit, progress)
        changed += changed_pictures
        n_checked += n_pictures
    notes = [f"{n_checked} files compared: {len(changed)} changed or gone, {len(stale)} stale results"]
    notes += [f"  {line}" for line in [*changed, *stale]]
    facts: dict[str, object] = {"n_checked": n_checked, "changed": changed, "stale": stale}
    return StageResult(stage="verify", facts=facts, notes=notes, passed=not changed)


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
