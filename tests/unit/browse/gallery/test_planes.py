"""Do overlays show what is there, at the size of a thumbnail, in few bytes?"""

import io

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from datatools.browse.gallery import planes
from datatools.masks import Face, Landmarks, Mask, Matte
from tests.pictures import draw_person

SIZE = (96, 128)
_PERSON = draw_person()[1]


def _opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def _shifted(mask: Mask, by_px: int) -> Mask:
    return Mask(np.roll(mask.array, by_px, axis=1))


def test_a_mask_is_drawn_whole_with_an_edge() -> None:
    """Every pixel of the mask has one of its two colours; the edge is inside of it."""
    plane = planes.of_mask(_PERSON, SIZE, planes.GENERATED)
    assert ((plane > 0) == _PERSON.array).all()
    edge = plane == planes.GENERATED[1]
    assert 0 < edge.sum() < _PERSON.array.sum() / 5


def test_the_border_of_the_picture_is_no_edge() -> None:
    """A body that leaves the picture does not end there."""
    whole = planes.of_mask(Mask(np.ones((128, 96), bool)), SIZE, planes.REFERENCE)
    assert (whole == planes.REFERENCE[0]).all()


def test_a_larger_mask_keeps_its_place() -> None:
    """Scaled down it covers the same part of the picture."""
    large = Mask(cv2.resize(_PERSON.array.astype(np.uint8), (480, 640)) > 0)
    small = planes.of_mask(large, SIZE, planes.GENERATED) > 0
    assert (small != _PERSON.array).mean() < 0.01


def test_errors_say_their_direction() -> None:
    """What is added and what is left out have different colours; what is right has none."""
    moved = _shifted(_PERSON, 4)
    plane = planes.of_errors(moved, _PERSON, SIZE)
    assert ((plane == planes.OVER) == (moved.array & ~_PERSON.array)).all()
    assert ((plane == planes.UNDER) == (_PERSON.array & ~moved.array)).all()


def test_a_thin_line_of_errors_stays_visible() -> None:
    """Two pixels of a large picture are not lost in its thumbnail."""
    right = np.zeros((640, 480), bool)
    wrong = right.copy()
    wrong[:, 200:202] = True
    plane = planes.of_errors(Mask(wrong), Mask(right), SIZE)
    assert (plane == planes.OVER).any(axis=1).all()


@given(st.floats(0, 1, width=32))
def test_heat_grows_with_the_matte(value: float) -> None:
    """Nothing is clear; a higher value is never drawn lower."""
    low, high = (
        planes.of_matte(Matte(np.full((8, 8), level, np.float32)), (4, 4))[0, 0]
        for level in (value, min(1.0, value + 0.2))
    )
    nothing = planes.of_matte(Matte(np.zeros((8, 8), np.float32)), (4, 4))
    assert (bool(low <= high), int(nothing.max())) == (True, planes.CLEAR)


def test_landmarks_are_points_where_they_lie() -> None:
    """Scaled to the thumbnail; those outside of the picture are left out."""
    points = np.array([[10, 20], [-900, 5], [40, 1e6]], np.float32)
    face = Face((0, 0, 50, 50), Landmarks(points, "given"), None)
    plane = planes.of_faces([face, Face((0, 0, 9, 9), None, None)], (0.5, 0.5), SIZE)
    assert np.argwhere(plane == planes.POINT).tolist() == [[10, 5]]


def test_faces_without_landmarks_draw_nothing() -> None:
    """A box alone is no point."""
    assert not planes.of_faces([Face((0, 0, 9, 9), None, None)], (1, 1), SIZE).any()


def test_planes_lie_below_each_other_and_read_back() -> None:
    """The file's pixels are the planes; clear is transparent, an edge is not."""
    drawn = [
        planes.of_mask(_PERSON, SIZE, planes.GENERATED),
        planes.of_errors(_shifted(_PERSON, 3), _PERSON, SIZE),
    ]
    image = _opened(planes.packed(drawn))
    assert (np.asarray(image) == np.vstack(drawn)).all()
    alpha = np.asarray(image.convert("RGBA"))[..., 3]
    assert ((alpha == 0) == (np.vstack(drawn) == planes.CLEAR)).all()


def test_a_file_of_planes_is_small_and_tells_nothing_else() -> None:
    """Four bits a pixel at most, a few hundred bytes a mask, no text and no time."""
    data = planes.packed([planes.of_mask(_PERSON, SIZE, planes.GENERATED)])
    image = _opened(data)
    assert (len(data) < 900, set(image.info)) == (True, {"transparency"})


def test_colours_of_overlays_are_written_for_css() -> None:
    """The legend names the colours that are in the file."""
    assert planes.colour(planes.OVER) == "#ffd400"
