"""Epochs are compared by one value, and a few people do not decide it."""

import numpy as np
import pytest

from datatools.student.choice import Choice, ChooseBy, Verdict, is_stalled, judge
from datatools.student.groups import Groups

NAMES = ("woman", "man")


def judged(
    values: list[float],
    groups: list[int],
    *,
    people: list[int] | None = None,
    by: ChooseBy = "worst_group",
    min_people: int = 1,
) -> Verdict:
    """Judge pictures of two groups, each of another person unless said otherwise."""
    who = [str(person) for person in people or range(len(values))]
    known = Groups.made(NAMES, groups, who)
    return judge(np.array(values), np.arange(len(values)), known, Choice(by=by, min_people=min_people))


def test_by_the_mean_groups_do_not_count() -> None:
    """Unknown ones are in it."""
    verdict = judged([0.9, 0.5, 0.7], [0, 1, -1], by="mean")
    assert verdict.value == verdict.mean == pytest.approx(0.7)


def test_the_worst_group_is_drawn_towards_the_mean() -> None:
    """Ten people at 0.6, mean 0.7: half of the way there."""
    verdict = judged([0.8] * 10 + [0.6] * 10, [0] * 10 + [1] * 10)
    assert verdict.value == pytest.approx(0.65)
    assert verdict.by_group == pytest.approx({"woman": 0.8, "man": 0.6})


def test_a_large_group_counts_more_than_a_small_one() -> None:
    """One person's terrible picture moves the choice less than forty bad ones."""
    one = judged([0.9] * 40 + [0.4], [0] * 40 + [1])
    forty = judged([0.9] * 40 + [0.7] * 40, [0] * 40 + [1] * 40)
    assert one.value > forty.value


def test_pictures_of_one_person_are_one_witness() -> None:
    """Ten pictures of one person are trusted as one."""
    same = judged([0.8] * 10 + [0.6] * 10, [0] * 10 + [1] * 10, people=[*range(10), *([99] * 10)])
    assert same.value == pytest.approx(0.7 - 0.1 / 11)


def test_groups_of_too_few_people_are_not_used() -> None:
    """Neither shown nor chosen by."""
    verdict = judged([0.9] * 5 + [0.1], [0] * 5 + [1], min_people=2)
    assert list(verdict.by_group) == ["woman"]
    assert verdict.value > verdict.mean


def test_without_a_group_that_is_large_enough_the_mean_decides() -> None:
    """A worst group of nobody is no number."""
    verdict = judged([0.9, 0.1], [0, 1], min_people=2)
    assert verdict.value == verdict.mean
    assert verdict.by_group == {}


@pytest.mark.parametrize(
    ("values", "patience", "expected"),
    [
        ([0.1, 0.3, 0.2, 0.2], 2, True),
        ([0.1, 0.3, 0.2, 0.2], 3, False),
        ([0.1, 0.3, 0.3, 0.3], 2, True),  # as good is not better
        ([0.3, 0.2], 2, False),  # too early to say
        ([0.1, 0.2, 0.3, 0.4], 1, False),
        ([0.3, 0.2, 0.1], None, False),
        ([], 1, False),
    ],
)
def test_a_phase_stalls_after_its_patience(values: list[float], patience: int | None, expected: bool) -> None:
    """That many epochs without a better one."""
    assert is_stalled(values, patience) is expected
