"""The checks that ask about the mask itself: its area and its outline."""

import math

import numpy as np
import pytest

from datatools.checks.area_outlier import AreaOutlier
from datatools.checks.mask_area import MaskArea
from datatools.checks.ragged_edge import RaggedEdge
from datatools.masks import Face, Mask
from tests.pictures import draw_person
from tests.unit.checks.evidence import evidence, face, judged


def _mask(value: bool) -> Mask:
    return Mask(np.full((128, 96), value))


def test_an_empty_a_full_and_a_missing_mask_fail() -> None:
    """Each with its own reason; a person passes."""
    reasons = [
        judged(MaskArea(), evidence(mask=_mask(False))).detail,
        judged(MaskArea(), evidence(mask=_mask(True))).detail,
        judged(MaskArea(), evidence(has_mask=False)).detail,
    ]
    assert reasons == [
        "the mask is empty (0.0% of the picture)",
        "the mask is full (100.0% of the picture)",
        "there is no mask: segment or refine failed",
    ]
    assert judged(MaskArea(), evidence()).passed


def _ratios(n: int) -> dict[str, float | None]:
    return {f"s{i:02d}": math.log(3 + 0.01 * i) for i in range(n)}


def test_a_person_much_larger_or_smaller_than_the_set_s_fails() -> None:
    """The score is a robust z with a sign; the others pass."""
    seen = _ratios(30) | {"large": math.log(30), "small": math.log(0.3), "unknown": None}
    verdicts = dict(AreaOutlier().judge(seen.items()))
    assert [name for name, verdict in verdicts.items() if not verdict.passed] == ["large", "small"]
    assert "unusually large" in str(verdicts["large"].detail)
    assert "unusually small" in str(verdicts["small"].detail)
    assert verdicts["unknown"].score is None


def test_a_small_set_is_not_judged() -> None:
    """Nineteen say too little about the twentieth."""
    verdicts = dict(AreaOutlier().judge((_ratios(18) | {"large": math.log(300)}).items()))
    assert all(verdict.passed and verdict.score is None for verdict in verdicts.values())


def test_a_studio_series_has_no_outliers_by_a_hair() -> None:
    """All alike but one that is 20% larger: the spread has a floor."""
    seen = {f"s{i}": 1.0 for i in range(30)} | {"taller": 1.0 + math.log(1.2)}
    assert dict(AreaOutlier().judge(seen.items()))["taller"].passed


def test_the_area_is_seen_beside_the_face() -> None:
    """The log of person over face; None without a face, a mask, a person or a face's area."""
    check = AreaOutlier()
    _, mask = draw_person()
    expected = math.log(mask.array.sum() / face().area_px)
    assert check.observe(evidence(faces=[face()])) == pytest.approx(expected)
    assert check.observe(evidence()) is None
    assert check.observe(evidence(faces=[face()], has_mask=False)) is None
    assert check.observe(evidence(faces=[face()], mask=_mask(False))) is None
    assert check.observe(evidence(faces=[Face((1, 1, 1, 1), None, None)])) is None


def _comb(height_px: int = 256) -> Mask:
    """Give a block whose upper part is a comb with teeth of 1/64 of the picture's side."""
    rows, columns = np.mgrid[:height_px, :height_px]
    block = (columns > height_px // 8) & (columns < height_px * 7 // 8) & (rows > height_px // 4)
    gaps = (columns // (height_px // 64) % 2 == 0) & (rows < height_px // 2)
    return Mask(block & ~gaps)


def test_a_ragged_outline_fails_and_a_smooth_one_passes() -> None:
    """A comb against a drawn person."""
    verdict = judged(RaggedEdge(), evidence(mask=_comb()))
    assert not verdict.passed
    assert "ragged" in str(verdict.detail)
    assert judged(RaggedEdge(), evidence()).passed


def test_raggedness_does_not_depend_on_the_picture_s_size() -> None:
    """The same comb at four times the size has about the same score."""
    small, large = (judged(RaggedEdge(), evidence(mask=_comb(side))).score for side in (256, 1024))
    assert small is not None
    assert large == pytest.approx(small, rel=0.15)


def test_a_missing_or_empty_mask_has_no_outline() -> None:
    """``mask_area`` speaks for those; a full one has no outline either."""
    assert judged(RaggedEdge(), evidence(has_mask=False)).score is None
    assert judged(RaggedEdge(), evidence(mask=_mask(False))).score is None
    assert judged(RaggedEdge(), evidence(mask=_mask(True))).score == 0
