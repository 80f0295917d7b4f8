"""The colours beside the edge decide where a soft matte's edge lies."""

import cv2
import numpy as np
import pytest

from datatools.masks import RGB, Mask, Matte, iou
from datatools.refiners.edge_colour import EdgeColour, transition_px
from tests.pictures import draw_person


def _soft(mask: Mask, sigma_px: float, shift_px: int = 0) -> Matte:
    moved = np.roll(mask.array, shift_px, axis=1).astype(np.float32)
    return Matte(np.clip(cv2.GaussianBlur(moved, (0, 0), sigma_px), 0, 1))


def _person() -> tuple[RGB, Mask]:
    return draw_person(width_px=384, height_px=512)


def test_a_matte_that_is_off_by_some_pixels_moves_to_the_edge() -> None:
    """Three pixels too far right, and blurred: what is wrong falls to under a third."""
    image, truth = _person()
    matte = _soft(truth, 4, shift_px=3)
    refined = EdgeColour().refine(image, matte, [])
    assert 1 - iou(refined.threshold(), truth) < (1 - iou(matte.threshold(), truth)) / 3


def test_every_pixel_is_decided() -> None:
    """Zeros and ones come back."""
    image, truth = _person()
    assert set(np.unique(EdgeColour().refine(image, _soft(truth, 4), []).array)) == {0, 1}


def test_a_matte_of_zeros_and_ones_is_left_alone() -> None:
    """The same matte comes back: a human mask, or this rule's own result."""
    image, truth = _person()
    matte = Matte(truth.array.astype(np.float32))
    assert EdgeColour().refine(image, matte, []) is matte


@pytest.mark.parametrize("value", [0.3, 0.7])
def test_a_matte_without_an_edge_is_left_alone(value: float) -> None:
    """Nothing above one half, or everything."""
    image, _ = _person()
    matte = Matte(np.full(image.shape[:2], value, np.float32))
    assert EdgeColour().refine(image, matte, []) is matte


def test_a_matte_that_knows_its_edge_is_left_alone() -> None:
    """Values short of 0 and 1 with a step between them: the band has no width."""
    image, truth = _person()
    matte = Matte(np.where(truth.array, np.float32(0.99), np.float32(0.01)))
    assert EdgeColour().refine(image, matte, []) is matte


def test_colours_that_do_not_differ_leave_the_edge_near_the_matte_s() -> None:
    """A grey picture says nothing; the result agrees with the matte."""
    image, truth = _person()
    matte = _soft(truth, 3)
    refined = EdgeColour().refine(np.full_like(image, 127), matte, [])
    assert iou(refined.threshold(), matte.threshold()) > 0.98


def test_a_large_picture_is_decided_at_a_bounded_size() -> None:
    """Twelve megapixels: the result has the picture's size and is as right."""
    image, truth = _person()
    size = (3000, 4000)
    big = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_NEAREST), np.uint8)
    big_truth = Mask(cv2.resize(truth.array.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0)
    matte = cv2.resize(_soft(truth, 4, shift_px=3).array, size, interpolation=cv2.INTER_LINEAR)
    refined = EdgeColour().refine(big, Matte(np.clip(matte, 0, 1)), [])
    assert refined.array.shape == big.shape[:2]
    assert iou(refined.threshold(), big_truth) > 0.99


def test_the_transition_is_the_half_width_of_the_ramp() -> None:
    """A ramp over 20 px between two halves, of which 0.05 to 0.95 are 18."""
    ramp = np.tile(np.clip((np.arange(200) - 90) / 20, 0, 1).astype(np.float32), (50, 1))
    # The vertical edge has no cracks in the other direction, hence the factor for random ones.
    assert transition_px(ramp, 30) * np.pi / 4 == pytest.approx(9, abs=0.5)
    assert transition_px(np.zeros((9, 9), np.float32), 3) == 0.0
