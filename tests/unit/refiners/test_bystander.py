"""A small second face's piece is dropped, company is kept."""

import numpy as np
import pytest

from datatools.masks import Face, Matte
from datatools.refiners.bystander import Bystander

IMAGE = np.zeros((200, 300, 3), np.uint8)
MAIN = Face((20, 40, 100, 140), None, 1.0)


def _matte(*, joined: bool = False) -> Matte:
    values = np.zeros((200, 300), np.float32)
    values[30:200, 10:120] = 1
    values[30:200, 180:290] = 1
    if joined:
        values[150:200, 100:200] = 1
    return Matte(values)


def _second(side_px: float) -> Face:
    return Face((200, 60, 200 + side_px, 60 + side_px), None, 0.9)


def test_a_small_second_faces_piece_is_emptied() -> None:
    """The main person's piece stays as it was."""
    better = Bystander().refine(IMAGE, _matte(), [MAIN, _second(40)])
    assert not better.array[:, 150:].any()
    assert (better.array[:, :150] == _matte().array[:, :150]).all()


@pytest.mark.parametrize("faces", [[], [MAIN], [MAIN, _second(70)]])
def test_one_face_or_company_of_like_size_changes_nothing(faces: list[Face]) -> None:
    """Nobody is a bystander there."""
    matte = _matte()
    assert Bystander().refine(IMAGE, matte, faces) is matte


def test_whoever_touches_the_person_stays() -> None:
    """One piece holds both faces."""
    matte = _matte(joined=True)
    assert Bystander().refine(IMAGE, matte, [MAIN, _second(40)]) is matte


def test_a_mask_without_the_main_face_is_left_alone() -> None:
    """Emptying the only person found would help nobody."""
    values = _matte().array.copy()
    values[:, :150] = 0
    matte = Matte(values)
    assert Bystander().refine(IMAGE, matte, [MAIN, _second(40)]) is matte
