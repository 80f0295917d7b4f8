"""Whom to collect next."""

import math

import numpy as np
import pytest
from scipy import stats

from datatools.fairness.composition.composition_result import Need, Purchase
from datatools.fairness.composition.headcount import hidden_groups
from datatools.fairness.composition.labelled import Labels, crossed
from datatools.fairness.composition.shopping import (
    Spread,
    group_sds,
    half_width,
    needs,
    people_wanted,
    purchases,
)
from datatools.fairness.statistics import power
from tests.unit.fairness.composed import labels

_SPREAD = Spread(0.05, None)


def _needs(label: Labels, *, gap: float = 0.03, min_people: int = 5) -> dict[str, Need]:
    hidden = hidden_groups([label], min_people)
    return {need.group: need for need in needs([label], _SPREAD, hidden, gap, 0.05, min_people)}


def _buy(singles: list[Labels], *, target: float = 0.01, budget: int = 50, cross: int = 1) -> list[Purchase]:
    every = [*singles, *crossed(singles, cross)]
    return purchases(every, _SPREAD, hidden_groups(every, 5), target, budget, 5)


def test_the_half_width_is_students() -> None:
    """With the four people that a group borrows; nobody at all is known to half of everything."""
    found = half_width(np.array([0.05, 0.05, 0.05]), np.array([0, 10, 1000]))
    assert found[0] == 0.5
    assert found[1] == pytest.approx(stats.t.ppf(0.975, 13) * 0.05 / math.sqrt(10))
    assert found[2] == pytest.approx(1.96 * 0.05 / math.sqrt(1000), rel=0.01)


def test_the_expected_half_width_is_what_studies_show() -> None:
    """On average over 2,000 groups of 20 people, to a tenth."""
    drawn = np.random.default_rng(0).normal(0.9, 0.05, (2_000, 20))
    seen = stats.t.ppf(0.975, 19) * drawn.std(axis=1, ddof=1) / math.sqrt(20)
    assert half_width(np.array([0.05]), np.array([20]))[0] == pytest.approx(seen.mean(), rel=0.1)


def test_small_groups_borrow_the_common_spread() -> None:
    """Large ones have their own."""
    rng = np.random.default_rng(0)
    values = np.concatenate([rng.normal(0.9, 0.02, 500), rng.normal(0.9, 0.2, 3)])
    label = labels({"female": 500, "male": 3})
    sds = group_sds(label, Spread(0.05, values))
    assert sds[0] == pytest.approx(0.02, rel=0.1)
    assert 0.05 < sds[1] < 0.2
    assert group_sds(label, _SPREAD).tolist() == [0.05, 0.05]


def test_enough_people_find_the_gap_and_one_fewer_do_not() -> None:
    """With 80% power, beside a rest ten times as large."""
    n = people_wanted(0.05, 0.03, 0.05)
    assert n is not None

    def found(m: int) -> float:
        return power.detectable_gap(0.05 / math.sqrt(m), 0.05 / math.sqrt(10 * m), m, 10 * m, 0.05)

    assert found(n) <= 0.03 < found(n - 1)


def test_a_gap_that_no_number_of_people_shows_has_no_number() -> None:
    """The others are too few, or the gap is too small."""
    assert people_wanted(0.05, 1e-6, 0.05) is None
    assert _needs(labels({"female": 100, "male": 5}), gap=0.001)["female"].n_to_collect is None


def test_small_groups_need_people_and_large_ones_do_not() -> None:
    """The lack is what is missing to the number that finds the gap."""
    found = _needs(labels({"female": 500, "male": 10, "another": 0}))
    assert found["female"].n_to_collect == 0 or found["female"].n_to_collect is None
    assert (found["male"].n_to_collect or 0) > 0
    assert (found["another"].half_width, found["another"].detectable_gap) == (0.5, None)
    assert (found["male"].narrowing_per_person or 0) > (found["female"].narrowing_per_person or 0)


def test_hidden_groups_tell_multiples_alone() -> None:
    """How many they are does not follow from how many they lack."""
    found = [_needs(labels({"female": 500, "male": n, "another": 9}))["male"] for n in (1, 2, 3, 4)]
    assert len({need.n_to_collect for need in found}) <= 2
    assert all((need.n_to_collect or 0) % 5 == 0 for need in found)
    assert {(need.n_people, need.half_width, need.narrowing_per_person) for need in found} == {(None,) * 3}


def test_the_least_known_group_is_collected_first() -> None:
    """In the crossing that helps both of its attributes."""
    first = labels({"female": 60, "male": 40})
    dim = Labels(("light",), ("annotator",), (("dim", "bright"),), np.array([[1]] * 90 + [[0]] * 10))
    found = _buy([first, dim], cross=2)
    assert found[0].group == "female x dim"
    assert "light = dim" in found[0].narrows
    assert sum(line.n_to_collect for line in found) == 50
    worth = [line.narrowing_per_person for line in found if line.narrowing_per_person is not None]
    assert worth == sorted(worth, reverse=True)


def test_nobody_is_collected_where_everything_is_known_enough() -> None:
    """Every group's interval is narrower than the target."""
    assert _buy([labels({"female": 5000, "male": 5000})]) == []
    assert _buy([labels({"female": 20, "male": 20})], target=0.4) == []


def test_nobody_is_sought_for_what_others_cannot_see() -> None:
    """Another gender in a picture; several answers anywhere."""
    label = labels({"female": 20, "male": 20, "several": 6}, levels=("female", "male", "another", "several"))
    assert {line.group for line in _buy([label])} <= {"female", "male"}
    said = labels(
        {"female": 20, "male": 20}, name="self_reported_gender", levels=("female", "male", "another")
    )
    assert _buy([said])[0].group == "another"


def test_hidden_groups_are_bought_for_in_multiples() -> None:
    """Without the figures that would tell their size."""
    found = {line.group: line for line in _buy([labels({"female": 60, "male": 3, "another": 7}, name="x")])}
    assert found["male"].n_to_collect % 5 == 0
    assert found["male"].narrowing is None


def test_no_attribute_no_list() -> None:
    """There is nobody to ask for."""
    assert _buy([]) == []
