"""Is what a portrait says about itself true?"""

import dataclasses
from pathlib import Path

import cv2
import dlib
import numpy as np
import pytest

from datatools.images import read_rgb
from datatools.masks import hull
from datatools.synthetic.dataset import plan
from datatools.synthetic.identity import Identity, sample_identity
from datatools.synthetic.plant import PLANTS, harden
from datatools.synthetic.portrait import render, stage
from datatools.synthetic.scene import Scene, place_companion, sample_scene
from tests.unit.synthetic.conftest import SETTINGS


def _frontal(seed: int, **pose: object) -> tuple[Identity, Scene]:
    rng = np.random.default_rng(seed)
    identity = sample_identity(rng, seed % 10 + 1)
    scene = sample_scene(rng, 256, 256)
    still = {"yaw_deg": 0.0, "pitch_deg": 0.0, "roll_deg": 0.0, "centre_x_frac": 0.5, "head_frac": 0.45}
    changed = dataclasses.replace(scene.pose, **(still | pose))  # type: ignore[arg-type]  # fields by name
    return identity, dataclasses.replace(scene, pose=changed)


def test_same_identity_and_scene_give_the_same_picture() -> None:
    """Rendering has no state."""
    identity, scene = _frontal(3)
    first, second = render(identity, scene), render(identity, scene)
    assert (first.image == second.image).all()
    assert (first.mask.array == second.mask.array).all()


def test_light_and_backdrop_do_not_change_the_mask() -> None:
    """A planted picture and its twin have one mask."""
    for seed in (2, 5, 6):
        identity, scene = _frontal(seed)
        staged = stage(identity, scene)
        plain, hard = staged.take(scene), staged.take(harden(scene, PLANTS["dim_covered"]))
        assert (plain.mask.array == hard.mask.array).all()
        assert (plain.image != hard.image).any()


def test_face_lies_inside_the_mask_and_points_inside_the_picture() -> None:
    """The hull of a frontal face's landmarks is person, and the order is iBUG's."""
    for seed in range(4):
        identity, scene = _frontal(seed)
        portrait = render(identity, scene)
        (face,) = portrait.faces
        assert face.points.shape == (68, 2)
        inside = hull(face.points, portrait.mask.array.shape, erode_px=2).array
        assert portrait.mask.array[inside].mean() > 0.995
        x, y = face.points.T
        assert (np.diff(x[1:16]) > 0).all()  # the jaw runs from the picture's left to its right
        assert y[8] == y.max()  # the chin is lowest
        assert x[36] < x[39] < x[42] < x[45]  # corners of the eyes
        assert y[27] < y[30] < y[33] < y[51] < y[57] < y[8]  # nose, lips, chin from top to bottom
        assert y[37] < y[41]  # upper lid over lower lid
        assert x[27] == pytest.approx(scene.width_px / 2, abs=0.06 * scene.width_px)


def test_turning_right_moves_the_nose_to_the_right() -> None:
    """Positive yaw turns the face to the picture's right."""
    identity, left = _frontal(1, yaw_deg=-25.0)
    _, right = _frontal(1, yaw_deg=25.0)
    turned = []
    for scene in (left, right):
        points = render(identity, scene).faces[0].points
        turned.append(points[30, 0] - points[[36, 45], 0].mean())
    assert turned[0] < 0 < turned[1]


def test_open_mouth_parts_the_inner_lips() -> None:
    """Landmarks follow the expression."""
    gaps = []
    for opened in (0.0, 1.0):
        identity, scene = _frontal(2, mouth_open=opened)
        points = render(identity, scene).faces[0].points
        gaps.append(points[66, 1] - points[62, 1])
    assert gaps[1] > gaps[0] + 3


def test_two_people_are_two_faces_and_both_in_the_mask() -> None:
    """The companion's face and body are person too."""
    rng = np.random.default_rng(0)
    identity, scene = sample_identity(rng, 4), sample_scene(rng, 256, 256)
    scene, beside = place_companion(rng, scene)
    companion = sample_identity(rng, 7)
    alone = render(identity, scene)
    both = render(identity, scene, (companion, beside))
    assert len(both.faces) == 2
    assert (both.mask.array | ~alone.mask.array).all()
    for face in both.faces:
        inside = hull(face.points, both.mask.array.shape, erode_px=2).array
        assert both.mask.array[inside].mean() > 0.99
    gained = both.mask.array & ~alone.mask.array
    centre = both.faces[1].points.mean(axis=0)
    below = gained[int(centre[1]) + 60 :, :]  # shoulders, not only a face
    assert below.mean() > 0.05


def test_skin_gets_darker_with_the_monk_tone() -> None:
    """Ten tones in the same scene are ten distinguishable skins, in order."""
    _, scene = _frontal(0)
    scene = dataclasses.replace(
        scene, noise=0.0, light=dataclasses.replace(scene.light, level=1.0, warmth=0.0)
    )
    levels = []
    for tone in range(1, 11):
        rng = np.random.default_rng(8)
        person = dataclasses.replace(sample_identity(rng, 5), monk_tone=tone, beard="none", covering="none")
        portrait = render(person, scene)
        cheek = hull(portrait.faces[0].points[[2, 31, 48, 4]], portrait.mask.array.shape).array
        levels.append(cv2.cvtColor(portrait.image, cv2.COLOR_RGB2LAB)[cheek][:, 0].mean())
    assert (np.diff(levels[3:]) < -4).all()
    assert levels[0] > levels[4] + 10


def test_dlib_finds_most_frontal_faces(rendered: Path) -> None:
    """A face detector for photographs takes the rendered faces for faces."""
    detect = dlib.get_frontal_face_detector()
    found = [
        len(detect(read_rgb(rendered / "images" / f"{p.picture_id}.jpg"), 1)) > 0
        for p in plan(SETTINGS)
        if abs(p.scene.pose.yaw_deg) < 15 and not p.is_planted
    ]
    assert len(found) >= 8
    assert np.mean(found) >= 0.8
