"""The verb ablate says what it would train, refuses what cannot be compared, and stops in time."""

from pathlib import Path

import pytest

from datatools.errors import UsageError
from datatools.workspace import Workspace
from tests.stages.ablated import TEXT, fill, run, write_arms


def test_a_dry_run_names_the_networks_and_writes_nothing(workspace: Workspace, tmp_path: Path) -> None:
    """Seeds and settings of train given as flags override the file's."""
    fill(workspace)
    before = sorted(workspace.root.rglob("*"))
    flags = {"epochs_whole": "3", "targets": "best"}
    told = run(workspace, write_arms(tmp_path), dry_run=True, seeds=[7], train=flags)
    assert told.facts["runs"] == ["ablate-tiny-human-7", "ablate-tiny-more-7"]
    phases = ["whole at 32 px, 12 steps of 4 pictures"]
    assert told.facts["pictures_seen"] == {"human": phases, "more": phases}
    assert sorted(workspace.root.rglob("*")) == before


def test_arms_of_unlike_compute_are_refused(workspace: Workspace, tmp_path: Path) -> None:
    """Unless the file says that they may be."""
    fill(workspace)
    longer = TEXT.replace('targets = "best"', 'targets = "best", epochs_whole = 2')
    with pytest.raises(UsageError, match="same compute"):
        run(workspace, write_arms(tmp_path, longer), dry_run=True)
    told = run(workspace, write_arms(tmp_path, "same_compute = false\n" + longer), dry_run=True)
    assert told.passed


def test_a_setting_that_train_does_not_take_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    """Before anything is trained, with the arm's name."""
    fill(workspace)
    with pytest.raises(UsageError, match="arm human of the ablation: batch"):
        run(workspace, write_arms(tmp_path), train={"batch": "many"})


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('"boundary_f1"]', '"beauty"]', "beauty"),
        ('split = "test"', 'split = "tset"', "expected a split among"),
        ('"{faces}"', '"nowhere"', "no workspace yet"),
        ('split = "test"', 'workspace = "{faces}"', "all are passed over"),
        ('train = { targets = "best" }', 'model = "nobodys.pt"', "which does not exist"),
    ],
)
def test_a_wrong_test_is_refused_before_anything_is_trained(
    workspace: Workspace, tmp_path: Path, old: str, new: str, reason: str
) -> None:
    """A metric, split or workspace that does not exist; no test at all."""
    fill(workspace)
    with pytest.raises(UsageError, match=reason):
        run(workspace, write_arms(tmp_path, TEXT.replace(old, new)))
    assert not (workspace.root / "models").exists()


def test_out_of_time_it_leaves_the_rest_for_the_same_command(workspace: Workspace, tmp_path: Path) -> None:
    """Exit code 1, and no report yet."""
    fill(workspace)
    told = run(workspace, write_arms(tmp_path), minutes=1e-6)
    assert not told.passed
    assert told.facts == {"n_runs_left": 4}
    assert not workspace.report_folder("ablate-tiny").exists()
