"""Two audits are held against each other: the same people with themselves."""

from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from datatools.fairness.audit import Scope, audit
from datatools.fairness.differences.difference_result import AuditDifference, Change
from datatools.fairness.differences.differing import difference
from datatools.fairness.differences.known import Known
from datatools.fairness.recorded import Asked
from datatools.fairness.statistics.inference import holm
from datatools.fairness.who.groups import Axis
from datatools.progress import Progress
from tests import benchmarks
from tests.scores import frame_of, score_with_iou

_QUIET = Progress("quiet")


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    """Load benchmarks/report_diff.py."""
    return benchmarks.load("report_diff")


@pytest.fixture(scope="module")
def asked(benchmark: ModuleType) -> Asked:
    """Give settings of an audit with few resamples."""
    found: Asked = benchmark.asked(0, 400)
    return found


def _known(
    asked: Asked, ious: dict[str, float], groups: dict[str, str], *, model: str = "m", **changes: object
) -> Known:
    """Audit people who have one picture each."""
    scores = [score_with_iou(f"s-{who}", who, iou, model=model) for who, iou in ious.items()]
    levels = tuple((name,) for name in sorted(set(groups.values())))
    axis = Axis(("hair",), ("annotator",), levels, {who: (name,) for who, name in groups.items()})
    how = asked.model_copy(update=changes)
    scope = Scope(
        person_of={row.sample_id: row.person_id for row in scores},
        scores=frame_of(scores),
        axes=[axis],
        checked=frozenset(),
        accepted=None,
        n_unreadable=0,
        notes=(),
    )
    settings = how.model_dump(mode="json")
    found = audit(scope, how.question, settings=settings, inputs={}, versions={}, progress=_QUIET)
    return Known(found, how, scope)


def _people(n: int, first: int = 0) -> dict[str, float]:
    """Give people's IoU, by name."""
    values = np.random.default_rng(n + first).uniform(0.85, 0.95, n)
    return {f"p{first + k:03d}": float(value) for k, value in enumerate(values)}


def _halves(ious: dict[str, float]) -> dict[str, str]:
    return {who: ("a", "b")[number % 2] for number, who in enumerate(ious)}


def _moved(ious: dict[str, float], by: float, seed: int = 0) -> dict[str, float]:
    noise = np.random.default_rng(seed).uniform(-0.004, 0.004, len(ious))
    return {who: iou + by + float(own) for (who, iou), own in zip(ious.items(), noise, strict=True)}


def _diff(before: Known, after: Known, **same: str) -> AuditDifference:
    return difference((before, after), same, seed=0, progress=_QUIET)


def _changes(found: AuditDifference) -> list[Change]:
    (model,) = found.differences
    groups = [group for attribute in model.attributes for group in attribute.groups]
    gaps = [group.gap for group in groups if group.gap is not None]
    return [model.overall, *(group.value for group in groups), *gaps]


def test_an_audit_does_not_differ_from_itself(asked: Asked) -> None:
    """Every change is certainly none: the same people have the same scores."""
    one = _known(asked, _people(40), _halves(_people(40)))
    found = _diff(one, one)
    for change in _changes(found):
        told = (change.difference.value, change.difference.low, change.difference.high, change.verdict)
        assert told == (0.0, 0.0, 0.0, "equivalent")
    assert (found.settings, found.models, found.people) == ([], [], found.images)
    assert found.people is not None
    assert found.people.model_dump() == {"n_both": 40, "n_gone": 0, "n_new": 0}


def test_a_gain_of_the_same_people_is_seen_where_two_intervals_overlap(asked: Asked) -> None:
    """Three points for everybody: paired it is beyond doubt, and who is gone or new does not blur it."""
    old = _people(40)
    stays = dict(list(old.items())[:30])
    new = _moved(stays, 0.03) | _people(10, first=500)
    found = _diff(_known(asked, old, _halves(old)), _known(asked, new, _halves(new)))
    everybody, *others = _changes(found)
    assert (everybody.how, everybody.difference.n_people, everybody.verdict) == ("paired", 30, "higher")
    assert everybody.difference.value == pytest.approx(
        np.mean([round(new[who], 4) - round(old[who], 4) for who in stays]), abs=1e-4
    )
    assert everybody.difference.low is not None
    assert everybody.difference.low > 0.028
    assert [change.verdict for change in others[:2]] == ["higher", "higher"]
    assert found.people is not None
    assert found.people.model_dump() == {"n_both": 30, "n_gone": 10, "n_new": 10}


