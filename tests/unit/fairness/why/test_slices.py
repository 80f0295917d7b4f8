"""Slices as an audit reports them."""

from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from datatools.errors import UsageError
from datatools.fairness.why.slices import slices
from datatools.fairness.why.why_result import SliceSearch
from datatools.progress import Progress
from datatools.records import Measurement
from tests import benchmarks
from tests.scores import frame_of, score_with_iou
from tests.unit.fairness.portrayed import axis_of, measurement, plan_of

_QUIET = Progress("quiet")


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    """Load benchmarks/slices.py."""
    return benchmarks.load("slices")


def _portraits(
    n: int = 300, *, drop: float = 0.1, seed: int = 0
) -> tuple[pd.DataFrame, list[Measurement], list[str]]:
    """Make pictures with light, turn and glasses; those that are dark and turned away lose ``drop``."""
    rng = np.random.default_rng(seed)
    light, turn = rng.normal(50, 10, n), rng.normal(0, 20, n)
    glasses = ["yes" if one else "no" for one in rng.random(n) < 0.3]
    bad = (light < 47) & (np.abs(turn) > 15)
    iou = 0.9 + rng.normal(scale=0.02, size=n) - drop * bad
    scores = frame_of([score_with_iou(f"s{i}", f"p{i}", min(1.0, iou[i])) for i in range(n)])
    measurements = [
        measurement(f"s{i}", name, float(values[i]))
        for name, values in (("picture_lightness", light), ("face_yaw_deg", turn))
        for i in range(n)
    ]
    return scores, measurements, glasses


def _searched(depth: int = 2, *, drop: float = 0.1, metric: str = "iou_fg_image") -> SliceSearch:
    scores, measurements, _ = _portraits(drop=drop)
    (found,) = slices(scores, plan_of([], metric=metric), measurements, depth, 100, _QUIET)
    return found


@pytest.mark.parametrize("depth", [2, 3])
def test_a_planted_slice_is_named_once(depth: int) -> None:
    """Dark and turned away, either way round, without conditions that add nothing."""
    found = _searched(depth)
    assert [{text.split(" ")[0] for text in one.conditions} for one in found.slices] == [
        {"picture_lightness", "|face_yaw_deg|"}
    ]
    (slice_,) = found.slices
    assert (slice_.gap.high or 0.0) < 0.0
    assert (slice_.gap.low or 0.0) < -0.098 < (slice_.gap.high or 0.0)
    assert slice_.p_corrected == pytest.approx(1 / 101)
    assert (found.n_people, found.depth, found.n_dealt) == (300, depth, 100)


def test_one_condition_alone_finds_what_one_condition_can() -> None:
    """At depth 1 the two appear apart, or the stronger one alone."""
    assert all(len(one.conditions) == 1 for one in _searched(1).slices)


def test_an_error_is_worse_where_it_is_higher() -> None:
    """The missed area finds the same slice, with a positive gap."""
    (found,) = _searched(metric="under_frac").slices
    assert (found.gap.low or 0.0) > 0.0


def test_without_an_effect_nothing_is_reported(benchmark: ModuleType) -> None:
    """In about 95% of searches; benchmarks/slices.py has more."""
    found = benchmark.run(200, 1, "none", 15, (1, 0), n_dealt=40)
    assert found["any"] <= 20


def test_a_strong_slice_is_found_between_fifteen_conditions(benchmark: ModuleType) -> None:
    """Six points, five pictures a person."""
    found = benchmark.run(500, 5, "all worse", 5, (1, 1), points=0.06, n_dealt=30)
    assert found["found"] >= 80
    assert found["interval holds"] >= 80


def test_groups_of_people_and_skin_are_no_conditions_but_glasses_are() -> None:
    """Groups are audited by name."""
    scores, measurements, glasses = _portraits()
    ita = [measurement(f"s{i}", name, float(i)) for i in range(300) for name in ("face_ita_deg", "age_years")]
    bands = [measurement(f"s{i}", "face_frac", float(i)) for i in range(300)]
    gender = axis_of(["a", "b"] * 150)
    measured = axis_of(["x", "y"] * 150, "face_frac:100")
    plan = plan_of([gender, measured])
    answered = [axis_of(glasses, "glasses")]
    (found,) = slices(scores, plan, [*measurements, *ita, *bands], 1, 20, _QUIET, answered)
    assert found.features == ["face_yaw_deg", "picture_lightness", "glasses"]


