"""GrabCut between outlines about the faces finds people without any weights."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from datatools.images import read_reference_mask, read_rgb
from datatools.landmarks.dlib68 import Dlib68
from datatools.masks import RGB, Face, Landmarks, Mask, iou
from datatools.teachers.grabcut import GrabCut
from tests.pictures import draw_person, face_points


def face() -> Face:
    """Give the face of the person that ``draw_person`` draws."""
    landmarks = face_points()
    (x0, y0), (x1, y1) = landmarks.points.min(axis=0).tolist(), landmarks.points.max(axis=0).tolist()
    return Face((x0, y0, x1, y1), landmarks, None)


def test_a_person_before_a_plain_background_is_found() -> None:
    """The colours do the rest where the outlines are rough."""
    picture, mask = draw_person()
    assert iou(GrabCut().matte(picture, [face()]).threshold(), mask) > 0.9


def test_every_face_is_seeded() -> None:
    """Two people side by side are both foreground."""
    picture, mask = draw_person()
    other = Landmarks(face_points().points + np.array([96, 0], np.float32), "ibug68")
    x0, y0, x1, y1 = face().box
    faces = [face(), Face((x0 + 96, y0, x1 + 96, y1), other, None)]
    found = GrabCut().matte(np.hstack([picture, picture]), faces).threshold()
    assert iou(found, Mask(np.hstack([mask.array, mask.array]))) > 0.9


def test_without_a_face_the_middle_is_searched() -> None:
    """The prior is a face of half the shorter side, where portraits have it."""
    picture, mask = draw_person()
    assert iou(GrabCut().matte(picture, []).threshold(), mask) > 0.8


def test_what_is_far_from_every_face_stays_background() -> None:
    """A bright patch in an upper corner is no person, though its colour is the person's."""
    picture, _ = draw_person()
    picture[:12, :12] = picture[100, 48]
    assert GrabCut().matte(picture, [face()]).array[:10, :10].max() < 0.5


def test_a_large_picture_is_cut_as_a_small_one() -> None:
    """The working size is bounded, so a picture of 8 times the side gives the same mask."""
    picture, mask = draw_person()
    large = np.asarray(cv2.resize(picture, None, fx=8, fy=8, interpolation=cv2.INTER_NEAREST), np.uint8)
    points = Landmarks(face_points().points * 8, "ibug68")
    x0, y0, x1, y1 = (edge * 8 for edge in face().box)
    found = GrabCut().matte(large, [Face((x0, y0, x1, y1), points, None)])
    assert found.array.shape == large.shape[:2]
    expected = Mask(np.kron(mask.array, np.ones((8, 8), np.uint8)).astype(bool))
    assert iou(found.threshold(), expected) > 0.9


@pytest.mark.parametrize(
    ("picture", "box", "area_frac"),
    [
        (np.zeros((3, 2, 3), np.uint8), (0.0, 0.0, 2.0, 2.0), None),
        (np.zeros((64, 64, 3), np.uint8), (-500.0, -500.0, 564.0, 564.0), 1.0),
        (np.zeros((64, 64, 3), np.uint8), (1e6, 1e6, 1e6 + 9, 1e6 + 9), 0.0),
        (np.full((64, 64, 3), 7, np.uint8), (20.0, 20.0, 44.0, 44.0), None),
    ],
    ids=["tiny", "the face fills it", "the face is elsewhere", "one colour"],
)
def test_odd_pictures_give_a_matte(
    picture: RGB, box: tuple[float, float, float, float], area_frac: float | None
) -> None:
    """Where GrabCut has nothing to fit colours to, the outlines are the answer."""
    matte = GrabCut().matte(picture, [Face(box, None, None)])
    assert matte.array.shape == picture.shape[:2]
    if area_frac is not None:
        assert matte.threshold().area_frac == area_frac


def test_the_edge_is_soft() -> None:
    """Mattes are kept soft, so that fusing and refining have something to go by."""
    picture, _ = draw_person()
    values = GrabCut().matte(picture, [face()]).array
    assert ((values > 0.05) & (values < 0.95)).any()


def test_real_portraits_are_cut_out_roughly(shared_data: Path) -> None:
    """Mean foreground IoU with human masks on twelve portraits; 40 others gave 0.87."""
    folder = shared_data / "eg1800"
    finder, values = Dlib68(), []
    for path in sorted((folder / "images").iterdir())[100::100][:12]:
        picture = read_rgb(path)
        reference = read_reference_mask(folder / "masks" / f"{path.stem}.png").mask
        values.append(iou(GrabCut().matte(picture, finder.faces(picture)).threshold(), reference))
    assert np.mean(values) > 0.8
