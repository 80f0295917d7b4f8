"""Which confounder explains how much of a raw gap?

The part of a confounder is the gap in it, times what it does to the metric when all others are held
(Gelbach 2016, equation 7). The parts do not depend on an order and add up to raw minus adjusted. Their
errors are the jackknife's over people, exact and without refitting.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from datatools.fairness.estimates import Interval
from datatools.fairness.statistics.clustered import Clusters, Regression
from datatools.fairness.statistics.intervals import LEVEL
from datatools.fairness.statistics.people import Floats
from datatools.fairness.why.conditioning import Design
from datatools.fairness.why.why_result import Part


@dataclass(frozen=True, slots=True, eq=False)
class Decomposition:
    """What the confounders explain together, and each."""

    explained: Interval
    parts: list[Part]


def decompose(
    full: Regression, made: Design, is_in: NDArray[np.bool_], clusters: Clusters, dof: float
) -> Decomposition:
    """Split raw minus adjusted into one part for each confounder.

    Args:
        full: of the metric on intercept, group and the design's columns, in this order.
        made: the confounders' columns.
        is_in: (n_images,), the pictures of the group.
        clusters: which pictures show the same person.
        dof: of the raw gap: how many people its error stands on.
    """
    gaps, gaps_without = _gaps(made.columns, is_in, clusters)
    belongs = made.owner[:, None] == np.arange(len(made.names))[None, :]  # (k, n_confounders)
    parts = (gaps * full.coefficients[2:]) @ belongs
    parts_without = (gaps_without * full.without_each()[:, 2:]) @ belongs  # (n_people, n_confounders)
    return Decomposition(
        _interval(float(parts.sum()), parts_without.sum(axis=1), dof),
        [
            Part(confounder=name, explained=_interval(float(part), without, dof))
            for name, part, without in zip(made.names, parts, parts_without.T, strict=True)
        ],
    )


def _gaps(columns: Floats, is_in: NDArray[np.bool_], clusters: Clusters) -> tuple[Floats, Floats]:
    """Give each column's gap (k,), group minus rest, and the same without each person (n_people, k)."""
    found, without = np.zeros(columns.shape[1]), np.zeros((clusters.n_people, columns.shape[1]))
    for sign, side in ((1.0, is_in), (-1.0, ~is_in)):
        inside = side.astype(np.float64)[:, None]
        sums, counts = clusters.sums(columns * inside), clusters.sums(inside)
        total, n_images = sums.sum(axis=0), counts.sum()
        found += sign * total / n_images
        without += sign * (total - sums) / (n_images - counts)
    return found, without


def _interval(value: float, without: Floats, dof: float) -> Interval:
    n_people = len(without)
    se = np.sqrt((n_people - 1) / n_people * ((without - value) ** 2).sum())
    reach = float(stats.t.ppf((1 + LEVEL) / 2, dof) * se)
    return Interval(value=value, low=value - reach, high=value + reach)
