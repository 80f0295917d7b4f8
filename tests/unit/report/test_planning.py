"""A plan as a table and as a plot."""

import dataclasses

from datatools.fairness.planning.planning import Goal, Sized, plan
from datatools.fairness.planning.planning_result import PlanResult
from datatools.fairness.statistics.variation import PUBLISHED
from datatools.report.planning import plot, terminal

_GOAL = Goal(
    metric="iou_fg_image",
    gap=0.02,
    margin=0.01,
    power=0.8,
    alpha=0.05,
    n_groups=12,
    n_comparisons=19,
    pictures_per_person=1,
)


def _plan(*groups: Sized, goal: Goal = _GOAL, n_suppressed: int = 0) -> PlanResult:
    return plan(goal, PUBLISHED, groups, name="plan", settings={}, n_suppressed=n_suppressed, versions={})


_SIZED = Sized(attribute="tone", group="dark", n_people=20, n_rest=400)


def test_the_table_says_the_people_of_each_group() -> None:
    """The first row is what was asked."""
    result = _plan()
    lines = list(terminal(result))
    assert lines[2].split()[:3] == [
        "1",
        str(result.pictures[0].n_people_gap),
        str(result.pictures[0].n_people_equivalence),
    ]


def test_a_group_of_one_person_has_dashes() -> None:
    """Nothing is claimed of it."""
    lines = list(terminal(_plan(Sized(attribute="", group="alone", n_people=1, n_rest=40))))
    (line,) = (line for line in lines if line.strip().startswith("alone"))
    assert line.split()[3:6] == ["–", "–", "–"]


def test_many_groups_are_cut_and_counted() -> None:
    """The file has them all."""
    one = _plan(_SIZED, n_suppressed=3)
    lines = list(terminal(one.model_copy(update={"groups": one.groups * 45})))
    assert any("5 more groups" in line for line in lines)
    assert any("too few people: 3 groups" in line for line in lines)


def test_the_same_plan_gives_the_same_picture() -> None:
    """Bytes do not depend on the clock."""
    assert plot(_plan()) == plot(_plan())


def test_a_plan_without_an_answer_is_drawn() -> None:
    """No mark, but the curves."""
    hopeless = dataclasses.replace(_GOAL, gap=1e-6, margin=1e-6)
    assert plot(_plan(goal=hopeless)).startswith(b"\x89PNG")
