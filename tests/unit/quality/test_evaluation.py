"""What predictions are worth is counted right, against independent libraries where there is one."""

import json

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from datatools.quality.evaluation import BINS, FLOOR, Evaluation, evaluate
from datatools.quality.examples import Doubles


def _evaluated(expected: Doubles, true: Doubles) -> Evaluation:
    person = np.arange(len(true))
    rng = np.random.default_rng(0)
    return evaluate(expected, expected - 0.05, expected + 0.05, true, person, rng)


def _noisy(n: int = 200) -> tuple[Doubles, Doubles]:
    rng = np.random.default_rng(1)
    true = 1 - rng.gamma(2, 0.04, n).clip(0, 1)
    return true + rng.normal(0, 0.03, n), true


def test_figures_equal_those_of_other_libraries() -> None:
    """Spearman by scipy, the area under the curve by scikit-learn."""
    expected, true = _noisy()
    found = _evaluated(expected, true)
    assert found.rank_correlation.value == pytest.approx(spearmanr(expected, true).statistic)
    assert found.auc_bad.value == pytest.approx(roc_auc_score(true >= FLOOR, expected))
    assert found.rank_correlation.low < found.rank_correlation.value < found.rank_correlation.high


def test_the_calibration_error_of_a_shift_is_the_shift() -> None:
    """Every bin is off by it, and bins are of one size."""
    _, true = _noisy()
    found = _evaluated(true - 0.02, true)
    assert found.calibration_error == pytest.approx(0.02)
    assert [one.n for one in found.bins] == [20] * BINS


def test_few_masks_have_few_bins() -> None:
    """Fifteen masks or more in each, so that chance is not taken for miscalibration."""
    expected, true = _noisy(40)
    assert [one.n for one in _evaluated(expected, true).bins] == [20, 20]


def test_accepting_the_best_raises_the_mean() -> None:
    """By a perfect prediction, as an oracle would; all are accepted at 100%."""
    _, true = _noisy()
    found = {one.frac: one for one in _evaluated(true, true).accepted}
    assert found[0.85].mean_iou.value == pytest.approx(np.sort(true)[-170:].mean())
    assert found[1.0].mean_iou.value == pytest.approx(true.mean())
    assert found[1.0].bad_frac.value == pytest.approx((true < FLOOR).mean())
    assert found[0.5].bad_frac.value == 0


def test_intervals_hold_what_they_hold() -> None:
    """A prediction off by 0.04 is within 0.05 on both sides, one off by 0.06 is not."""
    true = np.linspace(0.8, 0.9, 20)
    off = np.where(np.arange(20) < 5, 0.06, 0.04)
    assert _evaluated(true + off, true).interval_coverage.value == pytest.approx(0.75)


def test_what_is_undefined_is_null_in_json() -> None:
    """One mask, and a set without a bad one: no correlation, no area, no error."""
    found = _evaluated(np.array([0.9]), np.array([0.9]))
    plain = json.loads(json.dumps(found.as_json(), allow_nan=False))
    assert plain["rank_correlation"]["value"] is None
    assert plain["auc_bad"]["low"] is None
    assert plain["n_bad"] == 0


def test_pictures_of_one_person_widen_the_interval() -> None:
    """Ten copies of each mask say no more than one, where they are one person's."""
    expected, true = _noisy(30)
    copies, copies_true = np.repeat(expected, 10), np.repeat(true, 10)
    widths = []
    for person in (np.repeat(np.arange(30), 10), np.arange(300)):
        found = evaluate(copies, copies - 0.05, copies + 0.05, copies_true, person, np.random.default_rng(0))
        widths.append(found.rank_correlation.high - found.rank_correlation.low)
    assert widths[0] > 2 * widths[1]
