"""Do shrunken cells and the corrected worst group keep their promises on simulated people?

Cells of 5 to 80 people, one picture each, errors (1 - IoU) log-normal as in ``calibration``. Shrunken cells:
how often the 95% interval holds a cell's truth, averaged over cells, and the mean squared error against that
of the raw value. The worst group: how often the interval of the group that was picked holds its truth, as
seen (bootstrap-t, as if named beforehand) and corrected, and by how much the value is biased.

    python benchmarks/crossings.py --simulations 500 --seed 2
"""

import argparse
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from datatools import plugins
from datatools.fairness.estimates import Comparison, Estimate, Group
from datatools.fairness.shrinkage import towards_parts
from datatools.fairness.statistics.intervals import overall
from datatools.fairness.statistics.people import People
from datatools.fairness.who.groups import Levels
from datatools.fairness.worst import worst_of
from datatools.metrics import Metric

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# 1 - IoU of the published ExtremeC3Net weights on 150 CelebAMask portraits, as in ``calibration``.
ERROR_LOG_MEAN, ERROR_LOG_SD = -2.93, 0.78
MEAN_ERROR = float(np.exp(ERROR_LOG_MEAN + ERROR_LOG_SD**2 / 2))
SIZES = (5, 8, 12, 20, 40, 80)
CASES = {  # by how much cells differ from what their parts foretell, and the first cell alone
    "parts add up": (0.0, 0.0),
    "cells differ by 1 point": (0.01, 0.0),
    "one cell 4 points low": (0.0, 0.04),
}
SHAPES = ((2, 2), (3, 4), (5, 6), (2, 3, 3))
GROUPS: dict[str, Sequence[int]] = {
    "30/170": (30, 170),
    "10/20/40/80": (10, 20, 40, 80),
    "4 of 50": (50,) * 4,
    "12 of 5 to 80": SIZES * 2,
}
LOWS = {"alike": 0.0, "one 2 points low": 0.02, "one 8 points low": 0.08}
N_BOOTSTRAP = 400
UNIT = (0.0, 1.0)
METRIC: Metric = plugins.build("metrics", "iou_fg_image")
_UNKNOWN = Estimate(value=None, low=None, high=None, n_images=None, n_people=None)
_NOT_COMPARED = Comparison(
    gap=_UNKNOWN,
    p_value=None,
    p_holm=None,
    detectable_gap=None,
    people_needed=None,
    verdict="insufficient data",
)


def cells_of(shape: Sequence[int]) -> list[Levels]:
    """Name the cells of a crossing of so many levels of each attribute."""
    return [tuple(map(str, levels)) for levels in itertools.product(*map(range, shape))]


def draw(truth: Floats, sizes: Ints, rng: np.random.Generator) -> list[Floats]:
    """Draw the IoU of each group's people; the mean of group g is ``truth[g]``."""
    log_mean = np.log(1 - truth) - ERROR_LOG_SD**2 / 2
    return [
        1 - np.exp(mean + ERROR_LOG_SD * rng.normal(size=n))
        for mean, n in zip(log_mean, sizes.tolist(), strict=True)
    ]


def _summary(people: Sequence[Floats]) -> tuple[Floats, Floats]:
    """Give mean and standard error of each group."""
    values = np.array([own.mean() for own in people])
    return values, np.array([own.std(ddof=1) / len(own) ** 0.5 for own in people])


@dataclass(frozen=True, slots=True)
class ShrinkageTally:
    """Shares over cells and simulations."""

    coverage: float
    mse_ratio: float  # shrunken over raw
    raw_coverage: float  # Student's t
    low_coverage: float  # of the cell that was made low; of the first cell where none was


def shrinkage_tally(case: str, shape: Sequence[int], n: int, seed: int) -> ShrinkageTally:
    """Shrink the cells of ``n`` simulated data sets."""
    rng = np.random.default_rng([seed, *shape, *case.encode()])
    cells = cells_of(shape)
    spread, low = CASES[case]
    held, held_raw, held_low, squares, raw_squares = [], [], [], [], []
    for _ in range(n):
        effects = [rng.normal(0, 0.008, levels) for levels in shape]
        truth = np.array(
            [sum(e[int(level)] for e, level in zip(effects, levels, strict=True)) for levels in cells]
        )
        truth += 1 - MEAN_ERROR
        truth += np.clip(rng.normal(0, spread, len(cells)), -0.03, 0.03)
        truth[0] -= low
        truth = np.minimum(truth, 0.985)
        sizes = rng.permutation(np.resize(SIZES, len(cells)))
        values, ses = _summary(draw(truth, sizes, rng))
        found = towards_parts(cells, values, ses, sizes, UNIT)
        ends = np.array([(cell.value, cell.low, cell.high) for cell in found if cell is not None], np.float64)
        is_held = (ends[:, 1] <= truth) & (truth <= ends[:, 2])
        held.append(is_held)
        held_low.append(is_held[0])
        held_raw.append(np.abs(values - truth) <= stats.t.ppf(0.975, sizes - 1) * ses)
        squares.append((ends[:, 0] - truth) ** 2)
        raw_squares.append((values - truth) ** 2)
    return ShrinkageTally(
        float(np.mean(held)),
        float(np.mean(squares) / np.mean(raw_squares)),
        float(np.mean(held_raw)),
        float(np.mean(held_low)),
    )


