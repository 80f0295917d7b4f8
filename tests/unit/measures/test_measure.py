"""What is measured on a picture as a whole, and what is left out?"""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from datatools import plugins
from datatools.anatomy import _MESH_AS_IBUG, MESH468
from datatools.masks import Face, Landmarks, Mask
from datatools.measures import DEFINITIONS, NEEDS_FACE, NEEDS_MASK, Reason, measure
from tests.pictures import face_points
from tests.unit.measures import faces


def test_a_plain_face_has_every_measure() -> None:
    """With face and mask nothing is missing."""
    image, mask = faces.plain()
    found = measure(image, faces.frontal(), mask)
    assert list(found.values) == list(DEFINITIONS)
    assert found.invalid == {}


@pytest.mark.parametrize("face", [None, faces.frontal(), faces.of(np.full((68, 2), 7))])
@pytest.mark.parametrize("has_mask", [True, False])
def test_every_measure_has_a_value_or_a_reason(face: Face | None, has_mask: bool) -> None:
    """Never both, never neither."""
    image, mask = faces.plain()
    found = measure(image, face, mask if has_mask else None)
    assert sorted([*found.values, *found.invalid]) == sorted(DEFINITIONS)


def test_without_a_mask_its_measures_are_absent() -> None:
    """They are not 0 and not NaN."""
    image, _ = faces.plain()
    found = measure(image, faces.frontal(), None)
    assert {name for name, reason in found.invalid.items() if reason == Reason.NO_MASK} == NEEDS_MASK


_NO_FACE = [
    (None, Reason.NO_FACE),
    (faces.of(np.ones((49, 2)), "eg1800_49"), Reason.NO_LANDMARKS),  # a scheme without a jaw
    (faces.of(np.full((68, 2), 7)), Reason.NO_SUCH_FACE),  # all in one place
    (faces.frontal(shift=(2000, 0)), Reason.OUTSIDE),
]


@pytest.mark.parametrize(("face", "reason"), _NO_FACE)
def test_without_a_face_only_picture_and_mask_are_measured(face: Face | None, reason: Reason) -> None:
    """Every measure of a face says why it has no value."""
    image, mask = faces.plain()
    found = measure(image, face, mask)
    assert found.invalid == dict.fromkeys(sorted(NEEDS_FACE), reason)
    assert not found.is_guessed


def _collapsed(points: NDArray[np.float32]) -> None:
    points[:] = points.mean(axis=0)


def _shuffled(points: NDArray[np.float32]) -> None:
    np.random.default_rng(0).shuffle(points)


def _turned_over(points: NDArray[np.float32]) -> None:
    points[36:48], points[48:60] = points[48:60].copy(), points[36:48].copy()


def _elsewhere(points: NDArray[np.float32]) -> None:
    points += (120, 150)


@pytest.mark.parametrize("spoil", [_collapsed, _shuffled, _turned_over, _elsewhere])
def test_points_that_are_no_face_give_way_to_the_box(spoil: Callable[[NDArray[np.float32]], None]) -> None:
    """The skin is read where an average face has its cheeks; a pose is not guessed."""
    image, mask = faces.plain()
    right = faces.frontal()
    wrong = Face(right.box, Landmarks(faces.points_of(right).copy(), "ibug68"), None)
    spoil(faces.points_of(wrong))
    found, expected = measure(image, wrong, mask), measure(image, right, mask)
    assert found.is_guessed
    assert found.values["face_ita_deg"] == pytest.approx(expected.values["face_ita_deg"], abs=2)
    assert found.values["face_frac"] == pytest.approx(expected.values["face_frac"], rel=0.35)
    assert found.invalid["face_yaw_deg"] == Reason.NO_LANDMARKS


def test_the_same_picture_with_more_pixels_measures_the_same() -> None:
    """Six megapixels are measured as one."""
    image, mask = faces.plain()
    times = 7
    large = np.repeat(np.repeat(image, times, axis=0), times, axis=1)
    grown = Mask(np.repeat(np.repeat(mask.array, times, axis=0), times, axis=1))
    points = (faces.points_of(faces.frontal()) + 0.5) * times - 0.5
    small = faces.values(image, faces.frontal(), mask)
    found = faces.values(large, faces.of(points), grown)
    for name in ("face_frac", "face_yaw_deg", "face_lightness", "face_ita_deg", "hair_below_chin"):
        assert found[name] == pytest.approx(small[name], rel=0.03, abs=0.1), name


def test_points_that_are_no_face_give_finite_numbers() -> None:
    """Points on an ellipse, whatever their order means, never give NaN or infinity."""
    image, mask = faces.plain()
    found = measure(image, faces.of(face_points(faces.WIDTH_PX, faces.HEIGHT_PX).points), mask)
    assert found.is_guessed
    assert all(np.isfinite(value) for value in found.values.values())


def test_the_mesh_is_measured_like_dlib_s_points() -> None:
    """The same face as 468 points: the parts that both schemes see decide, and the forehead does not."""
    image, mask = faces.plain()
    points = np.full((468, 2), (150.0, 60.0))  # far above the brows
    points[list(_MESH_AS_IBUG)] = faces.points_of(faces.frontal())
    found = faces.values(image, faces.of(points, MESH468), mask)
    assert found == pytest.approx(faces.values(image, faces.frontal(), mask))


def test_no_measure_has_the_name_of_a_data_set_s_number() -> None:
    """Numbers of unlike origin under one name would be averaged into one band."""
    given = {"ita_deg", "L_skin", "person_frac", "yaw_deg", "roll_deg", "luminance", "contrast"}
    assert given.isdisjoint(DEFINITIONS)
    assert plugins.names("readers")  # whose columns the names above are
