"""How long, at which size and with which learning rate is a student trained?

``paper`` is the authors' recipe as published. ``short`` is for a few minutes on two CPU cores.
"""

import math
from dataclasses import dataclass, replace
from typing import Literal

from datatools.errors import UsageError
from datatools.student import published
from datatools.student.preprocess import Preprocessing

RecipeName = Literal["paper", "short"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One of the two rounds of training: the coarse network's, then the whole network's."""

    is_coarse: bool  # the target is a quarter of the input's side
    epochs: int
    batch: int
    edge_kernel_px: int  # side of the square that makes the boundary band, at the target's size
    lr: float  # the highest
    schedule: Literal["halved", "one_cycle"]

    @property
    def name(self) -> str:
        """Give the phase's name in logs."""
        return "coarse" if self.is_coarse else "whole"

    def lr_at(self, epochs_done: float) -> float:
        """Give the learning rate after so many epochs, in fractions too.

        A pure function: a resumed run needs no scheduler's state, its position is enough.

        halved: at 1/2 and at 5/6 of the epochs. one_cycle: up from a tenth during the first fifth
        (batch norms settle), then down to a hundredth along a cosine.
        """
        done_frac = epochs_done / self.epochs
        if self.schedule == "halved":
            whole_frac = math.floor(epochs_done) / self.epochs
            return float(self.lr * 0.5 ** ((whole_frac >= 1 / 2) + (whole_frac >= 5 / 6)))
        if done_frac < _WARM_UP_FRAC:
            return self.lr * (0.1 + 0.9 * done_frac / _WARM_UP_FRAC)
        cooling = (done_frac - _WARM_UP_FRAC) / (1 - _WARM_UP_FRAC)
        return self.lr * (0.01 + 0.99 * (1 + math.cos(math.pi * cooling)) / 2)


_WARM_UP_FRAC = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """All that shapes a training run but the data and the seed."""

    name: str
    preprocessing: Preprocessing
    phases: tuple[Phase, ...]
    pixel_weight: float  # of the binary cross-entropy beside the Lovász hinge

    def resized(self, size_px: int) -> "Recipe":
        """Give the recipe at another input size; the boundary band keeps its share of the picture.

        Raises:
            UsageError: the size is no positive multiple of 4.
        """
        ratio = size_px / self.preprocessing.size_px
        phases = tuple(
            replace(phase, edge_kernel_px=_odd(phase.edge_kernel_px * ratio)) for phase in self.phases
        )
        return replace(self, preprocessing=replace(self.preprocessing, size_px=size_px), phases=phases)

    def changed(self, *, epochs: tuple[int | None, ...], batch: int | None, lr: float | None) -> "Recipe":
        """Give the recipe with other epochs (of each phase), batch or learning rate; None keeps it."""
        phases = tuple(
            replace(
                phase,
                epochs=phase.epochs if n is None else n,
                batch=phase.batch if batch is None else batch,
                lr=phase.lr if lr is None else lr,
            )
            for phase, n in zip(self.phases, epochs, strict=True)
        )
        return replace(self, phases=phases)


def _odd(value: float) -> int:
    """Give the odd whole number next to a value, at least 3."""
    return max(3, 2 * round((value - 1) / 2) + 1)


_PAPER = Recipe(
    name="paper",
    preprocessing=published.PREPROCESSING,
    phases=(
        Phase(is_coarse=True, epochs=300, batch=60, edge_kernel_px=5, lr=1e-3, schedule="halved"),
        Phase(is_coarse=False, epochs=300, batch=40, edge_kernel_px=15, lr=1e-3, schedule="halved"),
    ),
    pixel_weight=0.0,
)

# Chosen on 100 validation portraits of EG1800 with 270 to learn from, one seed each, at about 175 s of
# one core: foreground IoU 0.907 at 96 px in steps of 8, 0.889 at 128 px in steps of 16, both without the
# coarse phase. With it, as here, 0.902: no worse than one seed can tell, and closer to the paper.
_SHORT = Recipe(
    name="short",
    preprocessing=Preprocessing(
        size_px=96,
        channel_order="RGB",
        mean=(128.0, 128.0, 128.0),
        std=(64.0, 64.0, 64.0),
        divisor=1.0,
        resize="area",
    ),
    phases=(
        Phase(is_coarse=True, epochs=6, batch=8, edge_kernel_px=3, lr=4e-3, schedule="one_cycle"),
        Phase(is_coarse=False, epochs=20, batch=8, edge_kernel_px=7, lr=4e-3, schedule="one_cycle"),
    ),
    pixel_weight=1.0,
)

_RECIPES = {recipe.name: recipe for recipe in (_PAPER, _SHORT)}


def recipe(name: str) -> Recipe:
    """Give a recipe by its name.

    Raises:
        UsageError: no recipe of that name.
    """
    if name not in _RECIPES:
        raise UsageError(f"expected a recipe among {', '.join(_RECIPES)}; got {name!r}")
    return _RECIPES[name]
