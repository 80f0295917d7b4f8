"""Is each step of the chain compared between groups as it should be, and bad input refused?"""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from datatools.errors import DataError
from datatools.fairness.chain.chain import chain
from datatools.fairness.chain.chain_cases import (
    ACCEPTED,
    ACCEPTED_ACCURACY,
    FACES,
    GAIN,
    LANDMARKS,
    REFINED,
    STUDENT,
    TEACHER,
)
from datatools.fairness.chain.chain_result import Chain
from datatools.fairness.chain.steps import Cases
from datatools.fairness.composition.composition import share_gap_interval, share_interval
from datatools.fairness.estimates import Group
from datatools.fairness.who.groups import Axis
from datatools.progress import Progress
from tests.unit.fairness import chained

_SIZES = {"long": 30, "short": 50}
_N = sum(_SIZES.values())


def _told(frame: pd.DataFrame, *axes: Axis, min_people: int = 5, notes: tuple[str, ...] = ()) -> Chain:
    plan = chained.plan(*(axes or (chained.axis(_SIZES),)), min_people=min_people)
    return chain(Cases(frame, {}, notes), plan, Progress("quiet"))


def _group(found: Chain, step: str, name: str = "long") -> Group:
    (of_step,) = [one for one in found.steps if one.step == step]
    (group,) = [group for group in of_step.attributes[0].groups if group.group == name]
    return group


def _accepted(n_lost: int) -> pd.DataFrame:
    """Everybody but the first ``n_lost`` of the first group was accepted."""
    return chained.frame(chained.step(ACCEPTED, [float(number >= n_lost) for number in range(_N)]))


def test_a_step_where_a_group_is_lost_has_a_gap() -> None:
    """Half of 30 against none of 50."""
    group = _group(_told(_accepted(15)), ACCEPTED)
    assert group.estimate.value == pytest.approx(0.5)
    assert group.comparison.gap.value == pytest.approx(-0.5)
    assert group.comparison.verdict == "gap"


def test_shares_have_score_intervals() -> None:
    """Also of a group that came through whole, whose bootstrap has no width."""
    found = _told(_accepted(15))
    own, rest = [(0, 1)] * 15 + [(1, 1)] * 15, [(1, 1)] * 50
    short = _group(found, ACCEPTED, "short")
    assert (short.estimate.low, short.estimate.high) == pytest.approx(share_interval(rest))
    gap = _group(found, ACCEPTED).comparison.gap
    assert (gap.low, gap.high) == pytest.approx(share_gap_interval(own, rest))
    overall = found.steps[0].overall
    assert (overall.low, overall.high) == pytest.approx(share_interval(own + rest))


def test_all_comparisons_are_one_family() -> None:
    """Two groups are one comparison a step; the smallest p-value is corrected for all of them."""
    rng = np.random.default_rng(0)
    lost = [float(number >= 15) for number in range(_N)]
    frame = chained.frame(
        chained.step(ACCEPTED, lost),
        chained.step(FACES, [1.0] * _N),
        chained.step(f"{STUDENT}s", chained.ious(_N, 0.06, rng), source="human"),
    )
    found = _told(frame)
    assert found.n_comparisons == 3
    accepted = _group(found, ACCEPTED).comparison
    assert accepted.p_value is not None
    assert accepted.p_holm == pytest.approx(3 * accepted.p_value)


def test_steps_are_told_in_the_order_of_the_chain() -> None:
    """From the photograph to the student, accuracy against each kind of mask apart."""
    rng = np.random.default_rng(0)
    values = chained.ious(_N, 0.06, rng)
    names = (f"{STUDENT}s", ACCEPTED_ACCURACY, REFINED, GAIN, f"{TEACHER}b", f"{TEACHER}a")
    steps = [chained.step(name, values, source="human") for name in names]
    steps += [chained.step(name, [1.0] * _N) for name in (ACCEPTED, LANDMARKS, FACES)]
    found = _told(chained.frame(*steps, chained.step(f"{STUDENT}s", values, source="keyed")))
    assert [step.step for step in found.steps] == [
        FACES,
        LANDMARKS,
        f"{TEACHER}a",
        f"{TEACHER}b",
        GAIN,
        REFINED,
        ACCEPTED,
        ACCEPTED_ACCURACY,
        f"{STUDENT}s",
        f"{STUDENT}s",
    ]
    assert [step.reading for step in found.steps[-3:]] == ["accuracy", "accuracy", "agreement"]
    assert {step.reading for step in found.steps if step.reference_source is None} == {"share"}


