"""Who clicks at random is found, and nobody else is accused."""

import numpy as np
import pytest

from datatools.fairness.labels.chance import Dependence, dependence
from datatools.fairness.labels.dawid_skene import fit
from datatools.fairness.labels.votes import Floats, Votes
from tests.unit.fairness.crowds import Crowd, confusions, crowd


def _judged(votes: Votes) -> list[Dependence]:
    return dependence(votes, fit(votes))


def _with_a_clicker(how: str, n_units: int, seed: int) -> Votes:
    """Give four annotators who look, and a fifth who does not."""
    rng = np.random.default_rng(seed)
    shares = [0.5, 0.3, 0.2]
    clicks: Floats = np.tile(
        {"evenly": [1 / 3] * 3, "as usual": shares, "one": [1.0, 0.0, 0.0]}[how], (1, 3, 1)
    )
    table = np.concatenate([confusions([0.9, 0.85, 0.8, 0.75], 3, rng), clicks])
    return crowd(n_units, shares, table, rng).votes()


@pytest.mark.parametrize("how", ["evenly", "as usual", "one"])
def test_random_clicks_are_found(how: str) -> None:
    """In at least 95% of 60 crowds of 300 units, and at most 5% of the others are accused."""
    found, accused = [], []
    for seed in range(60):
        *others, last = _judged(_with_a_clicker(how, 300, seed))
        found.append(last.verdict == "like random clicks")
        accused += [other.verdict == "like random clicks" for other in others]
    assert np.mean(found) >= 0.95
    assert np.mean(accused) <= 0.05


def test_chance_alone_is_rejected_as_rarely_as_it_says() -> None:
    """p-values of random clicks lie below 0.1 in about a tenth of the crowds, with rare values too."""
    rng = np.random.default_rng(0)
    shares = [0.85, 0.05, 0.04, 0.03, 0.03]
    below = []
    for seed in range(150):
        clicks = np.tile(np.array(shares), (1, 5, 1))
        table = np.concatenate([confusions([0.9, 0.85, 0.8], 5, rng), clicks])
        votes = crowd(150, shares, table, np.random.default_rng(seed)).votes()
        below.append(_judged(votes)[-1].p_value < 0.1)
    assert 0.03 < np.mean(below) < 0.17


def test_who_answered_little_is_not_accused() -> None:
    """Eight answers cannot tell."""
    rng = np.random.default_rng(2)
    seen = crowd(300, [0.5, 0.5], confusions([0.9, 0.85, 0.8, 0.5], 2, rng), rng)
    kept = (seen.annotator < 3) | (seen.unit < 8)
    few = Crowd(
        seen.shares, seen.confusion, seen.truth, seen.unit[kept], seen.annotator[kept], seen.value[kept]
    )
    assert _judged(few.votes())[-1].verdict == "cannot be told"


def test_who_is_reliably_wrong_does_look() -> None:
    """Always the other value: the answers depend on the picture all the same."""
    rng = np.random.default_rng(3)
    swapped = np.array([[[0.1, 0.9], [0.9, 0.1]]])
    votes = crowd(
        300, [0.5, 0.5], np.concatenate([confusions([0.9, 0.9, 0.8], 2, rng), swapped]), rng
    ).votes()
    assert _judged(votes)[-1].verdict == "tells apart"


def test_annotators_without_a_common_unit_cannot_be_told() -> None:
    """Nobody saw what the other saw."""
    rng = np.random.default_rng(4)
    seen = crowd(100, [0.5, 0.5], confusions([0.9, 0.9], 2, rng), rng)
    kept = (seen.unit < 50) == (seen.annotator == 0)
    apart = Crowd(
        seen.shares, seen.confusion, seen.truth, seen.unit[kept], seen.annotator[kept], seen.value[kept]
    )
    assert [(who.verdict, who.n_compared) for who in _judged(apart.votes())] == [("cannot be told", 0)] * 2


def test_one_of_very_many_annotators_is_found() -> None:
    """Thirty of them; nobody else is accused."""
    rng = np.random.default_rng(5)
    table = np.concatenate([confusions([0.85] * 29, 3, rng), np.full((1, 3, 3), 1 / 3)])
    *others, last = _judged(crowd(1500, [0.5, 0.3, 0.2], table, rng, 0.2).votes())
    assert last.verdict == "like random clicks"
    assert {other.verdict for other in others} == {"tells apart"}
