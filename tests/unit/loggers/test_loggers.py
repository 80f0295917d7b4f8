"""Each logger keeps what it was told, where its own tools find it."""

import sys
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from datatools import plugins
from datatools.errors import MissingExtraError
from tests.contract.test_loggers import watched


def test_tensorboard_shows_each_epoch_once(tmp_path: Path) -> None:
    """What a stopped run wrote beyond its last saved epoch is written over."""
    watched("tensorboard", tmp_path, 1, 3)
    watched("tensorboard", tmp_path, 3, 4)
    events = EventAccumulator(str(tmp_path / "log"))
    events.Reload()
    shown = [(event.step, round(event.value, 3)) for event in events.Scalars("whole/loss")]
    assert shown == [(1, 1.0), (2, 0.5), (3, 0.333), (4, 0.25)]
    assert "whole/val_iou_by_group/ita_deg_from_25" in events.Tags()["scalars"]


def test_mlflow_keeps_one_run_over_a_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder, with its settings."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    mlflow = pytest.importorskip("mlflow", reason="MLflow is in the extra track")
    watched("mlflow", tmp_path, 1, 2)
    watched("mlflow", tmp_path, 3, 3)
    client = mlflow.MlflowClient(tracking_uri=(tmp_path / "log" / "mlruns").as_uri())
    (run,) = client.search_runs([client.get_experiment_by_name("datatools").experiment_id])
    assert (run.info.run_name, run.info.status, run.data.params) == ("student", "FINISHED", {"seed": "0"})
    history = client.get_metric_history(run.info.run_id, "whole/val_iou_by_group/ita_deg_from_25")
    assert [(metric.step, metric.value) for metric in history] == [(1, 0.9), (2, 0.9), (3, 0.9)]


def test_wandb_stays_offline_and_keeps_its_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two offline folders of one run's id: they are one run once somebody sends them."""
    monkeypatch.delenv("WANDB_MODE", raising=False)
    pytest.importorskip("wandb", reason="Weights & Biases is in the extra track")
    watched("wandb", tmp_path, 1, 2)
    run_id = (tmp_path / "log" / "wandb-run").read_text()
    watched("wandb", tmp_path, 3, 3)
    folders = [path.name for path in (tmp_path / "log" / "wandb").glob("offline-run-*")]
    assert folders
    assert all(f"-{run_id}" in name for name in folders)


@pytest.mark.parametrize("package", ["mlflow", "wandb"])
def test_a_logger_without_its_package_names_the_command(
    package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence, before anything is trained."""
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(sys.modules, f"datatools.loggers.{package}", raising=False)
    with pytest.raises(MissingExtraError, match=rf"the package {package}.*'portrait-datatools\[track\]'"):
        plugins.module("loggers", package)
