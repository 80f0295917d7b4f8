"""Effective numbers of groups."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datatools.fairness.composition.diversity import effective, exp_shannon, inverse_simpson


def test_equal_groups_count_whole() -> None:
    """Both numbers are those of the groups, and the interval reaches it."""
    found = effective(np.array([500, 500, 500, 500]), np.random.default_rng(0))
    assert found is not None
    assert found.inverse_simpson.value == pytest.approx(4.0, abs=0.01)
    assert found.exp_shannon.value == pytest.approx(4.0, abs=0.01)
    assert found.inverse_simpson.high == found.exp_shannon.high == 4.0


def test_one_group_alone_counts_as_one() -> None:
    """Whatever other groups there could be."""
    found = effective(np.array([50, 0, 0]), np.random.default_rng(0))
    assert found is not None
    assert (found.inverse_simpson.value, found.n_groups) == (1.0, 3)


def test_large_samples_give_the_plain_formulas() -> None:
    """1 / sum of squares, and the exponential of the entropy."""
    counts = np.array([500_000, 300_000, 200_000])
    shares = counts / counts.sum()
    assert inverse_simpson(counts) == pytest.approx(1 / (shares**2).sum(), rel=1e-4)
    assert exp_shannon(counts) == pytest.approx(np.exp(-(shares * np.log(shares)).sum()), rel=1e-4)


def test_simpsons_index_has_no_bias() -> None:
    """Over samples of ten people, its reciprocal's mean is the population's sum of squares."""
    rng = np.random.default_rng(0)
    shares = np.array([0.6, 0.3, 0.1])
    drawn = rng.multinomial(10, shares, size=20_000)
    assert np.mean([1 / inverse_simpson(d) for d in drawn if (d > 1).any()]) == pytest.approx(0.46, abs=0.005)


def test_people_who_share_no_group_count_each() -> None:
    """Two people of two groups."""
    assert inverse_simpson(np.array([1, 1])) == 2.0


@pytest.mark.parametrize("counts", [[1, 0], [5], [0, 0]])
def test_too_few_people_or_groups_have_no_number(counts: list[int]) -> None:
    """One person, or one group that there can be, is not diverse or uniform."""
    assert effective(np.array(counts), np.random.default_rng(0)) is None


@given(st.lists(st.integers(0, 60), min_size=2, max_size=8).filter(lambda counts: sum(counts) > 1))
def test_the_interval_holds_the_estimate(counts: list[int]) -> None:
    """And both lie between one and the number of groups."""
    found = effective(np.array(counts), np.random.default_rng(0))
    assert found is not None
    for number in (found.inverse_simpson, found.exp_shannon):
        assert number.value is not None
        assert number.low is not None
        assert number.high is not None
        assert 1.0 <= number.low <= number.value + 1e-9
        assert number.value <= number.high <= len(counts)


def test_intervals_hold_the_truth() -> None:
    """In 93 to 97% of studies, up to the luck of 300; benchmarks/composition_calibration.py has more."""
    rng = np.random.default_rng(0)
    shares = np.array([0.4, 0.3, 0.2, 0.1])
    truth, held = 1 / (shares**2).sum(), 0
    for _ in range(300):
        found = effective(rng.multinomial(200, shares), rng)
        assert found is not None
        held += (found.inverse_simpson.low or 9) <= truth <= (found.inverse_simpson.high or 0)
    assert 0.92 <= held / 300 <= 0.98
