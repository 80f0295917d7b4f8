"""Augmentation changes pictures at random, and keeps their masks in step."""

import cv2
import numpy as np
import pytest

from datatools.masks import Mask, iou
from datatools.student.augment import augment
from tests.unit.student.small import pixels


def test_the_same_generator_gives_the_same_variant() -> None:
    """All that is random comes from the generator."""
    source = pixels(1)[0]
    first, second = (augment(source, np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(first[0], second[0])
    assert np.array_equal(first[1], second[1])


def test_other_generators_give_other_variants() -> None:
    """A picture never looks the same twice."""
    made = {augment(pixels(1)[0], np.random.default_rng(seed))[0].tobytes() for seed in range(20)}
    assert len(made) == 20


def test_the_source_stays_as_it_is() -> None:
    """The packed pictures are read again in the next epoch."""
    source = pixels(1)[0]
    before = source.copy()
    augment(source, np.random.default_rng(0))
    assert np.array_equal(source, before)


@pytest.mark.parametrize("seed", range(10))
def test_the_mask_moves_with_the_picture(seed: int) -> None:
    """A bright shape on black is still where its mask is, whatever was done."""
    canvas = np.zeros((64, 64), np.uint8)
    cv2.ellipse(canvas, (28, 34), (14, 20), 20, 0, 360, (255,), -1)
    image, mask = augment(np.dstack([canvas] * 4), np.random.default_rng(seed))
    grey = image.mean(axis=2)
    seen = Mask(grey > (float(grey.min()) + float(grey.max())) / 2)
    assert iou(seen, Mask(mask > 127)) > 0.9


def test_a_picture_may_be_mirrored() -> None:
    """About half of the variants are: a shape left of the middle ends on the right."""
    canvas = np.zeros((64, 64), np.uint8)
    canvas[:, :16] = 255
    sides = [augment(np.dstack([canvas] * 4), np.random.default_rng(seed))[1] for seed in range(40)]
    n_right = sum(int(mask[:, 32:].sum()) > int(mask[:, :32].sum()) for mask in sides)
    assert 10 <= n_right <= 30


def test_picture_and_mask_are_8_bit_and_of_the_same_size() -> None:
    """Values that leave 0-255 are cut, not wrapped round."""
    white = np.full((32, 32, 4), 255, np.uint8)
    for seed in range(10):
        image, mask = augment(white, np.random.default_rng(seed))
        assert (image.dtype, mask.dtype) == (np.dtype(np.uint8), np.dtype(np.uint8))
        assert (image.shape, mask.shape) == ((32, 32, 3), (32, 32))
        assert image.min() > 100
        assert mask.min() == 255
