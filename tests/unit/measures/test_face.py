"""Pose, light and skin of a face."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from datatools.masks import RGB, Mask
from datatools.measures import Reason, measure
from datatools.measures._colour import lab_of
from datatools.measures._face import FaceFrame, Region, frame_of
from datatools.measures.light import face_sharpness
from datatools.measures.pose import pose
from datatools.synthetic.dataset import RenderSettings, plan
from datatools.synthetic.portrait import stage
from tests.unit.measures import faces

_SHAPE = (faces.HEIGHT_PX, faces.WIDTH_PX)


def _frame() -> FaceFrame:
    frame = frame_of(faces.frontal(), _SHAPE)
    assert isinstance(frame, FaceFrame)
    return frame


def test_a_frontal_face_is_not_turned() -> None:
    """Both angles are 0."""
    found = pose(_frame())
    assert (found.yaw_deg, found.roll_deg) == pytest.approx((0, 0), abs=0.5)


@pytest.mark.parametrize("degrees", [-20.0, 15.0])
def test_a_tilt_is_roll_and_not_yaw(degrees: float) -> None:
    """Clockwise is positive."""
    frame = frame_of(faces.tilted(faces.frontal(), degrees), _SHAPE)
    assert isinstance(frame, FaceFrame)
    found = pose(frame)
    assert found.roll_deg == pytest.approx(degrees, abs=0.5)
    assert found.yaw_deg == pytest.approx(0, abs=0.5)


def test_pose_follows_the_rendered_heads() -> None:
    """The proxies and the true angles are of one size; the nod is the least sure."""
    true, found = [], []
    for picture in plan(RenderSettings(n_people=12, max_pictures=1, two_person_frac=0)):
        frame = frame_of(faces.of(stage(picture.identity, picture.scene).faces[0].points), (4000, 4000))
        assert isinstance(frame, FaceFrame)
        turned, seen = picture.scene.pose, pose(frame)
        true.append((turned.yaw_deg, turned.pitch_deg, -turned.roll_deg))  # the renderer's y points up
        found.append((seen.yaw_deg, seen.pitch_deg, seen.roll_deg))
    for wanted, got, least in zip(np.transpose(true), np.transpose(found), (0.95, 0.75, 0.95), strict=True):
        assert np.corrcoef(wanted, got)[0, 1] > least
        assert np.polyfit(wanted, got, 1)[0] == pytest.approx(1, abs=0.2)


def test_ita_is_the_angle_of_the_skin_s_colour() -> None:
    """arctan((L* - 50) / b*) of a flat face, by hand."""
    image, _ = faces.plain(skin=(200, 150, 120))
    lightness, _, yellow = lab_of(np.array([[(200, 150, 120)]], np.uint8))[0, 0]
    expected = np.degrees(np.arctan((lightness - 50) / yellow))
    assert faces.values(image, faces.frontal(), None)["face_ita_deg"] == pytest.approx(expected, abs=0.1)


def _shine(image: RGB) -> None:
    image[210:217, 100:200] = 255


def _shadow(image: RGB) -> None:
    image[222:228, 100:200] = 4


@pytest.mark.parametrize("spoil", [_shine, _shadow])
def test_shine_and_deep_shadow_do_not_move_the_ita(spoil: Callable[[RGB], None]) -> None:
    """A stripe across both cheeks is left out."""
    image, _ = faces.plain()
    before = faces.values(image, faces.frontal(), None)["face_ita_deg"]
    spoil(image)
    assert faces.values(image, faces.frontal(), None)["face_ita_deg"] == pytest.approx(before, abs=0.1)


def test_a_black_and_white_picture_has_no_ita() -> None:
    """Grey has no skin colour; its lightness is measured all the same."""
    image, _ = faces.plain(skin=(150, 150, 150), texture=0)
    found = measure(image, faces.frontal(), None)
    assert found.invalid["face_ita_deg"] == Reason.GREY
    assert found.values["face_lightness"] == pytest.approx(62, abs=1)


def test_a_cheek_that_is_turned_away_does_not_count() -> None:
    """A face turned to the right: what lies behind its right cheek is not its skin."""
    image, _ = faces.plain()
    face = faces.frontal()
    before = faces.values(image, face, None)["face_ita_deg"]
    faces.points_of(face)[[30, 31, 35]] += (34, 0)
    image[200:240, 175:210] = (20, 20, 90)
    found = faces.values(image, face, None)
    assert found["face_ita_deg"] == pytest.approx(before, abs=0.1)
    assert "face_side_light" not in found


def test_light_from_the_left_is_positive() -> None:
    """The cheek on the picture's left is lighter."""
    image, _ = faces.plain()
    image[:, 150:] //= 2
    assert faces.values(image, faces.frontal(), None)["face_side_light"] > 10


@pytest.mark.parametrize(("wall", "sign"), [((250, 250, 250), 1), ((10, 10, 10), -1)])
def test_back_light_is_positive_before_a_bright_wall(wall: tuple[int, int, int], sign: int) -> None:
    """And negative before a dark one."""
    image, mask = faces.plain(wall=wall)
    assert sign * faces.values(image, faces.frontal(), mask)["back_light"] > 20


def test_without_a_background_there_is_no_back_light() -> None:
    """A mask over the whole picture leaves none to measure."""
    image, mask = faces.plain()
    assert "back_light" not in faces.values(image, faces.frontal(), Mask(np.ones_like(mask.array)))


def _textured(contrast: float) -> RGB:
    rng = np.random.default_rng(0)
    noise = cv2.GaussianBlur(rng.normal(0, 1, (faces.HEIGHT_PX, faces.WIDTH_PX)), (0, 0), 1.5)
    grey = 128 + contrast * noise / noise.std()
    return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def _sharpness(image: RGB) -> float:
    found = face_sharpness(image, 1.0, _frame(), _frame().inside(_SHAPE))
    assert not isinstance(found, Reason)
    return found


def test_blur_lowers_sharpness_and_contrast_does_not() -> None:
    """Half the contrast is the same sharpness; a blur of 3 px is much less."""
    sharp, faint = (_sharpness(_textured(contrast)) for contrast in (40, 20))
    blurred = _sharpness(np.asarray(cv2.GaussianBlur(_textured(40), (0, 0), 3), np.uint8))
    assert faint == pytest.approx(sharp, abs=0.05)
    assert blurred < sharp - 0.5


def test_a_face_of_a_pixel_has_no_sharpness() -> None:
    """Hardly any of it is to be seen."""
    image, _ = faces.plain()
    one_px = Region(slice(0, 1), slice(0, 1), np.ones((1, 1), np.bool_))
    assert face_sharpness(image, 1.0, _frame(), one_px) == Reason.SMALL


def test_a_face_of_one_colour_has_no_sharpness() -> None:
    """There is no detail to judge by."""
    image, _ = faces.plain()
    image[:] = faces.SKIN
    assert measure(image, faces.frontal(), None).invalid["face_sharpness"] == Reason.FLAT
