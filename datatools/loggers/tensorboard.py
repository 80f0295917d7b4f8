"""TensorBoard's curves of a run: ``tensorboard --logdir WS/models/NAME/log`` shows them.

A resumed run hides what a stopped one wrote beyond its last saved epoch.
"""

import json
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from tensorboard.summary.writer.event_file_writer import _AsyncWriterThread
from torch.utils.tensorboard import SummaryWriter

from datatools.atomic import naming
from datatools.loggers import curves
from datatools.student.state import EpochRow


class TensorBoard:
    """Event files in the model's folder."""

    name = "tensorboard"

    def __init__(self, folder: Path, run: str, settings: Mapping[str, object], n_epochs_done: int) -> None:
        self._log = folder / "log"
        self._writer = SummaryWriter(str(self._log), purge_step=n_epochs_done + 1)
        text = json.dumps({"run": run, **settings}, indent=1, default=str)
        self._writer.add_text("settings", f"```\n{text}\n```", n_epochs_done)

    def epoch(self, row: EpochRow) -> None:
        with naming(self._log):
            for name, value in curves(row).items():
                self._writer.add_scalar(name, value, row.epoch)
            self._writer.flush()

    def close(self) -> None:
        with naming(self._log):
            self._writer.close()


def _without_disks(
    told: Callable[[threading.ExceptHookArgs], object],
) -> Callable[[threading.ExceptHookArgs], object]:
    """Keep the writer's thread from printing what a full disk did to it: the next call raises the same."""

    def hook(failure: threading.ExceptHookArgs) -> None:
        if not (isinstance(failure.thread, _AsyncWriterThread) and isinstance(failure.exc_value, OSError)):
            told(failure)

    return hook


threading.excepthook = _without_disks(threading.excepthook)


build = TensorBoard
