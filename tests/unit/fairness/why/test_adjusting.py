"""Adjusted gaps of whole audits: who is compared, what is said, what is hidden."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from datatools.errors import UsageError
from datatools.fairness.gaps import audit_models
from datatools.fairness.who.crossings import crossings
from datatools.fairness.who.groups import Axis
from datatools.fairness.why.adjusting import adjustments
from datatools.fairness.why.why_result import Adjustment
from datatools.progress import Progress
from tests.scores import frame_of, score_with_iou
from tests.unit.fairness.portrayed import LIGHT, axis_of, measurement, plan_of, scene

_QUIET = Progress("quiet")


def _adjusted(**how: float) -> Adjustment:
    scores, measurements, groups = scene(**how)  # type: ignore[arg-type]  # whole numbers among them
    (found,) = adjustments(scores, plan_of([axis_of(groups)]), measurements, None, _QUIET)
    return found


def test_light_explains_a_gap_that_is_lights() -> None:
    """The raw gap is there, the adjusted one is not, and light has what lies between."""
    found = _adjusted(n_people=240)
    assert (found.confounders, found.n_people, found.n_left_out) == ([LIGHT], 240, 0)
    lower = found.groups[0]
    assert (lower.raw.high or 0.0) < 0.0
    assert (lower.adjusted.low or 0.0) < 0.0 < (lower.adjusted.high or 0.0)
    assert lower.explained.value == pytest.approx((lower.raw.value or 0.0) - (lower.adjusted.value or 0.0))
    assert [part.confounder for part in lower.parts] == [LIGHT]
    assert lower.verdict == "equivalent"


def test_a_gap_that_light_does_not_explain_stands() -> None:
    """Five points of the group's own are found, matched or adjusted."""
    found = _adjusted(n_people=240, gap=0.05).groups[0]
    assert found.verdict == "gap"
    assert found.adjusted.value == pytest.approx(-0.05, abs=0.01)
    assert found.matched is not None
    assert found.matched.value == pytest.approx(-0.05, abs=0.01)
    assert found.n_matched is not None
    assert found.n_matched >= 40


def test_the_raw_gap_is_that_of_the_audit() -> None:
    """Where every confounder is known, both tables compare the same pictures."""
    scores, measurements, groups = scene(n_images=3)
    plan = plan_of([axis_of(groups)])
    (found,) = adjustments(scores, plan, measurements, None, _QUIET)
    (model,) = audit_models(scores, plan, _QUIET).models
    theirs = {group.group: group.comparison.gap.value for group in model.attributes[0].groups}
    assert {group.group: group.raw.value for group in found.groups} == pytest.approx(theirs)


def test_two_groups_alone_are_one_comparison_in_the_family() -> None:
    """They are each other's rest; three groups are three."""
    scores, measurements, groups = scene()
    thirds = ["abc"[number % 3] for number in range(120)]
    for names, n_comparisons in ((groups, 1), (thirds, 3)):
        (found,) = adjustments(scores, plan_of([axis_of(names)]), measurements, None, _QUIET)
        smallest = min(found.groups, key=lambda group: group.p_value or 1.0)
        assert smallest.p_holm == pytest.approx(min(1.0, n_comparisons * (smallest.p_value or 1.0)))


def test_people_with_a_confounder_unknown_are_left_out_and_counted() -> None:
    """NaN and a missing row are the same; the raw gap is of those who stay."""
    scores, measurements, groups = scene()
    spoilt = [
        dataclasses.replace(row, value=np.nan) if number < 10 else row
        for number, row in enumerate(measurements[:-10])
    ]
    (found,) = adjustments(scores, plan_of([axis_of(groups)]), spoilt, [LIGHT], _QUIET)
    assert (found.n_people, found.n_left_out) == (100, 20)
    assert found.groups[0].raw.n_people == 100


def test_many_left_out_are_worth_a_sentence() -> None:
    """A confounder missing for most people, asked for by name."""
    scores, measurements, groups = scene()
    (found,) = adjustments(scores, plan_of([axis_of(groups)]), measurements[:50], [LIGHT], _QUIET)
    assert any(note.startswith("Of 70 of 120 people") for note in found.notes)


