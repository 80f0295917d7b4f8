"""Masks are judged by their expected IoU where somebody wants that, and only then."""

from pathlib import Path

import numpy as np
import pytest

from datatools.checks.expected_iou import ExpectedIou
from datatools.masks import Mask
from datatools.quality import examples as kept
from tests.unit.checks.evidence import evidence, judged
from tests.unit.quality.made import SIGNAL, examples

OBSERVED = {f"s{n}": {SIGNAL: 0.05 + 0.1 * n} for n in range(5)} | {"none": None}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a model whose IoU falls with ``SIGNAL``."""
    folder = tmp_path_factory.mktemp("model")
    kept.write(folder, examples(), committee="c", reference_source="human", data="set")
    return folder


def _passed(check: ExpectedIou) -> set[str]:
    return {name for name, verdict in check.judge(OBSERVED.items()) if verdict.passed}


def test_without_a_wish_everything_passes_with_a_score(model: Path) -> None:
    """The score is the prediction; there is none without a mask."""
    verdicts = dict(ExpectedIou(model=model).judge(OBSERVED.items()))
    assert all(verdict.passed for verdict in verdicts.values())
    assert verdicts["none"].score is None
    scores = [verdicts[f"s{n}"].score or 0 for n in range(5)]
    assert scores == sorted(scores, reverse=True)


def test_masks_below_the_wanted_iou_fail(model: Path) -> None:
    """And so do those that cannot be predicted; each says why."""
    check = ExpectedIou(model=model, min_expected_iou=0.85)
    verdicts = dict(check.judge(OBSERVED.items()))
    assert _passed(check) == {"s0", "s1", "s2"}
    assert "at least 0.850 is wanted" in str(verdicts["s4"].detail)
    assert verdicts["none"].detail == "there is no mask whose IoU could be predicted"


def test_the_best_fraction_passes(model: Path) -> None:
    """A third of six; none, and all of five and one that cannot be predicted."""
    assert _passed(ExpectedIou(model=model, accept_frac=1 / 3)) == {"s0", "s1"}
    nobody = ExpectedIou(model=model, accept_frac=0.0)
    assert _passed(nobody) == set()
    assert "the best were kept" in str(dict(nobody.judge(OBSERVED.items()))["s0"].detail)
    assert _passed(ExpectedIou(model=model, accept_frac=5 / 6)) == {f"s{n}" for n in range(5)}


def test_both_wishes_hold_at_once(model: Path) -> None:
    """The stricter one decides."""
    assert _passed(ExpectedIou(model=model, accept_frac=0.9, min_expected_iou=0.85)) == {"s0", "s1", "s2"}
    assert _passed(ExpectedIou(model=model, accept_frac=1 / 3, min_expected_iou=0.85)) == {"s0", "s1"}


def test_a_missing_or_empty_mask_is_not_predicted() -> None:
    """There is nothing to see; ``mask_area`` speaks for those."""
    check = ExpectedIou()
    assert judged(check, evidence(has_mask=False)).score is None
    assert judged(check, evidence(mask=Mask(np.zeros((128, 96), np.bool_)))).score is None
