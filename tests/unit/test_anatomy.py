"""A face's parts have one name in every scheme of landmarks."""

import numpy as np
import pytest
from numpy.typing import NDArray

from datatools.anatomy import Anatomy, anatomy
from datatools.masks import Face, Landmarks
from tests.portraits import rendered

BOX = (0.0, 0.0, 1.0, 1.0)


def parts_of(points: NDArray[np.float32], scheme: str = "ibug68") -> Anatomy:
    """Give the parts of a face with these landmarks."""
    found = anatomy(Face(BOX, Landmarks(points.astype(np.float32), scheme), None))
    assert found is not None
    return found


def rendered_points() -> NDArray[np.float32]:
    """Give the 68 points of a rendered face."""
    return rendered(2).faces[0].points


def turned(points: NDArray[np.float32], degrees: float) -> NDArray[np.float32]:
    """Turn points clockwise in the picture, whose y points down."""
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return np.asarray(points @ turn, np.float32)


def test_the_68_points_are_cut_into_parts() -> None:
    """Chin below mouth below nose below eyes below brows, and left is left."""
    parts = parts_of(rendered_points())
    heights = [parts.brows, parts.left_eye, parts.nose, parts.mouth, parts.chin[None]]
    middles = [float(one[:, 1].mean()) for one in heights]
    assert middles == sorted(middles)
    assert parts.eye_centres[0, 0] < parts.eye_centres[1, 0]
    assert parts.jaw[0, 0] < parts.chin[0] < parts.jaw[16, 0]
    assert len(parts.outline) == 68


def test_the_mesh_has_the_same_parts() -> None:
    """Sixty-eight of its points stand for the others' 68; all of them are the outline."""
    ibug = rendered_points()
    mesh = np.zeros((468, 2), np.float32)
    mesh[[127, 152, 356, 33, 133]] = ibug[[0, 8, 16, 36, 39]]
    parts = parts_of(mesh, "mesh468")
    assert parts.chin.tolist() == ibug[8].tolist()
    assert parts.width_px == pytest.approx(float(np.linalg.norm(ibug[16] - ibug[0])))
    assert parts.left_eye[[0, 3]].tolist() == ibug[[36, 39]].tolist()
    assert len(parts.outline) == 468


@pytest.mark.parametrize(
    "landmarks",
    [
        None,
        Landmarks(np.zeros((49, 2), np.float32), "eg1800_49"),
        Landmarks(np.zeros((5, 2), np.float32), "ibug68"),
    ],
)
def test_landmarks_without_a_jaw_have_no_parts(landmarks: Landmarks | None) -> None:
    """A box alone, 49 points, or too few of them."""
    assert anatomy(Face(BOX, landmarks, None)) is None


def test_roll_is_the_turn_in_the_picture() -> None:
    """Clockwise is positive: the right eye sinks."""
    level = parts_of(rendered_points()).roll_deg
    tilted = parts_of(turned(rendered_points(), 20))
    assert tilted.roll_deg - level == pytest.approx(20, abs=1e-3)
    assert tilted.eye_centres[1, 1] > tilted.eye_centres[0, 1]


def test_yaw_follows_the_nose_and_not_the_roll() -> None:
    """The tip a quarter of the width off the middle is 30 degrees to that side."""
    points = rendered_points().copy()
    jaw = points[16] - points[0]
    points[30] = (points[0] + points[16]) / 2 + jaw / 4
    assert parts_of(points).yaw_deg == pytest.approx(30, abs=1e-3)
    assert parts_of(turned(points, 35)).yaw_deg == pytest.approx(30, abs=1e-3)


def test_degenerate_faces_have_defined_numbers() -> None:
    """All landmarks in one place: no width, no turn, and down is the picture's."""
    parts = parts_of(np.zeros((68, 2), np.float32))
    assert (parts.width_px, parts.yaw_deg, parts.roll_deg, parts.height_px) == (0, 0, 0, 0)
    assert parts.down.tolist() == [0, 1]