def test_an_answer_may_be_the_condition() -> None:
    """Pictures with glasses, whatever else."""
    scores, measurements, glasses = _portraits(drop=0.0)
    worse = np.array([one == "yes" for one in glasses])
    scores.loc[worse, "fn"] += 1000
    (found,) = slices(scores, plan_of([axis_of(glasses, "glasses")]), measurements, 2, 50, _QUIET)
    assert [one.conditions for one in found.slices] == [["glasses = yes"]]


def test_two_separate_slices_are_both_named() -> None:
    """What one accounts for is taken out before the next is told."""
    scores, measurements, glasses = _portraits(n=600)
    scores.loc[np.array([one == "yes" for one in glasses]), "fn"] += 900
    (found,) = slices(scores, plan_of([axis_of(glasses, "glasses")]), measurements, 2, 60, _QUIET)
    named = sorted(" ".join(sorted(text.split(" ")[0] for text in one.conditions)) for one in found.slices)
    assert named == ["glasses", "picture_lightness |face_yaw_deg|"]


def test_few_pictures_constants_and_unknowns_find_nothing() -> None:
    """Ten pictures, a measurement that does not vary and one that most lack: no slice, no error."""
    scores, measurements, _ = _portraits(n=10)
    flat = [measurement(f"s{i}", "border_frac", 1.0) for i in range(10)]
    (found,) = slices(scores, plan_of([]), [*measurements[:15], *flat], 3, 20, _QUIET)
    assert (found.features, found.n_candidates, found.slices) == (["picture_lightness"], 0, [])


def test_pictures_without_a_value_are_not_searched() -> None:
    """Their reference is empty."""
    scores, measurements, _ = _portraits()
    scores.loc[:9, ["tp", "fn"]] = 0
    (found,) = slices(scores, plan_of([], metric="under_frac"), measurements, 1, 20, _QUIET)
    assert found.n_people == 290


def test_a_metric_that_is_undefined_everywhere_searches_nobody() -> None:
    """All references are empty."""
    scores, measurements, _ = _portraits(n=30)
    scores[["tp", "fn"]] = 0
    (found,) = slices(scores, plan_of([], metric="under_frac"), measurements, 2, 20, _QUIET)
    assert (found.n_people, found.n_candidates, found.slices) == (0, 0, [])


def test_the_same_seed_gives_the_same_bytes_whatever_else_is_searched() -> None:
    """A second model beside it changes nothing."""
    scores, measurements, _ = _portraits()
    both = pd.concat([scores, scores.assign(model="other")])
    plan = plan_of([])
    (alone,) = slices(scores, plan, measurements, 2, 40, _QUIET)
    other, again = slices(both, plan, measurements, 2, 40, _QUIET)
    assert again.model_dump_json() == alone.model_dump_json()
    assert other.slices == alone.slices


def test_of_very_many_pictures_people_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """And of one person's many pictures, some."""
    monkeypatch.setattr("datatools.fairness.why.slice_scene._MAX_IMAGES", 100)
    scores, measurements, _ = _portraits()
    scores.loc[:49, "person_id"] = "p0"
    (found,) = slices(scores, plan_of([]), measurements, 1, 20, _QUIET)
    assert 75 <= found.n_people <= 100


@pytest.mark.parametrize(
    ("depth", "n_dealt", "told"), [(0, 100, "depth"), (4, 100, "depth"), (2, 19, "20 dealt")]
)
def test_searches_that_cannot_be_made_are_refused(depth: int, n_dealt: int, told: str) -> None:
    """With the numbers that can."""
    scores, measurements, _ = _portraits(n=10)
    with pytest.raises(UsageError, match=told):
        slices(scores, plan_of([]), measurements, depth, n_dealt, _QUIET)


def test_an_attribute_of_ones_own_is_no_condition() -> None:
    """It may name groups of people."""
    scores, measurements, glasses = _portraits()
    plan = plan_of([axis_of(glasses, "badge")])
    (found,) = slices(scores, plan, measurements, 1, 20, _QUIET)
    assert "badge" not in found.features
