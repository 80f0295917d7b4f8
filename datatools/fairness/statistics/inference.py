"""Which gaps between groups of people are real, which are negligible, and which cannot be told?

The statistics of one axis: each group's value, its gap to everybody else, and the largest gap between
groups. How a gap is tested and bounded is told by ``pivots``.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from datatools.fairness.estimates import Comparison, Estimate, Spread, Verdict
from datatools.fairness.statistics import power
from datatools.fairness.statistics.intervals import LEVEL, estimate, value_interval
from datatools.fairness.statistics.pivots import Pivot, Two, pivot
from datatools.fairness.statistics.resampling import Sample, Statistics
from datatools.fairness.statistics.scales import Bounds

_UNBOUNDED = (-np.inf, np.inf)
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Rules:
    """How gaps are judged."""

    margin: float  # a smaller gap is negligible
    alpha: float  # the chance of one false gap or more in the whole family; and of a false equivalence
    correction: Literal["holm", "bh"] = "holm"  # what decides; bh: alpha is the share of false gaps instead


@dataclass(frozen=True, slots=True)
class Draws:
    """How often people are drawn: for intervals, and for tests."""

    n_bootstrap: int
    n_permutations: int
    seed: int


@dataclass(frozen=True, slots=True, eq=False)
class Resampled:
    """The groups' statistics as seen, over resamples of people, and over dealt labels."""

    seen: Statistics  # (n_groups,)
    drawn: Statistics  # (n_bootstrap, n_groups)
    dealt: Statistics  # (n_permutations, n_groups)
    n_people: tuple[int, ...]
    pivots: tuple[Pivot, ...]  # each group's gap to everybody else


@dataclass(frozen=True, slots=True)
class Contrast:
    """One group's value and its gap to everybody else, before the family of comparisons is known."""

    value: Estimate
    gap: Estimate
    is_negligible: bool  # two one-sided tests at the margin
    p_value: float | None  # None where a standard error is undefined
    se: float
    rest_se: float
    n_people: int
    n_rest: int
    level: float | None  # the rest's value, of a metric between 0 and 1


def n_permutations(n_replicates: int, n_comparisons: int, alpha: float) -> int:
    """Give the permutations needed so that the smallest possible p-value survives Holm's correction."""
    # The smallest p-value is 2 / (n + 1): times all comparisons, that is half of alpha.
    return max(n_replicates, math.ceil(4 * n_comparisons / alpha))


def resample(sample: Sample, draws: Draws) -> Resampled:
    """Draw and deal the people of a sample; the same seed gives the same draws, whatever else is done."""
    boots, labels = (np.random.default_rng([draws.seed, stream]) for stream in (0, 1))
    seen = sample.observed()
    drawn = sample.bootstrap(draws.n_bootstrap, boots)
    dealt = sample.permute(draws.n_permutations, labels)
    return against_rest(seen, drawn, dealt, tuple(int(n) for n in sample.n_people), sample.bounds)


def against_rest(
    seen: Statistics, drawn: Statistics, dealt: Statistics, n_people: tuple[int, ...], bounds: Bounds
) -> Resampled:
    """Hold each group of ``n_people`` against everybody else."""
    pivots = [
        pivot(
            _with_rest(seen, group),
            _with_rest(drawn, group),
            _with_rest(dealt, group),
            (n, sum(n_people) - n),
            bounds,
        )
        for group, n in enumerate(n_people)
    ]
    return Resampled(seen, drawn, dealt, n_people, tuple(pivots))


def _with_rest(found: Statistics, group: int) -> Two:
    value, se, gap, gap_se = (array[..., group] for array in (found.value, found.se, found.gap, found.gap_se))
    return Two(value, se, value - gap, np.sqrt(np.maximum(gap_se**2 - se**2, 0.0)))


def contrasts(found: Resampled, bounds: Bounds, n_images: Sequence[int], rules: Rules) -> list[Contrast]:
    """Estimate every group and its gap to everybody else, in the groups' order.

    Args:
        found: the groups' statistics.
        bounds: what the metric can be at least and at most.
        n_images: each group's number of pictures.
        rules: how gaps are judged.
    """
    return [_contrast(found, group, bounds, n_images, rules) for group in range(len(found.n_people))]


def _contrast(
    found: Resampled, group: int, bounds: Bounds, n_images: Sequence[int], rules: Rules
) -> Contrast:
    seen, drawn = _with_rest(found.seen, group), found.drawn
    value, se = float(seen.own), float(seen.own_se)
    n_people, n_all = found.n_people[group], sum(found.n_people)
    own = value_interval(value, se, drawn.value[:, group], drawn.se[:, group], n_people, bounds)
    estimated = estimate(value, own, bounds, n_images[group], n_people)
    sizes = (n_people, n_all - n_people)
    return contrast_of(found.pivots[group], seen, estimated, sizes, sum(n_images), bounds, rules)