def test_refining_may_do_harm() -> None:
    """A gain has a sign, and its interval goes below 0; an accuracy's interval does not leave 0 to 1."""
    rng = np.random.default_rng(1)
    harm = [float(value) for value in rng.normal(-0.02, 0.03, _N)]
    nearly = [1 - 0.2 * (number % 9 == 0) for number in range(_N)]
    found = _told(
        chained.frame(chained.step(GAIN, harm, source="human"), chained.step(REFINED, nearly, source="human"))
    )
    gain, refined = _group(found, GAIN).estimate, _group(found, REFINED).estimate
    assert gain.value == pytest.approx(np.mean(harm[:30]))
    assert gain.low is not None
    assert gain.low < 0
    assert refined.high is not None
    assert refined.high <= 1


def test_small_groups_are_hidden_at_every_step() -> None:
    """With them the smallest of the others, so that nothing follows by subtraction."""
    sizes = {"long": 40, "short": 30, "shaved": 2}
    frame = chained.frame(chained.step(ACCEPTED, [1.0] * 72))
    found = _told(frame, chained.axis(sizes))
    hidden = {group.group for group in found.steps[0].attributes[0].groups if group.estimate.n_people is None}
    assert hidden == {"short", "shaved"}


def test_several_pictures_of_one_person_widen_a_share() -> None:
    """Ten people with five pictures each do not tell what fifty tell."""
    frame = chained.frame(chained.step(FACES, [float(number % 5 > 0) for number in range(50)]))
    each = _told(frame, chained.axis({"long": 20, "short": 30})).steps[0].overall
    together = frame.assign(person_id=[f"p{number % 10}" for number in range(50)])
    clustered = _told(together, chained.axis({"long": 5, "short": 5})).steps[0].overall
    assert each.low is not None
    assert clustered.low is not None
    assert clustered.n_people == 10
    assert clustered.low < each.low


def test_a_constant_step_is_equivalent() -> None:
    """No spread and no gap."""
    found = _told(chained.frame(chained.step(REFINED, [0.9] * _N, source="human")))
    assert _group(found, REFINED).comparison.verdict == "equivalent"


def test_undefined_numbers_are_left_out_and_counted() -> None:
    """A NaN is no 0."""
    values = [0.9] * _N
    values[3] = float("nan")
    found = _told(chained.frame(chained.step(REFINED, values, source="human")))
    assert found.steps[0].overall.n_images == _N - 1
    assert any("undefined" in note and note.endswith(": 1.") for note in found.notes)


def test_no_data_make_no_chain() -> None:
    """And the notes say why."""
    found = _told(chained.frame(), notes=("nothing ran",))
    assert found == Chain(steps=[], transfers=[], n_comparisons=0, notes=["nothing ran"])


def test_two_numbers_for_one_picture_are_refused() -> None:
    """Which of them would count?"""
    rows = chained.step(FACES, [1.0, 1.0])
    with pytest.raises(DataError, match="s1 has two at faces_found"):
        _told(chained.frame(rows, rows[1:]))


def test_missing_columns_are_named() -> None:
    """All of them."""
    with pytest.raises(DataError, match="missing: value"):
        _told(chained.frame().drop(columns="value"))


def test_the_same_seed_gives_the_same_chain_whatever_else_is_asked() -> None:
    """A step more changes the family, not the intervals of the others."""
    rng = np.random.default_rng(2)
    steps = [chained.step(f"{STUDENT}s", chained.ious(_N, 0.06, rng), source="human")]
    alone = _told(chained.frame(*steps))
    beside = _told(chained.frame(*steps, chained.step(FACES, [1.0] * _N)))
    assert _told(chained.frame(*steps)) == alone
    assert _group(alone, f"{STUDENT}s").estimate == _group(beside, f"{STUDENT}s").estimate


def test_attributes_of_nobody_at_a_step_are_left_out_there() -> None:
    """A data set without answers may be the one with human masks."""
    others = dataclasses.replace(
        chained.axis({"long": 30, "short": 30}, "brows"), group_of={"p79": ("long",)}
    )
    few = chained.step(REFINED, [0.9] * 40, source="human")
    found = _told(chained.frame(chained.step(FACES, [1.0] * _N), few), chained.axis(_SIZES), others)
    attributes = {step.step: [one.attribute for one in step.attributes] for step in found.steps}
    assert attributes == {FACES: ["hair", "brows"], REFINED: ["hair"]}


def test_steps_of_different_pictures_are_told() -> None:
    """A funnel's numbers are of those who came so far."""
    frame = chained.frame(chained.step(FACES, [1.0] * _N), chained.step(REFINED, [0.9] * 40, source="human"))
    assert any("different pictures" in note for note in _told(frame).notes)