def test_the_family_is_corrected_together(asked: Asked) -> None:
    """Holm over everybody's value, the groups' values, and one gap of two groups."""
    old = _people(40)
    found = _diff(_known(asked, old, _halves(old)), _known(asked, _moved(old, 0.003), _halves(old)))
    changes = _changes(found)
    assert found.n_comparisons == len(changes) == 4
    assert [change.p_holm for change in changes] == holm([change.p_value or 1.0 for change in changes])


def test_swapping_the_audits_turns_every_change_around(asked: Asked) -> None:
    """The same numbers with the other sign."""
    old = _people(40)
    one, other = _known(asked, old, _halves(old)), _known(asked, _moved(old, 0.02), _halves(old))
    for there, back in zip(_changes(_diff(one, other)), _changes(_diff(other, one)), strict=True):
        assert there.difference.value == pytest.approx(-(back.difference.value or 0.0), abs=1e-12)
        assert there.difference.low == pytest.approx(-(back.difference.high or 0.0), abs=2e-3)


def test_other_people_are_compared_all_together(asked: Asked) -> None:
    """Where nobody is in both, each side's people are drawn by themselves."""
    old, new = _people(40), _people(40, first=100)
    found = _diff(_known(asked, old, _halves(old)), _known(asked, new, _halves(new)))
    changes = _changes(found)
    assert {change.how for change in changes} == {"everyone"}
    for change in changes[:3]:
        assert change.before.value is not None
        assert change.after.value is not None
        assert change.difference.value == pytest.approx(change.after.value - change.before.value)
        assert change.difference.n_people == (change.before.n_people or 0) + (change.after.n_people or 0)
    assert any("Where few people are in both audits" in note for note in found.notes)


def test_a_few_people_in_both_do_not_stand_for_all(asked: Asked) -> None:
    """Six of forty: all people are compared, the six counted once."""
    old = _people(40)
    new = dict(list(old.items())[:6]) | _people(34, first=100)
    everybody = _changes(_diff(_known(asked, old, _halves(old)), _known(asked, new, _halves(new))))[0]
    assert (everybody.how, everybody.difference.n_people) == ("everyone", 74)


def test_without_scores_the_intervals_are_compared(asked: Asked) -> None:
    """The interval is that of two independent values; it says so, and why."""
    old = _people(40)
    one, other = _known(asked, old, _halves(old)), _known(asked, _moved(old, 0.05), _halves(old))
    found = _diff(replace(one, scope=None, problem="the tables are gone"), other)
    change = _changes(found)[0]
    before, after = change.before, change.after
    assert None not in (before.value, before.low, before.high, after.value, after.low, after.high)
    down = np.hypot((after.value or 0) - (after.low or 0), (before.high or 0) - (before.value or 0))
    assert (change.how, change.verdict) == ("from intervals", "higher")
    assert change.difference.low == pytest.approx((change.difference.value or 0) - down, abs=2e-4)
    assert (found.people, found.before.why_no_scores) == (None, "the tables are gone")
    assert "The first audit's scores are not at hand: the tables are gone." in found.notes


def test_scores_that_are_not_the_audits_are_not_used(asked: Asked) -> None:
    """A table that was written anew since: the audit's own values are taken, and it is said."""
    old = _people(40)
    one, other = _known(asked, old, _halves(old)), _known(asked, _moved(old, 0.05), _halves(old))
    found = _diff(Known(one.audit, one.asked, other.scope), other)
    assert {change.how for change in _changes(found)} == {"from intervals"}
    assert any("datatools verify says which" in note for note in found.notes)
    # Groups alone that are others leave everybody's scores usable.
    turned = _known(asked, old, {who: "b" if name == "a" else "a" for who, name in _halves(old).items()})
    hows = [change.how for change in _changes(_diff(Known(one.audit, one.asked, turned.scope), other))]
    assert hows == ["paired", *["from intervals"] * 3]


def test_people_who_moved_to_another_group_are_counted(asked: Asked) -> None:
    """A group's change is that of the people who are in it both times."""
    old = _people(40)
    groups = _halves(old)
    moved = groups | dict.fromkeys(list(groups)[:6:2], "b")
    found = _diff(_known(asked, old, groups), _known(asked, old, moved))
    (attribute,) = found.differences[0].attributes
    assert (attribute.n_moved, [group.value.difference.n_people for group in attribute.groups]) == (
        3,
        [17, 20],
    )


