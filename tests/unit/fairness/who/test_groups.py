"""Which group each person is in."""

import dataclasses
import math

import numpy as np
import pytest

from datatools.errors import UsageError
from datatools.fairness.who.crossings import crossings
from datatools.fairness.who.groups import (
    Axis,
    axis,
    default_attributes,
    group_name,
    of_consensus,
    without_few_several,
)
from datatools.records import Annotation, ConsensusRow, Measurement
from tests.stages.people import answer, sample_id

_PEOPLE = {f"s{number}": f"p{number // 2}" for number in range(8)}  # two pictures of each of four people


def _answer(sample_id: str, value: str, **changes: str) -> Annotation:
    row = Annotation(
        sample_id=sample_id,
        question="perceived_gender",
        value=value,
        annotator_id="ann01",
        source="annotator",
        vocabulary="gender@1",
        created_at=None,
        lead_time_s=None,
        presentation_order=None,
        batch="b",
    )
    return dataclasses.replace(row, **changes)  # type: ignore[arg-type]  # every field changed here is text


def _measure(sample_id: str, value: float) -> Measurement:
    return Measurement(sample_id=sample_id, name="ita_deg", value=value, measured_by="dataset:x")


def _groups(answers: list[Annotation], spec: str = "perceived_gender") -> dict[str, str]:
    found = axis(spec, answers, [], _PEOPLE)
    return {person: group_name(levels) for person, levels in found.group_of.items()}


def test_a_persons_group_is_the_majority_over_all_their_pictures() -> None:
    """Three answers about two pictures are three votes."""
    answers = [
        _answer("s0", "female"),
        _answer("s1", "male"),
        _answer("s1", "female", annotator_id="ann02"),
    ]
    assert _groups(answers) == {"p0": "female"}


def test_ties_and_no_answers_leave_a_person_unlabelled() -> None:
    """Neither a tie nor cannot_tell is a group."""
    answers = [
        _answer("s0", "female"),
        _answer("s1", "male"),
        _answer("s2", "cannot_tell"),
        _answer("s4", "male"),
    ]
    assert _groups(answers) == {"p2": "male"}


def test_an_annotators_later_answer_replaces_the_earlier() -> None:
    """A correction counts once, by time and not by row."""
    answers = [
        _answer("s0", "male", created_at="2024-02-01"),
        _answer("s0", "female", created_at="2024-01-01"),
    ]
    assert _groups(answers) == {"p0": "male"}


def test_answers_about_other_samples_are_left_out() -> None:
    """A sample that is not in scope has no person here."""
    assert _groups([_answer("s0", "male"), _answer("elsewhere", "female")]) == {"p0": "male"}


def test_answers_are_read_in_a_coarser_vocabulary() -> None:
    """Ages in years become bands through the crosswalk, in the vocabulary's order."""
    ages = {"s0": "70", "s2": "25", "s4": "cannot_tell"}
    answers = [
        _answer(sample, value, question="perceived_age", vocabulary="age_years@1")
        for sample, value in ages.items()
    ]
    found = axis("perceived_age:age3@1", answers, [], _PEOPLE)
    assert len(found.levels) == 2
    assert set(found.group_of) == {"p0", "p1"}
    assert found.group_of["p1"] == found.levels[0]


def test_levels_come_in_the_order_of_their_vocabulary() -> None:
    """Ordered answers are shown in their order, not in the alphabet's."""
    answers = [
        _answer(sample, value, question="perceived_skin_tone", vocabulary="monk@1")
        for sample, value in {"s0": "monk_10", "s2": "monk_02", "s4": "monk_01"}.items()
    ]
    shown = [group_name(levels) for levels in axis("perceived_skin_tone", answers, [], _PEOPLE).levels]
    assert shown == ["monk_01", "monk_02", "monk_10"]


def test_who_answered_is_kept() -> None:
    """The reader must know whose word a group is."""
    answers = [_answer("s0", "male"), _answer("s2", "male", source="dataset")]
    assert axis("perceived_gender", answers, [], _PEOPLE).answered_by == ("annotator", "dataset")


