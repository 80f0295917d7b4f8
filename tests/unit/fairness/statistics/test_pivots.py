"""Tests and intervals of a gap between two groups."""

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit

from datatools.fairness.statistics.people import Floats
from datatools.fairness.statistics.pivots import Pivot, Two, pivot
from datatools.fairness.statistics.scales import PLAIN

_FRACTION = (0.0, 1.0)
_N = 4000


def _two(own: float, other: float, se: float = 0.01) -> Two:
    return Two(*(np.array(number) for number in (own, se, other, se)))


def _around(two: Two, seed: int, is_null: bool = False) -> Two:
    """Give normal replicates with steady standard errors."""
    rng = np.random.default_rng(seed)
    middle = (two.own + two.other) / 2
    return Two(
        (middle if is_null else two.own) + two.own_se * rng.normal(size=_N),
        np.full(_N, two.own_se),
        (middle if is_null else two.other) + two.other_se * rng.normal(size=_N),
        np.full(_N, two.other_se),
    )


def _pivot(two: Two, bounds: tuple[float, float] = _FRACTION, drawn: Two | None = None) -> Pivot:
    return pivot(two, drawn or _around(two, 0), _around(two, 1, is_null=True), (50, 50), bounds)


def test_without_bounds_the_interval_is_the_textbooks() -> None:
    """Gap and normal quantiles, at the wider of the two references."""
    found = _pivot(_two(0.1, 0.13), (-1.0, 1.0))
    low, high = found.interval(0.95)
    half = 1.96 * 0.01 * np.sqrt(2)
    assert found.scale is PLAIN
    assert (low, high) == pytest.approx((-0.03 - half, -0.03 + half), abs=0.002)
    assert low <= -0.03 - half * 0.97


@pytest.mark.parametrize("gap", [0.0, 0.02, 0.026, 0.028, 0.03, 0.05])
def test_interval_and_test_never_contradict_each_other(gap: float) -> None:
    """Where the test does not reject, the interval holds 0."""
    found = _pivot(_two(0.94 - gap, 0.94))
    low, high = found.interval(0.95)
    assert low < high
    if (found.p_value() or 0.0) > 0.05:
        assert low <= 0 <= high


def test_the_interval_holds_the_furthest_gap_of_all_plausible_pairs() -> None:
    """As a search over pairs of values finds it."""
    found = _pivot(_two(0.85, 0.94, se=0.02))
    low, high = found.interval(0.95)
    assert found.drawn is not None
    reach = max(np.quantile(found.dealt, 0.975), np.quantile(found.drawn, 0.975))
    rng = np.random.default_rng(3)
    direction = rng.normal(size=(200_000, 2))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    own = expit(found.seen.own + reach * found.seen.own_se * direction[:, 0])
    other = expit(found.seen.other + reach * found.seen.other_se * direction[:, 1])
    assert low == pytest.approx(float((own - other).min()), abs=1e-4)
    assert high < 0


def test_the_interval_stays_between_what_gaps_can_be() -> None:
    """Even with an endless standard error."""
    low, high = _pivot(_two(0.5, 0.9, se=5.0)).interval(0.95)
    assert -1 <= low < high <= 1


def test_values_at_a_bound_are_compared_as_they_are() -> None:
    """Their log odds would be infinite."""
    perfect = Two(np.array(1.0), np.array(0.0), np.array(0.9), np.array(0.02))
    assert _pivot(perfect).scale is PLAIN


def test_groups_that_are_often_flat_are_compared_as_they_are() -> None:
    """Nearly everybody has one value, and many resamples show nothing else."""
    two = _two(0.9, 0.95)
    drawn = _around(two, 0)
    ses: Floats = np.where(np.arange(_N) % 10 == 0, 0.0, drawn.own_se)
    found = _pivot(two, drawn=Two(drawn.own, ses, drawn.other, drawn.other_se))
    assert found.scale is PLAIN


def test_students_t_takes_the_place_of_resamples_without_spread() -> None:
    """They have no t; their quantiles would be infinite."""
    two = _two(0.9, 0.95)
    flat = Two(np.full(_N, 0.9), np.zeros(_N), np.full(_N, 0.95), np.zeros(_N))
    found = pivot(two, flat, _around(two, 1, is_null=True), (5, 5), _FRACTION)
    low, high = found.interval(0.95)
    half = float(stats.t.ppf(0.975, 8)) * 0.01 * np.sqrt(2)
    assert found.drawn is None
    assert (low, high) == pytest.approx((-0.05 - half, -0.05 + half))


def test_an_undefined_spread_leaves_gap_untested() -> None:
    """One person tells no spread."""
    alone = Two(np.array(0.9), np.array(np.nan), np.array(0.95), np.array(0.01))
    found = pivot(alone, alone, alone, (1, 30), _FRACTION)
    assert found.p_value() is None
    assert np.isnan(found.interval(0.95)).all()
