"""Times and repetitions are numbers to look at."""

from dataclasses import replace

import pytest

from datatools.fairness.composition.pace import Pace, paces
from tests.stages.people import answer, sample_id
from tests.unit.fairness.answered import coded

PERSON_OF = {sample_id(number): sample_id(number) for number in range(20)}


def _pace(said: str, seconds: list[float | None], annotator_id: str = "a") -> list[Pace]:
    rows = [
        replace(
            answer(number, {"f": "female", "m": "male"}[letter], annotator_id=annotator_id),
            presentation_order=number,
            lead_time_s=s,
        )
        for number, (letter, s) in enumerate(zip(said, seconds, strict=True))
    ]
    return paces(coded(rows, "perceived_gender", "gender@1", PERSON_OF))


def test_fast_answers_are_counted() -> None:
    """Faster than a third of everybody's median."""
    (found,) = _pace("fmfmf", [4.0, 4.0, 1.0, 5.0, 1.0])
    assert (found.median_s, found.fast_frac) == (4.0, 0.4)


def test_runs_of_one_value_are_counted() -> None:
    """Beside what the same answers would give in a random order."""
    (found,) = _pace("fffmmf", [None] * 6)
    assert (found.longest_run, found.median_s, found.fast_frac) == (3, None, None)
    assert found.same_as_before_frac == pytest.approx(3 / 5)
    assert found.same_by_chance_frac == pytest.approx((4 * 3 + 2 * 1) / (6 * 5))


def test_one_answer_repeats_nothing() -> None:
    """There is none before it."""
    (found,) = _pace("f", [2.0])
    assert (found.same_as_before_frac, found.same_by_chance_frac, found.longest_run) == (None, None, 1)
