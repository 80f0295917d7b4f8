"""Quality is predicted in rank, in mean, and with intervals that hold."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from datatools.errors import DataError
from datatools.quality.model import QualityModel, cross_validated
from tests.unit.quality.made import SIGNAL, examples


@pytest.fixture(scope="module")
def model() -> QualityModel:
    """Give a model of a rule with little noise."""
    return QualityModel(examples())


def test_unseen_masks_are_ranked_and_calibrated(model: QualityModel) -> None:
    """Of other people, by the same rule."""
    unseen = examples(400, seed=1)
    expected = model.expected(unseen.features)
    assert spearmanr(expected, unseen.iou).statistic > 0.85
    assert abs(expected.mean() - unseen.iou.mean()) < 0.01


def test_nine_of_ten_intervals_hold(model: QualityModel) -> None:
    """Between 80 and 98% of 400 unseen masks: three standard errors, 120 examples being a sample too."""
    unseen = examples(400, seed=2)
    low, high = model.bounds(model.expected(unseen.features))
    held = ((low <= unseen.iou) & (unseen.iou <= high)).mean()
    assert 0.8 < held < 0.98
    assert ((low >= 0) & (high <= 1)).all()


def test_the_spread_is_around_the_expectation(model: QualityModel) -> None:
    """Its mean is near it, and its values are IoUs."""
    expected = np.array([0.9, 0.97])
    values = model.spread(expected)
    assert values.min() >= 0
    assert values.max() <= 1
    np.testing.assert_allclose(values.mean(axis=1), expected, atol=0.02)


def test_a_model_is_the_same_every_time(model: QualityModel) -> None:
    """Fitted again from the same examples."""
    unseen = examples(5, seed=3).features
    np.testing.assert_array_equal(QualityModel(examples()).expected(unseen), model.expected(unseen))


def test_named_features_are_predicted_by_sample(model: QualityModel) -> None:
    """More split teachers, a lower expectation; an interval around it; nothing of nothing."""
    found = model.predict({"good": {SIGNAL: 0.02}, "bad": {SIGNAL: 0.55}})
    assert found["good"].expected_iou > found["bad"].expected_iou
    assert all(one.low <= one.expected_iou <= one.high for one in found.values())
    assert model.predict({}) == {}


def test_different_predictions_stay_different_after_calibration(model: QualityModel) -> None:
    """An isotonic regression alone would make steps."""
    expected = model.expected(examples(100, seed=4).features)
    assert len(np.unique(expected)) > 95


def test_people_are_never_on_both_sides() -> None:
    """With noise that only the person explains, five pictures a person do not help prediction."""
    data = examples(60, per_person=5, noise=0.5, seed=5)
    expected, low, high = cross_validated(data, np.random.default_rng(0))
    held = ((low <= data.iou) & (data.iou <= high)).mean()
    assert 0.8 < held < 0.98
    assert spearmanr(expected, data.iou).statistic < 0.85


def test_too_few_people_are_refused() -> None:
    """Forty to fit, fifty to cross-validate."""
    with pytest.raises(DataError, match="examples of at least 40 people"):
        QualityModel(examples(39))
    with pytest.raises(DataError, match="examples of at least 50 people"):
        cross_validated(examples(49), np.random.default_rng(0))
