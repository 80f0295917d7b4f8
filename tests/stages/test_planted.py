"""Is a planted bias measured on twins that differ in the plant alone?"""

from pathlib import Path

import pytest
import torch

from datatools.errors import DataError, UsageError
from datatools.progress import Progress
from datatools.stages import planted, render
from datatools.student import checkpoint
from datatools.student.extremec3net import ExtremeC3Net
from datatools.student.recipe import read
from datatools.workspace import Workspace


@pytest.fixture
def model(workspace: Workspace) -> str:
    """Give the name of a student whose weights are random."""
    torch.manual_seed(0)
    network = ExtremeC3Net().eval()
    preprocessing = read("short").resized(32).preprocessing
    checkpoint.save(workspace.model_folder("student") / "model.pt", network.state_dict(), preprocessing, {})
    return "student"


def _rendered(folder: Path, workspace: Workspace, quiet: Progress, plant: str) -> Path:
    settings = {"folder": folder, "people": 8, "max_pictures": 1, "max_px": 256, "plant": plant}
    result = render.run(workspace, render.Settings.model_validate(settings), quiet)
    assert result.facts["n_pictures"] == 8
    return folder


@pytest.mark.slow
def test_effect_is_paired(workspace: Workspace, quiet: Progress, tmp_path: Path, model: str) -> None:
    """The effect is the difference of the two means, over the planted people alone (tones 7 and 8)."""
    folder = _rendered(tmp_path / "set", workspace, quiet, "dim_dark_skin")
    facts = planted.run(workspace, planted.Settings(folder=folder, model=model), quiet).facts
    on, off = facts["mean_iou_on"], facts["mean_iou_off"]
    assert isinstance(on, float)
    assert isinstance(off, float)
    assert (facts["n_images"], facts["effect"]) == (2, on - off)
    assert on != off


def test_set_without_plant_is_refused(
    workspace: Workspace, quiet: Progress, tmp_path: Path, model: str
) -> None:
    """The error names the plants."""
    folder = _rendered(tmp_path / "set", workspace, quiet, "none")
    with pytest.raises(DataError, match="dim_dark_skin"):
        planted.run(workspace, planted.Settings(folder=folder, model=model), quiet)


def test_model_that_needs_faces_is_refused(workspace: Workspace, quiet: Progress, tmp_path: Path) -> None:
    """Twins have no landmarks."""
    with pytest.raises(UsageError, match="grabcut"):
        planted.run(workspace, planted.Settings(folder=tmp_path, model="grabcut"), quiet)


def test_dry_runs_write_nothing(workspace: Workspace, quiet: Progress, tmp_path: Path, model: str) -> None:
    """Neither renders nor scores."""
    settings = render.Settings(folder=tmp_path / "set", people=3, dry_run=True)
    notes = render.run(workspace, settings, quiet).notes
    notes += planted.run(
        workspace, planted.Settings(folder=tmp_path / "set", model=model, dry_run=True), quiet
    ).notes
    assert [note.split()[0] for note in notes] == ["Would", "Would"]
    assert not (tmp_path / "set").exists()