def test_without_measurements_nothing_is_adjusted_and_the_result_says_so() -> None:
    """No groups, one sentence."""
    scores, _, groups = scene()
    (found,) = adjustments(scores, plan_of([axis_of(groups)]), [], None, _QUIET)
    assert (found.confounders, found.groups) == ([], [])
    assert found.notes == ["Not adjusted: no standard confounder was measured on enough pictures."]


def test_an_empty_wish_adjusts_nothing() -> None:
    """``--adjust`` with no name."""
    scores, measurements, groups = scene()
    assert adjustments(scores, plan_of([axis_of(groups)]), measurements, [], _QUIET) == []


def test_an_unknown_confounder_is_an_error() -> None:
    """The message lists what there is."""
    scores, measurements, groups = scene()
    with pytest.raises(UsageError, match="got halo"):
        adjustments(scores, plan_of([axis_of(groups)]), measurements, ["halo"], _QUIET)


def test_an_answered_attribute_may_be_adjusted_for() -> None:
    """Glasses, of the plan or beside it, never as a confounder of themselves."""
    scores, measurements, groups = scene()
    glasses = axis_of(["yes" if number % 4 == 0 else "no" for number in range(120)], "glasses")
    found = adjustments(scores, plan_of([axis_of(groups), glasses]), measurements, ["glasses", LIGHT], _QUIET)
    assert [one.confounders for one in found] == [["glasses", LIGHT], [LIGHT]]
    (beside,) = adjustments(
        scores, plan_of([axis_of(groups)]), measurements, ["glasses", LIGHT], _QUIET, [glasses]
    )
    assert beside.groups[0].adjusted == found[0].groups[0].adjusted


def test_too_few_people_for_the_confounders_are_not_adjusted() -> None:
    """Fourteen people carry no three columns."""
    found = _adjusted(n_people=14)
    assert (found.groups, found.notes[-1]) == ([], "Not adjusted: too few people (14) for 1 confounders.")


def test_a_confounder_that_does_not_vary_or_names_the_groups_adjusts_nothing() -> None:
    """Alone, each leaves nothing to adjust for, and a sentence."""
    scores, _, groups = scene()
    flat = [measurement(f"s{number}-0", LIGHT, 50.0) for number in range(120)]
    (found,) = adjustments(scores, plan_of([axis_of(groups)]), flat, None, _QUIET)
    assert (found.groups, found.notes[-1]) == ([], "Not adjusted: no confounder varies.")
    light = axis_of(groups, f"{LIGHT}:50")
    (found,) = adjustments(scores, plan_of([light]), flat, [LIGHT], _QUIET)
    assert found.notes == [
        f"{LIGHT} names the groups and is not adjusted for.",
        "Not adjusted: no confounder is left.",
    ]


def test_groups_that_the_audit_hides_stay_hidden() -> None:
    """Small groups are in the rest alone, and so is the one that would give them away."""
    scores, measurements, _ = scene()
    groups = ["rare"] * 3 + ["few"] * 20 + ["many"] * 97
    (found,) = adjustments(scores, plan_of([axis_of(groups)]), measurements, None, _QUIET)
    assert [group.group for group in found.groups] == ["many"]
    assert found.n_people == 120


def test_groups_too_small_among_complete_cases_are_hidden() -> None:
    """Twenty people of whom three have a measurement are not shown by those three."""
    scores, measurements, _ = scene()
    groups = ["few"] * 20 + ["some"] * 30 + ["many"] * 70
    (found,) = adjustments(scores, plan_of([axis_of(groups)]), measurements[17:], [LIGHT], _QUIET)
    assert [group.group for group in found.groups] == ["many"]


def test_one_person_of_a_group_is_compared_in_nothing_but_value() -> None:
    """With a smallest group of one, its gap has no interval and no verdict but too little data."""
    scores, measurements, _ = scene()
    plan = plan_of([axis_of(["one", *["rest"] * 119])], min_people=1)
    (found,) = adjustments(scores, plan, measurements, None, _QUIET)
    assert [(group.raw.low, group.adjusted.value, group.verdict) for group in found.groups] == [
        (None, None, "insufficient data")
    ] * 2


def test_a_group_that_light_names_has_no_adjusted_gap() -> None:
    """What only one group ever had cannot be taken out; a sentence says so."""
    scores, _, groups = scene()
    light = [measurement(f"s{n}-0", LIGHT, 10.0 * (group == "a") + n / 1e5) for n, group in enumerate(groups)]
    (found,) = adjustments(scores, plan_of([axis_of(groups)]), light, None, _QUIET)
    assert [(group.adjusted.value, group.p_holm) for group in found.groups] == [(None, None)] * 2
    assert any("all but name the group" in note for note in found.notes)


