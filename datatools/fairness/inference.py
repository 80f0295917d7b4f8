"""Which gaps between groups of people are real, which are negligible, and which cannot be told?

The statistics of one axis: each group's value, its gap to everybody else, and the largest gap between
groups. Intervals of values are studentised bootstraps of people within groups; p-values come from
dealing the labels to people at random and comparing studentised gaps, which is exact where groups are
alike and holds asymptotically where they only share their mean (Chung & Romano 2013).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from datatools.fairness import power
from datatools.fairness.estimates import Comparison, Estimate, Spread, Verdict
from datatools.fairness.intervals import LEVEL, bootstrap_t, estimate, interval, permutation_t
from datatools.fairness.people import Floats
from datatools.fairness.resampling import Sample, Statistics

_UNBOUNDED = (-np.inf, np.inf)


@dataclass(frozen=True, slots=True)
class Rules:
    """How gaps are judged."""

    margin: float  # a smaller gap is negligible
    alpha: float  # the chance of one false gap or more in the whole family; and of a false equivalence


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


def n_permutations(n_replicates: int, n_comparisons: int, alpha: float) -> int:
    """Give the permutations needed so that the smallest possible p-value survives Holm's correction."""
    # The smallest p-value is 2 / (n + 1): times all comparisons, that is half of alpha.
    return max(n_replicates, math.ceil(4 * n_comparisons / alpha))


def resample(sample: Sample, draws: Draws) -> Resampled:
    """Draw and deal the people of a sample; the same seed gives the same draws, whatever else is done."""
    boots, labels = (np.random.default_rng([draws.seed, stream]) for stream in (0, 1))
    return Resampled(
        sample.observed(),
        sample.bootstrap(draws.n_bootstrap, boots),
        sample.permute(draws.n_permutations, labels),
        tuple(int(n) for n in sample.n_people),
    )


def contrasts(
    found: Resampled, bounds: tuple[float, float], n_images: Sequence[int], rules: Rules
) -> list[Contrast]:
    """Estimate every group and its gap to everybody else, in the groups' order.

    Args:
        found: the groups' statistics.
        bounds: what the metric can be at least and at most.
        n_images: each group's number of pictures.
        rules: how gaps are judged.
    """
    return [_contrast(found, group, bounds, n_images, rules) for group in range(len(found.n_people))]


def _contrast(
    found: Resampled, group: int, bounds: tuple[float, float], n_images: Sequence[int], rules: Rules
) -> Contrast:
    seen, drawn = found.seen, found.drawn
    value, se = float(seen.value[group]), float(seen.se[group])
    gap, gap_se = float(seen.gap[group]), float(seen.gap_se[group])
    rest_se = float(np.sqrt(max(gap_se**2 - se**2, 0.0)))
    n_people, n_all = found.n_people[group], sum(found.n_people)
    sizes = (se, rest_se, n_people, n_all - n_people)
    dof = power.degrees_of_freedom(*sizes) if np.isfinite(gap_se) else np.nan
    own = bootstrap_t(value, se, drawn.value[:, group], drawn.se[:, group], n_people - 1.0)
    dealt = _studentised_gaps(found.dealt.gap[:, group], found.dealt.gap_se[:, group])

    def gap_interval(level: float) -> tuple[float, float]:
        # The wider of both at each end: the gap's own skew counts, and no interval leaves out a
        # difference of 0 that the test does not reject.
        boots = bootstrap_t(gap, gap_se, drawn.gap[:, group], drawn.gap_se[:, group], dof, level)
        return interval(gap, gap_se, boots, permutation_t(dealt, level))

    low, high = gap_interval(1 - 2 * rules.alpha)
    return Contrast(
        value=estimate(
            value,
            interval(value, se, own),
            bounds,
            n_images[group],
            n_people,
        ),
        gap=estimate(gap, gap_interval(LEVEL), _UNBOUNDED, sum(n_images), n_all),
        is_negligible=-rules.margin < low and high < rules.margin,
        p_value=_p_value(gap, gap_se, dealt),
        se=se,
        rest_se=rest_se,
        n_people=n_people,
        n_rest=n_all - n_people,
    )


def _p_value(gap: float, gap_se: float, dealt: Floats) -> float | None:
    """Test a gap against studentised gaps of dealt labels (n_permutations,), two-sided, equal tails."""
    if not np.isfinite(gap_se):
        return None
    (seen,) = _studentised_gaps(np.array([gap]), np.array([gap_se]))
    # Deals that give the same groups again are ties, whatever the rounding.
    ties = np.isclose(dealt, seen, rtol=1e-9, atol=1e-9)
    above, below = np.sum((dealt > seen) | ties), np.sum((dealt < seen) | ties)
    return float(min(1.0, 2 * (1 + min(above, below)) / (len(dealt) + 1)))


def _studentised_gaps(gaps: Floats, ses: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        t = gaps / ses
    return np.where(np.isnan(t), 0.0, t)  # 0 / 0: no gap and no spread


def spread(found: Resampled, shown: NDArray[np.bool_]) -> Spread:
    """Give the largest gap between two shown groups (n_groups,), and test whether any group differs.

    The largest of several gaps is positive even where groups are alike, so it stands beside the one
    expected then. Its p-value is that of the most surprising group (minP, Westfall & Young 1993): the
    raw gap would mostly test the smallest group, whose value strays furthest by chance.
    """
    if shown.sum() < 2:
        return Spread(gap=None, expected_under_null=None, p_value=None)
    gap, gaps = np.ptp(found.seen.value[shown]), np.ptp(found.dealt.value[:, shown], axis=-1)
    seen = _studentised_gaps(found.seen.gap[shown], found.seen.gap_se[shown])
    dealt = _studentised_gaps(found.dealt.gap[:, shown], found.dealt.gap_se[:, shown])
    # Rounded, so that deals that give the same groups again are ties.
    every = np.round(np.concatenate([seen[None], dealt]), 9)
    at_most = stats.rankdata(every, method="max", axis=0)
    at_least = len(every) + 1 - stats.rankdata(every, method="min", axis=0)
    rarest = np.minimum(at_most, at_least).min(axis=1)
    p_value = np.mean(rarest <= rarest[0])  # the data are one of the deals
    return Spread(gap=float(gap), expected_under_null=float(gaps.mean()), p_value=float(p_value))


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


def judge(contrast: Contrast, p_holm: float | None, rules: Rules, n_comparisons: int) -> Comparison:
    """Give the verdict on one contrast.

    A gap that is certain but certainly smaller than the margin is ``equivalent``: that is what a
    margin says.
    """
    detectable, needed = None, None
    if contrast.p_value is not None:
        sizes = (contrast.se, contrast.rest_se, contrast.n_people, contrast.n_rest)
        strictest = rules.alpha / max(1, n_comparisons)  # Holm's first step
        detectable = power.detectable_gap(*sizes, alpha=strictest)
        needed = power.people_needed(contrast.n_people, detectable, rules.margin)
    verdict: Verdict = "insufficient data"
    if contrast.is_negligible:
        verdict = "equivalent"
    elif p_holm is not None and p_holm < rules.alpha:
        verdict = "gap"
    return Comparison(
        gap=contrast.gap,
        p_value=contrast.p_value,
        p_holm=p_holm,
        detectable_gap=detectable,
        people_needed=needed,
        verdict=verdict,
    )
