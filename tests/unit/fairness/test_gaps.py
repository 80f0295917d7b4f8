"""Audits of models as a whole: against fairlearn, and what must not change them."""

from typing import Literal

import numpy as np
import pandas as pd
import pytest
from fairlearn.metrics import MetricFrame

from datatools import plugins
from datatools.fairness.estimates import AttributeAudit
from datatools.fairness.gaps import Plan, audit_models
from datatools.fairness.statistics.inference import Rules
from datatools.fairness.who.groups import Axis
from datatools.progress import Progress
from datatools.records import Score
from tests.scores import frame_of, score_with_iou

_GROUPS = ("a", "b", "c")
_N_PEOPLE = 60


def _scores(n_images: int = 2) -> list[Score]:
    rng = np.random.default_rng(0)
    return [
        score_with_iou(f"s{person}-{image}", f"p{person}", float(rng.beta(20, 2)))
        for person in range(_N_PEOPLE)
        for image in range(n_images)
    ]


def _axis(names: tuple[str, ...] = _GROUPS) -> Axis:
    group_of = {f"p{person}": (names[person % len(names)],) for person in range(_N_PEOPLE)}
    return Axis(("hair",), ("annotator",), tuple((name,) for name in sorted(names)), group_of)


def _audit(scores: list[Score], axis: Axis) -> AttributeAudit:
    plan = Plan(
        metrics=[plugins.build("metrics", "iou_fg_image")],
        axes=[axis],
        rules=Rules(margin=0.01, alpha=0.05),
        min_people=5,
        n_replicates=300,
        seed=0,
    )
    (model,) = audit_models(frame_of(scores), plan, Progress("quiet")).models
    return model.attributes[0]


def test_values_by_group_and_the_largest_gap_are_fairlearns() -> None:
    """The estimates themselves are nothing new; what stands around them is."""
    scores, axis = _scores(), _axis()
    found = _audit(scores, axis)
    frame = MetricFrame(
        metrics=lambda truth, iou: float(np.mean(iou)),
        y_true=np.zeros(len(scores)),
        y_pred=np.array([(row.tp or 0) / 10_000 for row in scores]),
        sensitive_features=pd.Series([axis.group_of[row.person_id][0] for row in scores], name="hair"),
    )
    assert {g.group: g.estimate.value for g in found.groups} == pytest.approx(frame.by_group.to_dict())
    assert found.spread.gap == pytest.approx(frame.difference())


def test_renaming_groups_renames_the_report() -> None:
    """Names carry no meaning: the same people under other names have the same results."""
    found, renamed = _audit(_scores(), _axis()), _audit(_scores(), _axis(("x", "y", "z")))
    before = [group.model_dump(exclude={"group"}) for group in found.groups]
    assert [group.model_dump(exclude={"group"}) for group in renamed.groups] == before


def test_more_pictures_that_are_copies_change_nothing() -> None:
    """Each person's pictures doubled: the same values, intervals and p-values."""
    scores = _scores()
    copies = [
        score_with_iou(f"{row.sample_id}-copy", row.person_id, (row.tp or 0) / 10_000) for row in scores
    ]
    once, twice = _audit(scores, _axis()), _audit([*scores, *copies], _axis())
    for one, other in zip(once.groups, twice.groups, strict=True):
        assert other.estimate.low == pytest.approx(one.estimate.low)
        assert other.comparison.gap.high == pytest.approx(one.comparison.gap.high)
        assert other.comparison.p_value == one.comparison.p_value


def test_an_axis_nobody_of_these_scores_is_on_is_empty() -> None:
    """Everybody is unlabelled, and counted."""
    found = _audit(_scores(), Axis(("hair",), ("annotator",), (), {}))
    assert (found.groups, found.n_unlabelled, found.spread.gap) == ([], _N_PEOPLE, None)


def _audited(axis: Axis, contrasts: Literal["rest", "both"]) -> tuple[AttributeAudit, int]:
    plan = Plan(
        metrics=[plugins.build("metrics", "iou_fg_image")],
        axes=[axis],
        rules=Rules(margin=0.01, alpha=0.05),
        min_people=5,
        n_replicates=300,
        seed=0,
        contrasts=contrasts,
    )
    audited = audit_models(frame_of(_scores()), plan, Progress("quiet"))
    return audited.models[0].attributes[0], audited.n_comparisons


def test_pairs_of_groups_join_the_family_when_asked_for() -> None:
    """Three groups against the rest, and three pairs of them; the gaps are differences of the values."""
    found, n_comparisons = _audited(_axis(), "both")
    alone, n_alone = _audited(_axis(), "rest")
    value = {group.group: group.estimate.value or 0.0 for group in found.groups}
    assert (n_comparisons, n_alone, alone.pairs) == (6, 3, [])
    assert [(pair.group, pair.other) for pair in found.pairs] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert [pair.comparison.gap.value for pair in found.pairs] == pytest.approx(
        [value[pair.group] - value[pair.other] for pair in found.pairs]
    )
    p_holm = [group.comparison.p_holm or 0.0 for group in found.groups]
    assert all(p >= (group.comparison.p_holm or 0.0) for p, group in zip(p_holm, alone.groups, strict=True))


def test_two_groups_are_one_comparison_and_no_pair() -> None:
    """The rest of each is the other."""
    found, n_comparisons = _audited(_axis(("a", "b")), "both")
    assert (n_comparisons, found.pairs) == (1, [])


def test_both_corrections_of_the_family_are_told() -> None:
    """The share of false gaps is never the stricter one."""
    found, _ = _audited(_axis(), "rest")
    for group in found.groups:
        told = group.comparison
        assert (told.p_value or 0.0) <= (told.p_bh or 0.0) <= (told.p_holm or 0.0)
