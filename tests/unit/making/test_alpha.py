"""Is a person cut out softly, and left alone where that would do harm?"""

import cv2
import numpy as np
import pytest

from datatools.errors import MaskError
from datatools.making.alpha import cut_out
from datatools.masks import RGB, Mask, Matte, iou
from tests.pictures import draw_person


def _soft(sigma_px: float = 1.5) -> tuple[RGB, Mask, Matte]:
    """Give a person with a soft edge before a plain background, the mask and the true alpha."""
    picture, mask = draw_person(width_px=240, height_px=320)
    alpha = np.clip(cv2.GaussianBlur(mask.array.astype(np.float32), (0, 0), sigma_px), 0, 1)
    mixed = alpha[..., None] * np.array([200, 150, 120]) + (1 - alpha[..., None]) * np.array([40, 60, 90])
    noise = np.random.default_rng(0).normal(0, 1, picture.shape)
    return np.clip(mixed + noise, 0, 255).astype(np.uint8), mask, Matte(alpha.astype(np.float32))


def test_soft_edge_is_found() -> None:
    """Alpha is nearer to the truth than the mask is, by far."""
    image, mask, truth = _soft()
    found = cut_out(image, mask)
    assert found.method == "closed_form"
    assert found.remark is None
    error, before = (np.abs(a - truth.array).sum() for a in (found.alpha.array, mask.array))
    assert error < 0.4 * before


def test_far_from_the_edge_nothing_changes() -> None:
    """Inside stays 1, outside 0."""
    image, mask, _ = _soft()
    alpha = cut_out(image, mask).alpha.array
    inside = cv2.erode(mask.array.astype(np.uint8), np.ones((15, 15), np.uint8)) > 0
    outside = cv2.dilate(mask.array.astype(np.uint8), np.ones((15, 15), np.uint8)) == 0
    assert (alpha[inside] == 1).all()
    assert (alpha[outside] == 0).all()


def test_unsure_matte_widens_the_band() -> None:
    """Where a teacher is unsure further out, alpha may be soft there too."""
    image, mask, _ = _soft(3)
    far = cv2.dilate(mask.array.astype(np.uint8), np.ones((13, 13), np.uint8)) > 0
    unsure = np.where(mask.array, 1.0, np.where(far, 0.5, 0.0)).astype(np.float32)
    narrow, wide = cut_out(image, mask).alpha.array, cut_out(image, mask, Matte(unsure)).alpha.array
    beyond = far & (cv2.dilate(mask.array.astype(np.uint8), np.ones((7, 7), np.uint8)) == 0)
    assert (narrow[beyond] == 0).all()
    assert (wide[beyond] > 0).any()


def test_mask_beside_the_person_keeps_its_own_edge() -> None:
    """Where the mask's edge is nowhere near an edge of the picture, matting is not believed."""
    rng = np.random.default_rng(0)
    stripes = np.repeat(rng.integers(0, 2, (120, 40, 1)) * 255, 3, axis=1)
    image = np.repeat(stripes, 3, axis=2).astype(np.uint8)
    mask = np.zeros((120, 120), bool)
    mask[40:80, 40:80] = True
    found = cut_out(image, Mask(mask))
    assert found.method == "mask"
    assert found.remark is not None
    assert iou(found.alpha.threshold(), Mask(mask)) > 0.95


def test_other_shape_is_refused() -> None:
    """A mask of another picture is an error."""
    image, mask, _ = _soft()
    with pytest.raises(MaskError, match="one shape"):
        cut_out(image[:-1], mask)


def test_empty_mask_is_refused() -> None:
    """Nobody cannot be cut out."""
    image, mask, _ = _soft()
    with pytest.raises(MaskError, match="empty"):
        cut_out(image, Mask(np.zeros_like(mask.array)))
