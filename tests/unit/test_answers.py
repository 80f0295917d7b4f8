"""Rows become answers: the last word counts, several values stay together, contradictions count for none."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datatools import tables, vocab
from datatools.answers import columns, latest
from datatools.errors import UsageError
from datatools.records import Annotation
from datatools.workspace import Workspace
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


ROWS = st.builds(
    Annotation,
    sample_id=st.sampled_from(["a", "b"]),
    question=st.sampled_from(["perceived_race", "self_reported_race"]),
    value=st.sampled_from(["white", "black", "cannot_tell"]),
    annotator_id=st.sampled_from(["ann01", "ann02"]),
    source=st.just("dataset"),
    vocabulary=st.sampled_from(["fairface_race@1", "race_coarse@1"]),
    created_at=st.sampled_from([None, EARLY, LATE]),
    lead_time_s=st.none() | st.just(2.0),
    presentation_order=st.none() | st.integers(0, 1),
    batch=st.sampled_from(["x", "y"]),
)


def _from_frame(workspace: Workspace, axis: vocab.Axis | None) -> dict[tuple[str, ...], str]:
    frame = columns(workspace, axis)
    who = frame[["sample_id", "question", "annotator_id"]].astype(str)
    value = frame["value"].astype(object).where(frame["value"].notna(), "")
    return {tuple(key): word for key, word in zip(who.itertuples(index=False), value, strict=True)}


@pytest.fixture(scope="module", autouse=True)
def _no_sync() -> Iterator[None]:
    """Spare the disk: hundreds of small batches are written here, and what is synced is tested elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.fsync", lambda _: None)
        yield


@settings(deadline=None, max_examples=60)
@pytest.mark.parametrize("spec", [None, "perceived_race:race_coarse@1"])
@given(
    batches=st.lists(
        st.lists(
            ROWS,
            min_size=1,
            max_size=8,
            unique_by=lambda row: tuple(getattr(row, name) for name in tables.ANNOTATIONS.key),
        ),
        max_size=3,
    )
)
def test_the_frame_says_what_the_rows_say(
    tmp_path_factory: pytest.TempPathFactory, spec: str | None, batches: list[list[Annotation]]
) -> None:
    """Whatever was answered, when, in which batches; a contradiction counts for none in both."""
    workspace = Workspace(tmp_path_factory.mktemp("ws"))
    for rows in batches:
        workspace.append_batch(rows)
    axis = None if spec is None else vocab.axis(spec)
    kept = workspace.rows_or_empty(tables.ANNOTATIONS)
    asked = [row for row in kept if axis is None or row.question == axis.question]
    said = latest(asked, axis)
    found = _from_frame(workspace, axis)
    assert found == {key: answered.category for key, answered in said.items()}


def test_the_frame_is_sorted_and_encoded(workspace: Workspace) -> None:
    """Categories are those in use, in order; numbers that nobody gave are NaN."""
    row = replace(answer(1, "male", created_at=LATE), lead_time_s=2.5, presentation_order=3)
    workspace.append_batch([row, answer(1, "female", created_at=EARLY)])
    workspace.append_batch([answer(0, "male", annotator_id="z"), answer(0, "cannot_tell", annotator_id="b")])
    frame = columns(workspace)
    assert frame["sample_id"].tolist() == [sample_id(0), sample_id(0), sample_id(1)]
    assert frame["annotator_id"].tolist() == ["b", "z", "ann01"]
    assert frame["value"].tolist() == ["cannot_tell", "male", "male"]
    assert frame["value"].cat.categories.tolist() == ["cannot_tell", "male"]
    assert frame["lead_time_s"].isna().tolist() == [True, True, False]
    assert frame["presentation_order"].tolist()[2] == 3
    assert str(frame["created_at"].iloc[2]) == LATE


def test_a_workspace_without_answers_gives_an_empty_frame(workspace: Workspace) -> None:
    """Its columns are there."""
    frame = columns(workspace, vocab.axis("perceived_race:race_coarse@1"))
    assert (len(frame), "value" in frame.columns) == (0, True)
