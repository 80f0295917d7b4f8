"""The checks that ask about faces: none, several, cut off, off the mask."""

import numpy as np
import pytest

from datatools.checks.face_cut import FaceCut, outside_frac
from datatools.checks.landmarks_outside import LandmarksOutside
from datatools.checks.no_face import NoFace
from datatools.checks.several_faces import SeveralFaces
from datatools.masks import Face, Mask
from tests.unit.checks.evidence import evidence, face, judged


def test_a_picture_without_a_face_fails() -> None:
    """And says so; one with faces passes with their number as score."""
    none = judged(NoFace(), evidence())
    assert not none.passed
    assert none.detail == "no finder saw a face in this picture"
    assert judged(NoFace(), evidence(faces=[face(), face(scale=0.5)])).score == 2


@pytest.mark.parametrize(("scale", "passed"), [(0.3, True), (0.9, False)])
def test_a_second_face_fails_when_it_is_not_small(scale: float, passed: bool) -> None:
    """9% of the first one's area passes, 81% fails; the score is recorded for both."""
    verdict = judged(SeveralFaces(), evidence(faces=[face(), face(scale=scale)]))
    assert verdict.passed == passed
    assert verdict.score == pytest.approx(scale**2)


def test_one_face_or_faces_without_area_are_not_several() -> None:
    """The score is 0."""
    empty = Face((3, 3, 3, 3), None, None)
    assert judged(SeveralFaces(), evidence(faces=[face()])).score == 0
    assert judged(SeveralFaces(), evidence(faces=[empty, empty])).score == 0


def test_a_face_that_leaves_the_picture_fails() -> None:
    """Half of its landmarks are right of the border; without a face there is nothing to say."""
    cut = judged(FaceCut(), evidence(faces=[face(shift_px=48)]))
    assert not cut.passed
    assert cut.score == pytest.approx(0.5, abs=0.05)
    assert judged(FaceCut(), evidence(faces=[face()])).passed
    assert judged(FaceCut(), evidence()).passed


def test_a_box_counts_where_there_are_no_landmarks() -> None:
    """A quarter of it is seen; a box without area is not seen at all."""
    assert outside_frac(Face((-10, -10, 10, 10), None, None), 100, 100) == pytest.approx(0.75)
    assert outside_frac(Face((5, 5, 5, 9), None, None), 100, 100) == 1.0


def test_a_face_off_the_mask_fails() -> None:
    """All landmarks on the background, and the box's centre where there are none."""
    for has_landmarks in (True, False):
        off = face(shift_px=36, has_landmarks=has_landmarks)
        assert not judged(LandmarksOutside(), evidence(faces=[off])).passed
        assert judged(LandmarksOutside(), evidence(faces=[face(has_landmarks=has_landmarks)])).passed


def test_landmarks_outside_the_picture_are_not_asked() -> None:
    """A face wholly outside says nothing about the mask; nor does one without a mask."""
    away = face(shift_px=500)
    assert judged(LandmarksOutside(), evidence(faces=[away])).score is None
    assert judged(LandmarksOutside(), evidence(faces=[face()], has_mask=False)).score is None
    assert judged(LandmarksOutside(), evidence()).score is None


def test_the_score_is_the_fraction_of_landmarks_on_background() -> None:
    """A mask of the left half leaves out the right half of a face in the middle."""
    half = np.zeros((128, 96), np.bool_)
    half[:, :48] = True
    verdict = judged(LandmarksOutside(), evidence(faces=[face()], mask=Mask(half)))
    assert verdict.score == pytest.approx(0.5, abs=0.05)
