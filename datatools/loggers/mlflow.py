"""MLflow's curves of a run: in the model's folder, or on the server that MLFLOW_TRACKING_URI names.

``MLFLOW_ALLOW_FILE_STORE=true mlflow ui --backend-store-uri WS/models/NAME/log/mlruns`` shows them.
"""

import os
from collections.abc import Mapping
from pathlib import Path

# Read when MLflow is imported: it tells its makers nothing. And a folder, which needs no server and no
# database, is meant: MLflow 3 refuses one unless told so.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")

from mlflow import MlflowClient  # after what it reads

from datatools import tables
from datatools.loggers import curves
from datatools.student.state import EpochRow

_EXPERIMENT = "datatools"


class MLflow:
    """One MLflow run, which goes on under its id after a stop."""

    name = "mlflow"

    def __init__(self, folder: Path, run: str, settings: Mapping[str, object], n_epochs_done: int) -> None:
        store = (folder / "log" / "mlruns").resolve().as_uri()
        self._client = MlflowClient(tracking_uri=os.environ.get("MLFLOW_TRACKING_URI", store))
        kept = folder / "log" / "mlflow-run"
        if n_epochs_done and kept.exists():
            self._run_id = kept.read_text("utf-8")
            self._client.set_terminated(self._run_id, "RUNNING")
            return
        found = self._client.get_experiment_by_name(_EXPERIMENT)
        experiment = self._client.create_experiment(_EXPERIMENT) if found is None else found.experiment_id
        self._run_id = self._client.create_run(experiment, run_name=run).info.run_id
        tables.write_bytes(kept, self._run_id.encode())
        for name, value in settings.items():
            self._client.log_param(self._run_id, name, value)

    def epoch(self, row: EpochRow) -> None:
        for name, value in curves(row).items():
            self._client.log_metric(self._run_id, name, value, step=row.epoch)

    def close(self) -> None:
        self._client.set_terminated(self._run_id)


build = MLflow
