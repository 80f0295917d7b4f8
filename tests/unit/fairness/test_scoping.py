"""What is read of the tables for an audit."""

import dataclasses

import numpy as np
import pytest

from datatools import plugins, tables
from datatools.errors import UsageError
from datatools.fairness.scoping import Wanted, scope_of
from datatools.records import Score
from datatools.workspace import Workspace
from tests.scores import score_with_iou
from tests.stages import people

_N = 6
_WANTED = Wanted(attributes=None, models=None, split=None, exclude=[], source=None, limit=None)


@pytest.fixture
def scored(workspace: Workspace) -> Workspace:
    """Give a workspace with scores of two models, one of them failed on a picture."""
    people.ingest(workspace, workspace.root, [people.sample(number) for number in range(_N)])
    rows = [
        score_with_iou(people.sample_id(number), f"p{number}", 0.9, model=model)
        for number in range(_N)
        for model in ("zeta", "alpha")
    ]
    rows[0] = dataclasses.replace(rows[0], status="failed", error="unreadable", tp=None, fp=None, fn=None)
    workspace.write(tables.SCORES, rows)
    return workspace


@pytest.mark.parametrize("name", plugins.names("metrics"))
def test_counts_that_a_metric_is_computed_of_are_read(scored: Workspace, name: str) -> None:
    """And few others: the metric gives what it gives of all counts."""
    metric = plugins.build("metrics", name)
    whole, lean = scope_of(scored, _WANTED).scores, scope_of(scored, _WANTED, [name]).scores
    good = whole["status"] == "ok"
    assert np.array_equal(metric.columns(whole[good]), metric.columns(lean[good]), equal_nan=True)
    assert len(lean.columns) < len(whole.columns)


def test_without_metrics_all_counts_are_read(scored: Workspace) -> None:
    """Whoever looks behind an audit may ask for any."""
    counts = {field.name for field in dataclasses.fields(Score)} - {"seconds", "parents", "error"}
    assert set(scope_of(scored, _WANTED).scores.columns) == counts


def test_words_of_scores_are_sorted_categories(scored: Workspace) -> None:
    """So that models come in the order of their names, whatever the order of the rows."""
    scores = scope_of(scored, _WANTED).scores
    assert [model for model, _ in scores.groupby("model", sort=True)] == ["alpha", "zeta"]
    assert scores["model"].value_counts().to_dict() == {"alpha": _N, "zeta": _N}
    assert scores["split"].isna().all()


def test_a_metric_that_does_not_exist_is_refused_before_scores_are_read(scored: Workspace) -> None:
    """By its name."""
    with pytest.raises(UsageError, match="no_such_metric"):
        scope_of(scored, _WANTED, ["no_such_metric"])
