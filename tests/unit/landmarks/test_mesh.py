"""MediaPipe's detector and mesh find faces; tested where their weights were pulled."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from datatools.anatomy import anatomy
from datatools.cache import cache_folder
from datatools.errors import MissingWeightsError, WeightsError
from datatools.images import read_rgb
from datatools.landmarks.dlib68 import Dlib68
from datatools.landmarks.mesh import WEIGHTS, Mesh
from datatools.masks import RGB
from tests.portraits import rendered


@pytest.fixture(scope="module")
def finder() -> Mesh:
    """Give the finder, or skip: the tests download nothing."""
    try:
        return Mesh()
    except MissingWeightsError as error:
        pytest.skip(str(error))


def on_canvas(image: RGB, scale: float, canvas_px: int, x: int, y: int) -> RGB:
    """Put a scaled picture on a grey square."""
    canvas = np.full((canvas_px, canvas_px, 3), 128, np.uint8)
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    canvas[y : y + small.shape[0], x : x + small.shape[1]] = small
    return canvas


def test_landmarks_lie_on_the_rendered_face(finder: Mesh) -> None:
    """The eyes within 8% of the rendered face's width of where they were rendered."""
    portrait = rendered(2)
    (face,) = finder.faces(portrait.image)
    parts = anatomy(face)
    assert parts is not None
    assert face.landmarks is not None
    assert (face.landmarks.scheme, face.landmarks.points.shape) == ("mesh468", (468, 2))
    truth = portrait.faces[0].points
    eyes = np.stack([truth[36:42].mean(axis=0), truth[42:48].mean(axis=0)])
    off_px = np.linalg.norm(parts.eye_centres - eyes, axis=1).max()
    assert off_px < 0.08 * np.linalg.norm(truth[16] - truth[0])


def test_a_tilted_face_is_found_tilted(finder: Mesh) -> None:
    """The crop follows the eyes: 25 degrees in the picture are 25 degrees in the landmarks."""
    image = rendered(2).image
    middle = (image.shape[1] / 2, image.shape[0] / 2)
    turn = cv2.getRotationMatrix2D(middle, -25, 1.0)
    tilted = np.asarray(
        cv2.warpAffine(image, turn, image.shape[1::-1], borderMode=cv2.BORDER_REPLICATE), np.uint8
    )
    rolls = []
    for picture in (image, tilted):
        (face,) = finder.faces(picture)
        parts = anatomy(face)
        assert parts is not None
        rolls.append(parts.roll_deg)
    assert rolls[1] - rolls[0] == pytest.approx(25, abs=4)


def test_a_small_face_is_found_by_looking_closer(finder: Mesh) -> None:
    """A face of a twelfth of the picture: the quarters show it, in the whole picture's pixels."""
    picture = on_canvas(rendered(2).image, 0.8, 1100, 700, 650)
    (face,) = finder.faces(picture)
    x0, y0, x1, y1 = face.box
    assert 700 < x0 < x1 < 700 + 0.8 * 256
    assert 650 < y0 < y1 < 650 + 0.8 * 300


def test_a_small_second_face_is_found_beside_a_large_one(finder: Mesh) -> None:
    """The quarters are looked at also where the whole picture shows a face; each face comes once."""
    picture = on_canvas(rendered(2).image, 3.0, 1300, 0, 0)
    behind = on_canvas(rendered(2).image, 0.7, 1300, 1080, 1080)
    picture[1080:1280, 1080:1280] = behind[1080:1280, 1080:1280]
    large, small = finder.faces(picture)
    assert large.box[2] < 3 * 284
    assert small.box[0] > 1080


def test_several_faces_come_largest_first(finder: Mesh) -> None:
    """As every finder does."""
    image = rendered(2).image
    wide = np.concatenate([on_canvas(image, 0.7, 300, 40, 60), on_canvas(image, 1.0, 300, 10, 0)], axis=1)
    large, small = finder.faces(wide)
    assert large.box[0] > 300 > small.box[2]
    assert large.area_px > small.area_px


def test_another_file_in_the_cache_is_refused(
    finder: Mesh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One byte is enough; the message names the command."""
    content = [bytearray(one.read()) for one in WEIGHTS]
    content[0][1000] ^= 1
    monkeypatch.setenv("DATATOOLS_CACHE", str(tmp_path))
    cache_folder().mkdir(parents=True)
    for one, data in zip(WEIGHTS, content, strict=True):
        (cache_folder() / one.file).write_bytes(data)
    with pytest.raises(WeightsError, match=r"SHA-256 .*`datatools teachers pull face_detector`"):
        Mesh()


def test_without_weights_the_command_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is downloaded behind the user's back."""
    monkeypatch.setenv("DATATOOLS_CACHE", str(tmp_path))
    with pytest.raises(
        MissingWeightsError, match=r"230 kB, Apache-2\.0.*`datatools teachers pull face_detector`"
    ):
        Mesh()


def test_real_faces_are_found_where_dlib_finds_them(finder: Mesh, shared_data: Path) -> None:
    """In at least 11 of 12 portraits, eyes within 5% and chin within 15% of the jaw's width on average."""
    other = Dlib68()
    paths = sorted((shared_data / "eg1800" / "images").iterdir())[40::100][:12]
    eyes, chins = [], []
    for path in paths:
        image = read_rgb(path)
        ours, theirs = finder.faces(image), other.faces(image)
        mine, dlibs = (anatomy(found[0]) if found else None for found in (ours, theirs))
        if mine is None or dlibs is None:
            continue
        eyes.append(np.linalg.norm(mine.eye_centres - dlibs.eye_centres, axis=1).max() / dlibs.width_px)
        chins.append(np.linalg.norm(mine.chin - dlibs.chin) / dlibs.width_px)
    assert len(eyes) >= 11
    assert np.mean(eyes) < 0.05
    assert np.mean(chins) < 0.15
