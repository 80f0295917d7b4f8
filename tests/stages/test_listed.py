"""Stages that are limited to chosen samples."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from datatools import lists, tables
from datatools.errors import UsageError
from datatools.fairness.result import AuditResult
from datatools.progress import Progress
from datatools.records import MaskRow, Score
from datatools.stages import audit, check, evaluate, refine
from datatools.workspace import Workspace
from tests.stages.test_refine import matte_row, rough_matte
from tests.unit.report.builders import fill


@pytest.fixture
def filled(workspace: Workspace, tmp_path: Path) -> Workspace:
    """Give a workspace of seven readable samples with mattes."""
    samples = fill(workspace, tmp_path / "src", 8)
    workspace.write(
        tables.MATTES, [matte_row(workspace, n, "selfie", rough_matte(n)) for n in range(1, len(samples))]
    )
    return workspace


def _chosen(workspace: Workspace) -> tuple[str, list[str]]:
    ids = [row.sample_id for row in workspace.samples()][2:5]
    return lists.keep(workspace, ids), ids


def _changed(before: Sequence[MaskRow | Score], after: Sequence[MaskRow | Score]) -> set[str]:
    return {row.sample_id for row in after if row not in before}


def test_refine_makes_the_chosen_masks_alone(filled: Workspace, quiet: Progress) -> None:
    """Other masks stay as they are, and a second run finds nothing to do."""
    name, ids = _chosen(filled)
    before = filled.rows(tables.MASKS)
    settings = refine.Settings(samples=name, rules=("fill_holes",))
    refine.run(filled, settings, quiet)
    after = filled.rows(tables.MASKS)
    assert _changed(before, after) == set(ids)
    assert refine.run(filled, settings, quiet).facts["n_computed"] == 0


def test_check_looks_at_the_chosen_masks_alone(filled: Workspace, quiet: Progress) -> None:
    """What was looked at before is judged again, and kept."""
    name, ids = _chosen(filled)
    settings = check.Settings(checks=("corrupt", "mask_area"))
    check.run(filled, settings.model_copy(update={"samples": name}), quiet)
    assert {row.sample_id for row in filled.rows(tables.OBSERVATIONS)} == set(ids)
    assert check.run(filled, settings, quiet).facts["n_kept"] == len(ids)


def test_evaluate_scores_the_chosen_masks_alone(filled: Workspace, quiet: Progress) -> None:
    """Rows of other pictures and models stay."""
    name, ids = _chosen(filled)
    before = filled.rows(tables.SCORES)
    evaluate.run(filled, evaluate.Settings(model="generated", samples=name, replicates=100), quiet)
    after = filled.rows(tables.SCORES)
    assert (_changed(before, after), len(after)) == (set(ids), len(before) + len(ids))


def test_audit_looks_at_the_chosen_pictures_alone(filled: Workspace, quiet: Progress) -> None:
    """The audit says so, and its record holds the list's hash."""
    name, ids = _chosen(filled)
    settings = audit.Settings(samples=name, replicates=200, chain=False)
    audit.run(filled, settings, quiet)
    text = (filled.report_folder("audit") / audit.RESULT_FILE).read_text()
    found = AuditResult.model_validate_json(text)
    (record,) = filled.run_files()
    said = f"Only the samples of the list {name} are audited."
    assert (found.n_samples, said in found.notes) == (len(ids), True)
    kept = f"samples/{name}.csv"
    assert json.loads(record.read_text())["inputs"][kept] == found.inputs[kept]


def test_a_list_of_strangers_is_audited_by_nobody(filled: Workspace, quiet: Progress) -> None:
    """No samples in scope is an error, not an empty audit."""
    with pytest.raises(UsageError, match="none that are in scope"):
        audit.run(filled, audit.Settings(samples=lists.keep(filled, ["f" * 16])), quiet)


def test_a_folder_has_no_lists(filled: Workspace, quiet: Progress, tmp_path: Path) -> None:
    """A list of the workspace's samples does not go with a folder."""
    settings = evaluate.Settings(model="selfie", data=tmp_path / "src", samples="view")
    with pytest.raises(UsageError, match="--samples is about a workspace"):
        evaluate.run(filled, settings, quiet)


def test_a_dry_run_counts_the_chosen(filled: Workspace, quiet: Progress) -> None:
    """Three masks would be made."""
    name, ids = _chosen(filled)
    settings = refine.Settings(samples=name, dry_run=True)
    assert refine.run(filled, settings, quiet).facts["n_masks"] == len(ids)
