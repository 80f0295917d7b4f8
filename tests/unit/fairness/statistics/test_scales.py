"""Scales on which a value's spread depends least on the value."""

import numpy as np
import pytest

from datatools.fairness.statistics.scales import LOG_ODDS, LOGARITHM, PLAIN, Scale, is_at_bound, scale_of


@pytest.mark.parametrize("scale", [PLAIN, LOG_ODDS, LOGARITHM])
def test_there_and_back_is_where_one_was(scale: Scale) -> None:
    """No value is lost."""
    values = np.array([0.001, 0.2, 0.5, 0.94, 0.999])
    there, _ = scale.of(values, np.zeros(5))
    assert scale.back(there) == pytest.approx(values)


@pytest.mark.parametrize("scale", [PLAIN, LOG_ODDS, LOGARITHM])
def test_standard_errors_follow_the_slope(scale: Scale) -> None:
    """As a small step does."""
    values = np.array([0.1, 0.5, 0.9])
    _, ses = scale.of(values, np.full(3, 1e-6))
    steps = scale.of(values + 1e-6, np.zeros(3))[0] - scale.of(values, np.zeros(3))[0]
    assert ses == pytest.approx(steps, rel=1e-4)


def test_bounds_choose_the_scale() -> None:
    """Fractions, lengths, and differences of either sign."""
    assert scale_of((0.0, 1.0)) is LOG_ODDS
    assert scale_of((0.0, np.inf)) is LOGARITHM
    assert scale_of((-1.0, 1.0)) is PLAIN


def test_perfect_scores_are_at_a_bound() -> None:
    """Their log odds would be infinite."""
    assert is_at_bound(1.0, (0.0, 1.0))
    assert is_at_bound(0.0, (0.0, np.inf))
    assert not is_at_bound(0.9999, (0.0, 1.0))