def test_groups_that_one_audit_hides_stay_hidden(asked: Asked) -> None:
    """Groups of one audit alone, and suppressed ones, are named and not compared."""
    old = _people(60)
    groups = {who: "abc"[number % 3] for number, who in enumerate(old)}
    few = {
        who: "d" if name == "c" and number > 12 else name for number, (who, name) in enumerate(groups.items())
    }
    found = _diff(_known(asked, old, groups), _known(asked, old, few))
    (attribute,) = found.differences[0].attributes
    assert "c" not in [group.group for group in attribute.groups]
    assert "c" in attribute.only_before
    assert "d" in attribute.only_after


def test_models_are_matched_by_name_or_as_told(asked: Asked) -> None:
    """A renamed model is one model when it is said to be; otherwise one is gone and one is new."""
    old = _people(20)
    one, other = _known(asked, old, _halves(old)), _known(asked, old, _halves(old), model="m2")
    found = _diff(one, other)
    assert (found.differences, [(change.what, change.was) for change in found.models]) == (
        [],
        [("m, against human masks", "gone"), ("m2, against human masks", "new")],
    )
    assert "No model is in both audits" in found.notes[0]
    (model,) = _diff(one, other, m="m2").differences
    assert (model.model, model.model_after, model.overall.verdict) == ("m", "m2", "equivalent")


def test_other_metrics_are_not_compared(asked: Asked) -> None:
    """It is said which ones."""
    old = _people(20)
    found = _diff(_known(asked, old, _halves(old)), _known(asked, old, _halves(old), metrics=["over_frac"]))
    assert found.differences == []
    assert "m is not compared: the first audit compares iou_fg_image, the second over_frac." in found.notes


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ({"n": 300, "gap": 0.02}, {"n": 300, "gap": 0.0}, "another gap"),
        ({"n": 12, "gap": 0.02}, {"n": 300, "gap": 0.02}, "more people"),
        ({"n": 300, "gap": 0.02}, {"n": 12, "gap": 0.02}, "fewer people"),
        ({"n": 300, "gap": 0.02}, {"n": 300, "gap": 0.02, "margin": 0.05}, "other rules"),
    ],
)
def test_a_changed_verdict_comes_with_its_reason(
    asked: Asked, before: dict[str, float], after: dict[str, float], reason: str
) -> None:
    """Another gap, more or fewer people, another margin: what alone gives the new verdict."""
    sides = []
    for side in (before, after):
        ious = _people(int(side["n"]))
        groups = _halves(ious)
        shifted = {who: iou + (side["gap"] if groups[who] == "a" else 0.0) for who, iou in ious.items()}
        sides.append(_known(asked, shifted, groups, margin=side.get("margin", 0.01)))
    (attribute,) = _diff(*sides).differences[0].attributes
    first = attribute.groups[0]
    assert first.verdict_before != first.verdict_after
    assert first.why[0] == f"Because of {reason}."
    assert "people in the group" in first.why[1]


def test_few_who_came_or_went_are_warned_of(asked: Asked) -> None:
    """Two audits before and after one person left tell that person's value."""
    old = _people(40)
    new = dict(list(old.items())[1:])
    found = _diff(_known(asked, old, _halves(old)), _known(asked, new, _halves(new)))
    assert any("by subtraction" in note for note in found.notes)


def test_settings_that_differ_are_listed(asked: Asked) -> None:
    """By name, with both values; where the report lies is none of them."""
    old = _people(20)
    one = _known(asked, old, _halves(old))
    other = _known(asked, old, _halves(old), margin=0.02, name="other", exclude=["x" * 400])
    found = {change.what: (change.before, change.after) for change in _diff(one, other).settings}
    assert list(found) == ["exclude", "margin"]
    assert found["margin"] == ("0.01", "0.02")
    assert str(found["exclude"][1]).endswith("…")


def test_intervals_hold_the_truth_and_nulls_are_left_alone(benchmark: ModuleType) -> None:
    """A short form of benchmarks/report_diff.py: 40 audits that were made twice, of the same people."""
    tally = benchmark.run(benchmark.WORLDS[0], 40, [3, 0], 300)
    assert tally.share("everybody") >= 87
    assert tally.share("group") >= 87
    assert tally.share("family") <= 10


@pytest.mark.slow
def test_every_world_keeps_its_promise(benchmark: ModuleType) -> None:
    """60 studies of each way of comparing; bounds are about three standard errors wide."""
    for place, world in enumerate(benchmark.WORLDS):
        tally = benchmark.run(world, 60, [4, place], 300)
        assert min(tally.share(name) for name in ("everybody", "group", "gap")) >= 86, world.name
        assert tally.share("equivalent") <= (10 if world.shift else 100), world.name
        assert world.shift or tally.share("family") <= 12, world.name
