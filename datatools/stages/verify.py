"""Does the workspace still hold what its run records say, byte for byte?

Example::

    datatools verify --workspace ws
"""

import json
from pathlib import Path

from datatools import tables
from datatools.errors import DataError
from datatools.progress import Progress
from datatools.records import AlphaRow, MaskRow, MatteRow, StageResult
from datatools.settings import StageSettings
from datatools.withdrawal import tombstone
from datatools.workspace import Workspace


class Settings(StageSettings):
    """Settings of ``verify``."""

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
    """Compare tables, pictures, mattes, masks and cut-outs with the hashes kept when they were written.

    The gate fails when anything changed or is gone; results that are merely older than their inputs
    are listed as stale.

    Raises:
        UsageError: the folder is no workspace.
        DataError: a run record is unreadable.
    """
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
