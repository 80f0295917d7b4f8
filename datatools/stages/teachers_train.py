"""How does the data in the workspace become a trained heavy teacher?

DeepLabV3+ with an SE-ResNeXt-50 encoder (28.7 million parameters), the paper's own teacher, learns from
the train split and is chosen by the val split. It takes a GPU, the extra ``smp`` and masks that people
drew; a run that was stopped goes on when the same command is given again.

Example::

    datatools teachers train --workspace ws --name deeplab --encoder-weights imagenet
"""

import os
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from datatools import plugins
from datatools.errors import UsageError
from datatools.progress import Progress
from datatools.records import StageResult
from datatools.selection import Targets
from datatools.settings import StageSettings
from datatools.workspace import Workspace

if TYPE_CHECKING:  # torch takes a second to import; `datatools --help` does without it
    from datatools.student.recipe import Recipe

STAGE = "teachers train"


class Settings(StageSettings):
    """Settings of ``teachers train``."""

    seed: int = Field(default=0, ge=0)
    """Seed of the first weights, the order of pictures and their augmentation."""

    name: str = "deeplab"
    """What the teacher is called; its folder is WS/models/NAME, and its file there is what segment takes."""

    targets: Targets = "reference"
    """Which masks to learn: reference (those that came with the data), generated, or the best of each."""

    encoder_weights: Literal["random", "imagenet"] = "random"
    """What the encoder begins with; imagenet is downloaded by segmentation-models-pytorch (110 MB)."""

    epochs: int | None = Field(default=None, ge=1)
    """Epochs, 40 when not given."""

    batch: int | None = Field(default=None, ge=2)
    """Pictures in a step, 8 when not given."""

    size_px: int | None = Field(default=None, ge=32)
    """Side of the network's input, a multiple of 16, 512 when not given."""

    lr: float | None = Field(default=None, gt=0)
    """Highest learning rate, 0.0002 when not given."""

    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where to train; auto is a GPU where there is one, with bfloat16 there."""

    workers: int | None = Field(default=None, ge=1)
    """Threads that prepare pictures; as many as there are cores when not given."""

    restart: bool = False
    """Throw away what a run with other data or settings left under this name."""


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Train the heavy teacher, or go on with a run that was stopped.

    Raises:
        MissingExtraError: segmentation-models-pytorch is not installed.
        UsageError: no splits, too few pictures, a setting that does not fit, or a model of this name
            that was trained on other data or with other settings.
        TooManyFailuresError: most pictures or masks cannot be read.
        DataError: the loss is no longer a number.
    """
    workspace.require()
    smp = plugins.module("teachers", "smp")
    from datatools.fairness.card_figures import describer
    from datatools.student import lessons

    recipe = _recipe(settings, smp.RECIPE, smp.STRIDE)
    items, n_without = lessons.lessons(workspace, settings.targets, settings.limit)
    weights = None if settings.encoder_weights == "random" else settings.encoder_weights
    course = lessons.Course(
        name=settings.name,
        lessons=items,
        n_without=n_without,
        targets=settings.targets,
        recipe=recipe,
        architecture=smp.architecture(weights),
        seed=settings.seed,
        device=settings.device,
        workers=settings.workers or os.cpu_count() or 1,
        begins_with=weights,
        describe=describer(workspace, (), settings.seed),
    )
    return lessons.attend(workspace, course, STAGE, settings, progress, restart=settings.restart)


def _recipe(settings: Settings, recipe: "Recipe", stride: int) -> "Recipe":
    if settings.size_px is not None:
        if settings.size_px % stride:
            raise UsageError(f"expected an input size that {stride} divides, got size_px {settings.size_px}")
        recipe = recipe.resized(settings.size_px)
    return recipe.changed(epochs_whole=settings.epochs, batch=settings.batch, lr=settings.lr)
