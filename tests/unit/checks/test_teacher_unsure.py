"""A matte that hangs in the balance, or teachers of two minds, fail."""

import numpy as np
import pytest

from datatools.checks.teacher_unsure import TeacherUnsure, unsure_frac
from datatools.masks import Matte
from tests.unit.checks.evidence import evidence, judged


def _matte(value: float, columns: slice = slice(0, 64)) -> Matte:
    values = np.zeros((128, 96), np.float32)
    values[:, columns] = value
    return Matte(values)


def test_how_unsure_a_matte_is_is_in_proportion_to_the_person() -> None:
    """Zeros and ones are sure; one half everywhere is twice its own area unsure; nobody is sure too."""
    assert unsure_frac(_matte(1.0)) == 0
    assert unsure_frac(_matte(0.5)) == pytest.approx(2)
    assert unsure_frac(_matte(0.0)) == 0


def test_an_undecided_matte_fails() -> None:
    """And says how much of the person is open; a sure one passes."""
    verdict = judged(TeacherUnsure(), evidence(mattes={"selfie": _matte(0.8)}))
    assert not verdict.passed
    assert verdict.detail == "the matte is undecided on 80% of the person's area"
    assert judged(TeacherUnsure(), evidence(mattes={"selfie": _matte(1.0)})).passed


def test_the_surest_teacher_counts() -> None:
    """One that was not made for people may doubt."""
    assert judged(TeacherUnsure(), evidence(mattes={"isnet": _matte(0.8), "selfie": _matte(1.0)})).passed


def test_teachers_that_disagree_fail() -> None:
    """Both are sure, of different halves."""
    mattes = {"isnet": _matte(1.0, slice(32, 96)), "selfie": _matte(1.0)}
    verdict = judged(TeacherUnsure(), evidence(mattes=mattes))
    assert verdict.detail == "two teachers agree to an IoU of 0.33 only"


def test_without_a_matte_there_is_nothing_to_say() -> None:
    """Segment failed, which ``mask_area`` reports."""
    assert judged(TeacherUnsure(), evidence()).score is None
