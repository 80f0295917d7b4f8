"""The audit as a pure function of frames."""

import numpy as np
import pandas as pd
import pytest

from datatools.fairness.audit import Question, Scope, audit
from datatools.fairness.result import AuditResult
from datatools.fairness.statistics.inference import Rules
from datatools.fairness.who.groups import Axis
from datatools.metrics._means import column, mean_columns, mean_of
from tests.scores import frame_of, score_with_iou

_N_PEOPLE = 40


class _MeanOfDice:
    """A metric of somebody else's: the mean of a column that our scores do not have."""

    name = "dice"
    definition = "Mean over pictures of the column dice."
    unit = "frac"
    bounds = (0.0, 1.0)

    def columns(self, scores: pd.DataFrame) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        return mean_columns(column(scores, "dice"))

    def value(
        self, sums: np.ndarray[tuple[int, ...], np.dtype[np.float64]]
    ) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        return mean_of(sums)


def _axis() -> Axis:
    group_of = {f"p{i}": ("a" if i < _N_PEOPLE / 2 else "b",) for i in range(_N_PEOPLE)}
    return Axis(("hair",), ("annotator",), (("a",), ("b",)), group_of)


def _scope(scores: pd.DataFrame, **more: object) -> Scope:
    known = {
        "axes": [_axis()],
        "checked": frozenset(),
        "accepted": None,
        "n_unreadable": 0,
        "notes": [],
        **more,
    }
    person_of = dict(zip(scores["sample_id"], scores["person_id"], strict=True))
    return Scope(person_of=person_of, scores=scores, **known)  # type: ignore[arg-type]  # by keyword


def _audit(scope: Scope) -> AuditResult:
    question = Question(
        name="audit",
        cross=2,
        metrics=["iou_fg_image"],
        rules=Rules(margin=0.01, alpha=0.05),
        min_people=5,
        n_replicates=200,
        seed=0,
    )
    return audit(scope, question, settings={}, inputs={}, versions={})


def _ours() -> pd.DataFrame:
    values = np.random.default_rng(0).beta(20, 2, _N_PEOPLE)
    return frame_of([score_with_iou(f"s{i}", f"p{i}", float(value)) for i, value in enumerate(values)])


def test_scores_that_are_not_ours_are_audited_by_their_own_metric() -> None:
    """Somebody's per-picture numbers, without a single count of pixels."""
    values = np.random.default_rng(1).beta(20, 2, _N_PEOPLE)
    theirs = pd.DataFrame(
        {
            "sample_id": [f"s{i}" for i in range(_N_PEOPLE)],
            "person_id": [f"p{i}" for i in range(_N_PEOPLE)],
            "model": "theirs",
            "reference_source": "human",
            "split": None,
            "status": "ok",
            "dice": values,
        }
    )
    (model,) = _audit(_scope(theirs, metrics=[_MeanOfDice()])).models
    assert model.overall["dice"].value == pytest.approx(values.mean())
    (hair,) = model.attributes
    means = [values[:20].mean(), values[20:].mean()]
    assert [group.estimate.value for group in hair.groups] == pytest.approx(means)


def test_the_order_of_rows_changes_nothing_but_batches() -> None:
    """People are summed up whatever row they stand in."""
    scores = _ours()
    shuffled = scores.sample(frac=1.0, random_state=3)
    before, after = _audit(_scope(scores)).models[0], _audit(_scope(shuffled)).models[0]
    assert after.overall["iou_fg_image"].value == pytest.approx(before.overall["iou_fg_image"].value)
    gaps = [[g.comparison.p_value for g in model.attributes[0].groups] for model in (before, after)]
    assert gaps[0] == pytest.approx(gaps[1])


def test_failed_rows_are_counted_once_a_picture() -> None:
    """Two models failed on one picture: one picture failed, and no value is made of it."""
    scores = _ours()
    broken = scores.iloc[[0, 0]].assign(model=["a", "b"], status="failed", tp=None)
    result = _audit(_scope(pd.concat([scores.iloc[1:], broken], ignore_index=True)))
    assert result.n_failed == 1
    assert result.models[0].overall["iou_fg_image"].n_images == _N_PEOPLE - 1
