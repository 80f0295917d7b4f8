"""What is measured on a picture as a whole, and what is left out?"""

import cv2
import numpy as np
import pytest

from datatools import plugins
from datatools.anatomy import _MESH_AS_IBUG, MESH468
from datatools.masks import Face, Mask
from datatools.measures import DEFINITIONS, NEEDS_MASK, measure
from tests.pictures import face_points
from tests.unit.measures import faces


def test_a_plain_face_has_every_measure() -> None:
    """With face and mask nothing is missing but sharpness, which a flat face has not."""
    image, mask = faces.plain()
    found = measure(image, faces.frontal(), mask)
    assert set(DEFINITIONS) - set(found) == {"face_sharpness"}


def test_without_a_mask_its_measures_are_absent() -> None:
    """They are not 0 and not NaN."""
    image, _ = faces.plain()
    assert NEEDS_MASK.isdisjoint(measure(image, faces.frontal(), None))


@pytest.mark.parametrize("face", [None, faces.of(np.ones((49, 2)), "eg1800_49")])
def test_without_a_jaw_only_the_picture_is_measured(face: Face | None) -> None:
    """No face, or points of a scheme that has no jaw."""
    image, mask = faces.plain()
    assert set(measure(image, face, mask)) == {"picture_lightness", "edge_contrast"}


def test_points_in_one_place_are_no_face() -> None:
    """Corrupt landmarks give no measures of a face instead of an error."""
    image, _ = faces.plain()
    same = faces.of(np.full((68, 2), 7))
    assert set(measure(image, same, None)) == {"picture_lightness"}


def test_a_face_outside_the_picture_has_no_colours() -> None:
    """Its pose and size are still known."""
    image, mask = faces.plain()
    found = measure(image, faces.frontal(shift=(2000, 0)), mask)
    assert {"face_yaw_deg", "face_roll_deg", "face_frac"} <= set(found)
    assert {"face_lightness", "face_ita_deg", "face_side_light", "back_light"}.isdisjoint(found)


def test_the_same_picture_with_more_pixels_measures_the_same() -> None:
    """Six megapixels are measured as one."""
    image, mask = faces.plain()
    image[::7, ::5] //= 2  # some detail
    times = 7
    large = np.asarray(cv2.resize(image, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC), np.uint8)
    grown = Mask(np.repeat(np.repeat(mask.array, times, axis=0), times, axis=1))
    points = (faces.points_of(faces.frontal()) + 0.5) * times - 0.5
    small = measure(image, faces.frontal(), mask)
    found = measure(large, faces.of(points), grown)
    for name in ("face_frac", "face_yaw_deg", "face_lightness", "face_ita_deg", "hair_below_chin"):
        assert found[name] == pytest.approx(small[name], rel=0.03, abs=0.1), name


def test_points_that_are_no_face_give_finite_numbers() -> None:
    """Points on an ellipse, whatever their order means, never give NaN or infinity."""
    image, mask = faces.plain()
    found = measure(image, faces.of(face_points(faces.WIDTH_PX, faces.HEIGHT_PX).points), mask)
    assert all(np.isfinite(value) for value in found.values())


def test_the_mesh_is_measured_like_dlib_s_points() -> None:
    """The same face as 468 points: the parts that both schemes see decide, and the forehead does not."""
    image, mask = faces.plain()
    points = np.full((468, 2), (150.0, 60.0))  # far above the brows
    points[list(_MESH_AS_IBUG)] = faces.points_of(faces.frontal())
    found = measure(image, faces.of(points, MESH468), mask)
    assert found == pytest.approx(measure(image, faces.frontal(), mask))


def test_no_measure_has_the_name_of_a_data_set_s_number() -> None:
    """Numbers of unlike origin under one name would be averaged into one band."""
    given = {"ita_deg", "L_skin", "person_frac", "yaw_deg", "roll_deg", "luminance", "contrast"}
    assert given.isdisjoint(DEFINITIONS)
    assert plugins.names("readers")  # whose columns the names above are
