"""What every logger must do, wherever its curves go."""

from pathlib import Path

import pytest

from datatools import plugins
from datatools.errors import MissingExtraError
from datatools.loggers import Logger, curves
from datatools.student.state import EpochRow

NAMES = plugins.names("loggers")


def row(epoch: int) -> EpochRow:
    """Give an epoch with groups whose names hold every kind of sign."""
    return EpochRow(
        phase="whole",
        epoch=epoch,
        size_px=96,
        n_seen=100 * epoch,
        loss=1.0 / epoch,
        val_iou=0.9,
        val_value=0.8,
        val_groups={"female x ita_deg < 25": 0.7, "ita_deg >= 25": 0.9},
        lr=1e-3,
        elapsed_s=float(epoch),
    )


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Give each logger's name whose package is here, with nothing asked of a network."""
    for variable in ("MLFLOW_TRACKING_URI", "WANDB_MODE"):
        monkeypatch.delenv(variable, raising=False)
    try:
        plugins.module("loggers", request.param)
    except MissingExtraError as error:
        pytest.skip(str(error))
    return str(request.param)


def watched(name: str, folder: Path, first: int, last: int) -> None:
    """Log epochs of a run, as one job of a run does that is stopped and goes on."""
    made: Logger = plugins.build(
        "loggers",
        name,
        {"folder": folder, "run": "student", "settings": {"seed": 0}, "n_epochs_done": first - 1},
    )
    assert made.name == name
    for epoch in range(first, last + 1):
        made.epoch(row(epoch))
    made.close()


def test_a_run_that_is_stopped_goes_on(name: str, tmp_path: Path) -> None:
    """Everything lies in the model's folder, under log."""
    watched(name, tmp_path, 1, 2)
    watched(name, tmp_path, 3, 3)
    assert [path.name for path in tmp_path.iterdir()] == ["log"]
    assert any(path.is_file() for path in (tmp_path / "log").rglob("*"))


def test_another_run_begins_anew(name: str, tmp_path: Path) -> None:
    """Under a folder of its own."""
    for each in ("first", "second"):
        watched(name, tmp_path / each, 1, 1)
        assert (tmp_path / each / "log").is_dir()


def test_curves_are_named_in_signs_that_every_logger_takes() -> None:
    """Groups under the IoU, within the phase."""
    assert curves(row(2)) == {
        "whole/loss": 0.5,
        "whole/val_iou": 0.9,
        "whole/val_value": 0.8,
        "whole/lr": 1e-3,
        "whole/val_iou_by_group/female_x_ita_deg_below_25": 0.7,
        "whole/val_iou_by_group/ita_deg_from_25": 0.9,
    }
