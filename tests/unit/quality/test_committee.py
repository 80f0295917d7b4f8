"""A model is chosen for the committee that made the masks, and says when it was fitted on another's."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from datatools import tables
from datatools.errors import DataError
from datatools.quality import examples as kept
from datatools.quality.committee import MODEL, choose, committee_of, packaged
from datatools.records import MaskRow
from datatools.workspace import Workspace
from tests.unit.quality.made import examples


def _masks(workspace: Workspace, *makers: str) -> None:
    row = MaskRow(
        sample_id="",
        path="masks/x.png",
        rules_applied=[],
        mask_source="",
        sha256="0",
        parents="p",
        status="ok",
        error=None,
    )
    workspace.write(
        tables.MASKS,
        [replace(row, sample_id=f"{n:016x}", mask_source=f"model:{by}") for n, by in enumerate(makers)],
    )


def _model(folder: Path, committee: str) -> None:
    kept.write(folder, examples(3), committee=committee, reference_source="human", data="set")


def test_the_committee_is_that_of_most_masks(workspace: Workspace) -> None:
    """With the mean where no refine run says how mattes were fused."""
    _masks(workspace, "selfie", "isnet+selfie", "isnet+selfie")
    assert committee_of(workspace) == "isnet+selfie by mean"


def test_the_fusion_is_that_of_the_last_refine_run(workspace: Workspace) -> None:
    """Runs of other stages say nothing about it; another fit of its weights is another committee."""
    _masks(workspace, "isnet+selfie")
    for stage, fusion in (("refine", "mean"), ("refine", "learned"), ("check", "none")):
        with workspace.run(stage, {}) as run:
            run.facts["fusion"] = {"name": fusion, "fingerprint": "0123456789abcdef"}
    assert committee_of(workspace) == "isnet+selfie by learned 01234567"


@pytest.mark.parametrize("text", ["[", "[]", '{"facts": []}', '{"facts": {"fusion": {"name": 3}}}'])
def test_a_broken_record_of_the_refine_run_is_told(workspace: Workspace, text: str) -> None:
    """Whatever it holds; without its fusion nobody can say whose masks these are."""
    _masks(workspace, "isnet+selfie")
    (workspace.root / "runs" / "0001-refine.json").write_text(text)
    with pytest.raises(DataError, match=r"0001-refine\.json is no record of a refine run"):
        committee_of(workspace)


def test_no_masks_are_nobody_s(workspace: Workspace) -> None:
    """An empty table."""
    _masks(workspace)
    assert committee_of(workspace) == "nobody"


def test_every_packaged_model_can_be_read() -> None:
    """There is one for the default teacher; none is of another version of the features."""
    cards = [kept.read(folder)[1] for folder in packaged()]
    assert "selfie by mean" in {card.committee for card in cards}


def test_the_workspace_s_own_model_goes_before_a_packaged_one(workspace: Workspace, tmp_path: Path) -> None:
    """And a given folder before both."""
    assert choose(workspace, "selfie by mean", None).is_calibrated
    own = workspace.model_folder(MODEL)
    _model(own, "x by mean")
    assert choose(workspace, "x by mean", None).folder == own
    _model(tmp_path / "given", "y by mean")
    assert choose(workspace, "x by mean", tmp_path / "given").folder == tmp_path / "given"


def test_another_committee_s_model_says_that_it_is_uncalibrated(workspace: Workspace) -> None:
    """And the workspace's own that it has seen these masks."""
    _model(workspace.model_folder(MODEL), "x by mean")
    assert choose(workspace, "x by mean", None).sentence("x by mean") == (
        "Expected IoU: by a model fitted on 3 human masks of set (x by mean). Masks of this workspace are "
        "among them: `datatools quality` says how it does on others."
    )
    other = choose(workspace, "y by mean", None)
    assert not other.is_calibrated
    assert other.sentence("y by mean").startswith(
        "Expected IoU is uncalibrated: these masks were made by y by mean"
    )


def test_a_given_folder_must_hold_a_model(workspace: Workspace, tmp_path: Path) -> None:
    """A packaged one does not silently take its place."""
    with pytest.raises(DataError, match="expected a quality model in"):
        choose(workspace, "selfie by mean", tmp_path)


def test_a_card_is_plain_json(workspace: Workspace) -> None:
    """Anybody can read whose masks the model knows."""
    card = json.loads((packaged()[0] / kept.CARD_FILE).read_text())
    assert card["reference_source"] == "human"
