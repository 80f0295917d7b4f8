"""Is what a student has of its teacher's gaps told pair by pair, and only of shown groups?"""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from datatools.fairness.chain.chain_cases import REFINED, STUDENT, TEACHER
from datatools.fairness.chain.chain_result import Transfer
from datatools.fairness.chain.transfer import transfers
from datatools.fairness.who.groups import Axis
from datatools.progress import Progress
from tests.unit.fairness import chained

_SIZES = {"long": 60, "short": 60}


def _steps(
    sizes: dict[str, int] = _SIZES,
    *,
    teacher: str = f"{TEACHER}t",
    source: str = "human",
    follows: float = 0.5,
    gap: float = 0.1,
) -> pd.DataFrame:
    """Let a teacher err more on the first group, and a student take over a part of each error."""
    rng = np.random.default_rng(0)
    n, n_first = sum(sizes.values()), next(iter(sizes.values()))
    taught = np.array(chained.ious(n, 0.05, rng)) - gap * (np.arange(n) < n_first)
    learnt = 1 - follows * (1 - taught) - (1 - np.array(chained.ious(n, 0.03, rng)))
    return chained.frame(
        chained.step(teacher, [float(value) for value in taught], source=source),
        chained.step(f"{STUDENT}s", [float(value) for value in learnt], source=source),
    )


def _told(frame: pd.DataFrame, *axes: Axis, min_people: int = 5) -> list[Transfer]:
    plan = chained.plan(*(axes or (chained.axis(_SIZES),)), min_people=min_people)
    return transfers(frame, plan, Progress("quiet"))


def _holds(low: float | None, value: float, high: float | None) -> bool:
    return low is not None and high is not None and low <= value <= high


def test_a_planted_transfer_is_found() -> None:
    """Half of each error: slope, and half the teacher's gap carried."""
    (found,) = _told(_steps(follows=0.5))
    assert _holds(found.slope.low, 0.5, found.slope.high)
    assert found.correlation.low is not None
    assert found.correlation.low > 0
    carried = dict(zip(found.groups, found.carried, strict=True))
    assert _holds(carried["long"].low, -0.05, carried["long"].high)
    assert carried["long"].value == pytest.approx(-(carried["short"].value or 0.0))
    assert carried["long"].n_people == 60
    assert "association, not cause" in found.sentence


def test_without_a_transfer_the_intervals_hold_zero() -> None:
    """The student errs by itself."""
    (found,) = _told(_steps(follows=0.0))
    assert _holds(found.slope.low, 0.0, found.slope.high)
    assert all(_holds(one.low, 0.0, one.high) for one in found.carried)


def test_a_student_that_serves_better_whom_the_teacher_serves_worse_is_told_so() -> None:
    """A slope below 0."""
    (found,) = _told(_steps(follows=-0.5))
    assert found.slope.value is not None
    assert found.slope.value < 0
    assert "points better" in found.sentence


def test_where_the_teachers_groups_are_alike_the_sentence_says_so() -> None:
    """A slope on next to nothing is none."""
    (found,) = _told(_steps(gap=0.0))
    assert found.slope.value is None
    assert "differs too little" in found.sentence


def test_the_refined_masks_stand_as_a_teacher() -> None:
    """Under the name that the stage evaluate gives them; the sentence calls them the committee's."""
    (found,) = _told(_steps(teacher=REFINED))
    assert found.teacher == "generated"
    assert "the committee serves" in found.sentence


def test_agreement_tells_nothing_of_transfer() -> None:
    """Against keyed masks an error that both make is not seen."""
    assert _told(_steps(source="keyed")) == []


def test_only_pictures_of_both_count() -> None:
    """A student that was scored on the test split is held against the teacher there."""
    frame = _steps()
    is_left_out = (frame["step"] == f"{STUDENT}s") & frame["sample_id"].isin(["s1", "s2", "s70"])
    (found,) = _told(frame[~is_left_out])
    assert (found.n_images, found.n_people) == (117, 117)
    nobody = frame[~((frame["step"] == f"{STUDENT}s") & (frame["sample_id"] != "x"))]
    assert _told(nobody) == []


def test_pictures_of_nobody_in_common_make_no_pair() -> None:
    """Scored on different splits."""
    frame = _steps()
    moved = frame.assign(
        sample_id=[
            f"{sample}-other" if step.startswith(STUDENT) else sample
            for step, sample in zip(frame["step"], frame["sample_id"], strict=True)
        ]
    )
    assert _told(moved) == []


def test_hidden_groups_are_not_told() -> None:
    """Neither their slope nor what they carry; where fewer than two are shown nothing is."""
    sizes = {"long": 60, "short": 50, "bald": 7, "shaved": 2}
    (found,) = _told(_steps(sizes), chained.axis(sizes))
    assert found.groups == ["long", "short"]
    two = {"long": 110, "shaved": 4}
    assert _told(_steps(two), chained.axis(two)) == []


def test_crossings_are_left_out() -> None:
    """The transfer is told attribute by attribute."""
    single = chained.axis(_SIZES)
    crossed = dataclasses.replace(single, attributes=("hair", "glasses"))
    assert [one.attribute for one in _told(_steps(), single, crossed)] == ["hair"]


def test_constant_scores_tell_nothing() -> None:
    """And break nothing."""
    frame = _steps().assign(value=0.9)
    (found,) = _told(frame)
    assert found.slope.value is None
    assert found.correlation.value is None
    assert {one.value for one in found.carried} == {None}


def test_the_order_of_rows_does_not_matter() -> None:
    """Nor what else is in the frame."""
    frame = _steps()
    mixed = frame.sample(frac=1.0, random_state=1)
    other = chained.frame(chained.step(f"{TEACHER}z", [0.9] * 120, source="human"))
    found = _told(pd.concat([mixed, other], ignore_index=True))
    assert [one for one in found if one.teacher == "t"] == _told(frame)
