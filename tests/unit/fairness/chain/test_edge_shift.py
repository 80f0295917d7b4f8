"""Is the direction in which two masks' edges differ measured as it was drawn?"""

import cv2
import numpy as np
import pytest

from datatools.errors import MaskError
from datatools.fairness.chain.edge_shift import edge_shift_px
from datatools.masks import Mask, disk
from tests.scores import random_mask

_ROUNDING_PX = 0.3  # the nearest of the pixels of a curved edge is nearer than the curve


def _circle(radius_px: float, *, side_px: int = 160) -> Mask:
    y, x = np.mgrid[:side_px, :side_px] - side_px / 2
    return Mask(np.hypot(y, x) <= radius_px)


def _square(low: int, high: int, *, side_px: int = 60) -> Mask:
    array = np.zeros((side_px, side_px), bool)
    array[low:high, low:high] = True
    return Mask(array)


def test_equal_masks_have_no_shift() -> None:
    """Not half a pixel either."""
    assert edge_shift_px(_circle(40), _circle(40)) == 0.0


@pytest.mark.parametrize("grown_px", [-3, -1, 1, 2, 4])
def test_a_circle_that_is_drawn_wider_shifts_by_as_much(grown_px: int) -> None:
    """Outward is positive."""
    shift = edge_shift_px(_circle(40 + grown_px), _circle(40))
    assert shift == pytest.approx(grown_px, abs=_ROUNDING_PX)


def test_a_dilated_mask_shifts_by_the_kernels_radius() -> None:
    """As an annotator who draws 2 px too wide."""
    ours = _circle(35)
    wider = Mask(cv2.dilate(ours.array.astype(np.uint8), disk(2)) > 0)
    assert edge_shift_px(wider, ours) == pytest.approx(2, abs=_ROUNDING_PX)


@pytest.mark.parametrize("seed", range(5))
def test_exchanging_the_masks_changes_the_sign(seed: int) -> None:
    """Whatever their shapes."""
    rng = np.random.default_rng(seed)
    first, second = random_mask(rng, 80, 80), random_mask(rng, 80, 80)
    shift, back = edge_shift_px(first, second), edge_shift_px(second, first)
    assert (shift is None) == (back is None)
    if shift is not None and back is not None:
        assert shift == pytest.approx(-back)


def test_a_mask_that_is_moved_has_no_shift() -> None:
    """What it gains on one side it loses on the other."""
    moved = Mask(np.roll(_square(20, 40).array, 1, axis=1))
    assert edge_shift_px(moved, _square(20, 40)) == pytest.approx(0, abs=1e-6)


def test_the_pictures_border_is_no_edge() -> None:
    """A body that fills the lower half shifts by its upper edge alone."""
    body, wider = np.zeros((60, 40), bool), np.zeros((60, 40), bool)
    body[30:], wider[29:] = True, True
    assert edge_shift_px(Mask(wider), Mask(body)) == pytest.approx(1)


def test_what_lies_far_off_is_no_shift() -> None:
    """A second person in one mask is over-segmentation, not a wider edge."""
    other = _square(20, 60, side_px=200)
    both = other.array.copy()
    both[120:180, 120:180] = True
    assert edge_shift_px(Mask(both), other) == 0.0


@pytest.mark.parametrize("array", [np.zeros((40, 40), bool), np.ones((40, 40), bool)])
def test_a_mask_without_an_edge_has_no_shift(array: np.ndarray[tuple[int, int], np.dtype[np.bool_]]) -> None:
    """Empty or full, on either side."""
    assert edge_shift_px(Mask(array), _square(10, 30, side_px=40)) is None
    assert edge_shift_px(_square(10, 30, side_px=40), Mask(array)) is None


def test_masks_of_two_sizes_are_refused() -> None:
    """Which of them would be the measure of a pixel?"""
    with pytest.raises(MaskError, match="one shape"):
        edge_shift_px(_square(10, 20), _square(10, 20, side_px=50))


def test_threads_do_not_matter() -> None:
    """OpenCV's last digits depend on its threads; a worker of one thread gives what others give."""
    rng = np.random.default_rng(0)
    noise = cv2.GaussianBlur(rng.random((300, 400)).astype(np.float32), (0, 0), 12)
    mask = Mask(noise > 0.5)
    other = Mask(np.where(rng.random((300, 400)) < 0.02, ~mask.array, mask.array))
    n_threads = cv2.getNumThreads()
    found = set()
    try:
        for n in (1, 2, 4):
            cv2.setNumThreads(n)
            found.add(edge_shift_px(mask, other))
    finally:
        cv2.setNumThreads(n_threads)
    assert len(found) == 1
