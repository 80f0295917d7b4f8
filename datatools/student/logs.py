"""How is a training run watched: a table for people, events for TensorBoard."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter

from datatools import tables
from datatools.student.state import EpochRow

_CURVES = ("loss", "val_iou", "lr")


def write_history(path: Path, history: Sequence[EpochRow]) -> None:
    """Write one line an epoch as CSV, whole or not at all."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [f.name for f in fields(EpochRow)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(row) for row in history)
    tables.write_bytes(path, text.getvalue().encode())


class EventLog:
    """TensorBoard's curves of a run: ``tensorboard --logdir FOLDER`` shows them.

    A resumed run hides what a stopped one wrote beyond its last saved epoch.
    """

    def __init__(self, folder: Path, n_epochs_done: int) -> None:
        self._writer = SummaryWriter(str(folder), purge_step=n_epochs_done + 1)

    def epoch(self, row: EpochRow) -> None:
        """Add one epoch to the curves, at once."""
        for curve in _CURVES:
            self._writer.add_scalar(f"{row.phase}/{curve}", getattr(row, curve), row.epoch)
        self._writer.flush()

    def close(self) -> None:
        """Finish the file."""
        self._writer.close()
