"""The authors' batch mean, against their own code."""

import json
from pathlib import Path

import pytest

from datatools import plugins
from datatools.masks import Mask
from datatools.metrics import Metric
from tests.golden import official_batchmean as golden
from tests.scores import frame_of, score_of

_FOUND = json.loads(Path(golden.__file__).with_suffix(".json").read_text("utf-8"))


@pytest.mark.parametrize("number", range(len(golden.CASES)))
def test_the_authors_own_validation_prints_the_same(number: int) -> None:
    """To 1e-9, with a smaller last batch, batches of one, empty masks; the figures lie in tests/golden."""
    case = _FOUND[number]
    assert (case["seed"], case["n_images"], case["batch_size"]) == golden.CASES[number]
    drawn = golden.pairs(case["seed"], case["n_images"])
    scores = frame_of([score_of(Mask(pred), Mask(ref), i) for i, (pred, ref) in enumerate(drawn)])
    metric: Metric = plugins.build("metrics", "official_batchmean", {"batch_size": case["batch_size"]})
    value = float(metric.value(metric.columns(scores).sum(axis=0)))
    assert 100 * value == pytest.approx(case["score"], abs=1e-9)
