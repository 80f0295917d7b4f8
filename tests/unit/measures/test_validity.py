"""Which pictures have a value that would mislead, and so have none?"""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from datatools.masks import RGB
from datatools.measures import Reason, measure
from tests.unit.measures import faces

Picture = Callable[[RGB], NDArray[np.floating]]


def _ita(image: RGB) -> float | Reason:
    found = measure(image, faces.frontal(), None)
    return found.values.get("face_ita_deg", found.invalid.get("face_ita_deg", Reason.NO_FACE))


def _grey(image: RGB) -> NDArray[np.floating]:
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float64)
    return np.repeat(grey[..., None], 3, axis=2)


def _sepia(image: RGB) -> NDArray[np.floating]:
    return np.asarray(_grey(image) * (1.0, 0.85, 0.65))


def _faded(image: RGB) -> NDArray[np.floating]:
    return np.asarray(0.1 * image + 0.9 * _grey(image))


def _gains(*gains: float) -> Picture:
    return lambda image: image * np.array(gains)


def _lit_from_the_left(image: RGB) -> NDArray[np.floating]:
    lit = image.astype(np.float64)
    lit[:, 150:] *= 0.4
    return lit


_SPOILT = [
    (_grey, Reason.GREY),
    (_sepia, Reason.GREY),
    (_faded, Reason.GREY),
    (_gains(0.7, 0.9, 1.2), Reason.TINTED),
    (_gains(1.0, 0.8, 0.55), Reason.TINTED),
    (_gains(0.85, 1.1, 0.85), Reason.TINTED),
    (_gains(0.5, 0.5, 0.5), Reason.DARK),
    (_gains(0.15, 0.15, 0.15), Reason.DARK),
    (_gains(1.6, 1.6, 1.6), Reason.BRIGHT),
    (_lit_from_the_left, Reason.UNEVEN),
]


@pytest.mark.parametrize(("spoil", "reason"), _SPOILT)
def test_spoilt_colours_and_light_have_a_reason_instead_of_an_ita(spoil: Picture, reason: Reason) -> None:
    """Grey, toned, faded, tinted, under- and over-exposed pictures, and light from one side."""
    image, _ = faces.plain()
    spoilt = np.clip(spoil(image), 0, 255).astype(np.uint8)
    assert _ita(spoilt) == reason


def test_a_closed_eye_does_not_make_a_picture_tinted() -> None:
    """Between shut lids there is skin, which is no white to judge the light by."""
    image, _ = faces.plain()
    image[170:190, 100:200] = image[200:220, 100:200]
    assert isinstance(_ita(image), float)


@pytest.mark.parametrize(("value", "reason"), [(255, Reason.BRIGHT), (2, Reason.DARK)])
def test_cheeks_that_hold_no_colour_have_no_ita(value: int, reason: Reason) -> None:
    """White or black through and through."""
    image, _ = faces.plain()
    image[205:250, 95:205] = value
    assert _ita(image) == reason


def test_shine_on_a_part_of_a_cheek_is_left_out_and_on_half_of_it_is_a_reason() -> None:
    """What is not clipped is then darker than the skin is."""
    image, _ = faces.plain()
    image[224:240, 100:200] = 255
    assert _ita(image) == Reason.BRIGHT


def test_a_face_of_a_few_pixels_has_no_ita() -> None:
    """Its cheeks are smaller than what a median needs."""
    image, _ = faces.plain()
    small = np.asarray(cv2.resize(image, None, fx=0.15, fy=0.15, interpolation=cv2.INTER_AREA), np.uint8)
    face = faces.of(faces.points_of(faces.frontal()) * 0.15)
    assert measure(small, face, None).invalid["face_ita_deg"] == Reason.SMALL


def test_a_face_seen_from_the_side_has_no_second_cheek_to_compare() -> None:
    """Light from a side is not known there, the skin of the cheek that is seen is."""
    image, _ = faces.plain()
    face = faces.frontal()
    faces.points_of(face)[[30, 31, 35]] += (34, 0)
    found = measure(image, face, None)
    assert found.invalid["face_side_light"] == Reason.TURNED
    assert "face_ita_deg" in found.values


def test_a_face_without_a_cheek_in_sight_has_no_ita() -> None:
    """Both are narrower than the patch of skin."""
    image, _ = faces.plain()
    face = faces.frontal()
    points = faces.points_of(face)
    points[[31, 2]], points[[35, 14]] = points[[31, 31]], points[[35, 35]]
    assert measure(image, face, None).invalid["face_ita_deg"] == Reason.TURNED
