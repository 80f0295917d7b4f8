"""How confounders become columns."""

import numpy as np

from datatools.fairness.why.conditioning import Design, design
from datatools.fairness.why.confounders import Confounder


def _number(n: int, seed: int = 0, name: str = "light") -> Confounder:
    return Confounder(name, np.random.default_rng(seed).normal(size=n), None)


def _made(confounders: list[Confounder], n_people: int) -> Design:
    made = design(confounders, n_people)
    assert made is not None
    return made


def test_a_number_bends_as_much_as_there_are_people() -> None:
    """Three columns of many people, two of some, one of few, none of fewer."""
    found = [design([_number(n)], n) for n in (60, 40, 20, 12)]
    assert [made.columns.shape[1] if made else None for made in found] == [3, 2, 1, None]


def test_a_spline_is_straight_beyond_its_knots() -> None:
    """A few extreme pictures do not bend the curve."""
    number = np.concatenate([np.linspace(-1, 1, 200), [5.0, 6.0, 7.0]])
    ends = _made([Confounder("light", number, None)], 200).columns[-3:]
    assert np.allclose(ends[0] - ends[1], ends[1] - ends[2])


def test_levels_become_one_column_each_but_the_first() -> None:
    """Three answers are two columns, which belong to their question."""
    level = np.arange(90) % 3
    made = _made([_number(90), Confounder("hair", None, level)], 90)
    assert made.owner.tolist() == [0, 0, 0, 1, 1]


def test_a_copy_and_a_constant_have_no_columns_and_are_said() -> None:
    """A sum of other columns would share their part with them at random."""
    light = _number(100)
    copy = Confounder("again", light.number, None)
    flat = Confounder("flat", np.full(100, 3.0), None)
    made = _made([light, copy, flat], 100)
    assert set(made.owner.tolist()) == {0}
    assert [note.split(" ")[0] for note in made.notes] == ["again", "flat"]


def test_few_different_values_make_no_curve() -> None:
    """Two values are one straight line."""
    assert _made([Confounder("flag", np.tile([0.0, 1.0], 50), None)], 100).columns.shape[1] == 1
