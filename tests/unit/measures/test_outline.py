"""What the mask shows: its edge, hair beside the face, shoulders."""

import numpy as np
import pytest

from datatools.masks import Mask
from datatools.measures import Reason
from datatools.measures._colour import lab_of
from datatools.measures.outline import edge_contrast
from tests.unit.measures import faces

_CHIN_Y, _FACE_PX = 290, 130  # of the drawn face


def _hair(mask: Mask) -> float | None:
    image, _ = faces.plain()
    return faces.values(image, faces.frontal(), mask).get("hair_below_chin")


def test_edge_contrast_is_the_colour_difference_across_the_edge() -> None:
    """Two flat colours: their CIE76 difference."""
    image, mask = faces.plain()
    two = lab_of(np.array([[faces.SKIN, faces.WALL]], np.uint8))[0]
    expected = float(np.linalg.norm(two[0] - two[1]))
    assert faces.values(image, None, mask)["edge_contrast"] == pytest.approx(expected, abs=0.5)


def test_a_person_of_the_wall_s_colour_has_no_contrast() -> None:
    """Nothing at the edge tells them apart."""
    image, mask = faces.plain(skin=faces.WALL, texture=0)
    assert faces.values(image, None, mask)["edge_contrast"] == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("value", [False, True])
def test_a_mask_without_an_edge_has_no_contrast(value: bool) -> None:
    """All person or none: the picture's border is no edge."""
    image, mask = faces.plain()
    assert edge_contrast(lab_of(image), Mask(np.full_like(mask.array, value))) == Reason.NO_EDGE


def test_short_hair_ends_above_the_chin() -> None:
    """Nothing beside the face, though there are shoulders below."""
    found = _hair(Mask(faces.person() > 0))
    assert found is not None
    assert found < -0.5


@pytest.mark.parametrize("below", [-0.2, 0.1, 0.3])
def test_hair_is_followed_down_to_its_end(below: float) -> None:
    """In face heights from the chin."""
    found = _hair(Mask(faces.person(round(_CHIN_Y + below * _FACE_PX)) > 0))
    assert found == pytest.approx(below, abs=0.02)


def test_hair_that_meets_the_shoulders_has_the_largest_value() -> None:
    """Where hair ends there, a mask cannot tell."""
    assert _hair(Mask(faces.person(faces.HEIGHT_PX) > 0)) == 0.5


def test_one_long_side_is_long_hair() -> None:
    """The longer side counts."""
    person = faces.person(faces.HEIGHT_PX)
    person[:365, 180:] = 0
    assert _hair(Mask(person > 0)) == 0.5


def test_a_picture_that_ends_at_the_chin_does_not_show_hair() -> None:
    """The measure is absent."""
    image, mask = faces.plain()
    end = _CHIN_Y + 5
    assert "hair_below_chin" not in faces.values(image[:end], faces.frontal(), Mask(mask.array[:end]))


def test_a_face_that_fills_the_picture_shows_no_hair_beside_it() -> None:
    """There is no room beside the jaw."""
    image, mask = faces.plain()
    cut = slice(92, 208)
    found = faces.values(image[:, cut], faces.frontal(shift=(-92, 0)), Mask(mask.array[:, cut]))
    assert "hair_below_chin" not in found


@pytest.mark.parametrize(("cloth", "lightness"), [((0, 0, 0), 0), ((255, 255, 255), 100)])
def test_shoulders_are_as_light_as_the_clothes(cloth: tuple[int, int, int], lightness: float) -> None:
    """L* of what the mask shows below the chin."""
    image, mask = faces.plain()
    image[365:] = cloth
    assert faces.values(image, faces.frontal(), mask)["shoulder_lightness"] == pytest.approx(
        lightness, abs=0.5
    )


def test_without_shoulders_there_is_no_lightness_of_them() -> None:
    """A picture that ends above them."""
    image, mask = faces.plain()
    found = faces.values(image[:340], faces.frontal(), Mask(mask.array[:340]))
    assert "shoulder_lightness" not in found
