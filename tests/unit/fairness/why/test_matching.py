"""The gap between people who are alike."""

import numpy as np
import pytest

from datatools.fairness.statistics.people import Floats
from datatools.fairness.why.matching import match


def _people(n: int, shift: float, seed: int = 0) -> tuple[Floats, np.ndarray]:
    rng = np.random.default_rng(seed)
    is_in = np.arange(n) < n // 3
    return rng.normal(size=(n, 2)) - shift * is_in[:, None], is_in


def test_people_who_are_alike_differ_by_the_gap_alone() -> None:
    """Scores follow the conditions without noise, and the group loses two points."""
    columns, is_in = _people(600, 0.5)
    values = 0.9 + 0.02 * columns.sum(axis=1) - 0.02 * is_in
    found = match(values, columns, is_in, np.ones(600), min_matched=5, min_used=5)
    assert found is not None
    assert found.value == pytest.approx(-0.02, abs=0.003)
    assert found.low < -0.02 < found.high
    assert not found.unbalanced.any()


def test_pictures_of_all_who_are_matched_are_counted() -> None:
    """Each person once, however often they were used."""
    columns, is_in = _people(90, 0.0)
    found = match(columns[:, 0], columns, is_in, np.full(90, 2.0), min_matched=5, min_used=5)
    assert found is not None
    assert found.n_images == 2 * (found.n_matched + found.n_used)


@pytest.mark.parametrize(("min_matched", "min_used"), [(31, 5), (5, 61), (5, 58)])
def test_too_few_matches_give_none(min_matched: int, min_used: int) -> None:
    """Thirty people against sixty, of whom some are nobody's match."""
    columns, is_in = _people(90, 1.0)
    found = match(columns[:, 0], columns, is_in, np.ones(90), min_matched=min_matched, min_used=min_used)
    assert found is None


def test_people_without_anybody_like_them_are_left_out() -> None:
    """Half of the group is far from everybody else."""
    rng = np.random.default_rng(0)
    columns = rng.normal(size=(300, 1))
    is_in = np.arange(300) < 100
    columns[:50] += 8.0
    found = match(rng.normal(size=300), columns, is_in, np.ones(300), min_matched=5, min_used=5)
    assert found is not None
    assert 40 <= found.n_matched <= 60
