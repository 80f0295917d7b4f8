"""How many people settle a gap, and what do scores tell of how values vary?"""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from datatools import plugins
from datatools.errors import DataError
from datatools.fairness.planning.planning import MOST_PEOPLE, Goal, Sized, equivalence_power, plan
from datatools.fairness.planning.planning_result import PlanResult, Variation
from datatools.fairness.statistics import power
from datatools.fairness.statistics.variation import PUBLISHED, measured
from tests.scores import frame_of, score_with_iou

_GOAL = Goal(
    metric="iou_fg_image",
    gap=0.02,
    margin=0.01,
    power=0.8,
    alpha=0.05,
    n_groups=2,
    n_comparisons=1,
    pictures_per_person=1,
)
_METRIC = plugins.build("metrics", "iou_fg_image")


def _variation(between: float = 0.05, within: float = 0.04) -> Variation:
    return Variation(
        level=0.93, between=between, within=within, n_people=None, n_images=None, source="Given."
    )


def _plan(*groups: Sized, variation: Variation = PUBLISHED, **changes: float) -> PlanResult:
    goal = dataclasses.replace(_GOAL, **changes)  # type: ignore[arg-type]  # numbers of the right kind
    return plan(goal, variation, groups, name="plan", settings={}, versions={})


def _power(gap: float, n_people: int, n_rest: int) -> float:
    """Give the power of one test of a group whose people vary more, in proportion to its error."""
    sd = power.person_sd(PUBLISHED.between, PUBLISHED.within, 1)
    sd_own = sd * (1 - PUBLISHED.level + gap) / (1 - PUBLISHED.level)
    return power.power_of(gap, sd_own, sd, n_people, n_rest, 0.05, PUBLISHED.level)


def _sized(n_people: int, n_rest: int) -> Sized:
    return Sized(attribute="", group="a", n_people=n_people, n_rest=n_rest)


def _scores(n_people: int, pictures: int, *, between: float = 0.02, within: float = 0.01) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    own = 0.9 + between * rng.normal(size=n_people)
    return frame_of(
        [
            score_with_iou(f"s{person}-{image}", f"p{person}", float(own[person] + within * rng.normal()))
            for person in range(n_people)
            for image in range(pictures)
        ]
    )


def test_the_people_asked_for_have_the_power_asked_for() -> None:
    """One person fewer would not do."""
    needed = _plan(power=0.9).pictures[0].n_people_gap
    assert needed is not None
    found = [_power(0.02, n, n) for n in (needed - 1, needed)]
    assert found[0] < 0.9 <= found[1]


def test_equivalence_power_is_that_of_simulated_tests() -> None:
    """Two one-sided t tests on normal people, 4,000 studies: within three standard errors."""
    rng = np.random.default_rng(5)
    n, rest, sd, margin = 60, 240, 0.05, 0.02
    own, others = rng.normal(0, sd, (4000, n)), rng.normal(0, sd, (4000, rest))
    gap = own.mean(axis=1) - others.mean(axis=1)
    se, rest_se = own.std(axis=1, ddof=1) / n**0.5, others.std(axis=1, ddof=1) / rest**0.5
    total = np.hypot(se, rest_se)
    dof = total**4 / (se**4 / (n - 1) + rest_se**4 / (rest - 1))
    shown = np.mean(np.abs(gap) + stats.t.ppf(0.95, dof) * total < margin)
    assert equivalence_power(margin, sd, n, rest, 0.05) == pytest.approx(shown, abs=0.025)


def test_more_comparisons_need_more_people() -> None:
    """The family is corrected, so each is planned at a stricter level."""
    few, many = (_plan(n_comparisons=n).pictures[0].n_people_gap or 0 for n in (1, 20))
    assert few < many


def test_a_wider_margin_needs_fewer_people() -> None:
    """Equivalence within two points is easier to show than within one."""
    narrow, wide = (_plan(margin=m).pictures[0].n_people_equivalence or 0 for m in (0.01, 0.02))
    assert wide < narrow


