"""A face's seed lies well inside the face, whatever is known of the face."""

import numpy as np
import pytest

from datatools.masks import Face, Landmarks
from datatools.refiners._regions import face_seed


def circle_face(centre: tuple[float, float], radius_px: float, n_points: int = 68) -> Face:
    """Give a face whose landmarks lie on a circle, its first and 17th point opposite each other."""
    angle = np.linspace(0, 2 * np.pi, n_points, endpoint=False)
    if n_points == 68:
        angle = np.concatenate([np.linspace(0, np.pi, 17), np.linspace(np.pi, 2 * np.pi, 51)])
    points = np.stack([np.cos(angle), np.sin(angle)], axis=1) * radius_px + centre
    low, high = points.min(axis=0), points.max(axis=0)
    box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    return Face(box, Landmarks(points.astype(np.float32), "ibug68"), None)


def _radius_px(area_px: int) -> float:
    return float(np.sqrt(area_px / np.pi))


def test_the_seed_is_the_hull_less_8_percent_of_the_jaws_width() -> None:
    """A circle of radius 50, eroded by 8, has radius 42."""
    seed = face_seed(circle_face((100, 100), 50), (200, 200)).array
    assert _radius_px(seed.sum()) == pytest.approx(42, abs=1)


def test_a_large_face_has_the_same_seed_in_proportion() -> None:
    """The erosion runs at a bounded size: radius 1,000 gives 840."""
    seed = face_seed(circle_face((1500, 1500), 1000), (3000, 3000)).array
    assert _radius_px(seed.sum()) == pytest.approx(840, rel=0.01)


def test_the_picture_s_border_does_not_erode_the_seed() -> None:
    """A face half outside keeps its pixels along the border."""
    seed = face_seed(circle_face((0, 100), 50), (200, 200)).array
    assert seed[100, 0]
    assert not seed[:, 45:].any()


def test_a_scheme_without_a_jaw_has_a_seed() -> None:
    """49 points: the hull's own size stands in for the jaw."""
    seed = face_seed(circle_face((100, 100), 50, n_points=49), (200, 200)).array
    assert 40 < _radius_px(seed.sum()) < 47


def test_a_box_without_landmarks_has_an_ellipse_in_its_middle() -> None:
    """The corners of a box are background."""
    seed = face_seed(Face((50, 50, 150, 150), None, None), (200, 200)).array
    assert seed[100, 100]
    assert not seed[60, 60]


def test_two_points_have_no_hull() -> None:
    """The box stands in for landmarks that are too few."""
    few = Landmarks(np.array([[90, 100], [110, 100]], np.float32), "eyes")
    assert face_seed(Face((50, 50, 150, 150), few, None), (200, 200)).array[100, 100]


@pytest.mark.parametrize("centre", [(-300.0, 100.0), (100.0, 900.0)])
def test_a_face_outside_the_picture_has_no_seed(centre: tuple[float, float]) -> None:
    """Left of it, and below it."""
    assert not face_seed(circle_face(centre, 50), (200, 200)).array.any()