def test_measurements_are_cut_at_edges_with_readable_names() -> None:
    """An edge belongs to the bin above it; a person's value is the median of their pictures."""
    rows = [_measure("s0", 5.0), _measure("s1", 9.0), _measure("s2", 10.0), _measure("s4", 28.0)]
    found = axis("ita_deg:10,28", [], rows, _PEOPLE)
    assert [group_name(levels) for levels in found.levels] == [
        "ita_deg < 10",
        "ita_deg 10 to 28",
        "ita_deg >= 28",
    ]
    assert found.group_of["p0"] == ("ita_deg < 10",)
    assert found.answered_by == ("measured",)


def test_a_measurement_that_is_no_number_leaves_a_person_unlabelled() -> None:
    """NaN is in no bin."""
    found = axis("ita_deg:10", [], [_measure("s0", float("nan")), _measure("s2", 1.0)], _PEOPLE)
    assert set(found.group_of) == {"p1"}


def test_crossings_hold_people_with_every_answer() -> None:
    """A person without one of the answers is in no cell."""
    answers = [_answer("s0", "male"), _answer("s2", "female")]
    gender = axis("perceived_gender", answers, [], _PEOPLE)
    tone = axis("ita_deg:10", [], [_measure("s0", 1.0)], _PEOPLE)
    (crossed,) = crossings([gender, tone], 2)
    assert crossed.name == "perceived_gender x ita_deg"
    assert {person: group_name(levels) for person, levels in crossed.group_of.items()} == {
        "p0": "male x ita_deg < 10"
    }


def test_crossings_go_to_the_stated_depth() -> None:
    """Three attributes make three pairs and one triple; a depth of 1 makes none."""
    answers = [_answer("s0", "male")]
    axes = [axis("perceived_gender", answers, [], _PEOPLE)] * 3
    assert [len(crossings(axes, depth)) for depth in (1, 2, 3)] == [0, 3, 4]


def test_crossings_stop_at_all_attributes() -> None:
    """A depth beyond the attributes there are crosses all of them, once."""
    answers = [_answer("s0", "male")]
    axes = [axis("perceived_gender", answers, [], _PEOPLE)] * 3
    assert len(crossings(axes, 9)) == 4


def test_a_depth_below_one_is_refused() -> None:
    """There is nothing to cross less than one attribute."""
    with pytest.raises(UsageError, match="got 0"):
        crossings([], 0)


def test_more_cells_than_can_be_told_apart_are_refused() -> None:
    """The error comes before they are all made, and says how many there could be."""
    axes = [
        Axis((f"a{number}",), ("dataset",), tuple((str(k),) for k in range(7)), _in_seven(number))
        for number in range(12)
    ]
    possible = sum(math.comb(12, k) * 7**k for k in range(2, 6))
    with pytest.raises(UsageError, match=f"2,000 cells.* can make {possible:,}"):
        crossings(axes, 5)


def _in_seven(number: int) -> dict[str, tuple[str, ...]]:
    rng = np.random.default_rng(number)
    return {f"p{person}": (str(k),) for person, k in enumerate(rng.integers(0, 7, 500).tolist())}


def test_every_question_but_reviews_is_audited_by_default() -> None:
    """Numbers are read in their first coarser vocabulary."""
    answers = [
        _answer("s0", "male"),
        _answer("s0", "accept", question="mask_review", vocabulary="mask_review@1"),
        _answer("s0", "31", question="perceived_age", vocabulary="age_years@1"),
    ]
    found = default_attributes(answers)
    assert found[1:] == ["perceived_gender"]
    assert found[0].startswith("perceived_age:")


@pytest.mark.parametrize(
    ("min_people", "expected"), [(1, {"p0": "several", "p1": "white"}), (2, {"p1": "white"})]
)
def test_too_few_people_of_several_values_are_in_no_group(min_people: int, expected: dict[str, str]) -> None:
    """As a hidden group they would hide the smallest other one with them."""
    answers = [
        _answer(sample, value, question="self_reported_race", vocabulary="london_race@2")
        for sample, value in [("s0", "east_asian"), ("s0", "white"), ("s2", "white")]
    ]
    found = without_few_several(axis("self_reported_race", answers, [], _PEOPLE), min_people)
    assert {person: group_name(levels) for person, levels in found.group_of.items()} == expected
    assert {group_name(levels) for levels in found.levels} == set(expected.values())


