"""What the frame cuts off, and what stands behind the person."""

import cv2
import numpy as np
import pytest

from datatools.masks import Mask, hull
from datatools.measures import Reason, measure
from tests.unit.measures import faces


def test_a_whole_face_is_not_cut() -> None:
    """Nothing of it lies outside."""
    image, _ = faces.plain()
    assert faces.values(image, faces.frontal(), None)["face_cut_frac"] == 0


def test_the_cut_part_of_a_face_is_its_share_outside() -> None:
    """Counted in pixels on a canvas with room beside."""
    image, _ = faces.plain()
    face = faces.frontal(shift=(-130, 0))
    points = faces.points_of(face)
    whole = hull(points + np.array([100, 0], np.float32), (faces.HEIGHT_PX, 400)).array
    expected = whole[:, :100].sum() / whole.sum()
    assert faces.values(image, face, None)["face_cut_frac"] == pytest.approx(expected, abs=0.02)


def test_a_person_in_the_middle_touches_no_border_but_the_bottom() -> None:
    """Which does not count."""
    image, mask = faces.plain()
    inside = mask.array.copy()
    inside[:, [0, -1]] = False
    assert faces.values(image, None, Mask(inside))["border_frac"] == 0


def test_a_mask_everywhere_touches_all_of_the_border() -> None:
    """Top and sides."""
    image, mask = faces.plain()
    assert faces.values(image, None, Mask(np.ones_like(mask.array)))["border_frac"] == 1


def test_more_detail_behind_the_person_is_more_complexity() -> None:
    """A plain wall has none, and finer stripes have more; the person's own detail does not count."""
    plain, mask = faces.plain()
    plain[: faces.LAMP_ROWS] = faces.WALL
    found = [faces.values(plain, None, mask)["background_complexity"]]
    for period_px in (60, 24, 12):
        image = plain.copy()
        is_stripe = (np.arange(faces.WIDTH_PX) // (period_px // 2)) % 2 == 1
        striped = np.where(is_stripe[None, :, None], 220, 60).astype(np.uint8)
        image[~mask.array] = np.broadcast_to(striped, image.shape)[~mask.array]
        found.append(faces.values(image, None, mask)["background_complexity"])
    assert found[0] == pytest.approx(0, abs=0.01)
    assert found == sorted(found)
    assert found[-1] > 2 * found[1] > 0


def test_resolution_is_no_complexity() -> None:
    """The same background with four times the pixels."""
    image, mask = faces.plain()
    image[~mask.array] = (
        np.random.default_rng(0).integers(0, 255, (20, 15, 3)).repeat(20, 0).repeat(20, 1)[~mask.array]
    )
    large = np.asarray(cv2.resize(image, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST), np.uint8)
    grown = Mask(np.repeat(np.repeat(mask.array, 2, axis=0), 2, axis=1))
    small = faces.values(image, None, mask)["background_complexity"]
    assert faces.values(large, None, grown)["background_complexity"] == pytest.approx(small, rel=0.05)


def test_without_a_background_there_is_no_complexity() -> None:
    """A mask over nearly the whole picture leaves a rim."""
    image, mask = faces.plain()
    full = np.ones_like(mask.array)
    full[:2] = False
    assert measure(image, None, Mask(full)).invalid["background_complexity"] == Reason.NO_BACKGROUND
