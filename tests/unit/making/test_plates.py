"""Is the background free of the person who stood there?"""

import numpy as np
import pytest

from datatools.making.plates import Window, best_window, hole, plate
from datatools.masks import Mask
from tests.pictures import draw_person

_NOBODY = np.zeros((128, 96), bool)


def test_hole_reaches_beyond_the_mask() -> None:
    """Hair that the mask missed belongs to the hole."""
    _, mask = draw_person()
    taken = hole(mask).array
    assert taken[mask.array].all()
    assert taken.sum() > mask.array.sum()


def test_window_beside_a_person_needs_no_paint() -> None:
    """A wide picture with somebody at its edge has room for somebody else."""
    taken = np.zeros((100, 400), bool)
    taken[:, :60] = True
    window = best_window(Mask(taken), Mask(_NOBODY), np.random.default_rng(0))
    assert window is not None
    assert window.painted_frac == 0
    assert window.box[0] >= 60


def test_person_who_covers_the_hole_needs_little_paint() -> None:
    """Somebody of the same stature stands where the other stood."""
    _, mask = draw_person()
    window = best_window(Mask(mask.array), mask, np.random.default_rng(0))
    assert window is not None
    assert window.painted_frac < 0.15


def test_small_picture_is_no_background() -> None:
    """A picture that had to be enlarged more than twice is refused."""
    assert best_window(Mask(np.zeros((30, 20), bool)), Mask(_NOBODY), np.random.default_rng(0)) is None


def test_same_draws_give_the_same_window() -> None:
    """The generator alone decides."""
    _, mask = draw_person()
    found = [best_window(mask, Mask(_NOBODY), np.random.default_rng(5)) for _ in range(2)]
    assert found[0] == found[1]


@pytest.mark.parametrize("is_mirrored", [False, True])
def test_hole_is_painted_from_its_rim(is_mirrored: bool) -> None:
    """On a plain background nothing of the person is left."""
    image = np.full((128, 96, 3), 90, np.uint8)
    mask = np.zeros((128, 96), bool)
    mask[40:100, 30:60] = True
    image[mask] = 250
    found = plate(image, hole(Mask(mask)), Window((0, 0, 96, 128), is_mirrored, 0.2), (144, 192))
    assert found.shape == (192, 144, 3)
    assert np.abs(found.astype(int) - 90).max() <= 8  # of 160; the painter rounds


def test_window_without_a_hole_is_resized_alone() -> None:
    """Where nobody stood, nothing is painted."""
    image = np.random.default_rng(0).integers(0, 255, (64, 64, 3)).astype(np.uint8)
    empty = Mask(np.zeros((64, 64), bool))
    assert (plate(image, empty, Window((0, 0, 64, 64), False, 0.0), (64, 64)) == image).all()
    mirrored = plate(image, empty, Window((0, 0, 64, 64), True, 0.0), (64, 64))
    assert (mirrored == image[:, ::-1]).all()
