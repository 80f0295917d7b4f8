"""People drawn again, and labels dealt to them."""

import os

import numpy as np
import pytest
from numpy.typing import NDArray

from datatools.fairness.statistics.drawing import Strata

_GROUP = np.array([2, 0, 1, 1, 0, 2, 2, 2, 1, 0, 3])
_N_REPLICATES = 20_000  # several blocks

Floats = NDArray[np.float64]


def _drawn(features: Floats, how: str, *, group: NDArray[np.int64] = _GROUP, seed: int = 0) -> Floats:
    """Give the sums (k, n_groups, n_replicates) of features that are in the people's own order."""
    strata = Strata(group)
    found = np.full((len(features), len(strata.n_people), _N_REPLICATES), np.nan)

    def keep(rows: slice, sums: Floats) -> None:
        found[:, :, rows] = sums

    draw = strata.bootstrap if how == "bootstrap" else strata.permute
    draw(features[:, strata.order], _N_REPLICATES, np.random.default_rng(seed), keep)
    return found


def test_people_are_drawn_within_their_own_group() -> None:
    """As many as the group has, nobody from elsewhere."""
    is_in = (np.arange(4)[:, None] == _GROUP).astype(float)
    expected = np.diag(np.bincount(_GROUP)).astype(float)
    assert (_drawn(is_in, "bootstrap") == expected[..., None]).all()


def test_a_person_is_drawn_once_on_average_and_varies_as_a_multinomial() -> None:
    """Of four people each has a chance of one in four, four times."""
    places = np.flatnonzero(_GROUP == 2)
    counts = _drawn(np.eye(len(_GROUP))[places], "bootstrap")[:, 2]
    assert counts.mean(axis=1) == pytest.approx(np.ones(4), abs=0.03)
    assert np.cov(counts) == pytest.approx(np.eye(4) - 0.25, abs=0.03)


def test_labels_are_dealt_so_that_everybody_is_somewhere_once() -> None:
    """Groups keep their sizes, and a person lands in each as often as the group is large."""
    counts = _drawn(np.eye(len(_GROUP)), "permute")
    assert (counts.sum(axis=1) == 1).all()
    assert (counts.sum(axis=0) == np.bincount(_GROUP)[:, None]).all()
    expected = np.tile(np.bincount(_GROUP) / len(_GROUP), (len(_GROUP), 1))
    assert counts.mean(axis=2) == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize("how", ["bootstrap", "permute"])
def test_who_is_drawn_depends_on_the_seed_alone(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither on what else is summed, nor on how many threads share the work."""
    people = np.eye(len(_GROUP))
    every = _drawn(people, how)
    assert (_drawn(people[:2], how) == every[:2]).all()
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert (_drawn(people, how) == every).all()
    assert (_drawn(people, how, seed=1) != every).any()


def test_the_last_person_of_a_large_group_stays_in_it() -> None:
    """Rounding never reaches over a group's end, whatever its place."""
    group = np.repeat([0, 1], [99_999, 3])
    is_first = (group == 0).astype(float)[None]
    strata = Strata(group)
    found: list[Floats] = []
    strata.bootstrap(is_first, 30, np.random.default_rng(0), lambda _, sums: found.append(sums))
    assert {float(total) for sums in found for total in sums[0, 0]} == {99_999.0}
    assert {float(total) for sums in found for total in sums[0, 1]} == {0.0}


@pytest.mark.parametrize("how", ["bootstrap", "permute"])
def test_what_is_the_same_for_everybody_is_not_drawn_and_still_there(how: str) -> None:
    """One picture of each person: the groups' sizes, beside what was drawn."""
    ones, values = np.ones(len(_GROUP)), np.arange(float(len(_GROUP)))
    found = _drawn(np.stack([values, 2 * ones, values]), how)
    assert (found[1] == 2 * np.bincount(_GROUP)[:, None]).all()
    assert (found[[0, 2]] == _drawn(values[None], how)).all()