@dataclass(frozen=True, slots=True)
class WorstTally:
    """Shares over simulations, and biases in the metric's unit."""

    coverage: float
    seen_coverage: float
    bias: float  # median over simulations of corrected value minus truth
    seen_bias: float
    width: float  # median
    seen_width: float


def worst_tally(groups: str, low: str, n: int, seed: int) -> WorstTally:
    """Pick and correct the worst group of ``n`` simulated data sets."""
    rng = np.random.default_rng([seed, *groups.encode(), *low.encode()])
    sizes = np.array(GROUPS[groups])
    rows = []
    for _ in range(n):
        truth = np.full(len(sizes), 1 - MEAN_ERROR)
        truth[rng.integers(len(sizes))] -= LOWS[low]
        people = draw(truth, sizes, rng)
        values, ses = _summary(people)
        picked = int(values.argmin())
        named = [
            _group(number, values[number], own if number == picked else None, rng)
            for number, own in enumerate(people)
        ]
        worst = worst_of(named, ses, sizes, UNIT)
        assert worst is not None
        ends = [
            (shown.value or 0.0, shown.low or 0.0, shown.high or 0.0)
            for shown in (worst.corrected, worst.seen)
        ]
        rows.append([(v - truth[picked], lo <= truth[picked] <= hi, hi - lo) for v, lo, hi in ends])
    found = np.array(rows, np.float64)  # (n, corrected and seen, 3)
    bias, width = np.median(found[..., 0], axis=0), np.median(found[..., 2], axis=0)
    held = found[..., 1].mean(axis=0)
    return WorstTally(*map(float, (held[0], held[1], bias[0], bias[1], width[0], width[1])))


def _group(number: int, value: float, own: Floats | None, rng: np.random.Generator) -> Group:
    """Make a group with the audit's own interval, where its people are given."""
    estimate = Estimate(value=value, low=None, high=None, n_images=None, n_people=None)
    if own is not None:
        columns = np.stack([own, np.ones(len(own))], axis=1)
        ids = tuple(map(str, range(len(own))))
        people = People(ids, np.ones(len(own), np.int64), {METRIC.name: columns})
        estimate = overall(METRIC, people, N_BOOTSTRAP, rng)
    return Group(group=str(number), estimate=estimate, comparison=_NOT_COMPARED)


def _header(*names: str) -> None:
    print(f"| {' | '.join(names)} |\n|{'---|' * len(names)}")


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    n, seed = arguments.simulations, arguments.seed
    print(f"{n} simulations each, seed {seed}; per cent\n")
    _header("cells", "truth", "holds", "... the first cell", "raw t interval holds", "squared error, of raw")
    for shape, case in itertools.product(SHAPES, CASES):
        t = shrinkage_tally(case, shape, n, seed)
        shares = (t.coverage, t.low_coverage, t.raw_coverage)
        told = " | ".join(f"{100 * share:.1f}" for share in shares)
        print(f"| {' x '.join(map(str, shape))} | {case} | {told} | {100 * t.mse_ratio:.0f} |", flush=True)
    print()
    _header("groups", "truth", "holds", "as seen", "bias", "as seen", "width", "as seen")
    for groups, low in itertools.product(GROUPS, LOWS):
        w = worst_tally(groups, low, n, seed)
        held = f"{100 * w.coverage:.1f} | {100 * w.seen_coverage:.1f}"
        biases = f"{100 * w.bias:+.2f} | {100 * w.seen_bias:+.2f}"
        widths = f"{100 * w.width:.1f} | {100 * w.seen_width:.1f}"
        print(f"| {groups} | {low} | {held} | {biases} | {widths} |", flush=True)


if __name__ == "__main__":
    main()
