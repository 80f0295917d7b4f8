"""Do the small functions under the renderer do what their names say?"""

import numpy as np
import pytest

from datatools.synthetic.arrays import curve, f32, mix, normalised, rotation, smoothstep, srgb

_KNOTS = ((-2.0, 1.0), (0.0, 3.0), (1.0, 3.0), (4.0, -1.0))


def test_curve_goes_through_its_knots_and_is_level_beyond() -> None:
    """A curve meets its knots, does not overshoot them, and stays level outside."""
    xs, ys = np.array(_KNOTS).T
    assert curve(xs, _KNOTS) == pytest.approx(ys, abs=1e-3)
    assert curve([-9, 9], _KNOTS) == pytest.approx([1, -1])
    assert curve(np.linspace(-2, 4, 500), _KNOTS).max() <= 3.0 + 1e-5


def test_smoothstep_rises_or_falls() -> None:
    """The order of the ends decides the direction."""
    assert smoothstep(0, 1, [-1, 0, 0.5, 1, 2]).tolist() == [0, 0, 0.5, 1, 1]
    assert smoothstep(1, 0, [-1, 0.5, 2]).tolist() == [1, 0.5, 0]


def test_rotation_follows_its_signs() -> None:
    """Yaw turns the face right, pitch lifts it, roll tips the crown to the left."""
    face, crown = f32([0, 0, 1]), f32([0, 1, 0])
    assert (rotation(30, 0, 0) @ face)[0] > 0.4
    assert (rotation(0, 30, 0) @ face)[1] > 0.4
    assert (rotation(0, 0, 30) @ crown)[0] < -0.4
    turn = rotation(20, -10, 5)
    assert turn @ turn.T == pytest.approx(np.eye(3), abs=1e-6)


def test_srgb_is_linearised() -> None:
    """Mid grey reflects about a fifth of the light."""
    assert srgb(255, 255, 255) == pytest.approx((1, 1, 1))
    assert srgb(118, 118, 118)[0] == pytest.approx(0.18, abs=0.005)


def test_normalised_vectors_have_length_one_and_nothing_stays_nothing() -> None:
    """No division by zero."""
    assert normalised(f32([[3, 0, 4], [0, 0, 0]])) == pytest.approx(np.array([[0.6, 0, 0.8], [0, 0, 0]]))


def test_mix_blends() -> None:
    """Weight 0 is the first, 1 the second."""
    assert mix([0.0, 2.0], [1.0, 4.0], [0.0, 0.5]).tolist() == [0, 3]
