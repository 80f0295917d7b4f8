"""Pixel counts of two masks."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from datatools.errors import MaskError
from datatools.masks import Mask
from datatools.metrics._counts import band_width_px, count, resized
from tests.scores import random_mask

_SEEDS = st.integers(0, 2**32 - 1)


def _published_boundary(mask: Mask, half_width_px: int) -> NDArray[np.bool_]:
    """Follow the definition in words: pixels of the mask that d steps of one pixel of erosion remove."""
    padded = np.pad(mask.array.astype(np.uint8), 1)
    shrunk = cv2.erode(padded, np.ones((3, 3), np.uint8), iterations=half_width_px)
    return np.asarray(mask.array & (shrunk[1:-1, 1:-1] == 0))


@given(_SEEDS)
@settings(max_examples=25, deadline=None)
def test_confusion_counts_are_those_of_plain_numpy(seed: int) -> None:
    """The four counts are the four logical combinations of the masks."""
    rng = np.random.default_rng(seed)
    pred, ref = random_mask(rng).array, random_mask(rng).array
    found = count(Mask(pred), Mask(ref))
    expected = tuple(int(np.sum(x)) for x in (pred & ref, pred & ~ref, ~pred & ref, ~pred & ~ref))
    assert (found.tp, found.fp, found.fn, found.tn) == expected


@given(_SEEDS)
@settings(max_examples=25, deadline=None)
def test_swapping_the_masks_swaps_the_errors(seed: int) -> None:
    """Prediction and reference trade places in every count, and the boundary IoU stays."""
    rng = np.random.default_rng(seed)
    first, second = random_mask(rng), random_mask(rng)
    one, other = count(first, second), count(second, first)
    assert (one.tp, one.fp, one.fn, one.band_tp, one.band_union) == (
        other.tp,
        other.fn,
        other.fp,
        other.band_tp,
        other.band_union,
    )
    assert (one.edge_pred, one.edge_pred_hit) == (other.edge_ref, other.edge_ref_hit)


def test_boundary_bands_are_those_of_repeated_erosion() -> None:
    """One erosion with a large square is the published d erosions with a small one."""
    rng = np.random.default_rng(5)
    pred, ref = random_mask(rng, 200, 150), random_mask(rng, 200, 150)
    found = count(pred, ref)
    band_pred = _published_boundary(pred, found.band_px)
    band_ref = _published_boundary(ref, found.band_px)
    assert found.band_px == 5
    assert found.band_tp == int(np.sum(band_pred & band_ref))
    assert found.band_union == int(np.sum(band_pred | band_ref))


def test_a_mask_against_itself_has_no_errors() -> None:
    """Every pixel of the edge is met, nothing is wrong."""
    mask = random_mask(np.random.default_rng(1))
    found = count(mask, mask)
    assert (found.fp, found.fn, found.fp_band, found.fn_band) == (0, 0, 0, 0)
    assert found.edge_pred == found.edge_pred_hit == found.edge_ref_hit > 0
    assert found.band_tp == found.band_union > 0


@pytest.mark.parametrize(("shift_px", "expected_hits"), [(3, 20), (4, 0)])
def test_a_contour_is_met_up_to_three_pixels_away(shift_px: int, expected_hits: int) -> None:
    """A straight edge moved by the tolerance is still met, one pixel more is not."""
    ref, pred = np.zeros((20, 60), bool), np.zeros((20, 60), bool)
    ref[:, :20] = True
    pred[:, : 20 + shift_px] = True
    found = count(Mask(pred), Mask(ref))
    assert (found.edge_pred, found.edge_pred_hit) == (20, expected_hits)


def test_the_pictures_border_is_no_contour() -> None:
    """A mask that fills the picture has no contour, but does have the published measure's band."""
    found = count(Mask(np.ones((50, 50), bool)), Mask(np.ones((50, 50), bool)))
    assert found.edge_pred == 0
    assert found.band_tp > 0


def test_errors_are_told_apart_by_their_distance_to_the_edge() -> None:
    """A false positive beside the edge is in the band, an island far away is not."""
    ref = np.zeros((100, 100), bool)
    ref[:, :30] = True
    pred = ref.copy()
    pred[10:14, 30:32] = True
    pred[50:55, 80:85] = True
    found = count(Mask(pred), Mask(ref))
    assert (found.fp, found.fp_band, found.fn_band) == (33, 8, 0)


def test_masks_of_two_sizes_are_refused() -> None:
    """The caller resizes; counting never guesses."""
    with pytest.raises(MaskError, match="size"):
        count(Mask(np.ones((4, 4), bool)), Mask(np.ones((4, 5), bool)))


def test_resizing_takes_the_nearest_pixel_and_leaves_a_fitting_mask() -> None:
    """Doubling repeats each pixel; a mask of the wanted size is the same object."""
    mask = Mask(np.array([[True, False], [False, True]]))
    assert (resized(mask, (4, 4)).array == mask.array.repeat(2, 0).repeat(2, 1)).all()
    assert resized(mask, (2, 2)) is mask


def test_the_band_is_two_percent_of_the_diagonal() -> None:
    """600 x 800 has a diagonal of 1000 px; a tiny picture still has a band."""
    assert band_width_px(800, 600) == 20
    assert band_width_px(3, 3) == 1
