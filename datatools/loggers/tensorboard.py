"""TensorBoard's curves of a run: ``tensorboard --logdir WS/models/NAME/log`` shows them.

A resumed run hides what a stopped one wrote beyond its last saved epoch.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from datatools.loggers import curves
from datatools.student.state import EpochRow


class TensorBoard:
    """Event files in the model's folder."""

    name = "tensorboard"

    def __init__(self, folder: Path, run: str, settings: Mapping[str, object], n_epochs_done: int) -> None:
        self._writer = SummaryWriter(str(folder / "log"), purge_step=n_epochs_done + 1)
        text = json.dumps({"run": run, **settings}, indent=1, default=str)
        self._writer.add_text("settings", f"```\n{text}\n```", n_epochs_done)

    def epoch(self, row: EpochRow) -> None:
        for name, value in curves(row).items():
            self._writer.add_scalar(name, value, row.epoch)
        self._writer.flush()

    def close(self) -> None:
        self._writer.close()


build = TensorBoard