def test_little_in_common_is_said() -> None:
    """Two groups in different light: the regression goes beyond what both have in common."""
    found = _adjusted(n_people=240, less_light=3.0)
    assert any("have a match in the rest" in note for note in found.notes)


def test_a_metric_that_is_no_mean_says_what_is_compared() -> None:
    """Global IoU weighs large pictures more; here each picture counts alike."""
    scores, measurements, groups = scene()
    scores.loc[:40, ["tp", "fn"]] *= 9  # pictures of other sizes
    plan = plan_of([axis_of(groups)], metric="iou_fg_global")
    (found,) = adjustments(scores, plan, measurements, None, _QUIET)
    assert any(note.startswith("iou_fg_global is no plain mean") for note in found.notes)


def test_pictures_whose_metric_is_undefined_are_left_out() -> None:
    """An empty reference has no share of its area."""
    scores, measurements, groups = scene()
    scores.loc[0, ["tp", "fn"]] = 0
    plan = plan_of([axis_of(groups)], metric="under_frac")
    (found,) = adjustments(scores, plan, measurements, None, _QUIET)
    assert (found.n_people, found.groups[0].raw.n_images) == (119, 119)


def test_a_metric_that_is_undefined_everywhere_adjusts_nothing() -> None:
    """All references are empty: nobody is left, and a sentence says so."""
    scores, measurements, groups = scene()
    scores[["tp", "fn"]] = 0
    plan = plan_of([axis_of(groups)], metric="under_frac")
    (found,) = adjustments(scores, plan, measurements, None, _QUIET)
    assert (found.n_people, found.groups) == (0, [])
    assert found.notes[-1] == "Not adjusted: too few people (0) for 1 confounders."


def test_constant_scores_are_equivalent() -> None:
    """No gap, for certain, within any margin."""
    _, measurements, groups = scene()
    scores = frame_of([score_with_iou(f"s{number}-0", f"p{number}", 0.9) for number in range(120)])
    (found,) = adjustments(scores, plan_of([axis_of(groups)]), measurements, None, _QUIET)
    assert {group.verdict for group in found.groups} == {"equivalent"}


def test_models_and_references_are_never_mixed() -> None:
    """Each pair has its own adjustment, whatever else is audited, and one family."""
    one, measurements, groups = scene(seed=1, model="one")
    two, _, _ = scene(seed=2, model="two")
    plan = plan_of([axis_of(groups)])
    both = adjustments(pd.concat([one, two]), plan, measurements, None, _QUIET)
    (alone,) = adjustments(one, plan, measurements, None, _QUIET)
    assert [found.model for found in both] == ["one", "two"]
    assert both[0].groups[0].adjusted == alone.groups[0].adjusted
    assert (both[0].groups[0].p_holm or 0.0) >= (alone.groups[0].p_holm or 0.0)


def test_copies_of_every_picture_change_nothing() -> None:
    """People are the units."""
    scores, measurements, groups = scene(n_images=2)
    copies = scores.assign(sample_id=scores["sample_id"] + "-copy")
    again = [dataclasses.replace(row, sample_id=f"{row.sample_id}-copy") for row in measurements]
    plan = plan_of([axis_of(groups)])
    (once,) = adjustments(scores, plan, measurements, None, _QUIET)
    (twice,) = adjustments(pd.concat([scores, copies]), plan, [*measurements, *again], None, _QUIET)
    for one, other in zip(once.groups, twice.groups, strict=True):
        assert other.adjusted.value == pytest.approx(one.adjusted.value)
        assert other.adjusted.high == pytest.approx(one.adjusted.high, abs=2e-4)


def test_crossings_are_adjusted_too() -> None:
    """A cell of two attributes against everybody else."""
    scores, measurements, groups = scene(n_people=240)
    age: Axis = axis_of(["old" if number % 2 else "young" for number in range(240)], "perceived_age_band")
    gender = axis_of(groups)
    axes = [gender, age, *crossings([gender, age], 2)]
    found = adjustments(scores, plan_of(axes), measurements, None, _QUIET)
    assert found[-1].attribute == "perceived_gender x perceived_age_band"
    assert len(found[-1].groups) == 4
