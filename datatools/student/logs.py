"""How is a training run watched: a table for people, and the loggers that were asked for?"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Protocol

from datatools import plugins, tables
from datatools.student.state import EpochRow

_BY_GROUP = "val_iou: "  # begins the column of a group


class Logger(Protocol):
    """A run that is being watched; the plug-ins are in datatools/loggers.

    A plug-in's ``build`` takes ``folder`` (the model's), ``run`` (its name), ``settings`` (plain values)
    and ``n_epochs_done`` (epochs of this run that were logged before a stop).
    """

    name: str

    def epoch(self, row: EpochRow) -> None:
        """Add one epoch to the curves, at once."""
        ...

    def close(self) -> None:
        """Finish what was written; the run may go on later all the same."""
        ...


def write_history(path: Path, history: Sequence[EpochRow]) -> None:
    """Write one line an epoch as CSV, whole or not at all; groups stand in columns at its end."""
    rows = []
    for epoch in history:
        row = asdict(epoch)
        groups = row.pop("val_groups")
        rows.append(row | {f"{_BY_GROUP}{name}": value for name, value in groups.items()})
    text = io.StringIO()
    columns = dict.fromkeys(name for row in rows for name in row)
    writer = csv.DictWriter(text, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    tables.write_bytes(path, text.getvalue().encode())


class Watch:
    """A run that is being watched; use it as a context."""

    def __init__(
        self,
        table: Path,
        history: Sequence[EpochRow],
        loggers: Sequence[str],
        *,
        run: str,
        settings: Mapping[str, object],
    ) -> None:
        """Open the loggers.

        Args:
            table: where to write the history.
            history: the run's, which grows with it.
            loggers: names of plug-ins.
            run: its name.
            settings: plain values that tell it from others.

        Raises:
            MissingExtraError: a logger's package is not installed.
        """
        self._table, self._history = table, history
        options = {
            "folder": table.parent,
            "run": run,
            "settings": settings,
            "n_epochs_done": len(history),
        }
        self._loggers: list[Logger] = [plugins.build("loggers", name, options) for name in loggers]

    def __enter__(self) -> "Watch":
        """Give itself."""
        return self

    def epoch(self, row: EpochRow) -> None:
        """Tell one epoch, at once."""
        write_history(self._table, self._history)
        for logger in self._loggers:
            logger.epoch(row)

    def __exit__(self, *stopped_by: object) -> None:
        """Finish what was written; the run may go on another time."""
        for logger in self._loggers:
            logger.close()
