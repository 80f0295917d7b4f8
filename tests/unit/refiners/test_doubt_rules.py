"""Each rule decides the doubt in its own region, by the colours or the shape that belong there."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from datatools import plugins
from datatools.anatomy import anatomy
from datatools.masks import Face, Landmarks, Matte
from datatools.refiners import Refiner
from datatools.refiners.shoulder_wedge import wedge
from tests.unit.refiners.heads import CENTRE, HEIGHT_PX, WIDTH_PX, doubting, ellipse, face, head, points_68

Bools = NDArray[np.bool_]
HAIR = ellipse((CENTRE[0] + 25, 40), 12, 12)
BEARD = ellipse((CENTRE[0], 126), 10, 7)
NECK = ellipse((CENTRE[0], 132), 9, 9)
SHOULDER = ellipse((CENTRE[0] + 30, 190), 12, 12)
EYE = ellipse((CENTRE[0] - 12, 87), 9, 5)
HAND = ellipse((CENTRE[0] + 25, 122), 13, 13) & ~head()[1]  # between cheek and neck
REGIONS = {
    "hair": HAIR,
    "beard": BEARD,
    "glasses": EYE,
    "hands": HAND,
    "shoulder_wedge": SHOULDER,
}


def rule(name: str) -> Refiner:
    """Make a rule."""
    built: Refiner = plugins.build("refiners", name)
    return built


def picture(name: str) -> tuple[NDArray[np.uint8], Bools]:
    """Give a head whose colours suit the rule: a beard like the hair, a hand like the face."""
    image, person = head()
    if name == "beard":
        image[ellipse((CENTRE[0], 115), 30, 20) & ~ellipse((CENTRE[0], 85), 30, 26)] = (60, 30, 20)
        person = person | ellipse((CENTRE[0], 115), 30, 20)
    if name == "hands":
        image[HAND] = (200, 150, 120)
        person = person | HAND
    return image, person


@pytest.mark.parametrize("name", REGIONS)
def test_doubt_in_its_region_becomes_person(name: str) -> None:
    """Nearly all of a patch of 0.4 that looks like the person there, and nothing outside the patch."""
    image, person = picture(name)
    matte = doubting(person, REGIONS[name] & person)
    better = rule(name).refine(image, matte, [face()])
    raised = better.array != matte.array
    assert raised[REGIONS[name] & person].mean() > 0.8
    assert not raised[~REGIONS[name]].any()
    assert better.array[raised].min() > 0.5


@pytest.mark.parametrize("name", REGIONS)
def test_certain_background_stays(name: str) -> None:
    """A patch of 0.05: the teachers know something."""
    image, person = picture(name)
    matte = doubting(person, REGIONS[name] & person, 0.05)
    assert rule(name).refine(image, matte, [face()]) is matte


@pytest.mark.parametrize("name", ["hair", "beard", "hands"])
def test_doubt_that_looks_like_background_stays(name: str) -> None:
    """The colours decide: a patch of sky beside the head is no hair."""
    image, person = picture(name)
    image[REGIONS[name]] = (200, 220, 240)
    matte = doubting(person, REGIONS[name])
    assert rule(name).refine(image, matte, [face()]) is matte


@pytest.mark.parametrize("name", REGIONS)
def test_the_soft_edge_is_not_theirs(name: str) -> None:
    """A blurred outline without thick doubt is left to the edge pass."""
    image, person = picture(name)
    matte = Matte(cv2.GaussianBlur(person.astype(np.float32), (0, 0), 0.8).astype(np.float32))
    assert rule(name).refine(image, matte, [face()]) is matte


@pytest.mark.parametrize("name", REGIONS)
def test_without_landmarks_a_jaw_or_a_face_in_the_picture_nothing_changes(name: str) -> None:
    """No face, a box alone, 49 points, a face of a few pixels, a face outside."""
    image, person = picture(name)
    matte = doubting(person, REGIONS[name])
    box = (70.0, 60.0, 130.0, 120.0)
    faces = [
        Face(box, None, None),
        Face(box, Landmarks(points_68()[:49], "eg1800_49"), None),
        Face(box, Landmarks(points_68(jaw_px=5), "ibug68"), None),
        Face(box, Landmarks(points_68((900.0, 900.0)), "ibug68"), None),
    ]
    assert rule(name).refine(image, matte, []) is matte
    for other in faces:
        assert rule(name).refine(image, matte, [other]) is matte


def test_hair_knows_hats() -> None:
    """Whatever surely sits on the head lends its colours: a green one is recovered as a brown one is."""
    image, person = head(hair=(40, 160, 60))
    better = rule("hair").refine(image, doubting(person, HAIR & person), [face()])
    assert (better.array[HAIR & person] > 0.5).mean() > 0.8


def test_a_patch_that_meets_the_person_at_a_corner_stays() -> None:
    """Something dark beside the head is not hair because it begins there."""
    image, person = head()
    patch = ellipse((154, 52), 13, 13) & ~person
    image[patch] = (60, 30, 20)
    matte = doubting(person, patch)
    assert rule("hair").refine(image, matte, [face()]) is matte


def test_a_patch_that_does_not_touch_the_person_stays() -> None:
    """Something of the hair's colour above the head is not on it."""
    image, person = head()
    patch = ellipse((100, 8), 5, 5)
    image[patch] = (60, 30, 20)
    matte = doubting(person, patch)
    assert rule("hair").refine(image, matte, [face()]) is matte


def _wedge(points: NDArray[np.float32]) -> Bools:
    parts = anatomy(Face((0, 0, 1, 1), Landmarks(points.astype(np.float32), "ibug68"), None))
    assert parts is not None
    return wedge(parts, np.s_[0:HEIGHT_PX, 0:WIDTH_PX])


def test_the_wedge_grows_with_the_face() -> None:
    """Its neck is as wide in proportion."""
    small, large = _wedge(points_68(jaw_px=30)), _wedge(points_68(jaw_px=60))
    assert small[110].sum() == pytest.approx(18, abs=1)  # 0.6 of the jaw's width
    assert large[125].sum() == pytest.approx(36, abs=1)


def test_the_wedge_lies_behind_a_turned_chin() -> None:
    """A nose to the right: the neck is to the left of the chin."""
    points = points_68()
    points[27:36, 0] += 15
    columns = np.nonzero(_wedge(points)[125])[0]
    assert columns.mean() < CENTRE[0] - 5


def test_the_wedge_leans_half_as_far_as_the_head() -> None:
    """Turned by 40 degrees, its axis runs at 20."""
    angle = np.radians(40)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    points = np.asarray(points_68((0.0, 0.0)) @ turn + np.array([130, 60]), np.float32)
    body = _wedge(points)
    chin = points[8].round().astype(int)
    middle = np.nonzero(body[chin[1] + 14])[0].mean()
    assert np.degrees(np.arctan2(chin[0] - middle, 14)) == pytest.approx(20, abs=4)
