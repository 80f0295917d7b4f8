"""Is a condition that a user wrote understood, and a wrong one named?"""

import pytest

from datatools.conditions import answered, fulfilling, measured
from datatools.errors import UsageError
from datatools.records import Measurement
from tests.stages.people import answer, sample_id

_ANSWERS = [
    answer(0, "female"),
    answer(0, "female", annotator_id="ann02"),
    answer(0, "male", annotator_id="ann03"),
    answer(1, "female"),
    answer(1, "male", annotator_id="ann02"),
    answer(2, "male"),
]
_MEASURED = [
    Measurement(sample_id=sample_id(n), name="ita_deg", value=v, measured_by="dataset:set")
    for n, v in enumerate((-20.0, 5.0, 40.0))
]


def test_bound_of_a_measurement() -> None:
    """Samples within the bound are found, one without the measurement never."""
    assert measured("ita_deg < 10", _MEASURED) == {sample_id(0), sample_id(1)}
    assert measured("ita_deg>=40", _MEASURED) == {sample_id(2)}


def test_answer_that_was_given_most() -> None:
    """The majority decides; where two answers are level, nobody is placed."""
    assert answered("perceived_gender=female", _ANSWERS) == {sample_id(0)}
    assert answered("perceived_gender=male", _ANSWERS) == {sample_id(2)}


def test_either_kind_is_told_apart() -> None:
    """The sign says which kind a condition is."""
    assert fulfilling("ita_deg<0", _MEASURED, _ANSWERS) == {sample_id(0)}
    assert fulfilling("perceived_gender=male", _MEASURED, _ANSWERS) == {sample_id(2)}


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("perceived_gender", "such as perceived_gender=female"),
        ("perceived_gender=robot", "female, male"),
        ("perceived_race=white", "annotate import"),
    ],
)
def test_answer_that_nobody_gave_is_named(condition: str, said: str) -> None:
    """A misspelt value or question is an error that lists what there is."""
    with pytest.raises(UsageError, match=said):
        answered(condition, _ANSWERS)


@pytest.mark.parametrize(
    ("condition", "said"), [("ita_deg<x", "such as qc_bottom_bg>0.2"), ("blur<1", "among ita_deg")]
)
def test_bound_of_nothing_is_named(condition: str, said: str) -> None:
    """A misspelt measurement or number is an error that lists what there is."""
    with pytest.raises(UsageError, match=said):
        measured(condition, _MEASURED)
