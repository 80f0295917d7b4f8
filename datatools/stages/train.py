"""How does the data in the workspace become a trained student?

Learns from the train split, chooses by the val split, never looks at the test split. A run that was
stopped goes on when the same command is given again, and ends with the same weights.

Example::

    datatools train --workspace ws --recipe short --name student
"""

import os
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from datatools import plugins
from datatools.progress import Progress
from datatools.records import StageResult
from datatools.selection import Targets
from datatools.settings import StageSettings
from datatools.workspace import Workspace

if TYPE_CHECKING:  # torch takes a second to import; `datatools --help` does without it
    from datatools.student.recipe import Recipe

STAGE = "train"


class Settings(StageSettings):
    """Settings of the train stage."""

    seed: int = Field(default=0, ge=0)
    """Seed of the first weights, the order of pictures and their augmentation."""

    name: str = "student"
    """What the model is called; its folder is WS/models/NAME."""

    recipe: str = "short"
    """short takes minutes on two CPU cores, full is ours, paper the authors'; or the path of a TOML file."""

    network: str = "extremec3net"
    """Which network: extremec3net, sinet (half its work), lraspp (MobileNetV3-Small); see docs/student.md."""

    targets: Targets = "best"
    """Which masks to learn: generated, reference, or the best there is of each picture."""

    epochs_coarse: int | None = Field(default=None, ge=0)
    """Epochs of the coarse network, instead of the recipe's."""

    epochs_whole: int | None = Field(default=None, ge=1)
    """Epochs of the whole network, instead of the recipe's."""

    batch: int | None = Field(default=None, ge=2)
    """Pictures in a step, instead of the recipe's."""

    size_px: int | None = Field(default=None, ge=32)
    """Side of the network's input, a multiple of 4, instead of the recipe's."""

    lr: float | None = Field(default=None, gt=0)
    """Highest learning rate, instead of the recipe's."""

    epoch_pictures: int | None = Field(default=None, ge=2)
    """Pictures that make an epoch, however many there are, instead of the recipe's."""

    minutes: float | None = Field(default=None, gt=0)
    """Leave the run after so long, with exit code 1; the same command goes on. For jobs with a time limit."""

    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where to train; auto is a GPU where there is one."""

    workers: int | None = Field(default=None, ge=1)
    """Threads that prepare pictures; as many as there are cores when not given."""

    restart: bool = False
    """Throw away what a run with other data or settings left under this name."""


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Train a student, or go on with a run that was stopped.

    Raises:
        UsageError: no splits, no such network, too few pictures, a setting that does not fit, or a model
            of this name that was trained on other data or with other settings.
        TooManyFailuresError: most pictures or masks cannot be read.
        DataError: the loss is no longer a number.
    """
    from datatools.fairness.card_figures import describer
    from datatools.student import lessons

    workspace.require()
    recipe = recipe_of(settings)
    has_mattes = recipe.loss.matte_frac > 0
    items, n_without = lessons.lessons(workspace, settings.targets, settings.limit, has_mattes=has_mattes)
    course = lessons.Course(
        name=settings.name,
        lessons=items,
        n_without=n_without,
        targets=settings.targets,
        recipe=recipe,
        architecture=plugins.build("networks", settings.network),
        describe=describer(workspace, settings.seed),
        seed=settings.seed,
        device=settings.device,
        workers=settings.workers or os.cpu_count() or 1,
        stop_after_s=None if settings.minutes is None else settings.minutes * 60,
    )
    return lessons.attend(workspace, course, STAGE, settings, progress, restart=settings.restart)


def recipe_of(settings: Settings) -> "Recipe":
    """Give the recipe with what the settings change. Raises UsageError where a value does not fit."""
    from datatools.student import recipe as recipes

    recipe = recipes.read(settings.recipe)
    if settings.size_px is not None:
        recipe = recipe.resized(settings.size_px)
    if settings.epoch_pictures is not None:
        recipe = recipe.model_copy(update={"epoch_pictures": settings.epoch_pictures})
    return recipe.changed(
        epochs_coarse=settings.epochs_coarse,
        epochs_whole=settings.epochs_whole,
        batch=settings.batch,
        lr=settings.lr,
    )
