"""A run's history is a table that people can read."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from datatools.errors import UsageError
from datatools.student.logs import Watch, write_history
from tests.unit.student.test_state import ROW


def test_groups_stand_in_columns_of_their_own(tmp_path: Path) -> None:
    """A group that an epoch has no number for leaves its cell empty."""
    path = tmp_path / "history.csv"
    write_history(path, [replace(ROW, val_groups={}), ROW])
    with path.open(newline="") as stream:
        first, second = csv.DictReader(stream)
    assert (first["val_iou: woman"], second["val_iou: woman"]) == ("", "0.7")
    assert (second["val_iou"], second["val_value"]) == ("0.75", "0.7")


def test_a_watch_writes_the_table_at_each_epoch(tmp_path: Path) -> None:
    """Whether a logger is there or not."""
    path, history = tmp_path / "history.csv", [ROW]
    with Watch(path, history, [], run="student", settings={}) as watch:
        watch.epoch(ROW)
        assert len(path.read_text().splitlines()) == 2
    assert [each.name for each in tmp_path.iterdir()] == ["history.csv"]


def test_an_unknown_logger_names_the_known_ones(tmp_path: Path) -> None:
    """Before anything is trained."""
    with pytest.raises(UsageError, match="expected one of the loggers mlflow, tensorboard, wandb"):
        Watch(tmp_path / "history.csv", [], ["tensorbord"], run="student", settings={})
