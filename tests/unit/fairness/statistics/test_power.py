"""How large a gap is found, and with how many people."""

import numpy as np
import pytest
from scipy import stats

from datatools.fairness.statistics import power


def test_more_pictures_of_a_person_take_away_only_what_varies_within() -> None:
    """By hand: 3 and 4 make 5; with sixteen pictures the 4 is 1."""
    assert power.person_sd(3.0, 4.0, 1) == pytest.approx(5.0)
    assert power.person_sd(3.0, 4.0, 16) == pytest.approx(10**0.5)


def test_no_gap_is_found_as_often_as_the_test_errs_that_way() -> None:
    """Half of alpha lies on the side of a group that is worse."""
    assert power.power_of(0.0, 0.05, 0.05, 50, 50, 0.05) == pytest.approx(0.025)


def test_normal_theory_is_too_careful_for_a_small_group_that_is_worse() -> None:
    """Means of skewed errors stray downwards, not upwards, so a worse small group stands out sooner."""
    small = (0.02, 0.004, 10, 250, 0.05)
    assert power.detectable_gap(*small, level=0.93) < 0.85 * power.detectable_gap(*small)


def test_large_groups_need_what_normal_theory_says() -> None:
    """The scale and the skewness no longer matter."""
    large = (0.0015, 0.0015, 2000, 2000, 0.05)
    assert power.detectable_gap(*large, level=0.93) == pytest.approx(power.detectable_gap(*large), rel=0.05)


def test_the_detectable_gap_is_found_with_the_stated_power() -> None:
    """The two functions are each other's inverse."""
    gap = power.detectable_gap(0.01, 0.004, 40, 200, 0.01, level=0.9)
    found = power.power_of(gap, 0.01 * 40**0.5, 0.004 * 200**0.5, 40, 200, 0.01, level=0.9)
    assert found == pytest.approx(power.POWER, abs=0.02)


def test_a_metric_of_errors_is_planned_as_one_of_overlaps() -> None:
    """Only the distance from perfect counts."""
    sizes = (0.02, 0.06, 0.05, 60, 200, 0.05)
    assert power.power_of(*sizes, level=0.06) == pytest.approx(power.power_of(*sizes, level=0.94))


def test_people_without_spread_leave_no_doubt() -> None:
    """Any gap is found, and no gap is not."""
    assert power.power_of(0.01, 0.0, 0.0, 5, 5, 0.05, level=0.9) == 1.0
    assert power.power_of(0.0, 0.0, 0.0, 5, 5, 0.05, level=0.9) == 0.0


def test_no_gap_between_three_wild_people_and_the_rest_can_be_promised() -> None:
    """Even the largest possible one is missed too often."""
    assert power.detectable_gap(0.2, 0.01, 3, 100, 1e-5, level=0.9) == float("inf")


def test_power_is_as_stated() -> None:
    """A gap of the detectable size is found in about 80% of simulated studies."""
    n, sd = 40, 0.02
    se = sd / np.sqrt(n)
    gap = power.detectable_gap(se, se, n, n, 0.05)
    rng = np.random.default_rng(50)
    x, y = rng.normal(0, sd, (3000, n)), rng.normal(gap, sd, (3000, n))
    found = stats.ttest_ind(x, y, axis=1, equal_var=False).pvalue < 0.05
    assert found.mean() == pytest.approx(0.8, abs=0.03)


def test_people_needed_follow_the_square_root_law() -> None:
    """Half the detectable gap takes four times the people."""
    assert power.people_needed(10, 0.02, 0.01) == 30
    assert power.people_needed(10, 0.005, 0.01) == 0


def test_welchs_degrees_of_freedom_are_scipys() -> None:
    """And without any spread they are the pooled ones."""
    rng = np.random.default_rng(60)
    x, y = rng.normal(0.94, 0.05, 8), rng.normal(0.94, 0.02, 30)
    expected = stats.ttest_ind(x, y, equal_var=False).df
    found = power.degrees_of_freedom(float(stats.sem(x)), float(stats.sem(y)), 8, 30)
    assert found == pytest.approx(expected)
    assert power.degrees_of_freedom(0.0, 0.0, 8, 30) == 36