def test_more_pictures_help_as_far_as_pictures_of_a_person_differ() -> None:
    """Without spread within a person, ten pictures are worth one; without spread between, ten people."""
    alike = {row.pictures_per_person: row for row in _plan(variation=_variation(within=0.0)).pictures}
    assert alike[10].n_people_gap == alike[1].n_people_gap
    assert alike[10].design_effect == pytest.approx(10)
    unlike = {row.pictures_per_person: row for row in _plan(variation=_variation(between=0.0)).pictures}
    assert unlike[10].design_effect == pytest.approx(1)


def test_the_first_row_is_what_was_asked() -> None:
    """Other numbers of pictures follow, none twice."""
    rows = _plan(pictures_per_person=3).pictures
    assert [row.pictures_per_person for row in rows] == [3, 1, 2, 5, 10]


def test_a_group_that_the_rest_limits_is_not_helped_alone() -> None:
    """Thirty others are too few, however many there are of the group."""
    (group,) = _plan(_sized(400, 30)).groups
    assert group.more_alone is None
    assert group.more_in_step is not None


def test_growing_in_step_gives_the_power_asked_for() -> None:
    """The people there and those needed find the gap together."""
    (group,) = _plan(_sized(30, 400)).groups
    n = 30 + (group.more_in_step or 0)
    assert _power(0.02, n, round(n * 400 / 30)) == pytest.approx(0.8, abs=0.01)


def test_the_detectable_gap_is_found_with_the_power_asked_for() -> None:
    """It is the gap whose power is 80%."""
    (group,) = _plan(_sized(50, 300)).groups
    assert group.detectable_gap is not None
    assert _power(group.detectable_gap, 50, 300) == pytest.approx(0.8, abs=0.005)


@pytest.mark.parametrize(("n_people", "n_rest"), [(1, 50), (50, 1)])
def test_one_person_tells_nothing(n_people: int, n_rest: int) -> None:
    """No power is claimed where a spread is unknown on one side; more people in step still help."""
    (group,) = _plan(_sized(n_people, n_rest)).groups
    assert (group.detectable_gap, group.power) == (None, None)
    assert group.more_in_step is not None


def test_a_plan_that_no_study_could_meet_says_so() -> None:
    """Above a million people in a group there is no number."""
    row = _plan(gap=1e-6, margin=1e-6).pictures[0]
    assert (row.n_people_gap, row.n_people_equivalence) == (None, None)
    assert MOST_PEOPLE == 1_000_000


def test_spreads_are_parted_as_they_were_drawn() -> None:
    """2 points between 400 people and 1 point within, four pictures each."""
    found = measured(_scores(400, 4), _METRIC)
    assert [found.between, found.within] == pytest.approx([0.02, 0.01], rel=0.1)
    assert (found.n_people, found.n_images) == (400, 1600)


def test_copies_of_pictures_do_not_make_people_vary_less() -> None:
    """With equal pictures all variance lies between people."""
    found = measured(_scores(50, 3, within=0.0), _METRIC)
    assert found.within == pytest.approx(0.0, abs=1e-12)


def test_spread_within_people_alone_leaves_none_between() -> None:
    """An estimate below 0 is 0."""
    scores = _scores(4, 2, between=0.0, within=0.0)
    scores.loc[[0, 2, 4, 6], "tp"] = 8000
    scores.loc[[0, 2, 4, 6], "fn"] = 2000
    assert measured(scores, _METRIC).between == 0.0


def test_one_picture_each_takes_the_published_share_and_says_so() -> None:
    """Nothing tells people from pictures."""
    found = measured(_scores(60, 1), _METRIC)
    assert "one picture" in found.source
    share = found.between**2 / (found.between**2 + found.within**2)
    assert share == pytest.approx(0.57)


def test_few_people_are_noted() -> None:
    """A spread from so few may be far off."""
    result = _plan(variation=measured(_scores(12, 2), _METRIC))
    assert any("12 people only" in note for note in result.notes)


@pytest.mark.parametrize(("n_people", "within"), [(1, 0.01), (5, 0.0)])
def test_scores_that_tell_no_spread_are_refused(n_people: int, within: float) -> None:
    """One person, and constant scores."""
    with pytest.raises(DataError, match="--between"):
        measured(_scores(n_people, 2, between=0.0, within=within), _METRIC)
