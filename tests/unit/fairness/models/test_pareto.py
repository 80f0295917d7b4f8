"""Arms are weighed by everybody and by their worst group."""

import dataclasses

import numpy as np
import pytest

from datatools import plugins
from datatools.fairness.models.arms import Question, compare, limits
from datatools.fairness.models.arms_result import ParetoPoint
from datatools.fairness.models.board import Run, Trial, strata
from datatools.fairness.models.pareto import is_dominated
from datatools.fairness.statistics.inference import Rules
from datatools.fairness.statistics.people import Floats
from datatools.fairness.who.groups import Axis
from datatools.progress import Progress
from tests.unit.fairness.runs_of import N_PEOPLE, axis, runs, trial

_QUESTION = Question(
    reference="none",
    metrics=[plugins.build("metrics", "iou_fg_image")],
    rules=Rules(margin=0.01, alpha=0.05),
    min_people=5,
    n_replicates=600,
    seed=0,
)


def _arms() -> dict[str, Floats]:
    """Make arms of group a (even people) and b: one helps a at b's cost, one is worse for both."""
    rng = np.random.default_rng(0)
    base = 0.9 + rng.uniform(-0.03, 0.03, N_PEOPLE)
    base[::2] -= 0.1
    arms = {}
    for name, gains in {"none": (0.0, 0.0), "fairer": (0.03, -0.05), "worse": (-0.02, -0.03)}.items():
        values = base + rng.uniform(-0.004, 0.004, (2, N_PEOPLE))
        values[:, ::2] += gains[0]
        values[:, 1::2] += gains[1]
        arms[name] = values
    return arms


def _points(*axes: Axis) -> dict[str, ParetoPoint]:
    found = compare([trial(_arms(), axes)], _QUESTION, Progress("quiet"))
    return {point.arm: point for point in found.pareto}


def test_an_arm_that_is_worse_in_both_is_off_the_front() -> None:
    """One that trades everybody for the worst group is on it, as is the one that does not."""
    found = _points(axis())
    assert {arm: point.dominated_by for arm, point in found.items()} == {
        "none": [],
        "fairer": [],
        "worse": ["none", "fairer"],
    }
    assert {point.worst_group for point in found.values()} == {"a"}


def test_a_point_holds_what_the_rows_hold() -> None:
    """Values with intervals of their own, and the changes that were compared."""
    arms = _arms()
    compared = compare([trial(arms, [axis()])], _QUESTION, Progress("quiet"))
    point = next(one for one in compared.pareto if one.arm == "fairer")
    assert point.overall.value == pytest.approx(arms["fairer"].mean(), abs=1e-4)
    assert point.worst.value == pytest.approx(arms["fairer"][:, ::2].mean(), abs=1e-4)
    for own in (point.overall, point.worst):
        assert own.low is not None
        assert own.high is not None
        assert own.low < (own.value or 0.0) < own.high
    rows = {row.asked: row for row in compared.rows if row.arm == "fairer" and row.group in {"all", "a"}}
    for change, asked in ((point.overall_change, "value"), (point.worst_change, "worst group")):
        row = next(one for one in compared.rows if one.arm == "fairer" and one.asked == asked)
        assert change is not None
        assert (change.value, change.low, change.high) == (row.difference, row.low, row.high)
    assert rows["worst group"].value == pytest.approx(point.worst.value)
    assert "by luck" in " ".join(limits(compared, [0, 1], _QUESTION))


def test_the_reference_arm_has_no_change() -> None:
    """It is where the others' changes begin."""
    point = _points(axis())["none"]
    assert (point.overall_change, point.worst_change) == (None, None)


def test_the_worst_is_looked_for_in_every_attribute() -> None:
    """Where several have groups to show; without two groups there is no chart."""
    halves = {f"p{n:02d}": ("xy"[n < N_PEOPLE // 2],) for n in range(N_PEOPLE)}
    skin = Axis(("skin",), ("measured",), (("x",), ("y",)), halves)
    assert {point.attribute for point in _points(axis(), skin).values()} == {"every attribute"}
    assert _points(axis())["none"].attribute == "hair"
    assert _points(axis(("a",))) == _points() == {}


def test_groups_that_overlap_keep_their_sizes() -> None:
    """In one, in the other, in both and in none are drawn apart."""
    first, second = np.array([True, True, False, False]), np.array([True, False, True, False])
    assert len(set(strata([first, second]).tolist())) == 4
    assert len(set(strata([first, first]).tolist())) == 2


def test_an_undefined_metric_has_no_chart() -> None:
    """There is no place to draw it at."""
    arms = {
        name: [
            dataclasses.replace(
                run, scores=[dataclasses.replace(one, tp=0, fn=0, fp=9) for one in run.scores]
            )
            for run in runs(name, values)
        ]
        for name, values in _arms().items()
    }
    question = dataclasses.replace(_QUESTION, metrics=[plugins.build("metrics", "over_frac")])
    tests = [Trial(test="x", reference_source="human", axes=[axis()], arms=arms)]
    assert compare(tests, question, Progress("quiet")).pareto == []


def test_less_of_an_error_is_better() -> None:
    """The same arms by what is missed: who is worst, and who is beaten, stays."""
    question = dataclasses.replace(_QUESTION, metrics=[plugins.build("metrics", "under_frac")])
    found = compare([trial(_arms(), [axis()])], question, Progress("quiet"))
    expected = {arm: (point.worst_group, point.dominated_by) for arm, point in _points(axis()).items()}
    assert {point.arm: (point.worst_group, point.dominated_by) for point in found.pareto} == expected


def test_equal_arms_do_not_beat_each_other() -> None:
    """And rounding is no gain."""
    assert not is_dominated((0.9, 0.8), (0.9, 0.8 + 1e-15))
    assert is_dominated((0.9, 0.8), (0.9, 0.81))
    assert not is_dominated((0.9, 0.8), (0.89, 0.81))


def test_an_arm_of_the_same_networks_shares_their_luck() -> None:
    """Cut elsewhere, every run moves alike: the seeds' part of the difference is nearly nothing."""
    rng = np.random.default_rng(1)
    values = 0.9 + rng.normal(0, 0.02, (3, 1)) + rng.uniform(-0.02, 0.02, (3, N_PEOPLE))
    told = {}
    for is_shared in (True, False):
        arms = {"none": runs("none", values), "cut": runs("cut", values - 0.01)}
        if is_shared:
            arms = {
                name: [
                    Run(model=run.model, seed=run.seed, scores=run.scores, weights=f"w{run.seed}")
                    for run in of_arm
                ]
                for name, of_arm in arms.items()
            }
        tests = [Trial(test="x", reference_source="human", axes=[], arms=arms)]
        (row,) = compare(tests, _QUESTION, Progress("quiet")).rows
        told[is_shared] = row
    assert told[True].se_seeds == pytest.approx(0.0, abs=1e-4)
    assert (told[False].se_seeds or 0.0) > 0.005
    assert (told[True].p_holm or 1.0) < 0.05
    assert told[False].verdict == "insufficient data"
