"""Is every number of a report what its evidence gives?

Files first, then the scores, the audit, report.json and the documents: what is wrong below shows again above,
and the first thing that is told is the cause.
"""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from datatools import tables
from datatools.fairness.audit import Scope
from datatools.progress import Progress
from datatools.records import Score
from datatools.report import provenance
from datatools.report.provenance import RunRecord
from datatools.report.verified import audits, files, pages, scores
from datatools.report.verified.differences import Difference, n_values
from datatools.report.verified.located import Located
from datatools.report.verified.view import View
from datatools.withdrawal import tombstone
from datatools.workspace import Workspace


@dataclass(slots=True)
class Verified:
    """What verifying a report came to."""

    differences: list[Difference] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)  # results that are older than what they were made of
    not_made_again: list[str] = field(default_factory=list)
    other_versions: list[str] = field(default_factory=list)
    n_files: int = 0  # compared with a hash
    n_scores_counted: int = 0
    n_scores_traced: int = 0
    n_mask_pairs: int = 0  # of masks of one picture
    n_values: int = 0  # of audit.json and report.json
    n_documents: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How far verifying goes."""

    deep: bool = False  # run every model again
    pictures: bool = True  # hash pictures, mattes and masks too, and count masks again
    documents: bool = True  # render every document again
    limit: int | None = None  # look at the pictures and scores of the first so many samples alone


def verify(located: Located, how: How, progress: Progress) -> Verified:
    """Make everything again that a report says, and compare.

    Args:
        located: the report.
        how: how far to go.
        progress: shows the steps.

    Raises:
        DataError: a run record, a table or a file of the report is broken.
    """
    found = Verified(other_versions=audits.other_versions(located.audit.versions))
    with tempfile.TemporaryDirectory() as scratch:
        if located.workspace is None:
            _brought(located, Path(scratch), found, how, progress)
        else:
            _workspace(located, located.workspace, Path(scratch), found, how, progress)
    return found


def _workspace(
    located: Located,
    workspace: Workspace,
    scratch: Path,
    found: Verified,
    how: How,
    progress: Progress,
) -> None:
    workspace.require()
    records = provenance.records(workspace)
    run = pages.last_run(located, records)
    _tables(located, workspace, records, run, found)
    view = View(workspace.root, scratch, None if run is None else run.number)
    scope = audits.scope_again(located.asked, view, progress)
    if isinstance(scope, Difference):
        found.differences.append(scope)
    else:
        if how.pictures:
            _pictures(located, workspace, scope, records, found, how, progress)
        else:
            found.not_made_again.append("Pictures, mattes, masks and scores were not looked at.")
        told = audits.again(located, located.asked, view, scope, progress)
        pairs = list(audits.unlike_pairs(workspace, view))
        found.n_mask_pairs = len(view.rows_or_empty(tables.MASK_PAIRS))
        found.n_values += n_values(located.kept_audit)
        found.differences += [*pairs, *told]
    found.differences += audits.unlike_settings(located, records)
    stale = pages.is_of_older_audit(located, run, records)
    if stale is None:
        _documents(located, view, run, found, how)
    else:
        found.differences.append(stale)


def _tables(
    located: Located,
    workspace: Workspace,
    records: list[RunRecord],
    run: RunRecord | None,
    found: Verified,
) -> None:
    """Compare the audit's tables, the scored models and the report's own files with their hashes."""
    inputs, writers = located.audit.inputs, files.last_writers(records)
    found.differences += files.of_audit(workspace, inputs, writers)
    own = pages.files_of(located, run)
    for model in sorted({model.model for model in located.audit.models}):
        folder = workspace.relative(workspace.model_folder(model))
        own |= {name: workspace.file(name) for name in writers if name.startswith(f"{folder}/")}
    found.differences += files.of_runs(own, writers)
    found.n_files += len(inputs) + len(own)
    found.stale += files.older(workspace, records, inputs.keys(), writers)
    marks = [mark for mark in tombstone.stale(workspace) if mark.path in own or mark.path in inputs]
    found.stale += tombstone.sentences(marks)


def _pictures(
    located: Located,
    workspace: Workspace,
    scope: Scope,
    records: list[RunRecord],
    found: Verified,
    how: How,
    progress: Progress,
) -> None:
    inputs = located.audit.inputs.keys()
    changed, n_files = files.of_pictures(workspace, scope.person_of.keys(), how.limit, inputs, progress)
    found.differences += changed
    found.n_files += n_files
    chosen = set(sorted(scope.person_of)[: how.limit])
    if how.limit is not None and how.limit < len(scope.person_of):
        found.not_made_again.append(
            f"Pictures and scores of {len(scope.person_of) - how.limit} samples were not looked at (--limit)."
        )
    counted = scores.recount(
        workspace, _scores(workspace, located, chosen), records, deep=how.deep, progress=progress
    )
    found.differences += counted.differences
    found.not_made_again += counted.not_made_again
    found.n_scores_counted, found.n_scores_traced = counted.n_counted, counted.n_traced


def _scores(workspace: Workspace, located: Located, sample_ids: set[str]) -> list[Score]:
    models = {model.model for model in located.audit.models}
    rows = workspace.rows_or_empty(tables.SCORES)
    return [row for row in rows if row.model in models and row.sample_id in sample_ids]


def _brought(located: Located, scratch: Path, found: Verified, how: How, progress: Progress) -> None:
    wanted, changed, unknown = audits.brought_files(located)
    found.differences += changed
    found.not_made_again += unknown
    found.n_files += len(located.audit.inputs)
    nowhere = Workspace(scratch)
    scope = audits.scope_again(wanted, nowhere, progress)
    if isinstance(scope, Difference):
        found.differences.append(scope)
    else:
        found.differences += audits.again(located, wanted, nowhere, scope, progress)
        found.n_values += n_values(located.kept_audit)
    _documents(located, nowhere, None, found, how)


def _documents(located: Located, view: Workspace, run: RunRecord | None, found: Verified, how: How) -> None:
    if located.report is None:
        found.not_made_again.append("There is no report.json yet: `datatools report` writes it.")
        return
    again = pages.made_again(located, view, run)
    if isinstance(again, Difference):
        found.differences.append(again)
        return
    found.n_values += n_values(located.kept_report)
    found.differences += pages.unlike_report(located, again.report)
    if not how.documents:
        found.not_made_again.append("Documents were not rendered.")
        return
    unlike, found.n_documents = pages.unlike_documents(located, again, view)
    found.differences += unlike
