"""The zones around a face."""

import numpy as np
import pytest

from datatools.masks import Face, Landmarks
from datatools.metrics._zones import ZONES, zone_map, zoned_face
from tests.portraits import rendered

_BOX = (0.0, 0.0, 1.0, 1.0)


def _rendered_face(seed: int = 3) -> tuple[Face, tuple[int, int]]:
    portrait = rendered(seed)
    height_px, width_px = portrait.image.shape[:2]
    return Face(_BOX, portrait.faces[0], None), (height_px, width_px)


def _moved(face: Face, by: tuple[float, float], scale: float = 1.0) -> Face:
    assert face.landmarks is not None
    points = np.asarray(face.landmarks.points * scale + by, np.float32)
    return Face(_BOX, Landmarks(points, face.landmarks.scheme), None)


def _flat_face() -> Face:
    """Give a jaw of 100 px whose chin lies on the brows."""
    points = np.zeros((68, 2), np.float32)
    points[0], points[16] = (-50, 0), (50, 0)
    return Face(_BOX, Landmarks(points, "ibug68"), None)


def test_zones_lie_from_the_hair_down_to_the_shoulders() -> None:
    """Each below the other, the face within the person."""
    face, shape = _rendered_face()
    zones = zone_map(face, shape, shape)
    assert zones is not None
    heights = [np.nonzero(zones == number)[0].mean() for number in range(1, 1 + len(ZONES))]
    assert heights == sorted(heights)
    inside = rendered(3).mask.array[zones == 1 + ZONES.index("face")]
    assert inside.mean() > 0.95


def test_zones_turn_with_the_head() -> None:
    """A picture laid on its side has its zones on their side."""
    face, (height_px, width_px) = _rendered_face()
    assert face.landmarks is not None
    x, y = face.landmarks.points.T
    turned = Face(_BOX, Landmarks(np.stack([height_px - 1 - y, x], axis=1), face.landmarks.scheme), None)
    upright = zone_map(face, (height_px, width_px), (height_px, width_px))
    lying = zone_map(turned, (width_px, height_px), (width_px, height_px))
    assert upright is not None
    assert lying is not None
    assert np.mean(np.rot90(upright, -1) == lying) > 0.99


def test_zones_scale_with_the_reference() -> None:
    """A reference of twice the size has zones of twice the size."""
    face, shape = _rendered_face()
    small = zone_map(face, shape, shape)
    large = zone_map(face, shape, (2 * shape[0], 2 * shape[1]))
    assert small is not None
    assert large is not None
    assert np.mean(small.repeat(2, axis=0).repeat(2, axis=1) == large) > 0.98


def test_a_face_outside_the_picture_has_no_zones() -> None:
    """Corrupt landmarks tell nothing, however far away they are."""
    face, shape = _rendered_face()
    assert zone_map(_moved(face, (1e7, 0.0)), shape, shape) is None


@pytest.mark.parametrize(
    "faces",
    [
        None,
        [],
        [Face((0.0, 0.0, 50.0, 50.0), None, None)],
        [Face(_BOX, Landmarks(np.ones((49, 2), np.float32), "eg1800_49"), None)],
        [_moved(_rendered_face()[0], (0.0, 0.0), scale=0.05)],
        [_flat_face()],
    ],
    ids=["nobody looked", "none found", "no landmarks", "no jaw", "too small", "no face"],
)
def test_zones_need_a_face_with_a_jaw(faces: list[Face] | None) -> None:
    """Whatever else is known is too little to place hair and neck by."""
    assert zoned_face(faces) is None


def test_the_largest_face_is_the_one() -> None:
    """Faces come in that order."""
    face, _ = _rendered_face()
    other = _moved(face, (5.0, 5.0))
    assert zoned_face([face, other]) is face
