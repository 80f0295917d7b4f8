"""What every metric must do, whatever it measures."""

import numpy as np
import pandas as pd
import pytest

from datatools import plugins
from datatools.masks import Mask
from datatools.metrics._definitions import Named
from tests.scores import frame_of, random_mask, score_of, stacked_zones

NAMES = plugins.names("metrics")


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    """Give each metric's name in turn."""
    return str(request.param)


@pytest.fixture
def metric(name: str) -> Named:
    """Give each metric in turn."""
    built: Named = plugins.build("metrics", name)
    return built


@pytest.fixture(scope="module")
def scores() -> pd.DataFrame:
    """Score nine pairs of random masks."""
    rng = np.random.default_rng(0)
    zones = stacked_zones()
    return frame_of([score_of(random_mask(rng), random_mask(rng), i, zones) for i in range(9)])


def test_a_metric_says_what_it_is(metric: Named, name: str) -> None:
    """Name as the module's, a definition in a sentence, who uses it, a known unit."""
    assert metric.name == name
    assert metric.used_by
    assert metric.definition.endswith(".")
    assert metric.unit in {"frac", "px"}


def test_columns_have_a_row_a_picture_and_sums_give_a_number(metric: Named, scores: pd.DataFrame) -> None:
    """(n_images, k) finite numbers; their sum has a finite value."""
    columns = metric.columns(scores)
    assert columns.shape[0] == len(scores)
    assert np.isfinite(columns).all()
    low, high = metric.bounds
    assert low <= metric.value(columns.sum(axis=0)) <= high


def test_many_sums_are_valued_at_once(metric: Named, scores: pd.DataFrame) -> None:
    """Replicates in, values out, one each."""
    columns = metric.columns(scores)
    weights = np.random.default_rng(1).integers(0, 3, (2, 5, len(scores))).astype(np.float64)
    weights[..., 0] += 1
    values = metric.value(weights @ columns)
    assert values.shape == (2, 5)
    assert values[1, 2] == pytest.approx(metric.value(weights[1, 2] @ columns))


def test_scaling_all_weights_changes_nothing(metric: Named, scores: pd.DataFrame) -> None:
    """Counting everybody seven times leaves the value: what intervals rest on."""
    sums = metric.columns(scores).sum(axis=0)
    assert metric.value(7.0 * sums) == pytest.approx(metric.value(sums))


def test_no_pictures_have_no_value(metric: Named, scores: pd.DataFrame) -> None:
    """Undefined is NaN, not 0 and not 1."""
    columns = metric.columns(scores.iloc[:0])
    assert np.isnan(metric.value(columns.sum(axis=0)))


def test_a_perfect_prediction_has_the_best_value(metric: Named) -> None:
    """1 for overlap, 0 for errors."""
    mask = Mask(np.ones((40, 30), bool))
    mask.array[:, :8] = False
    perfect = frame_of([score_of(mask, mask, zones=stacked_zones())])
    is_error = metric.name.startswith(("over_", "under_"))
    assert metric.value(metric.columns(perfect).sum(axis=0)) == (0.0 if is_error else 1.0)


def test_absent_counts_have_no_value(metric: Named, scores: pd.DataFrame) -> None:
    """As those of a row that an older version wrote, or of a picture that failed: NaN, and no warning."""
    counts = [name for name in scores.columns if scores[name].dtype.kind == "i"]
    absent = scores.astype(dict.fromkeys(counts, object))
    absent[counts] = None
    columns = metric.columns(absent)
    assert np.isnan(metric.value(columns.sum(axis=0)))