def contrast_of(
    at: Pivot,
    seen: Two,
    value: Estimate,
    n_people: tuple[int, int],
    n_images: int,
    bounds: Bounds,
    rules: Rules,
) -> Contrast:
    """Put together what is known of a gap.

    Args:
        at: the gap's statistic and its references.
        seen: both groups' values; scalars.
        value: the first group's own.
        n_people: of the two groups.
        n_images: of both together.
        bounds: what the metric can be at least and at most.
        rules: how gaps are judged.
    """
    low, high = at.interval(1 - 2 * rules.alpha)
    return Contrast(
        value=value,
        gap=estimate(float(seen.gap), at.interval(LEVEL), _UNBOUNDED, n_images, sum(n_people)),
        is_negligible=-rules.margin < low and high < rules.margin,
        p_value=at.p_value(),
        se=float(seen.own_se),
        rest_se=float(seen.other_se),
        n_people=n_people[0],
        n_rest=n_people[1],
        level=float(seen.other) if bounds == (0.0, 1.0) else None,
    )


def spread(found: Resampled, shown: NDArray[np.bool_]) -> Spread:
    """Give the largest gap between two shown groups (n_groups,), and test whether any group differs.

    The largest of several gaps is positive even where groups are alike, so it stands beside the one
    expected then. Its p-value is that of the most surprising group (minP, Westfall & Young 1993): the
    raw gap would mostly test the smallest group, whose value strays furthest by chance.
    """
    if shown.sum() < 2:
        return Spread(gap=None, expected_under_null=None, p_value=None)
    gap, gaps = np.ptp(found.seen.value[shown]), np.ptp(found.dealt.value[:, shown], axis=-1)
    tested = [pivot for pivot, is_shown in zip(found.pivots, shown, strict=True) if is_shown]
    p_values = [p for p in (pivot.p_value() for pivot in tested) if p is not None]
    p_value = None
    if p_values:
        # Rounded, so that deals that give the same groups again are ties.
        dealt = np.round(np.stack([pivot.dealt for pivot in tested], axis=1), 9)
        at_most = stats.rankdata(dealt, method="max", axis=0)
        at_least = len(dealt) + 1 - stats.rankdata(dealt, method="min", axis=0)
        rarest = np.minimum(1.0, 2 * np.minimum(at_most, at_least).min(axis=1) / len(dealt))
        n_as_rare = np.sum(rarest <= min(p_values) + _ROUNDING)
        p_value = float(1 + n_as_rare) / (len(dealt) + 1)  # the data are one of the deals
    return Spread(gap=float(gap), expected_under_null=float(gaps.mean()), p_value=p_value)


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values for a family of comparisons (Holm 1979)."""
    order = np.argsort(p_values, kind="stable")
    m = len(p_values)
    adjusted = np.empty(m)
    worst = 0.0
    for place, index in enumerate(order):
        worst = max(worst, min(1.0, (m - place) * p_values[index]))
        adjusted[index] = worst
    return [float(p) for p in adjusted]


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values so that those under q hold a share of at most q false gaps on average (1995)."""
    order = np.argsort(p_values, kind="stable")[::-1]
    m = len(p_values)
    adjusted = np.empty(m)
    best = 1.0
    for place, index in enumerate(order):
        best = min(best, p_values[index] * m / (m - place))
        adjusted[index] = best
    return [float(p) for p in adjusted]


def judge(
    contrast: Contrast, p_holm: float | None, p_bh: float | None, rules: Rules, n_comparisons: int
) -> Comparison:
    """Give the verdict on one contrast.

    A gap that is certain but certainly smaller than the margin is ``equivalent``: that is what a
    margin says.
    """
    detectable, needed = None, None
    if contrast.p_value is not None:
        sizes = (contrast.se, contrast.rest_se, contrast.n_people, contrast.n_rest)
        strictest = rules.alpha / max(1, n_comparisons)  # Holm's first step
        found = power.detectable_gap(*sizes, alpha=strictest, level=contrast.level)
        if math.isfinite(found):
            detectable, needed = found, power.people_needed(contrast.n_people, found, rules.margin)
    deciding = p_holm if rules.correction == "holm" else p_bh
    verdict: Verdict = "insufficient data"
    if contrast.is_negligible:
        verdict = "equivalent"
    elif deciding is not None and deciding < rules.alpha:
        verdict = "gap"
    return Comparison(
        gap=contrast.gap,
        p_value=contrast.p_value,
        p_holm=p_holm,
        p_bh=p_bh,
        detectable_gap=detectable,
        people_needed=needed,
        verdict=verdict,
    )
