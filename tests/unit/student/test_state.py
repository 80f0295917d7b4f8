"""A training state survives being written and read."""

from dataclasses import asdict
from pathlib import Path

import pytest
import torch

from datatools.errors import UsageError, WeightsError
from datatools.student import checkpoint
from datatools.student.state import Best, EpochRow, TrainingState

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
