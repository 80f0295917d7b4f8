"""The group that was picked as the lowest, and its value without the luck of being picked."""

import numpy as np
import pytest

from datatools import plugins
from datatools.fairness.estimates import AttributeAudit, Comparison, Estimate, Group, WorstGroup
from datatools.fairness.gaps import Plan, audit_models
from datatools.fairness.statistics.inference import Rules
from datatools.fairness.who.groups import Axis
from datatools.fairness.worst import worst_of
from datatools.progress import Progress
from tests.benchmarks import load
from tests.scores import frame_of, score_with_iou

_UNKNOWN = Estimate(value=None, low=None, high=None, n_images=None, n_people=None)
_NOT_COMPARED = Comparison(
    gap=_UNKNOWN,
    p_value=None,
    p_holm=None,
    detectable_gap=None,
    people_needed=None,
    verdict="insufficient data",
)
_SE = 0.01


def _worst(*values: float | None, se: float = _SE, n_people: int = 50) -> WorstGroup | None:
    groups = [
        Group(
            group=f"g{number}",
            estimate=Estimate(
                value=value,
                low=None if value is None or np.isnan(se) else value - 2 * se,
                high=None if value is None or np.isnan(se) else value + 2 * se,
                n_images=n_people,
                n_people=n_people,
            ),
            comparison=_NOT_COMPARED,
        )
        for number, value in enumerate(values)
    ]
    sizes = np.full(len(values), n_people)
    return worst_of(groups, np.full(len(values), se), sizes, (0.0, 1.0))


def test_a_tie_is_corrected_upward() -> None:
    """Of two equal values one was bound to be picked."""
    worst = _worst(0.90, 0.90001)
    assert worst is not None
    assert worst.group == "g0"
    assert worst.seen.value == 0.90
    assert (worst.corrected.value or 0) > 0.90 + _SE / 4


def test_a_group_far_below_all_others_is_hardly_corrected() -> None:
    """It would have been picked whatever the luck."""
    worst = _worst(0.70, 0.90, 0.91)
    assert worst is not None
    assert worst.corrected.value == pytest.approx(0.70, abs=1e-4)
    assert worst.corrected.low == pytest.approx(worst.seen.low, abs=_SE / 5)


def test_more_rivals_make_a_larger_correction() -> None:
    """The lowest of many is lower by chance; what counts is how near the next one is."""
    near, far = _worst(0.90, 0.905), _worst(0.90, 0.93)
    assert near is not None
    assert far is not None
    assert (near.corrected.value or 0) > (far.corrected.value or 0)


def test_constant_scores_need_no_correction() -> None:
    """Nothing varies, so nothing was luck."""
    worst = _worst(0.8, 0.9, se=0.0)
    assert worst is not None
    assert worst.corrected == worst.seen


def test_fewer_than_two_values_have_no_worst() -> None:
    """One group, and one that is defined beside one that is not."""
    assert _worst(0.8) is None
    assert _worst(0.8, None) is None


def test_a_group_of_one_person_is_named_without_an_interval() -> None:
    """Its spread is unknown, so is the luck in its value."""
    worst = _worst(0.8, 0.9, se=float("nan"), n_people=1)
    assert worst is not None
    assert (worst.group, worst.corrected.value) == ("g0", None)


def test_the_correction_stays_within_what_the_metric_can_be() -> None:
    """No IoU above 1."""
    worst = _worst(0.995, 0.9951, se=0.02)
    assert worst is not None
    assert worst.corrected.high == 1.0


def _audited(min_people: int) -> list[AttributeAudit]:
    rng = np.random.default_rng(2)
    group_of = {f"p{n:02d}": ("low" if n < 4 else "middle" if n < 30 else "high",) for n in range(60)}
    means = {"low": 0.6, "middle": 0.8, "high": 0.9}
    scores = frame_of(
        [
            score_with_iou(f"s{person}", person, float(np.clip(rng.normal(means[own[0]], 0.03), 0, 1)))
            for person, own in group_of.items()
        ]
    )
    hair = Axis(("hair",), ("dataset",), (("low",), ("middle",), ("high",)), group_of)
    plan = Plan(
        metrics=[plugins.build("metrics", "iou_fg_image")],
        axes=[hair],
        rules=Rules(margin=0.01, alpha=0.05),
        min_people=min_people,
        n_replicates=200,
        seed=0,
    )
    (found,) = audit_models(scores, plan, Progress("quiet")).models
    return found.attributes


def test_the_worst_group_is_named_with_the_audits_own_interval() -> None:
    """What is seen is what the audit shows."""
    (attribute,) = _audited(1)
    assert attribute.worst is not None
    shown = next(group for group in attribute.groups if group.group == "low").estimate
    assert attribute.worst.group == "low"
    assert attribute.worst.seen.model_dump() == shown.model_dump(include={"value", "low", "high"})


def test_a_hidden_group_is_never_named() -> None:
    """The lowest has four people and takes the next smallest group with it: one is left, and no worst."""
    (attribute,) = _audited(5)
    assert attribute.worst is None


@pytest.mark.parametrize("low", ["alike", "one 8 points low"])
def test_the_picked_groups_interval_holds_its_truth(low: str) -> None:
    """A short form of the benchmark: 150 audits of four groups of 10 to 80 people."""
    tally = load("crossings").worst_tally("10/20/40/80", low, 150, seed=3)
    assert tally.coverage > 0.87
    assert abs(tally.bias) < 0.012
