"""The search itself: its t, its size, its deals."""

import numpy as np
import pytest
import statsmodels.api as sm

from datatools.fairness.statistics.people import Floats
from datatools.fairness.why.slice_search import Bools, Conditions, Ints, Search, correlation, deal


def _conditions(n_images: int, n_features: int = 4, seed: int = 0) -> Conditions:
    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=(n_images, n_features))
    holds = np.concatenate([numbers <= -0.3, numbers > 0.3], axis=1)
    texts = [f"c{place} {sign}" for sign in ("low", "high") for place in range(n_features)]
    return Conditions(tuple(texts), holds, np.arange(2 * n_features))


def _search(conditions: Conditions, person: Ints, depth: int, alike: float = 0.0) -> Search:
    return Search(conditions, person, depth, alike=alike, min_people=5, min_images=5)


def _gls_t(values: Floats, inside: Bools, person: Ints, alike: float) -> float:
    """Give the same t the long way: with the whole correlation matrix, and the null's variance."""
    same = person[:, None] == person[None, :]
    inverse = np.linalg.inv(np.where(same, alike, 0.0) + (1 - alike) * np.eye(len(values)))
    ones = np.ones(len(values))
    centred = values - (ones @ inverse @ values) / (ones @ inverse @ ones)
    indicator = inside - (ones @ inverse @ inside) / (ones @ inverse @ ones)
    t = indicator @ inverse @ centred / np.sqrt(indicator @ inverse @ indicator) / centred.std()
    return float(-t)


@pytest.mark.parametrize(("of_each", "alike"), [(1, 0.0), (4, 0.5)])
def test_t_of_every_slice_is_that_of_generalised_least_squares(of_each: int, alike: float) -> None:
    """Singles, pairs and triples, against the whole correlation matrix."""
    rng = np.random.default_rng(1)
    person = np.repeat(np.arange(200 // of_each), of_each)
    conditions = _conditions(200)
    values = rng.normal(size=len(person))
    search = _search(conditions, person, 3, alike)
    found = search.rank(values, -np.inf)
    assert {len(members) for members in found.members} == {1, 2, 3}
    for members, t in list(zip(found.members, found.t, strict=True))[::25]:
        assert t == pytest.approx(_gls_t(values, search.pictures(members), person, alike))


def test_t_of_independent_pictures_is_a_regressions() -> None:
    """Up to the variance: the null's here, that of the residuals there."""
    rng = np.random.default_rng(2)
    values, conditions = rng.normal(size=200), _conditions(200)
    inside = conditions.holds[:, 0].astype(float)
    theirs = sm.OLS(values, sm.add_constant(inside)).fit()
    scale = np.sqrt((theirs.resid @ theirs.resid) / 198) / values.std()
    found = _search(conditions, np.arange(200), 1).rank(values, -np.inf)
    place = found.members.index((0,))
    assert found.t[place] == pytest.approx(-theirs.tvalues[1] * scale)


def test_slices_of_few_pictures_or_people_and_most_pictures_are_not_looked_at() -> None:
    """Four pictures, twenty of two people, and nine tenths of all: only the fourth condition is left."""
    person = np.repeat(np.arange(20), 10)
    place = np.arange(200)
    holds = np.stack([place < 4, place < 20, place < 180, place % 3 == 0], axis=1)
    conditions = Conditions(("few", "two people", "most", "third"), holds, np.arange(4))
    found = _search(conditions, person, 1).rank(np.random.default_rng(0).normal(size=200), -np.inf)
    assert found.members == ((3,),)


def test_a_triple_is_looked_at_once_and_a_family_once_in_a_slice() -> None:
    """Whichever pair it grew from."""
    rng = np.random.default_rng(0)
    found = _search(_conditions(400), np.arange(400), 3).rank(rng.normal(size=400), -np.inf)
    slices = [frozenset(members) for members in found.members]
    assert len(slices) == len(set(slices)) == found.n_looked


def test_scores_that_do_not_differ_and_no_conditions_find_nothing() -> None:
    """T is 0, not undefined."""
    conditions = _conditions(100)
    found = _search(conditions, np.arange(100), 2).rank(np.full(100, 0.9), 0.0)
    assert (found.members, found.worst, found.largest) == ((), 0.0, 0.0)
    empty = Conditions((), np.empty((100, 0), bool), np.empty(0, np.int64))
    found = _search(empty, np.arange(100), 3).rank(np.arange(100.0), 0.0)
    assert (found.members, found.worst, found.n_looked) == ((), 0.0, 0)


def test_dealing_moves_whole_people() -> None:
    """Who has as many pictures gets another's scores, together."""
    person = np.repeat(np.arange(30), 3)
    values = np.repeat(np.arange(30.0), 3) + np.tile([0.0, 0.1, 0.2], 30)
    dealt = deal(values, person, np.random.default_rng(0))
    assert sorted(dealt) == sorted(values)
    assert all(np.allclose(sorted(dealt[person == one] % 1), [0.0, 0.1, 0.2]) for one in range(30))
    assert all(len(set(np.floor(dealt[person == one]))) == 1 for one in range(30))


def test_people_of_rare_numbers_of_pictures_deal_among_each_other() -> None:
    """One of three pictures and one of two: scores go round again where they do not last."""
    person = np.array([0, 0, 0, 1, 1])
    values = np.array([1.0, 1.0, 1.0, 2.0, 2.0])
    found = {tuple(deal(values, person, np.random.default_rng(seed))) for seed in range(20)}
    assert found == {(1.0, 1.0, 1.0, 2.0, 2.0), (2.0, 2.0, 2.0, 1.0, 1.0)}


@pytest.mark.parametrize(("shared", "expected"), [(0.0, 0.0), (0.6, 0.6)])
def test_the_correlation_within_people_is_estimated(shared: float, expected: float) -> None:
    """From 500 people of four pictures."""
    rng = np.random.default_rng(0)
    person = np.repeat(np.arange(500), 4)
    values = np.sqrt(shared) * rng.normal(size=500)[person] + np.sqrt(1 - shared) * rng.normal(size=2000)
    assert correlation(values, person) == pytest.approx(expected, abs=0.05)


def test_lone_pictures_flat_scores_and_copies_have_a_correlation() -> None:
    """0, 0, and just under 1."""
    person = np.repeat(np.arange(50), 2)
    assert correlation(np.arange(50.0), np.arange(50)) == 0.0
    assert correlation(np.ones(100), person) == 0.0
    assert 0.9 < correlation(np.repeat(np.arange(50.0), 2), person) < 1.0
