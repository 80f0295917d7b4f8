"""Counts of people by group, and what is not shown of them."""

import numpy as np
import pytest

from datatools.fairness.composition.composition import wilson
from datatools.fairness.composition.composition_result import Headcount
from datatools.fairness.composition.headcount import headcount, hidden_groups
from datatools.fairness.composition.labelled import Labels, crossed
from tests.unit.fairness.composed import labels, people


def _count(label: Labels, *, n_images: int = 1, n_wanted: int | None = 0, min_people: int = 5) -> Headcount:
    hidden = hidden_groups([label], min_people)[label.attributes]
    who = people(len(label.code), n_images)
    return headcount(label, who, hidden, n_wanted, np.random.default_rng(0))


def test_people_count_once_whatever_their_pictures() -> None:
    """Shares and intervals are of people, the pictures stand beside them."""
    found = _count(labels({"female": 30, "male": 10}), n_images=3)
    assert [(g.group, g.n_people, g.n_images, g.share) for g in found.groups] == [
        ("female", 30, 90, 0.75),
        ("male", 10, 30, 0.25),
    ]
    assert (found.groups[0].low, found.groups[0].high) == pytest.approx(wilson(0.75, 40))


def test_people_in_no_group_are_shown_by_their_reason() -> None:
    """They are not part of the total that shares are of."""
    found = _count(labels({"female": 20, "male": 20}, n_missing=3, reasons={-2: 7, -4: 1}))
    assert found.n_placed == 40
    assert [(u.reason, u.n_people) for u in found.unplaced] == [
        ("missing", 3),
        ("cannot_tell", 7),
        ("tie", 1),
    ]


def test_few_who_would_not_say_are_hidden_with_the_smallest_group() -> None:
    """Their number would follow from the total otherwise; a missing answer is nothing that was said."""
    found = _count(labels({"female": 20, "male": 10}, reasons={-3: 2}))
    assert [u.n_people for u in found.unplaced] == [None]
    assert [g.n_people for g in found.groups] == [20, None]
    assert found.n_suppressed == 1


def test_what_an_attribute_hides_its_crossings_hide() -> None:
    """Cells add up to the hidden group."""
    first = labels({"female": 40, "male": 3, "another": 20})
    second = labels({"yes": 30, "no": 33}, name="glasses")
    cross = crossed([first, second], 2)[0]
    hidden = hidden_groups([first, second, cross], 5)
    assert hidden[first.attributes] == {("male",), ("another",)}
    assert {levels for levels in hidden[cross.attributes] if levels[0] == "female"} == set()


def test_empty_and_thin_groups_are_named() -> None:
    """A group of the vocabulary that nobody is in; a group with fewer people than wanted."""
    label = labels({"female": 30, "male": 10}, levels=("female", "male", "another"))
    found = _count(label, n_wanted=20)
    assert (found.empty, found.thin) == (["another"], ["male"])
    assert _count(label, n_wanted=None).thin == ["female", "male"]


def test_empty_cells_of_a_crossing_are_of_groups_that_have_people() -> None:
    """Nobody is 'another', so its cells are not missing from the crossing."""
    first = labels({"female": 5, "male": 5}, levels=("female", "male", "another"))
    second = labels({"yes": 5, "no": 5}, name="glasses")
    assert _count(crossed([first, second], 2)[0]).empty == ["female x no", "male x yes"]


def test_a_crossing_has_no_effective_number() -> None:
    """It would count how attributes are tied, not how many groups there are."""
    first, second = labels({"female": 5, "male": 5}), labels({"yes": 5, "no": 5}, name="glasses")
    assert _count(crossed([first, second], 2)[0]).effective is None
    assert _count(first).effective is not None