def test_several_answers_at_once_are_a_group_of_their_own() -> None:
    """A person who said two things is in neither of the two groups of one thing."""
    answers = [
        _answer(sample, value, question="self_reported_race", vocabulary="london_race@2")
        for sample, value in [("s0", "east_asian"), ("s0", "white"), ("s2", "white")]
    ]
    assert _groups(answers, "self_reported_race") == {"p0": "several", "p1": "white"}
    coarse = _groups(answers, "self_reported_race:race_coarse@1")
    assert coarse == {"p0": "other", "p1": "white"}  # the coarse list has a class for mixed origins


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("perceived_race", "expected an attribute among"),
        ("ita_deg", "give the edges"),
        ("ita_deg:28,10", "rising edges"),
        ("blur:1", "expected a measurement among ita_deg"),
    ],
)
def test_an_attribute_that_cannot_be_is_a_usage_error(spec: str, message: str) -> None:
    """The error says what there is."""
    with pytest.raises(UsageError, match=message):
        axis(spec, [_answer("s0", "male")], [_measure("s0", 1.0)], _PEOPLE)


def test_two_vocabularies_need_one_to_be_read_in() -> None:
    """Bands of one scheme are never laid beside bands of another."""
    answers = [
        _answer("s0", "young", question="perceived_age_band", vocabulary="celeb_young@1"),
        _answer("s2", "10-19", question="perceived_age_band", vocabulary="fairface_age@1"),
    ]
    with pytest.raises(UsageError, match="in which vocabulary"):
        axis("perceived_age_band", answers, [], _PEOPLE)


def test_an_identifier_is_no_attribute() -> None:
    """Ten thousand different answers are not groups."""
    people = {f"s{number}": f"p{number}" for number in range(100)}
    answers = [
        _answer(sample, str(number), question="perceived_age", vocabulary="age_years@1")
        for number, sample in enumerate(people)
    ]
    with pytest.raises(UsageError, match="100 different answers"):
        axis("perceived_age", answers, [], people)


def _consensus(number: int, value: str, probability: float = 0.9) -> ConsensusRow:
    return ConsensusRow(
        sample_id=sample_id(number),
        person_id=f"person{number}",
        question="perceived_race",
        vocabulary="race_coarse@1",
        unit="person",
        value=value,
        probability=probability,
        n_annotators=3,
        entropy_bits=0.5,
        values=[value],
        posterior=[probability],
    )


def test_a_consensus_places_people_where_it_is_likely() -> None:
    """Less likely than not is in no group; several values are a group of their own."""
    rows = [_consensus(0, "white"), _consensus(1, "white+black"), _consensus(2, "asian", 0.4)]
    plain = [answer(0, "black", question="perceived_race", vocabulary="race_coarse@1")]
    person_of = {sample_id(number): f"person{number}" for number in range(3)}
    found = axis("perceived_race@consensus", [*plain, *of_consensus(rows)], [], person_of)
    assert found.group_of == {"person0": ("white",), "person1": ("several",)}
    assert found.answered_by == ("consensus",)
    assert found.name == "perceived_race@consensus"


def test_a_consensus_does_not_mix_with_answers() -> None:
    """The plain question reads people's answers alone, and is audited by default alone."""
    rows = [_consensus(0, "white"), _consensus(1, "white")]
    answers = [
        answer(0, "black", question="perceived_race", vocabulary="race_coarse@1"),
        *of_consensus(rows),
    ]
    person_of = {sample_id(number): f"person{number}" for number in range(3)}
    assert axis("perceived_race", answers, [], person_of).group_of == {"person0": ("black",)}
    assert default_attributes(answers[1:]) == []


def test_a_missing_consensus_says_what_to_run() -> None:
    """The stage that makes it."""
    answers = [answer(0, "male")]
    with pytest.raises(UsageError, match="run `datatools annotate consensus` first"):
        axis("perceived_gender@consensus", answers, [], {sample_id(0): "a"})
