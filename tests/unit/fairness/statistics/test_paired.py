"""Paired differences are estimated over people."""

import numpy as np
import pytest

from datatools.fairness.statistics.paired import mean_difference


def test_the_value_is_the_mean_and_the_interval_holds_it() -> None:
    """Over pictures; both counts are kept."""
    differences = np.array([0.01, 0.03, -0.01, 0.02, 0.0, 0.04])
    found = mean_difference(differences, ["a", "a", "b", "c", "d", "e"], 500, np.random.default_rng(0))
    assert found.value == pytest.approx(0.015)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0.015 < found.high
    assert (found.n_images, found.n_people) == (6, 5)


def test_pictures_of_one_person_are_no_independent_evidence() -> None:
    """Every person four times: the interval is that of the people once."""
    differences = np.random.default_rng(1).normal(0.01, 0.02, 20)
    people = [str(number) for number in range(20)]
    once = mean_difference(differences, people, 2000, np.random.default_rng(0))
    often = mean_difference(
        np.repeat(differences, 4), list(np.repeat(people, 4)), 2000, np.random.default_rng(0)
    )
    assert often.low == pytest.approx(once.low, abs=1e-9)
    assert often.high == pytest.approx(once.high, abs=1e-9)


def test_one_person_has_no_interval() -> None:
    """However many pictures."""
    found = mean_difference(np.array([0.1, 0.2]), ["a", "a"], 200, np.random.default_rng(0))
    assert found.value == pytest.approx(0.15)
    assert (found.low, found.high) == (None, None)


def test_a_treatment_that_seldom_acts_has_a_bounded_interval() -> None:
    """Three changes among 24 pictures: its ends lie within the changes."""
    differences = np.zeros(24)
    differences[:3] = [0.002, 0.001, -0.001]
    found = mean_difference(differences, [str(n) for n in range(24)], 2000, np.random.default_rng(0))
    assert found.low is not None
    assert found.high is not None
    assert -0.001 < found.low < found.high < 0.002


def test_nothing_changed_is_zero_for_sure() -> None:
    """A rule that never acts has no interval to speak of."""
    found = mean_difference(np.zeros(4), ["a", "b", "c", "d"], 200, np.random.default_rng(0))
    assert (found.value, found.low, found.high) == (0, 0, 0)
