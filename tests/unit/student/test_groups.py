"""Packed pictures know their group and their person, by number."""

import numpy as np

from datatools.student.groups import Groups


def test_people_are_numbered_and_groups_kept() -> None:
    """Two pictures of one person have one number."""
    groups = Groups.made(["woman", "man"], [0, 1, -1, 0], ["ada", "bo", "cy", "ada"])
    assert groups.person[0] == groups.person[3]
    assert len(set(groups.person.tolist())) == 3
    assert groups.group.tolist() == [0, 1, -1, 0]


def test_of_unknown_people_each_is_somebody_else() -> None:
    """In no group."""
    groups = Groups.unknown(3)
    assert (groups.names, groups.group.tolist(), groups.person.tolist()) == ((), [-1, -1, -1], [0, 1, 2])


def test_a_group_of_too_few_people_is_not_told_apart() -> None:
    """Three pictures of two people are two people, among the pictures asked about."""
    groups = Groups.made(["woman", "man"], [0, 0, 0, 1, 1, 1], ["ada", "ada", "bo", "cy", "di", "ed"])
    every = np.arange(6)
    assert groups.large(every, 2).tolist() == [0, 0, 0, 1, 1, 1]
    assert groups.large(every, 3).tolist() == [-1, -1, -1, 1, 1, 1]
    assert groups.large(every[:4], 2).tolist() == [0, 0, 0, -1, -1, -1]
