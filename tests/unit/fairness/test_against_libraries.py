"""Numbers that independent libraries compute as well: they must be equal on random input."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import confusion_matrix, f1_score, jaccard_score, precision_score, recall_score
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import ttost_ind

from datatools import plugins
from datatools.fairness.composition.composition import wilson
from datatools.fairness.gaps import Plan, audit_models
from datatools.fairness.statistics.inference import Rules, benjamini_hochberg, holm
from datatools.fairness.statistics.people import by_person
from datatools.fairness.statistics.power import degrees_of_freedom
from datatools.fairness.statistics.resampling import Sample
from datatools.fairness.who.groups import Axis
from datatools.metrics import Metric
from datatools.progress import Progress
from tests.scores import frame_of, random_mask, score_of, score_with_iou

_SEEDS = st.integers(0, 2**32 - 1)
_P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=12)


@given(_P_VALUES)
@settings(max_examples=25, deadline=None)
def test_corrections_are_those_of_statsmodels(p_values: list[float]) -> None:
    """Holm's, and Benjamini and Hochberg's, for any family, ties included."""
    assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1])
    assert benjamini_hochberg(p_values) == pytest.approx(multipletests(p_values, method="fdr_bh")[1])


@given(st.integers(1, 5000), st.data())
@settings(max_examples=60, deadline=None)
def test_wilson_intervals_are_those_of_statsmodels(total: int, data: st.DataObject) -> None:
    """None, some and all of a group."""
    count = data.draw(st.integers(0, total))
    assert wilson(count / total, total) == pytest.approx(
        proportion_confint(count, total, method="wilson"), abs=1e-12
    )


@given(_SEEDS)
@settings(max_examples=20, deadline=None)
def test_metrics_of_pictures_are_those_of_scikit_learn(seed: int) -> None:
    """Jaccard, F1, recall and precision from the kept counts; the counts are its confusion matrix."""
    rng = np.random.default_rng(seed)
    pred, ref = random_mask(rng), random_mask(rng)
    row = score_of(pred, ref)
    frame = frame_of([row])
    p, r = pred.array.ravel(), ref.array.ravel()

    def ours(name: str) -> float:
        metric: Metric = plugins.build("metrics", name)
        return float(metric.value(metric.columns(frame).sum(axis=0)))

    assert [[row.tn, row.fp], [row.fn, row.tp]] == confusion_matrix(r, p, labels=[False, True]).tolist()
    assert ours("iou_fg_image") == pytest.approx(jaccard_score(r, p))
    assert ours("dice_image") == pytest.approx(f1_score(r, p))
    assert ours("under_frac") == pytest.approx(1 - recall_score(r, p))
    precision = precision_score(r, p)
    assert ours("over_frac") == pytest.approx(recall_score(r, p) * (1 / precision - 1))


@given(_SEEDS, st.integers(3, 30), st.integers(3, 30))
@settings(max_examples=25, deadline=None)
def test_standard_errors_are_those_of_welch(seed: int, n_first: int, n_second: int) -> None:
    """With a picture a person: value, standard error, studentised gap and degrees of freedom of scipy."""
    rng = np.random.default_rng(seed)
    rows = [score_with_iou(f"s{n}", f"p{n:03d}", float(rng.beta(20, 2))) for n in range(n_first + n_second)]
    metric: Metric = plugins.build("metrics", "iou_fg_image")
    people = by_person(frame_of(rows), [metric])
    group = (np.arange(len(rows)) >= n_first).astype(np.int64)
    seen = Sample(metric, people.sums[metric.name], group).observed()
    iou = np.array([(row.tp or 0) / 10_000 for row in rows])
    parts = [iou[group == place] for place in (0, 1)]
    assert seen.value == pytest.approx([part.mean() for part in parts])
    assert seen.se == pytest.approx([stats.sem(part) for part in parts], rel=1e-5)
    welch = stats.ttest_ind(*parts, equal_var=False)
    assert seen.gap[0] / seen.gap_se[0] == pytest.approx(welch.statistic, rel=1e-4, abs=1e-6)
    dof = degrees_of_freedom(float(seen.se[0]), float(seen.se[1]), n_first, n_second)
    assert dof == pytest.approx(welch.df, rel=1e-4)


@pytest.mark.parametrize("gap", [0.0, 0.003, 0.005, 0.01, 0.015])
@pytest.mark.parametrize("seed", [0, 1])
def test_equivalence_is_that_of_two_one_sided_t_tests(gap: float, seed: int) -> None:
    """In large groups ours (a studentised bootstrap) and statsmodels' agree wherever the answer is clear."""
    rng = np.random.default_rng(seed)
    n_each = 400
    iou = np.round(np.concatenate([rng.normal(0.9, 0.03, n_each), rng.normal(0.9 - gap, 0.03, n_each)]), 4)
    margin = 0.01
    p_value, *_ = ttost_ind(iou[:n_each], iou[n_each:], -margin, margin, usevar="unequal")
    rows = [score_with_iou(f"s{n}", f"p{n:03d}", float(value)) for n, value in enumerate(iou)]
    group_of = {f"p{n:03d}": ("one" if n < n_each else "other",) for n in range(2 * n_each)}
    plan = Plan(
        metrics=[plugins.build("metrics", "iou_fg_image")],
        axes=[Axis(("hair",), ("dataset",), (("one",), ("other",)), group_of)],
        rules=Rules(margin=margin, alpha=0.05),
        min_people=5,
        n_replicates=400,
        seed=0,
    )
    (model,) = audit_models(frame_of(rows), plan, Progress("quiet")).models
    verdict = model.attributes[0].groups[0].comparison.verdict
    if p_value < 0.035:
        assert verdict == "equivalent"
    if p_value > 0.07:
        assert verdict != "equivalent"
