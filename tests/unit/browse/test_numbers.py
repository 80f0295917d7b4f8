"""Which metrics have a value for one picture?"""

import numpy as np
import pandas as pd
import pytest

from datatools import plugins
from datatools.browse import numbers
from datatools.metrics import Metric
from tests.scores import random_mask, score_of, stacked_zones


@pytest.mark.parametrize("name", plugins.names("metrics"))
def test_a_metric_of_sets_is_no_field(name: str) -> None:
    """A metric is shown just where its value for a set is the mean of those for its pictures."""
    rng, metric = np.random.default_rng(0), build(name)
    # More than one batch of the authors' protocol, and the last one smaller.
    rows = [score_of(random_mask(rng), random_mask(rng), n, stacked_zones()) for n in range(50)]
    columns = metric.columns(pd.DataFrame(rows))
    of_pictures = metric.value(columns)
    mean = of_pictures[np.isfinite(of_pictures)].mean()
    is_mean = bool(np.isclose(metric.value(columns.sum(axis=0)), mean, rtol=1e-12))
    assert (name in numbers.image_metrics()) == is_mean


def build(name: str) -> Metric:
    """Build a metric as the toolkit does."""
    metric: Metric = plugins.build("metrics", name)
    return metric
