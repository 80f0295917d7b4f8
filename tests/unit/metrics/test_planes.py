"""Masks as planes of bits, against OpenCV on bytes, at sizes that fill words and sizes that do not."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from datatools.metrics._planes import Grid, Words, counted, grid, outlines, places, planes, shrunk, unpacked

Bools = NDArray[np.bool_]

_SIZES = st.one_of(st.integers(1, 12), st.integers(60, 70), st.integers(120, 140))


def _masks(seed: int, height_px: int, width_px: int) -> list[Bools]:
    """Give a mask of large parts, one of noise, and an empty and a full one."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(height_px, width_px))
    parts = noise.cumsum(axis=0).cumsum(axis=1)
    shape = (height_px, width_px)
    return [parts > parts.mean(), noise > -1.5, np.zeros(shape, np.bool_), np.ones(shape, np.bool_)]


def _pictures(found: Words, where: Grid, width_px: int) -> Bools:
    """Give the pixels of planes that hold the picture's rows alone: (n_masks, H, W)."""
    bits = unpacked(np.ascontiguousarray(found))
    return bits.reshape(len(found), where.height_px, where.row_bits)[:, :, :width_px]


@given(st.integers(0, 2**32 - 1), _SIZES, _SIZES, st.integers(1, 70))
@settings(max_examples=60, deadline=None)
def test_masks_shrink_as_by_erosion_that_ignores_what_lies_outside(
    seed: int, height_px: int, width_px: int, half_width_px: int
) -> None:
    """By squares of every width, wider than a word and than the picture."""
    masks = _masks(seed, height_px, width_px)
    where = grid(height_px, width_px, half_width_px, 1)
    found = _pictures(shrunk(planes(masks, where), half_width_px, where), where, width_px)
    square = np.ones((2 * half_width_px + 1, 2 * half_width_px + 1), np.uint8)
    for mask, pixels in zip(masks, found, strict=True):
        expected = cv2.erode(mask.astype(np.uint8), square, borderType=cv2.BORDER_CONSTANT, borderValue=1)
        assert (pixels == expected.astype(bool)).all()


@given(st.integers(0, 2**32 - 1), _SIZES, _SIZES, st.integers(1, 9))
@settings(max_examples=40, deadline=None)
def test_outlines_are_pixels_with_a_neighbour_outside(
    seed: int, height_px: int, width_px: int, frame_px: int
) -> None:
    """The border of the picture is none; places tell where the pixels lie."""
    masks = _masks(seed, height_px, width_px)
    where = grid(height_px, width_px, frame_px, 1)
    found = outlines(planes(masks, where), where)
    pixels = _pictures(found[:, where.rows()], where, width_px)
    cross = np.asarray(cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3)), np.uint8)
    for mask, outline, plane in zip(masks, pixels, found, strict=True):
        inner = cv2.erode(mask.astype(np.uint8), cross, borderType=cv2.BORDER_REPLICATE)
        assert (outline == mask & ~inner.astype(bool)).all()
        down, right = np.nonzero(outline)
        assert places(plane).tolist() == ((down + frame_px + 1) * where.row_bits + right).tolist()


def test_bits_are_counted_and_come_back_as_they_were() -> None:
    """Packed and unpacked, a mask is itself; its frame is True."""
    masks = _masks(0, 50, 70)
    where = grid(50, 70, 3, 2)
    framed = planes(masks, where)
    assert (_pictures(framed[:, where.rows()], where, 70) == np.stack(masks)).all()
    assert counted(framed & where.inside) == [int(mask.sum()) for mask in masks]
    assert counted(framed & ~where.inside) == [counted(~where.inside[None])[0]] * len(masks)


@pytest.mark.parametrize(("height_px", "width_px", "expected"), [(50, 70, 44 * 64), (5, 70, 0), (50, 6, 0)])
def test_the_core_lies_off_the_border(height_px: int, width_px: int, expected: int) -> None:
    """Three pixels from it on all sides; a narrow picture has none."""
    assert counted(grid(height_px, width_px, 4, 3).core[None]) == [expected]
