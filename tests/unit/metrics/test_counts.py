"""Pixel counts of two masks."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from datatools.errors import MaskError
from datatools.masks import Mask, disk
from datatools.metrics._counts import AREAS, areas, band_width_px, count, edge_tolerance_px, resized
from tests.scores import random_mask, stacked_zones

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
def test_areas_alone_are_those_of_all_counts(seed: int) -> None:
    """The quick way and the whole one agree on what both count."""
    rng = np.random.default_rng(seed)
    pred, ref = random_mask(rng), random_mask(rng)
    whole = count(pred, ref)
    assert areas(pred, ref) == {name: getattr(whole, name) for name in AREAS}


def test_areas_of_unlike_sizes_are_refused() -> None:
    """As with all counts."""
    with pytest.raises(MaskError, match="of the reference's size"):
        areas(Mask(np.zeros((2, 3), np.bool_)), Mask(np.zeros((3, 2), np.bool_)))


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


def _contour(mask: Mask) -> NDArray[np.bool_]:
    """Follow the definition in words: pixels with a 4-neighbour outside the mask and inside the picture."""
    padded = np.pad(mask.array, 1, mode="edge")
    neighbours = (padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:])
    return np.asarray(mask.array & ~np.logical_and.reduce(neighbours))


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


@given(_SEEDS)
@settings(max_examples=25, deadline=None)
def test_contours_are_met_where_the_other_grown_by_a_disk_reaches(seed: int) -> None:
    """At 1, 3 and 5 px and at 0.8% of the diagonal, in both directions."""
    rng = np.random.default_rng(seed)
    pred, ref = random_mask(rng, 300, 400), random_mask(rng, 300, 400)
    found = count(pred, ref)
    contours = [_contour(mask) for mask in (pred, ref)]
    met = {
        radius: [
            int(np.sum(one & (cv2.dilate(other.astype(np.uint8), disk(radius)) > 0)))
            for one, other in (contours, contours[::-1])
        ]
        for radius in (1, 3, 4, 5)
    }
    assert found.edge_rel_px == 4
    assert [found.edge_pred_hit_1px, found.edge_ref_hit_1px] == met[1]
    assert [found.edge_pred_hit, found.edge_ref_hit] == met[3]
    assert [found.edge_pred_hit_rel, found.edge_ref_hit_rel] == met[4]
    assert [found.edge_pred_hit_5px, found.edge_ref_hit_5px] == met[5]


@given(_SEEDS)
@settings(max_examples=25, deadline=None)
def test_errors_by_zone_are_those_of_plain_numpy(seed: int) -> None:
    """Area and errors of each zone; pixels of no zone are in none of them."""
    rng = np.random.default_rng(seed)
    pred, ref, zones = random_mask(rng), random_mask(rng), stacked_zones()
    found = count(pred, ref, zones)
    p, r = pred.array, ref.array
    for number, zone in enumerate(("hair", "face", "neck", "shoulders"), start=1):
        inside = zones == number
        expected = [int(np.sum(x & inside)) for x in (r, p & ~r, r & ~p)]
        assert [getattr(found, f"{kind}_{zone}") for kind in ("ref", "fp", "fn")] == expected


def test_without_a_face_zones_have_no_counts() -> None:
    """Nothing was counted, which is not 0."""
    mask = random_mask(np.random.default_rng(1))
    assert count(mask, mask).ref_hair is None


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


def test_zones_of_another_size_are_refused() -> None:
    """They would lie elsewhere."""
    mask = Mask(np.ones((4, 4), bool))
    with pytest.raises(MaskError, match="zones of the reference's size"):
        count(mask, mask, np.zeros((4, 5), np.uint8))


def test_resizing_takes_the_nearest_pixel_and_leaves_a_fitting_mask() -> None:
    """Doubling repeats each pixel; a mask of the wanted size is the same object."""
    mask = Mask(np.array([[True, False], [False, True]]))
    assert (resized(mask, (4, 4)).array == mask.array.repeat(2, 0).repeat(2, 1)).all()
    assert resized(mask, (2, 2)) is mask


def test_the_band_is_two_percent_of_the_diagonal() -> None:
    """600 x 800 has a diagonal of 1000 px; a tiny picture still has a band."""
    assert band_width_px(800, 600) == 20
    assert band_width_px(3, 3) == 1


def test_the_relative_tolerance_is_that_of_davis() -> None:
    """0.8% of the diagonal, rounded up."""
    assert [edge_tolerance_px(*shape) for shape in ((800, 600), (480, 854), (3, 3))] == [8, 8, 1]
