"""Which files under a report are other ones than they were, and which stage makes what is stale again?

Three ways to know a file: the audit kept the hash of every table that it read, run records those of what a
run wrote, and the tables those of pictures, mattes and masks. Masks that came with the data have no hash of
their own; they are part of what scores and compared masks were made of (``scores``, ``masks``).
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from datatools import tables
from datatools.progress import Progress
from datatools.records import MaskRow, MatteRow
from datatools.report.provenance import RunRecord
from datatools.report.verified.differences import Difference
from datatools.workspace import Workspace

_ANNOTATIONS = "tables/annotations/"


@dataclass(frozen=True, slots=True)
class Written:
    """The last run that wrote a file."""

    number: int
    stage: str
    sha256: str

    @property
    def verb(self) -> str:
        """Give the verb of the stage."""
        return self.stage.replace("_", " ")


def last_writers(records: Sequence[RunRecord]) -> dict[str, Written]:
    """Give the last run to write each file; records come oldest first."""
    return {
        name: Written(record.number, record.stage, sha256)
        for record in records
        for name, sha256 in record.outputs.items()
    }


def of_audit(
    workspace: Workspace, inputs: Mapping[str, str], writers: Mapping[str, Written]
) -> Iterator[Difference]:
    """Give the tables that are not those which the audit read: changed by hand, or by a later run."""
    for name, sha256 in inputs.items():
        now = _hash(workspace.file(name))
        writer = writers.get(name)
        if now == sha256:
            continue
        if now is None:
            remedy = "ingest" if writer is None else writer.verb
            yield _changed(name, "is gone since the audit read it", remedy)
        elif writer is not None and writer.sha256 == now:
            told = f"is stale: {writer.verb} (run {writer.number}) wrote it after the audit read it"
            yield _changed(name, told, "audit")
        else:
            remedy = "audit" if writer is None else writer.verb
            by = "the audit read it" if writer is None else f"{writer.verb} (run {writer.number}) wrote it"
            yield _changed(name, f"has changed since {by}", remedy)
    for path in workspace.batch_files():
        name = workspace.relative(path)
        if name not in inputs:
            yield _changed(name, "is stale: these answers came after the audit", "audit")


def of_runs(names: Mapping[str, Path], writers: Mapping[str, Written]) -> Iterator[Difference]:
    """Give the files that are other ones than a run wrote.

    Args:
        names: as run records keep them, to where the files lie.
        writers: the last run to write each file.
    """
    for name, path in names.items():
        writer = writers.get(name)
        now = _hash(path)
        if writer is not None and now != writer.sha256:
            what = "is gone" if now is None else "has changed"
            told = f"{what} since {writer.verb} (run {writer.number}) wrote it"
            yield _changed(name, told, writer.verb)


def older(
    workspace: Workspace, records: Sequence[RunRecord], inputs: Set[str], writers: Mapping[str, Written]
) -> Iterator[str]:
    """Say which runs behind the audit's tables read files that were written anew since."""
    by_number = {record.number: record for record in records}
    behind = {writers[name].number for name in inputs if name in writers}
    for number in sorted(behind):
        record = by_number[number]
        for name, sha256 in record.inputs.items():
            if name not in record.outputs and _hash(workspace.file(name)) not in (sha256, None):
                verb = record.stage.replace("_", " ")
                yield f"{verb}: {name} is newer than its last run; run `datatools {verb}` again"


def of_pictures(
    workspace: Workspace,
    sample_ids: Set[str],
    limit: int | None,
    inputs: Set[str],
    progress: Progress,
) -> tuple[list[Difference], int]:
    """Hash the pictures under audit, their mattes and masks; give what changed, and how many were looked at.

    Args:
        workspace: the workspace.
        sample_ids: the samples under audit.
        limit: look at the first so many samples alone.
        inputs: the tables that the audit read: mattes and masks that it did not read are left out.
        progress: shows the files.
    """
    samples = [sample for sample in workspace.samples() if sample.sample_id in sample_ids][:limit]
    chosen = {sample.sample_id for sample in samples}
    expected = [
        (workspace.image_file(sample), sample.sample_id, f"picture {sample.path}", "ingest")
        for sample in samples
    ]
    derived: list[tuple[MatteRow | MaskRow, str]] = []
    if workspace.relative(workspace.table_file(tables.MATTES)) in inputs:
        derived += [(matte, "segment") for matte in workspace.rows_or_empty(tables.MATTES)]
    if workspace.relative(workspace.table_file(tables.MASKS)) in inputs:
        derived += [(mask, "refine") for mask in workspace.rows_or_empty(tables.MASKS)]
    for row, verb in derived:
        if row.sample_id in chosen and row.path is not None and row.sha256 is not None:
            expected.append((workspace.file(row.path), row.sha256, row.path, verb))
    found = []
    with progress.bar("files", len(expected)) as advance:
        for path, sha256, name, verb in expected:
            now = _hash(path)
            if now is None or not now.startswith(sha256):
                what = "is gone" if now is None else "has changed"
                found.append(
                    _changed(name, f"{what} since {verb} saw it" if verb == "ingest" else what, verb)
                )
            advance()
    return found, len(expected)


def _changed(name: str, told: str, remedy: str) -> Difference:
    again = f"run `datatools {remedy}` again"
    return Difference(step="files", where=name, told=f"{name}: {told}; {again}", remedy=remedy)


def _hash(path: Path) -> str | None:
    return tables.sha256_file(path) if path.is_file() else None
