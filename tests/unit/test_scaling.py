"""Arrays are made smaller, however thin they are."""

import numpy as np
import pytest

from datatools.scaling import scaled_down


@pytest.mark.parametrize(
    ("shape", "scale", "expected"),
    [((400, 300), 0.5, (200, 150)), ((30_000, 1), 0.01, (300, 1)), ((1, 30_000, 3), 0.01, (1, 300, 3))],
)
def test_each_side_keeps_a_pixel(shape: tuple[int, ...], scale: float, expected: tuple[int, ...]) -> None:
    """A thread becomes a shorter thread."""
    assert scaled_down(np.zeros(shape, np.uint8), scale).shape == expected


def test_the_kind_of_number_stays() -> None:
    """Bytes stay bytes, and their mean stays."""
    half = scaled_down(np.full((4, 4), 7, np.uint8), 0.5)
    assert half.dtype == np.uint8
    assert half.tolist() == [[7, 7], [7, 7]]
    assert scaled_down(np.ones((4, 4), np.float32), 0.5).dtype == np.float32
