"""A face raises what the matte doubts; a large conflict is left for the check."""

import numpy as np

from datatools.masks import Matte
from datatools.refiners.face_seed import FaceSeed
from tests.unit.refiners.test_regions import circle_face

IMAGE = np.zeros((200, 200, 3), np.uint8)
FACE = circle_face((100, 100), 50)


def _matte(hole_value: float, hole_px: int) -> Matte:
    values = np.ones((200, 200), np.float32)
    values[100 - hole_px : 100 + hole_px, 100 - hole_px : 100 + hole_px] = hole_value
    return Matte(values)


def test_doubt_inside_the_face_becomes_person() -> None:
    """A small patch of 0.4 is raised to 1."""
    assert FaceSeed().refine(IMAGE, _matte(0.4, 10), [FACE]).array.min() == 1.0


def test_certain_background_stays() -> None:
    """A small patch of 0 in the face: the teacher is sure, perhaps of a hand-held object."""
    matte = _matte(0.0, 10)
    assert FaceSeed().refine(IMAGE, matte, [FACE]) is matte


def test_a_face_that_conflicts_in_a_large_part_changes_nothing() -> None:
    """Half of the seed below one half: either may be wrong."""
    matte = _matte(0.4, 30)
    assert FaceSeed().refine(IMAGE, matte, [FACE]) is matte


def test_no_face_or_one_outside_changes_nothing() -> None:
    """The same matte comes back."""
    matte = _matte(0.4, 10)
    assert FaceSeed().refine(IMAGE, matte, []) is matte
    assert FaceSeed().refine(IMAGE, matte, [circle_face((-500, 0), 50)]) is matte
