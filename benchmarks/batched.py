"""How are thousands of simulated audits computed at once?

The audit's own statistics, for the mean IoU of pictures, with a leading axis over studies. People are drawn
and labels dealt once for a whole batch of studies, so that resampling is a matrix product. ``check`` holds
every number against the audit's own code on the same draws.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from datatools.fairness.statistics.inference import Rules, against_rest, contrasts, spread
from datatools.fairness.statistics.intervals import LEVEL
from datatools.fairness.statistics.pivots import Two
from datatools.fairness.statistics.resampling import Statistics
from datatools.fairness.statistics.scales import LOG_ODDS

BOUNDS = (0.0, 1.0)
N_ANGLES = 181

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Ends = tuple[Floats, Floats]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Studies of the same sizes; people lie group by group."""

    sizes: tuple[int, ...]
    iou: Floats  # (n_studies, n_people) sums over each person's pictures
    n_images: Floats  # (n_studies, n_people)

    @property
    def features(self) -> Floats:
        """Give (n_people, n_studies, 5): both columns and their products, centred as a whole."""
        s, w = self.iou, self.n_images
        return np.stack([s, w, s * s, s * w, w * w], axis=-1).transpose(1, 0, 2)


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """What the audits say, each array (n_studies, n_groups) unless told otherwise."""

    p_values: Floats
    any_group: Floats  # (n_studies,) the p-value beside the largest gap
    value: Ends
    gap: Ends
    narrow_gap: Ends  # at the level of two one-sided tests
    se: Floats
    rest_se: Floats


def _statistics(sums: Floats, sizes: tuple[int, ...]) -> Statistics:
    """Turn sums of features (..., n_groups, 5) into statistics (..., n_groups)."""
    n = np.array(sizes, np.float64)
    s, w, ss, sw, ww = np.moveaxis(sums, -1, 0)
    unbiased = n / (n - 1)
    moments = np.stack([ss - s * s / n, sw - s * w / n, ww - w * w / n]) * unbiased

    def value_and_se(s: Floats, w: Floats, moments: Floats) -> tuple[Floats, Floats]:
        value = s / w
        variance = moments[0] - 2 * value * moments[1] + value**2 * moments[2]
        return value, np.sqrt(np.maximum(variance, 0.0)) / w

    value, se = value_and_se(s, w, moments)
    rest, rest_se = value_and_se(
        s.sum(axis=-1, keepdims=True) - s,
        w.sum(axis=-1, keepdims=True) - w,
        moments.sum(axis=-1, keepdims=True) - moments,
    )
    return Statistics(value, se, value - rest, np.hypot(se, rest_se))


def resampled(
    batch: Batch, n_replicates: int, rng: np.random.Generator
) -> tuple[Statistics, Statistics, Statistics]:
    """Give the statistics as seen (n_studies, n_groups), drawn and dealt (n_replicates, ...)."""
    features, sizes = batch.features, batch.sizes
    n_people, n_studies, k = features.shape
    flat = features.reshape(n_people, -1)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    seen = np.add.reduceat(features, starts, axis=0).transpose(1, 0, 2)
    drawn = np.empty((n_replicates, n_studies, len(sizes), k))
    dealt = np.empty_like(drawn)
    places = rng.permuted(np.tile(np.arange(n_people), (n_replicates, 1)), axis=1)
    left = np.broadcast_to(seen.sum(axis=1), (n_replicates, n_studies, k)).copy()
    for group, (start, n) in enumerate(zip(starts, sizes, strict=True)):
        counts = rng.multinomial(n, np.full(n, 1 / n), n_replicates).astype(np.float64)
        drawn[:, :, group] = (counts @ flat[start : start + n]).reshape(n_replicates, n_studies, k)
        if group == len(sizes) - 1:
            dealt[:, :, group] = left
        else:
            has_label = ((places >= start) & (places < start + n)).astype(np.float64)
            dealt[:, :, group] = (has_label @ flat).reshape(n_replicates, n_studies, k)
            left -= dealt[:, :, group]
    return _statistics(seen, sizes), _statistics(drawn, sizes), _statistics(dealt, sizes)


def _two(found: Statistics) -> Two:
    rest_se = np.sqrt(np.maximum(found.gap_se**2 - found.se**2, 0.0))
    return Two(found.value, found.se, found.value - found.gap, rest_se).on(LOG_ODDS)


