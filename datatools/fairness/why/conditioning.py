"""How do confounders become columns of a regression that need not be straight lines?

Numbers become restricted cubic splines (Harrell 2015, section 2.4.5): curved between the knots, straight
beyond them, so that a few extreme pictures do not bend the curve. How many knots depends on how many
people there are. Answers become one column for each level but the first.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datatools.fairness.statistics.people import Floats
from datatools.fairness.why.confounders import Confounder

# Quantiles of the knots by the columns that a number takes (Harrell 2015, table 2.3).
_KNOTS = {1: (), 2: (0.10, 0.5, 0.90), 3: (0.05, 0.35, 0.65, 0.95)}
_PEOPLE_PER_COLUMN = {3: 10, 2: 8, 1: 5}  # fewer, and the curve follows single people
_FLAT_FRAC = 1e-7  # of a column's length; less is left of it beside the columns before: it is their sum


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """Columns of confounders, centred, scaled and none a sum of others."""

    columns: Floats  # (n_images, k)
    owner: NDArray[np.int64]  # (k,), the place in ``names``
    names: tuple[str, ...]  # all confounders, also those without a column
    notes: tuple[str, ...]


def design(confounders: Sequence[Confounder], n_people: int) -> Design | None:
    """Make the columns of confounders that are all known; None where there are too few people for any."""
    names = tuple(confounder.name for confounder in confounders)
    for n_columns, per_column in _PEOPLE_PER_COLUMN.items():
        blocks = [_block(confounder, n_columns) for confounder in confounders]
        made = _independent(blocks, names)
        # The intercept and the group are columns as well.
        if n_people >= per_column * (made.columns.shape[1] + 2):
            return made
    return None


def _block(confounder: Confounder, n_columns: int) -> Floats:
    if confounder.level is not None:
        levels = np.unique(confounder.level)
        return np.asarray(confounder.level[:, None] == levels[None, 1:], np.float64)
    assert confounder.number is not None
    return _spline(confounder.number, n_columns)


def _spline(number: Floats, n_columns: int) -> Floats:
    """Give a number (n_images,) as a restricted cubic spline of at most ``n_columns``."""
    spread = number.std()
    if spread == 0.0:
        return np.empty((len(number), 0))
    x = (number - number.mean()) / spread
    knots = np.unique(np.quantile(x, _KNOTS[n_columns]))
    if len(knots) < 3:
        return np.asarray(x[:, None], np.float64)
    last, before = knots[-1], knots[-2]

    def cube(knot: float) -> Floats:
        return np.asarray(np.maximum(x - knot, 0.0) ** 3, np.float64)

    curved = [
        (
            cube(knot)
            - cube(before) * (last - knot) / (last - before)
            + cube(last) * (before - knot) / (last - before)
        )
        / (last - knots[0]) ** 2
        for knot in knots[:-2]
    ]
    return np.stack([x, *curved], axis=1)


def _independent(blocks: Sequence[Floats], names: tuple[str, ...]) -> Design:
    """Put blocks side by side, without columns that do not vary or that those before add up to."""
    n_images = len(blocks[0]) if blocks else 0
    basis: list[Floats] = []
    kept: list[Floats] = []
    owner: list[int] = []
    for place, block in enumerate(blocks):
        for column in block.T:
            centred = column - column.mean()
            length = float(np.linalg.norm(centred))
            if length <= _FLAT_FRAC * np.sqrt(n_images):
                continue
            scaled = centred / length * np.sqrt(n_images)
            left = scaled.copy()
            for _ in range(2):  # twice is enough (Giraud, Langou & Rozloznik 2005)
                for vector in basis:
                    left -= vector * (vector @ left)
            size = float(np.linalg.norm(left))
            if size > _FLAT_FRAC * np.sqrt(n_images):
                basis.append(left / size)
                kept.append(scaled)
                owner.append(place)
    columns = np.stack(kept, axis=1) if kept else np.empty((n_images, 0))
    without = [name for place, name in enumerate(names) if place not in owner]
    notes = [
        f"{name} does not vary, or only as other confounders do: it explains nothing." for name in without
    ]
    return Design(columns, np.array(owner, np.int64), names, tuple(notes))
