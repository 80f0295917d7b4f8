"""How does the data in the workspace become a trained student?

Learns from the train split, chooses by the val split, never looks at the test split. A run that was
stopped goes on when the same command is given again, and ends with the same weights.

Example::

    datatools train --workspace ws --recipe short --name student
"""

import os
from collections.abc import Sequence
from dataclasses import replace
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
    from datatools.fairness.who.membership import Membership
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

    begin_with: str | None = None
    """A file of weights to begin with instead of random ones, or extremec3net: those of the package."""

    targets: Targets = "best"
    """Which masks to learn: generated, reference, or the best there is of each picture."""

    composites: bool = True
    """Learn from composites too, where `compose` made some; --no-composites leaves them out."""

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

    group_by: list[str] | None = None
    """What makes groups of people, named as in audit --attributes; several are crossed. Nothing is guessed:
    pictures of unknown group stay in. Without more settings it gives validation curves by group."""

    sampler: Literal["plain", "balanced", "inverse_frequency"] | None = None
    """How often groups are shown: as often as they are, equally often, or half-way; else the recipe's."""

    generated_share: float | None = Field(default=None, ge=0, le=1)
    """Share of the pictures shown whose mask the toolkit made, instead of the recipe's."""

    robust: Literal["none", "dro", "febs"] | None = None
    """What a group of large loss counts: group DRO or fair error-bound scaling, instead of the recipe's."""

    choose_by: Literal["mean", "worst_group"] | None = None
    """What the best epoch is chosen by on the val split, instead of the recipe's."""

    min_people: int | None = Field(default=None, ge=1)
    """Groups of fewer people are left out of all of these, instead of the recipe's number."""

    patience: int | None = Field(default=None, ge=1)
    """End a phase after so many epochs without a better one, instead of the recipe's number."""

    precision: Literal["auto", "fp32", "bf16", "fp16"] | None = None
    """Numbers to compute in; auto is float32 on a CPU. The recipe's if not given."""

    deterministic: bool = False
    """Let a GPU give the same weights every time, at some cost; a CPU always does."""

    loggers: list[str] = Field(default=["tensorboard"])
    """Where curves go besides history.csv: tensorboard, mlflow (a folder), wandb (offline).
    In datatools.toml [] is nowhere."""

    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where to train; auto is a GPU where there is one."""

    workers: int | None = Field(default=None, ge=1)
    """Threads that prepare pictures; as many as there are cores when not given."""

    restart: bool = False
    """Throw away what a run with other data or settings left under this name."""


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Train a student, or go on with a run that was stopped.

    Raises:
        UsageError: no splits, no such network or weights, too few pictures, a setting that does not fit,
            or a model of this name that was trained on other data or with other settings.
        TooManyFailuresError: most pictures or masks cannot be read.
        DataError: the loss is no longer a number.
    """
    from datatools.fairness.card_figures import describer
    from datatools.student import lessons
    from datatools.student.beginning import beginning

    workspace.require()
    for name in settings.loggers:
        plugins.module("loggers", name)
    recipe = recipe_of(settings)
    groups = _groups(workspace, settings, recipe)
    has_mattes = recipe.loss.matte_frac > 0
    items, n_without = lessons.lessons(
        workspace,
        settings.targets,
        settings.limit,
        has_mattes=has_mattes,
        has_composites=settings.composites,
    )
    architecture, begun = plugins.build("networks", settings.network), None
    if settings.begin_with is not None:
        architecture, begun = beginning(settings.begin_with, architecture, recipe)
    course = lessons.Course(
        name=settings.name,
        lessons=items,
        n_without=n_without,
        targets=settings.targets,
        recipe=recipe,
        architecture=architecture,
        begins_with=None if begun is None else begun.sha256,
        beginning=begun,
        describe=describer(workspace, settings.group_by or (), settings.seed),
        seed=settings.seed,
        device=settings.device,
        workers=settings.workers or os.cpu_count() or 1,
        stop_after_s=None if settings.minutes is None else settings.minutes * 60,
        group_names=groups.names,
        group_of=groups.group_of,
        loggers=tuple(settings.loggers),
        is_deterministic=settings.deterministic,
    )
    result = lessons.attend(workspace, course, STAGE, settings, progress, restart=settings.restart)
    if not settings.group_by:
        return result
    of_learned = [groups.of(item.sample.sample_id) for item in items if item.split == "train"]
    return replace(result, notes=[*result.notes, _count_note(settings.group_by, groups.names, of_learned)])


def _groups(workspace: Workspace, settings: Settings, recipe: "Recipe") -> "Membership":
    from datatools.fairness.who.membership import membership

    if recipe.uses_groups() and not settings.group_by:
        raise UsageError(
            f"the recipe {recipe.name}, or --sampler, --robust or --choose-by, treats groups of people "
            "apart: say with --group-by what makes them, as in --group-by perceived_gender"
        )
    return membership(workspace, settings.group_by or ())


def _count_note(attributes: Sequence[str], names: Sequence[str], groups: Sequence[int]) -> str:
    """Say how many pictures to learn from each group has."""
    counts = ", ".join(f"{name} {groups.count(place)}" for place, name in enumerate(names))
    return (
        f"Pictures to learn from, by {' x '.join(attributes)}: {counts}; of unknown group {groups.count(-1)}."
    )


def recipe_of(settings: Settings) -> "Recipe":
    """Give the recipe with what the settings change. Raises UsageError where a value does not fit."""
    from datatools.student import recipe as recipes

    recipe = recipes.read(settings.recipe)
    if settings.size_px is not None:
        recipe = recipe.resized(settings.size_px)
    if settings.epoch_pictures is not None:
        recipe = recipe.model_copy(update={"epoch_pictures": settings.epoch_pictures})
    recipe = recipe.with_values(
        {
            "sampling": {"sampler": settings.sampler, "generated_share": settings.generated_share},
            "robust": {"method": settings.robust},
            "choice": {
                "by": settings.choose_by,
                "min_people": settings.min_people,
                "patience": settings.patience,
            },
        },
        precision=settings.precision,
    )
    return recipe.changed(
        epochs_coarse=settings.epochs_coarse,
        epochs_whole=settings.epochs_whole,
        batch=settings.batch,
        lr=settings.lr,
    )
