"""What every landmark finder promises; a new finder's file is enough to be tested.

A finder whose weights were not pulled is skipped: the tests download nothing.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from datatools import plugins
from datatools.errors import MissingWeightsError
from datatools.landmarks import Finder
from tests.pictures import draw_person
from tests.portraits import rendered

NAMES = plugins.names("landmarks")


@pytest.fixture(scope="module", params=NAMES)
def finder(request: pytest.FixtureRequest) -> Finder:
    """Give each finder."""
    return _made(request.param)


def _made(name: str) -> Finder:
    try:
        made: Finder = plugins.build("landmarks", name)
    except MissingWeightsError as error:
        pytest.skip(str(error))
    return made


def test_most_rendered_faces_are_found(finder: Finder) -> None:
    """One face each in at least three of four portraits, its middle inside the rendered face."""
    found = 0
    for seed in (2, 3, 4, 7):
        portrait = rendered(seed)
        faces = finder.faces(portrait.image)
        points = portrait.faces[0].points
        for face in faces[:1]:
            middle = np.array(face.box).reshape(2, 2).mean(axis=0)
            assert (points.min(axis=0) < middle).all()
            assert (middle < points.max(axis=0)).all()
            found += 1
    assert found >= 3


def test_landmarks_are_of_the_finders_scheme(finder: Finder) -> None:
    """The scheme tells later steps what each point is."""
    for face in finder.faces(rendered(2).image):
        assert face.landmarks is not None
        assert face.landmarks.scheme == finder.scheme


def test_the_same_picture_gives_the_same_faces(finder: Finder) -> None:
    """Boxes, scores and landmarks to the last bit."""
    first, second = (finder.faces(rendered(2).image) for _ in range(2))
    assert [(face.box, face.score) for face in first] == [(face.box, face.score) for face in second]
    for one, other in zip(first, second, strict=True):
        assert one.landmarks is not None
        assert other.landmarks is not None
        np.testing.assert_array_equal(one.landmarks.points, other.landmarks.points)


def test_several_threads_look_at_once(finder: Finder) -> None:
    """The faces of eight pictures, by two threads, are those that one thread finds."""
    images = [rendered(seed).image for seed in (2, 3, 4, 7)] * 2
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(finder.faces, images))
    alone = [finder.faces(image) for image in images]
    assert [[face.box for face in found] for found in together] == [
        [face.box for face in found] for found in alone
    ]


def test_no_face_is_an_empty_list(finder: Finder) -> None:
    """Nobody in the picture is an answer, not an error."""
    assert finder.faces(np.full((64, 48, 3), 128, np.uint8)) == []
    assert finder.faces(np.zeros((1, 1, 3), np.uint8)) == []


def test_the_picture_is_left_as_it_was(finder: Finder) -> None:
    """Other steps share its array."""
    picture, _ = draw_person()
    before = picture.copy()
    finder.faces(picture)
    np.testing.assert_array_equal(picture, before)


@pytest.mark.parametrize("name", NAMES)
def test_a_finder_states_its_licence(name: str) -> None:
    """It goes into the run record."""
    assert _made(name).licence


@pytest.mark.parametrize("name", NAMES)
def test_made_again_it_has_the_same_fingerprint(name: str) -> None:
    """A second run keeps the first one's rows."""
    assert _made(name).fingerprint == _made(name).fingerprint
