"""How large a gap is found, and with how many people."""

import pytest

from datatools.fairness import power


def test_as_many_people_as_asked_for_find_the_gap() -> None:
    """One person fewer falls short of 80%."""
    n_people = power.people_for(0.02, 0.06, 0.05, 3.0, 0.05)
    assert power.power_of(0.02, 0.06, 0.05, n_people, 3 * n_people, 0.05) >= power.POWER
    assert power.power_of(0.02, 0.06, 0.05, n_people - 1, 3 * (n_people - 1), 0.05) < power.POWER


def test_more_pictures_of_a_person_take_away_only_what_varies_within() -> None:
    """By hand: 3 and 4 make 5; with sixteen pictures the 4 is 1."""
    assert power.person_sd(3.0, 4.0, 1) == pytest.approx(5.0)
    assert power.person_sd(3.0, 4.0, 16) == pytest.approx(10**0.5)


def test_no_gap_is_found_as_often_as_the_test_errs_that_way() -> None:
    """Half of alpha lies on the side of a group that is worse."""
    assert power.power_of(0.0, 0.05, 0.05, 50, 50, 0.05) == pytest.approx(0.025)
