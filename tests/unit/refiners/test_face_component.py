"""Pieces without a face go, unless they are large."""

import numpy as np

from datatools.masks import Matte
from datatools.refiners.face_component import FaceComponent
from tests.unit.refiners.test_regions import circle_face

IMAGE = np.zeros((200, 300, 3), np.uint8)


def _matte(*pieces: tuple[int, int, int, int]) -> Matte:
    """Give a matte of rectangles: top, bottom, left, right."""
    values = np.full((200, 300), 0.25, np.float32)
    for top, bottom, left, right in pieces:
        values[top:bottom, left:right] = 0.75
    return Matte(values)


PERSON, CRUMB, BODY = (20, 120, 20, 120), (150, 160, 250, 260), (130, 190, 20, 120)
FACE_IN_PERSON = circle_face((70, 70), 20)
FACE_IN_CRUMB = circle_face((255, 155), 4)


def test_a_piece_without_a_face_is_emptied() -> None:
    """The face's piece and the soft fringe stay as they were."""
    refined = FaceComponent().refine(IMAGE, _matte(PERSON, CRUMB), [FACE_IN_PERSON]).array
    expected = _matte(PERSON).array
    expected[150:160, 250:260] = 0
    assert (refined == expected).all()


def test_the_face_decides_even_for_a_small_piece() -> None:
    """Both stay: one holds the face, the other is larger still."""
    matte = _matte(PERSON, CRUMB)
    assert FaceComponent().refine(IMAGE, matte, [FACE_IN_CRUMB]) is matte


def test_every_face_keeps_its_piece() -> None:
    """Two people of unlike size."""
    matte = _matte(PERSON, CRUMB)
    assert FaceComponent().refine(IMAGE, matte, [FACE_IN_PERSON, FACE_IN_CRUMB]) is matte


def test_a_large_piece_stays() -> None:
    """A body that a scarf parts from its head."""
    matte = _matte(PERSON, BODY)
    assert FaceComponent().refine(IMAGE, matte, [FACE_IN_PERSON]) is matte


def test_without_a_face_the_largest_piece_stays() -> None:
    """No face, and a face off the mask."""
    expected = _matte(PERSON).threshold().array
    for faces in ([], [circle_face((200, 40), 10)]):
        refined = FaceComponent().refine(IMAGE, _matte(PERSON, CRUMB), faces)
        assert (refined.threshold().array == expected).all()


def test_one_piece_or_none_is_left_alone() -> None:
    """The same matte comes back."""
    for matte in (_matte(), _matte(PERSON)):
        assert FaceComponent().refine(IMAGE, matte, []) is matte
