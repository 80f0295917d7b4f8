"""``check`` accepts by expected IoU where it is asked to, and says by which model."""

from pathlib import Path

import pytest

from datatools import tables
from datatools.errors import DataError, UsageError
from datatools.progress import Progress
from datatools.quality import examples as kept
from datatools.quality.committee import MODEL
from datatools.stages.check import Settings, run
from datatools.workspace import Workspace
from tests.stages.test_check import _refined
from tests.unit.quality.made import examples

ONLY = ("expected_iou",)


def test_every_mask_gets_its_expected_iou(workspace: Workspace, quiet: Progress) -> None:
    """And passes, unless something is wanted; the note names the model's committee."""
    _refined(workspace, 3)
    result = run(workspace, Settings(checks=ONLY), quiet)
    rows = workspace.rows(tables.FINDINGS)
    assert [row.passed for row in rows] == [True] * 3
    assert all(row.score is not None and 0 < row.score <= 1 for row in rows)
    assert any("by a model fitted on" in note and "selfie by mean" in note for note in result.notes)


def test_masks_below_the_wanted_quality_are_rejected(workspace: Workspace, quiet: Progress) -> None:
    """None of them reaches an IoU of 1; the reason is in the findings."""
    _refined(workspace, 2)
    result = run(workspace, Settings(checks=ONLY, min_expected_iou=1.0), quiet)
    assert result.facts["rejected_by"] == {"expected_iou": 2}
    assert "expected IoU with a human's is" in str(workspace.rows(tables.FINDINGS)[0].detail)


def test_a_fraction_is_accepted(workspace: Workspace, quiet: Progress) -> None:
    """The better half of four; what was seen is not looked at again."""
    _refined(workspace, 4)
    run(workspace, Settings(checks=ONLY), quiet)
    result = run(workspace, Settings(checks=ONLY, accept_frac=0.5), quiet)
    assert result.facts["n_accepted"] == 2
    assert result.facts["n_computed"] == 0


def test_another_committee_s_model_is_named_as_uncalibrated(
    workspace: Workspace, quiet: Progress, tmp_path: Path
) -> None:
    """The workspace's own goes before the packaged one, and a given one before both."""
    _refined(workspace, 1)
    for folder, by in ((workspace.model_folder(MODEL), "own"), (tmp_path / "given", "given")):
        kept.write(folder, examples(), committee=f"{by} by mean", reference_source="human", data="set")
    for settings, by in (
        (Settings(checks=ONLY), "own"),
        (Settings(checks=ONLY, quality_model=tmp_path / "given"), "given"),
    ):
        notes = run(workspace, settings, quiet).notes
        assert any("uncalibrated" in note and f"({by} by mean)" in note for note in notes)


def test_a_wish_without_the_check_is_refused(workspace: Workspace, quiet: Progress) -> None:
    """It would be ignored silently; a folder that is no model is refused too."""
    _refined(workspace, 1)
    with pytest.raises(UsageError, match="of the check expected_iou, which is not among the checks"):
        run(workspace, Settings(checks=("mask_area",), accept_frac=0.5), quiet)
    with pytest.raises(DataError, match="expected a quality model in"):
        run(workspace, Settings(checks=ONLY, quality_model=workspace.root / "none"), quiet)
