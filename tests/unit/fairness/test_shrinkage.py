"""Cells of crossings, drawn towards what their parts foretell."""

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from datatools import plugins
from datatools.fairness.estimates import Interval, ModelAudit
from datatools.fairness.gaps import Plan, audit_models
from datatools.fairness.shrinkage import towards_parts
from datatools.fairness.statistics.inference import Rules
from datatools.fairness.who.crossings import crossings
from datatools.fairness.who.groups import Axis
from datatools.progress import Progress
from tests.benchmarks import load
from tests.scores import frame_of, score_with_iou

_CELLS = list(itertools.product("abc", "wxyz"))
_UNIT = (0.0, 1.0)
Floats = NDArray[np.float64]


def _shrunken(values: Floats, ses: Floats, n_people: int = 20) -> list[Interval]:
    found = towards_parts(_CELLS, values, ses, np.full(len(_CELLS), n_people), _UNIT)
    return [cell for cell in found if cell is not None]


def _middles(found: list[Interval]) -> list[float]:
    return [cell.value for cell in found if cell.value is not None]


def _additive() -> Floats:
    rows, columns = np.array([0.0, -0.01, 0.02]), np.array([0.0, 0.01, -0.02, 0.0])
    values: Floats = (0.9 + rows[:, None] + columns).ravel()
    return values


def test_cells_that_are_what_their_parts_foretell_stay() -> None:
    """Effects that add up exactly leave nothing to shrink."""
    values = _additive()
    assert _middles(_shrunken(values, np.full(12, 0.01))) == pytest.approx(values.tolist())


def test_a_stray_cell_is_drawn_towards_its_parts() -> None:
    """Part of the way, and its interval is narrower than the raw one."""
    values = _additive()
    values[5] -= 0.03
    cell = _shrunken(values, np.full(12, 0.015))[5]
    assert cell.value is not None
    assert cell.low is not None
    assert cell.high is not None
    assert values[5] < cell.value < _additive()[5]
    assert cell.high - cell.low < 2 * 1.96 * 0.015


def test_certain_cells_hardly_move() -> None:
    """Standard errors far below how cells differ."""
    rng = np.random.default_rng(0)
    values = _additive() + 0.03 * rng.normal(size=12)
    assert _middles(_shrunken(values, np.full(12, 1e-4))) == pytest.approx(values.tolist(), abs=1e-5)


def test_units_do_not_matter() -> None:
    """Half the values with half the standard errors are half the results."""
    rng = np.random.default_rng(1)
    values = _additive() + 0.02 * rng.normal(size=12)
    whole, half = (_shrunken(scale * values, np.full(12, scale * 0.01)) for scale in (1.0, 0.5))
    assert [2 * value for value in _middles(half)] == pytest.approx(_middles(whole))


def test_constant_scores_are_their_own_interval() -> None:
    """No spread, nothing to draw a cell away by."""
    found = towards_parts(_CELLS, np.full(12, 0.9), np.zeros(12), np.full(12, 7), _UNIT)
    assert found == [Interval(value=0.9, low=0.9, high=0.9)] * 12


def test_one_person_takes_the_common_spread() -> None:
    """Their own is unknown."""
    ses = np.full(12, 0.01)
    ses[3] = np.nan
    n_people = np.full(12, 20)
    n_people[3] = 1
    found = towards_parts(_CELLS, _additive(), ses, n_people, _UNIT)
    alone, other = found[3], found[4]
    assert alone is not None
    assert other is not None
    assert (alone.high or 0) - (alone.low or 0) > (other.high or 0) - (other.low or 0)


def test_an_undefined_value_is_left_out() -> None:
    """The other cells are shrunken without it."""
    values = _additive()
    values[2] = np.nan
    found = towards_parts(_CELLS, values, np.full(12, 0.01), np.full(12, 20), _UNIT)
    assert [place for place, cell in enumerate(found) if cell is None] == [2]


def test_as_many_parts_as_cells_foretell_nothing() -> None:
    """Three of the four cells of two by two: every one would foretell itself."""
    cells = list(itertools.product("ab", "xy"))[:3]
    found = towards_parts(cells, np.array([0.9, 0.8, 0.7]), np.full(3, 0.01), np.full(3, 20), _UNIT)
    assert found == [None] * 3


def test_people_alone_everywhere_foretell_nothing() -> None:
    """Nobody's spread is known."""
    found = towards_parts(_CELLS, _additive(), np.full(12, np.nan), np.ones(12, np.int64), _UNIT)
    assert found == [None] * 12


def _audited(min_people: int) -> ModelAudit:
    rng = np.random.default_rng(4)
    n_people = 90
    of_person = {
        f"p{number:02d}": (int(number < 4) + 2 * int(number > 40), number % 2) for number in range(n_people)
    }
    scores = frame_of(
        [
            score_with_iou(f"s{person}-{image}", person, float(rng.beta(20, 2)))
            for person in of_person
            for image in range(2)
        ]
    )
    tone, hair = (
        Axis(
            (name,),
            ("dataset",),
            tuple((level,) for level in levels),
            {person: (str(own[place]),) for person, own in of_person.items()},
        )
        for place, (name, levels) in enumerate((("tone", "012"), ("hair", "01")))
    )
    plan = Plan(
        metrics=[plugins.build("metrics", "iou_fg_image")],
        axes=[tone, hair, *crossings([tone, hair], 2)],
        rules=Rules(margin=0.01, alpha=0.05),
        min_people=min_people,
        n_replicates=200,
        seed=0,
    )
    (found,) = audit_models(scores, plan, Progress("quiet")).models
    return found


def test_only_cells_of_crossings_are_shrunken() -> None:
    """Beside their raw values, which stay."""
    *single, crossed = _audited(1).attributes
    assert {group.shrunken for attribute in single for group in attribute.groups} == {None}
    assert all(group.shrunken is not None for group in crossed.groups)
    assert len({group.estimate.value for group in crossed.groups}) == 6


def test_what_is_hidden_stays_hidden() -> None:
    """A suppressed cell has neither a raw nor a shrunken value."""
    crossed = _audited(5).attributes[-1]
    hidden = [group for group in crossed.groups if group.comparison.verdict == "suppressed"]
    assert hidden != []
    assert {group.shrunken for group in hidden} == {None}


@pytest.mark.parametrize("case", ["parts add up", "cells differ by 1 point", "one cell 4 points low"])
def test_intervals_hold_and_errors_shrink(case: str) -> None:
    """A short form of the benchmark: 40 audits of 12 cells of 5 to 80 people each."""
    tally = load("crossings").shrinkage_tally(case, (3, 4), 40, seed=11)
    assert tally.coverage > 0.9
    assert tally.mse_ratio < 0.9
