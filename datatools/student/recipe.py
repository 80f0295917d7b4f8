"""How long, at which sizes, on which targets and with which learning rate is a student trained?

A recipe is a TOML file: those of datatools/student/recipes are called by name, any other by its path.
Each opens with what to expect of it, what it costs and the command that runs it.
"""

import importlib.resources
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from datatools.errors import UsageError
from datatools.outside.structured import read_toml, toml_of
from datatools.student.choice import Choice
from datatools.student.fair_loss import Robust
from datatools.student.precision import PrecisionName
from datatools.student.preprocess import Preprocessing
from datatools.student.sampling import Sampling

_FOLDER = importlib.resources.files("datatools.student") / "recipes"
_START_FRAC = 0.1  # of the highest learning rate, where the warm-up begins


class Part(BaseModel):
    """What every table of a recipe's file is: fixed, and without unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Phase(Part):
    """One round of training, at one size and on one network.

    A phase on the network of the phase before goes on with its weights, averages and optimiser; the
    whole network begins with the coarse one's best encoder.
    """

    network: Literal["coarse", "whole"] = "whole"
    """coarse: the encoder and one convolution, whose target is a quarter of the input's side."""

    size_px: int = Field(ge=32)
    """Side of the input."""

    epochs: int = Field(ge=0)

    batch: int = Field(ge=2)
    """Pictures in a step."""

    edge_kernel_px: int = Field(ge=3)
    """Side of the square that makes the boundary band, at the target's size."""

    lr: float = Field(gt=0)
    """The highest learning rate."""

    lr_end: float = Field(default=0.0, ge=0)
    """The last learning rate of a cosine."""

    warm_up_frac: float = Field(default=0.0, ge=0, lt=1)
    """Share of the phase in which a cosine's rate first rises from a tenth of ``lr``."""

    schedule: Literal["halved", "cosine"] = "cosine"
    """halved: at 1/2 and at 5/6 of the epochs."""

    @property
    def is_coarse(self) -> bool:
        """Say whether the target is a quarter of the input's side."""
        return self.network == "coarse"

    @property
    def name(self) -> str:
        """Give the phase's name in logs."""
        return self.network

    def lr_at(self, epochs_done: float) -> float:
        """Give the learning rate after so many epochs, in fractions too.

        A pure function: a resumed run needs no scheduler's state, its position is enough.
        """
        if self.schedule == "halved":
            whole_frac = math.floor(epochs_done) / self.epochs
            return float(self.lr * 0.5 ** ((whole_frac >= 1 / 2) + (whole_frac >= 5 / 6)))
        done_frac = epochs_done / self.epochs
        if done_frac < self.warm_up_frac:
            return self.lr * (_START_FRAC + (1 - _START_FRAC) * done_frac / self.warm_up_frac)
        cooling = (done_frac - self.warm_up_frac) / (1 - self.warm_up_frac)
        return self.lr_end + (self.lr - self.lr_end) * (1 + math.cos(math.pi * cooling)) / 2


class Loss(Part):
    """What is added up; see datatools/student/loss.py."""

    band: float = Field(default=0.5, ge=0)
    """Weight of the Lovász hinge on the boundary band, beside 1 of the one on the whole mask."""

    pixel: float = Field(default=0.0, ge=0)
    """Weight of the binary cross-entropy."""

    matte_frac: float = Field(default=0.0, ge=0, le=1)
    """Share of the teachers' matte in the cross-entropy's target; the rest is the mask's."""

    generated: float = Field(default=1.0, gt=0)
    """Weight of a picture whose mask the toolkit made, beside 1 of one with a mask of people."""


