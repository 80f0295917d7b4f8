"""Make training jobs that take less than a second."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from datatools.student import recipe as recipes
from datatools.student.fit import fit
from datatools.student.groups import Groups
from datatools.student.job import Job
from datatools.student.recipe import Recipe
from datatools.student.state import Best, TrainingState
from tests.pictures import draw_person

SIDE_PX = 32


def pixels(n: int) -> NDArray[np.uint8]:
    """Give packed pictures of people who all differ; uint8 (n, 32, 32, 5)."""
    made = []
    for seed in range(n):
        picture, mask = draw_person(width_px=48, height_px=64, seed=seed, centre_frac=0.4 + 0.05 * (seed % 5))
        both = np.dstack([picture, mask.array.astype(np.uint8) * 255])
        small = cv2.resize(both, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)
        made.append(np.dstack([small, small[..., 3]]))
    return np.stack(made).astype(np.uint8)


def tiny_recipe(coarse: int = 2, whole: int = 2) -> Recipe:
    """Give a recipe for 32 px pictures, four in a step."""
    return recipes.read("short").resized(SIDE_PX).changed(epochs_coarse=coarse, epochs_whole=whole, batch=4)


def tiny_job(folder: Path, *, coarse: int = 2, whole: int = 2, seed: int = 0, workers: int = 1) -> Job:
    """Give a job with nine pictures to learn from and three to choose by: two steps an epoch."""
    return Job(
        pixels={SIDE_PX: pixels(12)},
        train=np.arange(9),
        val=np.arange(9, 12),
        chosen_by=np.ones(3, np.bool_),
        weights=np.ones(12, np.float32),
        is_generated=np.zeros(12, np.bool_),
        groups=Groups.unknown(12),
        recipe=tiny_recipe(coarse, whole),
        seed=seed,
        device=torch.device("cpu"),
        workers=workers,
        state_file=folder / "checkpoint.pt",
    )


def train(job: Job) -> tuple[Best, TrainingState]:
    """Run a job from its beginning to its end."""
    state = TrainingState(fingerprint="x")
    return fit(job, state, advance=lambda: None, on_epoch=lambda _: None), state


def same_weights(first: Best, second: Best) -> bool:
    """Say whether two sets of weights are the same to the last bit."""
    return all(torch.equal(value, second.weights[name]) for name, value in first.weights.items())


def with_lr(job: Job, lr: float) -> Job:
    """Give the job at another learning rate."""
    return replace(job, recipe=job.recipe.changed(lr=lr))
