"""Is a composite the person before the new background, with the mask that belongs to it?"""

import numpy as np
import pytest

from datatools.making.alpha import cut_out
from datatools.making.compositing import compose, drawn_plate, shrunk
from datatools.making.light import is_grey
from datatools.masks import Mask, iou
from tests.pictures import draw_person


def test_background_is_the_new_one_and_the_person_the_old() -> None:
    """Far from the edge the picture is one of the two; the mask is the person's."""
    image, mask = draw_person(width_px=240, height_px=320)
    plate = np.full(image.shape, (30, 35, 40), np.uint8)
    made = compose(image, mask, cut_out(image, mask), plate)
    person = cut_out(image, mask)
    outside = person.alpha.array == 0
    assert (made.image[outside] == (30, 35, 40)).all()
    assert iou(made.mask, mask) > 0.98
    inside = person.alpha.array == 1
    assert np.abs(made.image[inside].astype(int) - image[inside]).mean() < 15


def test_black_and_white_person_greys_the_background() -> None:
    """A black-and-white portrait stays one."""
    image, mask = draw_person(width_px=240, height_px=320)
    grey = np.repeat(image[..., :1], 3, axis=2)
    plate = np.full(image.shape, (200, 40, 40), np.uint8)
    assert is_grey(compose(grey, mask, cut_out(grey, mask), plate).image)


def test_rendered_place_has_the_size_and_is_repeatable() -> None:
    """The generator alone decides style and picture."""
    first, style = drawn_plate((90, 120), np.random.default_rng(4))
    second, again = drawn_plate((90, 120), np.random.default_rng(4))
    assert first.shape == (120, 90, 3)
    assert style == again
    assert (first == second).all()


@pytest.mark.parametrize(("limit", "size"), [(64, (64, 48)), (500, (128, 96))])
def test_large_pictures_are_shrunk_with_their_masks(limit: int, size: tuple[int, int]) -> None:
    """The longer side is the limit; smaller pictures stay as they are."""
    image, mask = draw_person()
    small, part = shrunk(image, mask, limit)
    assert small.shape[:2] == part.array.shape == size
    assert part.area_frac == pytest.approx(mask.area_frac, abs=0.01)
    assert isinstance(part, Mask)