class Recipe(Part):
    """All that shapes a training run but the data and the seed."""

    name: str
    preprocessing: Preprocessing
    phases: tuple[Phase, ...] = Field(min_length=1)
    loss: Loss = Loss()
    sampling: Sampling = Sampling()
    robust: Robust = Robust()
    choice: Choice = Choice()

    augmentation: Literal["none", "paper", "strong"] = "paper"
    """The paper's operations, or ours as well (docs/student.md)."""

    shards: int = Field(default=1, ge=1)
    """Parts that a batch is cut into; batch norm sees one part, and parts are computed side by side."""

    average_epochs: float = Field(default=0.0, ge=0)
    """Time constant of the exponential average of the weights that is kept; 0 keeps the weights."""

    epoch_pictures: int | None = Field(default=None, ge=2)
    """Pictures that make an epoch, however many there are; None: each once."""

    precision: PrecisionName = "auto"
    """Of all but weights and loss; auto is float32 on a CPU (docs/student.md)."""

    @model_validator(mode="after")
    def _last_size_is_the_models(self) -> "Recipe":
        last = self.phases[-1]
        if last.size_px != self.preprocessing.size_px or last.is_coarse:
            raise ValueError(
                f"the last phase trains the whole network at the size it is used at, "
                f"{self.preprocessing.size_px} px; got {last.network} at {last.size_px} px"
            )
        return self

    @property
    def sizes_px(self) -> tuple[int, ...]:
        """Give the sizes that pictures are needed at, the largest first."""
        return tuple(sorted({phase.size_px for phase in self.phases}, reverse=True))

    def resized(self, size_px: int) -> "Recipe":
        """Give the recipe at another input size; every phase and its boundary band keep their share.

        Raises:
            UsageError: the size is no positive multiple of 4.
        """
        ratio = size_px / self.preprocessing.size_px
        values = self.model_dump()
        values["preprocessing"]["size_px"] = size_px
        for phase in values["phases"]:
            phase["edge_kernel_px"] = _odd(phase["edge_kernel_px"] * ratio)
            phase["size_px"] = max(32, 4 * round(phase["size_px"] * ratio / 4))
        values["phases"][-1]["size_px"] = size_px
        return Recipe.model_validate(values)

    def changed(
        self,
        *,
        epochs_coarse: int | None = None,
        epochs_whole: int | None = None,
        batch: int | None = None,
        lr: float | None = None,
    ) -> "Recipe":
        """Give the recipe with other epochs, batch or highest learning rate; None keeps it.

        Several phases of one network share its epochs as they did before; their rates keep their ratio.
        """
        values = self.model_dump()
        phases = values["phases"]
        for network, n_epochs in (("coarse", epochs_coarse), ("whole", epochs_whole)):
            those = [phase for phase in phases if phase["network"] == network]
            if n_epochs is not None and those:
                shares = _shares(n_epochs, [phase["epochs"] for phase in those])
                for phase, share in zip(those, shares, strict=True):
                    phase["epochs"] = share
        highest = max(phase["lr"] for phase in phases)
        for phase in phases:
            phase["batch"] = phase["batch"] if batch is None else batch
            ratio = 1.0 if lr is None else lr / highest
            phase["lr"], phase["lr_end"] = phase["lr"] * ratio, phase["lr_end"] * ratio
        return Recipe.model_validate(values)

    def with_values(self, tables: Mapping[str, Mapping[str, object]], **values: object) -> "Recipe":
        """Give the recipe with other values in its tables, and of its own; None keeps what it says."""
        found = self.model_dump()
        for name, changes in tables.items():
            found[name] |= {key: value for key, value in changes.items() if value is not None}
        return Recipe.model_validate(found | {k: v for k, v in values.items() if v is not None})

    def uses_groups(self) -> bool:
        """Say whether it matters to training who is in which group."""
        return (
            self.sampling.sampler != "plain"
            or self.robust.method != "none"
            or self.choice.by == "worst_group"
        )


def _shares(total: int, before: list[int]) -> list[int]:
    """Part a number in the ratio of others; the parts add up to it."""
    whole = sum(before) or 1
    bounds = [round(total * sum(before[: n + 1]) / whole) for n in range(len(before))]
    return [bound - last for bound, last in zip(bounds, [0, *bounds], strict=False)]


def _odd(value: float) -> int:
    """Give the odd whole number next to a value, at least 3."""
    return max(3, 2 * round((value - 1) / 2) + 1)


def names() -> list[str]:
    """List the built-in recipes."""
    return sorted(
        item.name.removesuffix(".toml") for item in _FOLDER.iterdir() if item.name.endswith(".toml")
    )


def read(name: str) -> Recipe:
    """Read a recipe: a built-in one by its name, or a TOML file by its path.

    Raises:
        UsageError: there is no such recipe, or the file is not one.
    """
    if name in names():
        values, stem = toml_of((_FOLDER / f"{name}.toml").read_bytes(), name, "a recipe"), name
    else:
        path = Path(name)
        if not path.is_file():
            raise UsageError(
                f"expected a recipe among {', '.join(names())}, or the path of a TOML file; got {name!r}"
            )
        values, stem = read_toml(path, "a recipe"), path.stem
    try:
        return Recipe.model_validate({"name": stem} | values)
    except (ValidationError, UsageError) as error:
        raise UsageError(f"{name} is no recipe: {error}") from error
