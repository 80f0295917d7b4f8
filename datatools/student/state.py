"""What must be kept of a training run, so that it can go on after a stop?

The newest state and the one before it: a file that a disk has spoilt costs minutes, not the run. What comes
of an older state is the same, to the last bit.
"""

import os
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from torch import Tensor

from datatools import tables
from datatools.errors import DataError, WeightsError
from datatools.student import checkpoint

FORMAT = "datatools-training"
FORMAT_VERSION = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochRow:
    """One line of a run's history."""

    phase: str  # coarse or whole
    epoch: int  # of the whole run, from 1
    size_px: int  # side of the input
    n_seen: int  # pictures trained on since the run began, each as often as it was shown
    loss: float  # mean over the epoch's steps
    val_iou: float  # foreground IoU per validation picture, averaged, at the network's size
    val_value: float  # what epochs are compared by (choice.py)
    lr: float  # of the epoch's last step
    elapsed_s: float  # since the run began, stops left out
    n_passed_over: int = 0  # steps whose loss was no number
    val_groups: dict[str, float] = field(default_factory=dict)  # mean IoU of each group that is large enough


@dataclass(slots=True, kw_only=True)
class Best:
    """The weights with the highest validation IoU of a phase."""

    epoch: int  # of the whole run, from 1
    value: float  # what it was chosen by (choice.py)
    values: list[float]  # IoU of each validation picture, in their order
    weights: dict[str, Tensor]


@dataclass(slots=True, kw_only=True)
class TrainingState:
    """Where a run is, and all that the next step depends on."""

    fingerprint: str  # of the data, recipe and seed: another one means another run
    shaped_by: dict[str, str] = field(default_factory=dict)  # the same, one by one, to say what differs
    phase: int = 0  # which phase is under way; as many as the recipe has: done
    epoch: int = 0  # finished epochs of the phase
    step: int = 0  # finished steps of the epoch
    loss_sum: float = 0.0  # over those that taught something
    n_passed_over: int = 0  # the others
    n_in_a_row: int = 0  # of those, up to now
    n_recoveries: int = 0  # how often weights were gone back to
    elapsed_s: float = 0.0
    history: list[EpochRow] = field(default_factory=list)
    best: Best | None = None  # of the phase under way, or of the one before it at its very beginning
    first: dict[str, Tensor] | None = None  # the weights that the phase began with
    weights: dict[str, Tensor] | None = None  # None: the phase has not begun
    optimizer: dict[str, object] | None = None  # torch's own layout
    average: dict[str, Tensor] | None = None  # exponential average of the weights, where one is kept
    n_averaged: int = 0  # steps that went into it
    n_seen: int = 0  # pictures trained on
    left_out: list[str] | None = None  # ids of pictures that could not be read; None: nobody looked yet
    group_weights: dict[str, Tensor] | None = None  # fair_loss.py's
    precision: dict[str, object] = field(default_factory=dict)  # precision.py's

    def leave_out(self, unread: Iterable[str]) -> None:
        """Note which pictures cannot be read, and make sure that they are those of the run's beginning.

        Raises:
            DataError: others could be read then.
        """
        now = sorted(unread)
        if self.left_out is None:
            self.left_out = now
        others = sorted({*self.left_out} ^ {*now})
        if others:
            raise DataError(
                f"the run began with other pictures: {len(others)} could be read then and cannot now, or the "
                f"other way round ({', '.join(others[:3])}): put them back and give the same command again, "
                "or train under another --name"
            )

    def save(self, path: Path) -> None:
        """Write the state, whole or not at all; the one that was there stays beside it."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        values["history"] = [asdict(row) for row in self.history]
        if self.best is not None:
            values["best"] = {f.name: getattr(self.best, f.name) for f in fields(self.best)}
        if path.exists():
            _keep(path, state_before(path))
        checkpoint.write(path, {"format": FORMAT, "version": FORMAT_VERSION, "run": values})

    @staticmethod
    def load(path: Path) -> "TrainingState":
        """Read what ``save`` wrote.

        Raises:
            UsageError: there is no such file.
            WeightsError: the file is broken or no training state of this version.
        """
        found = checkpoint.read(path)
        run = found.get("run")
        try:
            came = [checkpoint.repr_of(found.get(key)) for key in ("format", "version")]
            if came != [repr(FORMAT), repr(FORMAT_VERSION)]:
                raise TypeError(f"it is {came[0]} version {came[1]}")
            if not isinstance(run, dict):
                raise TypeError("it holds no run")
            values = dict(run)
            values["history"] = [EpochRow(**row) for row in values["history"]]
            if values["best"] is not None:
                values["best"] = Best(**values["best"])
            return TrainingState(**values)
        except (TypeError, KeyError) as error:
            raise WeightsError(
                f"{path} is no training state that this version can go on with: {error}"
            ) from error


def state_before(path: Path) -> Path:
    """Give the path of the state that was written before the newest."""
    return path.with_name(f"{path.stem}.before{path.suffix}")


def _keep(path: Path, before: Path) -> None:
    """Give a file a second name, in the place of what had it; at no moment is there none of either."""
    beside = before.with_name(f".{before.name}{tables.PART}")
    beside.unlink(missing_ok=True)
    try:
        os.link(path, beside)
    except OSError:  # a file system without links
        shutil.copyfile(path, beside)
    beside.replace(before)
    beside.unlink(missing_ok=True)  # where both were one file already, the rename did nothing
