"""Small holes fill; large ones and bays do not."""

import numpy as np
import pytest

from datatools.masks import Matte
from datatools.refiners.fill_holes import FillHoles

IMAGE = np.zeros((200, 200, 3), np.uint8)


def _matte(rows: slice, columns: slice) -> Matte:
    values = np.ones((200, 200), np.float32)
    values[rows, columns] = 0.25
    return Matte(values)


def test_a_small_hole_fills() -> None:
    """100 of 40,000 pixels."""
    assert FillHoles().refine(IMAGE, _matte(slice(50, 60), slice(50, 60)), []).array.min() == 1.0


@pytest.mark.parametrize(
    ("rows", "columns"),
    [(slice(50, 90), slice(50, 90)), (slice(0, 10), slice(50, 60)), (slice(190, 200), slice(190, 200))],
)
def test_a_large_hole_and_a_bay_stay(rows: slice, columns: slice) -> None:
    """Between arm and body, and at the picture's border."""
    matte = _matte(rows, columns)
    assert FillHoles().refine(IMAGE, matte, []) is matte


def test_a_hole_that_only_touches_the_outside_by_a_corner_fills() -> None:
    """A person is joined across corners, so background is not."""
    values = np.ones((200, 200), np.float32)
    values[100, 100] = values[101, 101] = 0
    assert FillHoles().refine(IMAGE, Matte(values), []).array.min() == 1.0
