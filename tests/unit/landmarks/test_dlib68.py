"""dlib finds faces and places 68 landmarks on them."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from datatools import plugins
from datatools.errors import UsageError, WeightsError
from datatools.images import read_rgb
from datatools.landmarks.dlib68 import Dlib68
from datatools.masks import RGB
from tests.pictures import draw_person
from tests.portraits import rendered


@pytest.fixture(scope="module")
def finder() -> Dlib68:
    """Give the finder with its fast detector."""
    return Dlib68()


def enlarged(image: RGB, factor: float) -> RGB:
    """Scale a picture."""
    return np.asarray(cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC), np.uint8)


def test_landmarks_lie_on_the_rendered_face(finder: Dlib68) -> None:
    """On average within 5% of the box's width of the points that were rendered."""
    portrait = rendered(2)
    (face,) = finder.faces(portrait.image)
    assert face.landmarks is not None
    assert (face.landmarks.scheme, face.landmarks.points.shape) == ("ibug68", (68, 2))
    error_px = np.linalg.norm(face.landmarks.points - portrait.faces[0].points, axis=1).mean()
    assert error_px < 0.05 * (face.box[2] - face.box[0])


def test_a_picture_without_a_face_gives_none(finder: Dlib68) -> None:
    """Neither a flat drawing nor an empty picture is taken for a face."""
    assert finder.faces(draw_person()[0]) == []
    assert finder.faces(np.zeros((1, 1, 3), np.uint8)) == []


def test_faces_are_ordered_by_size(finder: Dlib68) -> None:
    """The largest is the one that a portrait is of."""
    image = rendered(2).image
    large = enlarged(image, 1.6)
    canvas = np.zeros((large.shape[0], large.shape[1] + image.shape[1], 3), np.uint8)
    canvas[: image.shape[0], : image.shape[1]] = image
    canvas[:, image.shape[1] :] = large
    found = finder.faces(canvas)
    assert len(found) == 2
    assert found[0].area_px > found[1].area_px
    assert found[0].box[0] > image.shape[1] > found[1].box[2]


def test_a_large_picture_is_searched_at_a_bounded_size(finder: Dlib68) -> None:
    """Its landmarks come back in its own pixels: within 2% of the face's width of the small picture's."""
    image = rendered(2).image
    (small,), (large,) = finder.faces(image), finder.faces(enlarged(image, 6))
    assert small.landmarks is not None
    assert large.landmarks is not None
    off_px = np.abs(large.landmarks.points / 6 - small.landmarks.points).mean()
    assert off_px < 0.02 * (small.box[2] - small.box[0])


def test_a_small_face_is_found_at_the_second_look(finder: Dlib68) -> None:
    """A face of 50 px is below what HOG sees; doubling the picture shows it."""
    tiny = enlarged(rendered(2).image, 0.45)
    (face,) = finder.faces(tiny)
    assert face.box[2] - face.box[0] < 70


def test_the_cnn_finds_the_face_too(finder: Dlib68) -> None:
    """Its box lies where HOG's lies, its rows go stale with another fingerprint."""
    other = Dlib68(detector="cnn")
    image = rendered(2).image
    (face,), (same,) = other.faces(image), finder.faces(image)
    middle = np.array(face.box).reshape(2, 2).mean(axis=0) - np.array(same.box).reshape(2, 2).mean(axis=0)
    assert np.abs(middle).max() < 0.25 * (same.box[2] - same.box[0])
    assert other.fingerprint != finder.fingerprint
    assert other.name == finder.name


def test_another_detector_is_refused() -> None:
    """The message names the two."""
    with pytest.raises(UsageError, match="expected the detector hog or cnn, got 'haar'"):
        Dlib68("haar")  # type: ignore[arg-type]  # that is the point


def test_a_damaged_predictor_names_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What dlib says itself does not help."""
    (tmp_path / "broken.dat").write_bytes(b"this is no predictor")
    monkeypatch.setattr(plugins, "package_file", lambda package, name: tmp_path / "broken.dat")
    with pytest.raises(WeightsError, match=r"broken\.dat is not a file that dlib reads .*`pip install"):
        Dlib68()


def test_faces_of_real_portraits_are_found(finder: Dlib68, shared_data: Path) -> None:
    """In at least 29 of 30 portraits, in 0.5 MP, with landmarks inside the picture."""
    paths = sorted((shared_data / "eg1800" / "images").iterdir())[40::40][:30]
    found = []
    for path in paths:
        image = read_rgb(path)
        faces = finder.faces(image)
        found.append(bool(faces))
        for face in faces[:1]:
            assert face.landmarks is not None
            assert (face.landmarks.points.mean(axis=0) < [image.shape[1], image.shape[0]]).all()
    assert sum(found) >= 29
