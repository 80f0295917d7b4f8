"""A training state survives being written and read."""

import errno
from dataclasses import asdict
from pathlib import Path

import pytest
import torch

from datatools.errors import DataError, UsageError, WeightsError
from datatools.student import checkpoint
from datatools.student.state import Best, EpochRow, TrainingState, state_before

ROW = EpochRow(
    phase="coarse",
    epoch=1,
    size_px=32,
    n_seen=8,
    loss=0.5,
    val_iou=0.75,
    val_value=0.7,
    val_groups={"woman": 0.7},
    lr=1e-3,
    elapsed_s=2.5,
)


def test_a_state_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Position, history, best weights and the optimiser's tensors."""
    weights = {"w": torch.arange(3.0)}
    state = TrainingState(
        fingerprint="f", phase=1, epoch=2, step=3, loss_sum=0.1, elapsed_s=4.0, history=[ROW], weights=weights
    )
    state.best = Best(epoch=1, value=0.75, values=[0.5, 1.0], weights=weights)
    state.optimizer = {"state": {0: {"step": torch.tensor(3.0)}}, "param_groups": [{"lr": 0.1}]}
    state.save(tmp_path / "state.pt")
    again = TrainingState.load(tmp_path / "state.pt")
    assert (again.history, again.best and again.best.value) == ([ROW], 0.75)
    assert repr(asdict(again)) == repr(asdict(state))


def test_a_new_state_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Nothing has begun."""
    TrainingState(fingerprint="f").save(tmp_path / "state.pt")
    assert TrainingState.load(tmp_path / "state.pt") == TrainingState(fingerprint="f")


def test_a_missing_state_is_a_usage_error(tmp_path: Path) -> None:
    """As for any file of weights."""
    with pytest.raises(UsageError, match="is not there"):
        TrainingState.load(tmp_path / "state.pt")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": "datatools-student"}, "'datatools-student'"),
        ({"version": 0}, "version 0"),
        ({"run": None}, "holds no run"),
        ({"run": {"history": []}}, "best"),
        ({"run": {"history": [], "best": None, "speed": 1}}, "speed"),
        ({"run": {"history": [{"epoch": 1}], "best": None}}, "phase"),
    ],
)
def test_a_file_that_is_no_state_is_refused(tmp_path: Path, change: dict[str, object], said: str) -> None:
    """The message says what came."""
    TrainingState(fingerprint="f").save(tmp_path / "state.pt")
    found = checkpoint.read(tmp_path / "state.pt")
    checkpoint.write(tmp_path / "state.pt", found | change)
    with pytest.raises(WeightsError, match=said):
        TrainingState.load(tmp_path / "state.pt")


def test_the_state_before_the_newest_is_kept(tmp_path: Path) -> None:
    """Whole, and nothing else beside it."""
    path = tmp_path / "state.pt"
    for epoch in (1, 2, 3):
        TrainingState(fingerprint="f", epoch=epoch).save(path)
    found = [TrainingState.load(each).epoch for each in (state_before(path), path)]
    assert (found, len(list(tmp_path.iterdir()))) == ([2, 3], 2)


@pytest.mark.parametrize("has_links", [True, False])
def test_a_full_disk_leaves_both_states(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_links: bool
) -> None:
    """And a kill between the two writes, too."""
    path = tmp_path / "state.pt"
    TrainingState(fingerprint="f", epoch=1).save(path)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        if not has_links:
            patch.setattr("os.link", full)
        for _ in range(2):
            with pytest.raises(OSError, match="No space left"):
                TrainingState(fingerprint="f", epoch=2).save(path)
    assert [TrainingState.load(each).epoch for each in (state_before(path), path)] == [1, 1]
    TrainingState(fingerprint="f", epoch=2).save(path)
    assert [TrainingState.load(each).epoch for each in (state_before(path), path)] == [1, 2]
    assert len(list(tmp_path.iterdir())) == 2


def test_a_run_goes_on_with_the_pictures_that_it_began_with() -> None:
    """Others that cannot be read would make another run of it."""
    state = TrainingState(fingerprint="f")
    state.leave_out(["b"])
    state.leave_out(["b"])
    with pytest.raises(DataError, match=r"2 could be read then and cannot now.*\(a, b\)"):
        state.leave_out(["a"])
