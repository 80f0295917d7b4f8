"""Intervals of a group's value."""

import numpy as np
import pytest
from scipy import stats

from datatools.fairness.statistics.intervals import bootstrap_t, estimate, interval, value_interval
from datatools.fairness.statistics.people import Floats

_FRACTION = (0.0, 1.0)


def _replicates(values: Floats, seed: int = 0) -> tuple[float, float, Floats, Floats]:
    """Give mean and standard error of people, and those of people drawn again."""
    n = len(values)
    drawn = np.random.default_rng(seed).choice(values, (4000, n))
    ses = drawn.std(axis=1, ddof=1) / np.sqrt(n)
    return float(values.mean()), float(stats.sem(values)), drawn.mean(axis=1), ses


def test_many_even_people_have_the_textbooks_interval() -> None:
    """Scale, skew and stretch no longer matter."""
    values = np.random.default_rng(1).normal(0.9, 0.02, 1000)
    mean, se, drawn, ses = _replicates(values)
    found = value_interval(mean, se, drawn, ses, 1000, _FRACTION)
    assert found == pytest.approx((mean - 1.96 * se, mean + 1.96 * se), abs=0.1 * se)


def test_skewed_scores_reach_further_towards_the_worse() -> None:
    """A few bad pictures that were not drawn would pull the mean down."""
    values = 1 - np.random.default_rng(2).lognormal(-2.9, 0.8, 30)
    value, se, drawn, ses = _replicates(values)
    low, high = value_interval(value, se, drawn, ses, 30, _FRACTION)
    assert value - low > 1.3 * (high - value)


def test_few_people_have_a_wider_interval_than_their_resamples_tell() -> None:
    """A resample of ten knows no worse picture than theirs."""
    values = np.random.default_rng(3).normal(0.5, 0.01, 10)  # where log odds bend nothing
    value, se, drawn, ses = _replicates(values)
    plain = interval(value, se, bootstrap_t(value, se, drawn, ses, 9))
    low, high = value_interval(value, se, drawn, ses, 10, _FRACTION)
    assert (high - low) / (plain[1] - plain[0]) == pytest.approx(2.262 / 1.960, abs=0.01)


@pytest.mark.parametrize(
    "values", [np.append(np.ones(9), 0.5), np.append(np.full(9, 0.8), 0.9)], ids=["perfect", "alike"]
)
def test_people_who_are_nearly_all_alike_have_students_interval(values: Floats) -> None:
    """Many resamples show no spread at all."""
    value, se, drawn, ses = _replicates(values)
    half = float(stats.t.ppf(0.975, 9)) * se
    assert value_interval(value, se, drawn, ses, 10, _FRACTION) == pytest.approx((value - half, value + half))


def test_constant_scores_leave_no_doubt() -> None:
    """The interval is the value."""
    assert value_interval(0.9, 0.0, np.full(50, 0.9), np.zeros(50), 10, _FRACTION) == (0.9, 0.9)


def test_one_person_has_no_interval() -> None:
    """The spread is not known."""
    ends = value_interval(0.9, np.nan, np.full(50, 0.9), np.full(50, np.nan), 1, _FRACTION)
    assert np.isnan(ends).all()


def test_what_is_not_finite_is_left_out_of_results() -> None:
    """And ends are cut at what the metric can be."""
    found = estimate(0.99, (-np.inf, 1.02), _FRACTION, 3, 2)
    assert (found.low, found.high) == (0.0, 1.0)
    assert estimate(np.nan, (np.nan, 0.5), _FRACTION, 0, 0).value is None