def judge(batch: Batch, found: tuple[Statistics, Statistics, Statistics], alpha: float) -> Judged:
    """Test and bound every group's gap to the rest in every study."""
    seen, drawn, dealt = (_two(statistics) for statistics in found)
    t = seen.gap / seen.gap_se
    of_labels = dealt.gap / dealt.gap_se
    of_people = (drawn.gap - seen.gap) / drawn.gap_se
    n_beyond = np.minimum((of_labels >= t).sum(axis=0), (of_labels <= t).sum(axis=0))
    p_values = np.minimum(1.0, 2 * (1 + n_beyond) / (len(of_labels) + 1))
    alone = (drawn.own - seen.own) / drawn.own_se
    n = np.array(batch.sizes)
    stretch = stats.t.ppf((1 + LEVEL) / 2, n - 1) / stats.norm.ppf((1 + LEVEL) / 2)
    low, high = stretch * np.quantile(alone, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return Judged(
        p_values=p_values,
        any_group=_any_group(of_labels, p_values),
        value=(
            LOG_ODDS.back(seen.own - high * seen.own_se),
            LOG_ODDS.back(seen.own - low * seen.own_se),
        ),
        gap=_gap_ends(seen, of_labels, of_people, LEVEL),
        narrow_gap=_gap_ends(seen, of_labels, of_people, 1 - 2 * alpha),
        se=found[0].se,
        rest_se=np.sqrt(np.maximum(found[0].gap_se ** 2 - found[0].se ** 2, 0.0)),
    )


def _any_group(of_labels: Floats, p_values: Floats) -> Floats:
    n = len(of_labels)
    ranks = of_labels.argsort(axis=0).argsort(axis=0) + 1
    rarest = np.minimum(1.0, 2 * np.minimum(ranks, n + 1 - ranks).min(axis=-1) / n)
    return (1 + (rarest <= p_values.min(axis=-1) + 1e-12).sum(axis=0)) / (n + 1)


def _gap_ends(seen: Two, of_labels: Floats, of_people: Floats, level: float) -> Ends:
    tails = [(1 - level) / 2, (1 + level) / 2]
    dealt = np.quantile(of_labels, tails, axis=0, method="inverted_cdf")
    drawn = np.quantile(of_people, tails, axis=0)
    low, high = np.minimum(dealt[0], drawn[0]), np.maximum(dealt[1], drawn[1])
    return _reach(seen, -high), _reach(seen, -low)


def _reach(seen: Two, t: Floats) -> Floats:
    quarter = np.linspace(0.0, np.pi / 2, N_ANGLES)[:, None, None]
    towards = np.arctan2(seen.other_se, seen.own_se)[None]
    angle = np.concatenate([np.broadcast_to(quarter, (N_ANGLES, *t.shape)), towards])
    own = LOG_ODDS.back(seen.own + t * seen.own_se * np.cos(angle))
    other = LOG_ODDS.back(seen.other - t * seen.other_se * np.sin(angle))
    return np.where(t > 0, (own - other).max(axis=0), (own - other).min(axis=0))


def check(
    batch: Batch,
    found: tuple[Statistics, Statistics, Statistics],
    judged: Judged,
    study: int,
    rules: Rules,
) -> None:
    """Hold one study of a batch against the audit's own code.

    Raises:
        AssertionError: they differ.
    """
    seen, drawn, dealt = (
        Statistics(*(array[..., study, :] for array in (s.value, s.se, s.gap, s.gap_se))) for s in found
    )
    own = against_rest(seen, drawn, dealt, batch.sizes, BOUNDS)
    told = contrasts(own, BOUNDS, [1] * len(batch.sizes), rules)
    np.testing.assert_allclose([c.p_value for c in told], judged.p_values[study], atol=1e-9)
    for ends, estimates in ((judged.value, [c.value for c in told]), (judged.gap, [c.gap for c in told])):
        for side, name in zip(ends, ("low", "high"), strict=True):
            np.testing.assert_allclose([getattr(e, name) for e in estimates], side[study], rtol=1e-9)
    shown = np.ones(len(batch.sizes), bool)
    np.testing.assert_allclose(spread(own, shown).p_value, judged.any_group[study], atol=1e-9)
