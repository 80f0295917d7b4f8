"""Does light come from where the scene says?"""

import numpy as np
import pytest

from datatools.synthetic.arrays import f32
from datatools.synthetic.lighting import Surface, key_direction, reached, shade
from datatools.synthetic.noise import SIDE, look_up, tile
from datatools.synthetic.scene import Light

_LIGHT = Light(azimuth_deg=60, elevation_deg=0, key=0.7, warmth=0.0, rim=0.0, level=1.0)


def test_key_light_from_the_right_lights_what_faces_right() -> None:
    """Positive azimuth is the picture's right."""
    assert key_direction(_LIGHT)[0] > 0.8
    n = 2
    surface = Surface(np.full((n, 3), 0.5, np.float32), np.zeros(n, np.float32), np.zeros(n, np.float32))
    ones = np.ones(n, np.float32)
    right, left = shade(surface, f32([[0.8, 0, 0.6], [-0.8, 0, 0.6]]), ones, ones, _LIGHT)
    assert right.mean() > 2 * left.mean()


def test_plate_throws_a_shadow_on_what_lies_behind_it() -> None:
    """A point behind a plate is dark, one beside it and one before it are lit."""
    x, y = np.meshgrid(np.arange(-5, 5, 0.3), np.arange(-5, 5, 0.3))
    plate = f32(np.stack([x.ravel(), y.ravel(), np.full(x.size, 10.0)], axis=1))
    points = f32([[0, 0, 0], [20, 0, 0], [0, 0, 12]])
    towards = f32([0, 0, 1])
    lit = reached(points, f32([[0, 0, 1]] * 3), np.concatenate([plate, points]), towards)
    assert lit == pytest.approx([0, 1, 1], abs=0.01)


@pytest.mark.parametrize("kind", ["cloud", "swell", "grain", "thread"])
def test_textures_are_standardised_and_repeat(kind: str) -> None:
    """A tile has mean 0 and deviation 1, and is the same one tile further."""
    assert tile(kind).shape == (SIDE, SIDE)
    assert float(tile(kind).mean()) == pytest.approx(0, abs=1e-4)
    assert float(tile(kind).std()) == pytest.approx(1, abs=1e-4)
    at = (np.arange(0, SIDE, 37) + 0.5) / SIDE * 8
    assert (look_up(kind, at, at, 8.0) == look_up(kind, at + 8, at - 8, 8.0)).all()
