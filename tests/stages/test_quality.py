"""A model of quality is fitted, validated, kept, judged elsewhere, and learns from reviews."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from datatools import tables
from datatools.errors import DataError, UsageError
from datatools.progress import Progress
from datatools.quality import answers
from datatools.quality import examples as kept
from datatools.quality.committee import MODEL
from datatools.records import SplitRow
from datatools.stages.quality import Settings, run
from datatools.workspace import Workspace
from tests.stages import people
from tests.stages.judged import checked, review
from tests.unit.quality.made import examples


def _splits(n: int) -> list[float]:
    return [float(value) for value in np.random.default_rng(0).uniform(0.01, 0.4, n)]


def _evaluation(facts: dict[str, object]) -> dict[str, object]:
    found = facts["evaluation"]
    assert isinstance(found, dict)
    return found


def test_a_model_is_fitted_validated_and_kept(workspace: Workspace, quiet: Progress) -> None:
    """Its examples are the masks with human references; the report says how good it is."""
    checked(workspace, _splits(60))
    result = run(workspace, Settings(repeats=1), quiet)
    data, card = kept.read(workspace.model_folder(MODEL))
    assert (card.committee, card.reference_source, card.data) == ("selfie by mean", "human", "set")
    np.testing.assert_allclose(1 - data.iou, _splits(60), atol=0.002)
    rank = _evaluation(result.facts)["rank_correlation"]
    assert isinstance(rank, dict)
    assert rank["value"] > 0.95
    assert "cross-validation by person" in result.notes[0]
    assert any(note.startswith("Accepting 85%") for note in result.notes)


def test_the_report_holds_predictions_and_drawings(workspace: Workspace, quiet: Progress) -> None:
    """One line a mask; two SVG files, and the same bytes when they are drawn again."""
    checked(workspace, _splits(60))
    run(workspace, Settings(repeats=1), quiet)
    folder = workspace.report_folder("quality")
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert set(first) == {"quality.json", "predictions.csv", "calibration.svg", "acceptance.svg"}
    assert b"<svg" in first["calibration.svg"]
    lines = list(csv.DictReader((folder / "predictions.csv").read_text().splitlines()))
    assert len(lines) == 60
    assert all(float(line["low"]) <= float(line["expected_iou"]) <= float(line["high"]) for line in lines)
    run(workspace, Settings(repeats=1), quiet)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == first


def test_a_model_is_judged_on_masks_it_has_not_seen(
    workspace: Workspace, quiet: Progress, tmp_path: Path
) -> None:
    """Nothing is fitted or kept, and another committee is named."""
    checked(workspace, _splits(12))
    kept.write(
        tmp_path / "other", examples(), committee="isnet by mean", reference_source="human", data="set"
    )
    result = run(workspace, Settings(fit=False, model=tmp_path / "other"), quiet)
    assert _evaluation(result.facts)["n_masks"] == 12
    assert result.facts["is_calibrated"] is False
    assert "uncalibrated" in result.notes[0]
    assert not workspace.model_folder(MODEL).exists()


def test_reviews_give_the_chance_of_acceptance(workspace: Workspace, quiet: Progress) -> None:
    """People who accept below an error of 0.2: half the masks are accepted near an IoU of 0.8."""
    splits = _splits(60)
    checked(workspace, splits)
    workspace.append_batch(
        [review(n, "accept" if split < 0.2 else "reject") for n, split in enumerate(splits)]
    )
    result = run(workspace, Settings(add_reviews=True, repeats=1), quiet)
    curve = answers.read(workspace.model_folder(MODEL))
    assert curve is not None
    assert curve.iou_at(0.5) == pytest.approx(0.8, abs=0.04)
    assert "a person accepts half the masks" in result.notes[-1]


def test_reviews_need_no_reference_masks(workspace: Workspace, quiet: Progress) -> None:
    """With a packaged model; too few of them say nothing."""
    checked(workspace, _splits(12), mask_source=None)
    workspace.append_batch([review(n, "accept") for n in range(3)])
    result = run(workspace, Settings(fit=False, add_reviews=True), quiet)
    assert result.notes[-1].startswith("3 reviewed masks say nothing yet")
    assert result.facts["n_reviews"] == 3
    assert not workspace.report_folder("quality").exists()


@pytest.mark.parametrize("mask_source", [None, "keyed"])
def test_without_human_or_rendered_masks_there_is_nothing_to_learn(
    workspace: Workspace, quiet: Progress, mask_source: str | None
) -> None:
    """A keyed mask is no truth."""
    checked(workspace, _splits(3), mask_source=mask_source)
    with pytest.raises(DataError, match="masks of samples that have human or rendered masks, found none"):
        run(workspace, Settings(), quiet)


def test_a_split_can_be_left_for_later(workspace: Workspace, quiet: Progress) -> None:
    """The model then knows nothing of the other one; an unknown split is refused."""
    checked(workspace, _splits(60))
    rows = [
        SplitRow(sample_id=row.sample_id, person_id=row.person_id, split="train" if n < 50 else "test")
        for n, row in enumerate(workspace.samples())
    ]
    workspace.write(tables.SPLITS, rows)
    run(workspace, Settings(split="train", repeats=1), quiet)
    assert kept.read_card(workspace.model_folder(MODEL)).n_examples == 50
    result = run(workspace, Settings(split="test", fit=False), quiet)
    assert _evaluation(result.facts)["n_masks"] == 10
    with pytest.raises(UsageError, match="expected a split among"):
        run(workspace, Settings(split="val"), quiet)


def test_unreadable_references_are_counted(workspace: Workspace, quiet: Progress) -> None:
    """A reference that vanished is left out."""
    folder = checked(workspace, _splits(61))
    (folder / "0_mask.png").unlink()
    result = run(workspace, Settings(repeats=1), quiet)
    assert result.facts["n_unreadable"] == 1
    assert result.notes[-1].startswith("1 masks or references cannot be read")


def test_what_check_saw_must_be_of_today_s_masks(workspace: Workspace, quiet: Progress) -> None:
    """Check did not run, ran without the check, or before refine."""
    checked(workspace, _splits(3))
    rows = workspace.rows(tables.OBSERVATIONS)
    workspace.write(tables.OBSERVATIONS, [replace(row, check="corrupt") for row in rows])
    with pytest.raises(UsageError, match="expected the check expected_iou among those that ran"):
        run(workspace, Settings(), quiet)
    for stage in ("check", "refine"):
        with workspace.run(stage, {}):
            pass
    with pytest.raises(UsageError, match="expected what check saw of today's masks"):
        run(workspace, Settings(), quiet)


def test_a_model_cannot_be_given_and_fitted(workspace: Workspace, quiet: Progress) -> None:
    """One of the two."""
    people.ingest(workspace, workspace.root, [])
    with pytest.raises(UsageError, match="expected --no-fit beside --model"):
        run(workspace, Settings(model=workspace.root), quiet)


def test_a_dry_run_writes_nothing(workspace: Workspace, quiet: Progress) -> None:
    """It says how much it would look at."""
    checked(workspace, _splits(4))
    result = run(workspace, Settings(dry_run=True, limit=3), quiet)
    assert result.notes == ["Would measure the masks of up to 3 samples against their references."]
    assert not workspace.run_files()


def test_the_run_record_keeps_the_card(workspace: Workspace, quiet: Progress) -> None:
    """Committee, examples, and the hash of their table."""
    checked(workspace, _splits(50))
    run(workspace, Settings(repeats=1), quiet)
    record = json.loads(workspace.run_files()[-1].read_text())
    assert record["facts"]["model"]["n_examples"] == 50
    assert "models/quality/examples.csv" in record["outputs"]
