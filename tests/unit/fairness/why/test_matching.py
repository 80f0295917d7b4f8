"""The gap between people who are alike."""

import numpy as np
import pytest

from datatools.fairness.statistics.people import Floats
from datatools.fairness.why.matching import match, peers


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


def test_peers_are_alike_and_in_one_pair_each() -> None:
    """Every person of the group has a twin in the rest, far from everybody else."""
    columns = np.repeat(np.arange(12.0)[:, None] ** 2, 2, axis=0)
    is_in = np.arange(24) % 2 == 0
    found = peers(columns, is_in)
    assert sorted(found.own.tolist()) == np.flatnonzero(is_in).tolist()
    assert found.peer.tolist() == (found.own + 1).tolist()


def test_the_nearest_pairs_come_first() -> None:
    """One pair is alike, the other less."""
    columns = np.array([[0.0], [0.3], [5.0], [5.1]])
    found = peers(columns, np.array([True, False, True, False]))
    assert (found.own.tolist(), found.peer.tolist()) == ([2, 0], [3, 1])


def test_a_peer_belongs_to_the_group_as_likely() -> None:
    """Twenty of the group are where nobody of the rest is: they have no peer."""
    rng = np.random.default_rng(0)
    columns = rng.normal(size=(200, 1))
    is_in = np.arange(200) < 60
    columns[:20] += 9.0
    found = peers(columns, is_in)
    assert sorted(found.own.tolist()) == list(range(20, 60))
    assert not is_in[found.peer].any()
