"""Rows become answers: the last word counts, several values stay together, contradictions count for none."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datatools import vocab
from datatools.answers import latest
from datatools.errors import UsageError
from datatools.records import Annotation
from tests.stages.people import answer, sample_id

EARLY, LATE = "2024-01-01T00:00:00+00:00", "2024-01-02T00:00:00+00:00"


def _race(value: str, vocabulary: str = "fairface_race@1", created_at: str | None = None) -> Annotation:
    return answer(0, value, question="perceived_race", vocabulary=vocabulary, created_at=created_at)


def _category(*rows: Annotation, axis: str | None = None) -> str:
    (said,) = latest(rows, None if axis is None else vocab.axis(axis)).values()
    return said.category


def test_each_annotator_has_one_answer_to_a_question_about_a_sample() -> None:
    """They are told apart by sample, question and annotator."""
    rows = [
        answer(0, "male"),
        answer(1, "male"),
        answer(0, "female", annotator_id="b"),
        answer(0, "short", question="hair", vocabulary="hair@1"),
    ]
    assert {key: said.category for key, said in latest(rows).items()} == {
        (sample_id(0), "perceived_gender", "ann01"): "male",
        (sample_id(1), "perceived_gender", "ann01"): "male",
        (sample_id(0), "perceived_gender", "b"): "female",
        (sample_id(0), "hair", "ann01"): "short",
    }


def test_an_answer_keeps_what_was_said_about_it() -> None:
    """Whose word, in which vocabulary, when, how long it took and in which place."""
    row = replace(answer(0, "male", created_at=EARLY), lead_time_s=2.5, presentation_order=3)
    (said,) = latest([row]).values()
    assert (said.values, said.vocabulary, said.source) == (("male",), "gender@1", "annotator")
    assert (said.created_at, said.lead_time_s, said.presentation_order) == (EARLY, 2.5, 3)
    assert not said.is_contradictory
    assert not said.is_no_answer


def test_the_later_answer_wins_whole() -> None:
    """Two values of the past do not stand beside one of today; no date is the earliest."""
    assert _category(_race("white"), _race("black", created_at=EARLY)) == "black"
    rows = [_race("white", created_at=EARLY), _race("indian", created_at=EARLY)]
    assert _category(*rows, _race("black", created_at=LATE)) == "black"
    assert _category(_race("black", created_at=LATE), *rows) == "black"


def test_values_given_together_are_one_answer() -> None:
    """In the vocabulary's order, whatever the order of the rows."""
    assert _category(_race("east_asian"), _race("white")) == "white+east_asian"


def test_a_question_with_one_answer_takes_one() -> None:
    """Nobody presents as two at once: both values cancel."""
    (said,) = latest([answer(0, "male"), answer(0, "female")]).values()
    assert (said.is_contradictory, said.values, said.category) == (True, (), "")


def test_cannot_tell_does_not_stand_beside_a_value() -> None:
    """Alone it is no answer, and no contradiction."""
    (said,) = latest([_race("cannot_tell")]).values()
    assert (said.is_no_answer, said.is_contradictory) == (True, False)
    assert _category(_race("cannot_tell"), _race("white")) == ""


@pytest.mark.parametrize("other", [{"batch": "else"}, {"presentation_order": 7}])
def test_different_words_of_one_moment_from_two_places_cancel(other: dict[str, object]) -> None:
    """Another batch or another place of the order is another answer."""
    elsewhere = replace(_race("black"), **other)  # type: ignore[arg-type]  # mypy cannot see the fields
    assert _category(_race("white"), elsewhere) == ""


def test_the_same_answer_in_two_batches_is_one() -> None:
    """Two writers at once may both append it."""
    row = _race("white")
    assert _category(row, replace(row, batch="else")) == "white"


def test_answers_in_two_vocabularies_are_compared_in_a_common_one() -> None:
    """As they are they cannot be compared, and nobody knows which was meant."""
    fine, coarse = _race("indian"), _race("other", "race_coarse@1")
    assert _category(fine, coarse) == ""
    assert _category(fine, coarse, axis="perceived_race:race_coarse@1") == "other"


def test_values_that_are_one_in_a_coarser_vocabulary_are_one() -> None:
    """Two shades of light are light; two origins are the coarse list's rest."""
    tones = [
        answer(0, tone, question="perceived_skin_tone", vocabulary="monk@1")
        for tone in ("monk_01", "monk_02")
    ]
    assert _category(*tones) == ""
    assert _category(*tones, axis="perceived_skin_tone:monk3@1") == "light"
    assert _category(_race("black"), _race("white"), axis="perceived_race:race_coarse@1") == "other"


def test_an_axis_without_crosswalk_is_refused() -> None:
    """Nobody wrote down what it would lose."""
    with pytest.raises(UsageError, match="no crosswalk"):
        latest([answer(0, "male")], vocab.axis("perceived_gender:monk@1"))


@given(st.permutations([_race("white", created_at=EARLY), _race("black", created_at=LATE), _race("indian")]))
def test_the_order_of_rows_does_not_matter(rows: list[Annotation]) -> None:
    """Batches are read in the order of their names, which says nothing."""
    assert _category(*rows) == "black"
