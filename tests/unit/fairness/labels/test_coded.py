"""Answers become numbers without losing who said what about whom."""

from dataclasses import replace

import numpy as np

from datatools.fairness.labels.coded import Coded
from datatools.records import Annotation
from tests.stages.people import answer, sample_id
from tests.unit.fairness.answered import coded

PERSON_OF = {sample_id(number): f"person{number // 2}" for number in range(6)}


def _coded(rows: list[Annotation]) -> Coded:
    return coded(rows, "perceived_gender", "gender@1", PERSON_OF)


def test_every_answer_keeps_its_sample_person_annotator_and_value() -> None:
    """By their places in sorted lists."""
    found = _coded(
        [
            answer(0, "male", annotator_id="b"),
            answer(3, "female", annotator_id="a"),
            answer(2, "male", annotator_id="a"),
        ]
    )
    told = [
        (found.samples[s], found.people[found.person[s]], found.annotators[a], found.values[v])
        for s, a, v in zip(found.sample, found.annotator, found.value, strict=True)
    ]
    assert told == [
        (sample_id(0), "person0", "b", "male"),
        (sample_id(2), "person1", "a", "male"),
        (sample_id(3), "person1", "a", "female"),
    ]


def test_values_stand_in_the_vocabularys_order_sets_last() -> None:
    """A set is a class of its own; 55+ is no set."""
    said = [
        answer(0, "black", annotator_id="a", question="perceived_race", vocabulary="race_coarse@1"),
        answer(0, "white", annotator_id="a", question="perceived_race", vocabulary="race_coarse@1"),
        answer(1, "black", annotator_id="a", question="perceived_race", vocabulary="race_coarse@1"),
        answer(2, "asian", annotator_id="a", question="perceived_race", vocabulary="race_coarse@1"),
    ]
    assert coded(said, "perceived_race", "race_coarse@1", PERSON_OF).values == [
        "black",
        "asian",
        "white+black",
    ]
    ages = [
        answer(number, value, question="perceived_age_band", vocabulary="age3@1")
        for number, value in enumerate(["55+", "0-29"])
    ]
    assert coded(ages, "perceived_age_band", "age3@1", PERSON_OF).values == ["0-29", "55+"]


def test_what_is_no_answer_is_counted_apart() -> None:
    """cannot_tell, and what contradicts itself."""
    found = _coded(
        [
            answer(0, "cannot_tell"),
            answer(1, "male"),
            replace(answer(1, "female"), batch="another"),
            answer(2, "male"),
        ]
    )
    assert (found.n_no_answer, found.n_contradictory, len(found.value)) == (1, 1, 1)


def test_answers_of_models_and_about_other_samples_are_left_out() -> None:
    """Nothing that was read off a picture is a person's answer."""
    found = _coded([replace(answer(0, "male"), source="model"), answer(9, "male"), answer(1, "male")])
    assert found.samples == [sample_id(1)]


def test_places_follow_the_moment_and_then_the_order() -> None:
    """Answers of one moment stand as they were shown."""
    late, early = "2024-01-02T00:00:00+00:00", "2024-01-01T00:00:00+00:00"
    found = _coded(
        [
            replace(answer(0, "male", created_at=late), presentation_order=2),
            replace(answer(1, "male", created_at=late), presentation_order=1),
            answer(2, "male", created_at=early),
        ]
    )
    assert found.place.tolist() == [2, 1, 0]


def test_counts_say_how_many_gave_each_value() -> None:
    """By sample, then by value."""
    rows = [answer(0, "male", annotator_id=who) for who in "ab"] + [answer(1, "female")]
    assert _coded(rows).counts().tolist() == [[0, 2], [1, 0]]


def test_answers_about_some_people_keep_their_codes() -> None:
    """So that groups can be compared."""
    found = _coded([answer(number, "male") for number in range(4)])
    kept = found.among(np.array([False, True]))
    assert [found.samples[s] for s in kept.sample] == [sample_id(2), sample_id(3)]
    assert kept.people == found.people
