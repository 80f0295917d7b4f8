"""What is to be trained, on what, and until when?"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from datatools.errors import UsageError
from datatools.student.architecture import EXTREMEC3NET, Architecture
from datatools.student.groups import Groups
from datatools.student.recipe import Recipe
from datatools.student.state import TrainingState
from datatools.student.team import ALONE, Team

Device = Literal["auto", "cpu", "cuda"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Job:
    """What to train on, and how."""

    pixels: Mapping[int, NDArray[np.uint8]]  # by size: a pack's, (n, S, S, 5)
    train: NDArray[np.int64]  # which of them to learn from
    val: NDArray[np.int64]  # which of them to judge by
    chosen_by: NDArray[np.bool_]  # which of those to choose the best epoch by
    weights: NDArray[np.float32]  # (n,), of each picture in the loss
    is_generated: NDArray[np.bool_]  # (n,), whether the toolkit made its mask
    groups: Groups
    recipe: Recipe
    seed: int
    device: torch.device
    workers: int  # threads that prepare pictures; changes nothing but the speed
    state_file: Path  # where the run's state is kept
    architecture: Architecture = EXTREMEC3NET
    team: Team = ALONE
    stop_after_s: float | None = None  # the run is left for another time when so long has passed
    is_deterministic: bool = False  # on a GPU too, where it costs time

    @property
    def n_shown(self) -> int:
        """Count the pictures that an epoch shows."""
        return self.recipe.epoch_pictures or len(self.train)


class LeftForLaterError(Exception):
    """The time given is over; all that was done is safe on disk."""


def pick_device(wanted: Device) -> torch.device:
    """Give the device to train on; ``auto`` is a GPU where there is one.

    Raises:
        UsageError: CUDA is wanted and not there.
    """
    has_cuda = torch.cuda.is_available()
    if wanted == "cuda" and not has_cuda:
        raise UsageError("expected a CUDA device, torch sees none: pass --device cpu or auto")
    return torch.device("cuda" if has_cuda and wanted != "cpu" else "cpu")


class Clock:
    """Counts the time of a run over its stops, and says when to leave it."""

    def __init__(self, state: TrainingState, stop_after_s: float | None) -> None:
        now = time.monotonic()
        self._offset = state.elapsed_s - now
        self._end = None if stop_after_s is None else now + stop_after_s

    def elapsed_s(self) -> float:
        """Give the run's time so far, stops left out."""
        return round(self._offset + time.monotonic(), 3)

    def is_over(self) -> bool:
        """Say whether the run is to be left for another time."""
        return self._end is not None and time.monotonic() >= self._end
