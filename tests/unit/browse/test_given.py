"""Do answers from the App reach the workspace, each once?"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from datatools import answers, selection, tables
from datatools.browse import given
from datatools.browse.given import Showing, give
from datatools.errors import DataError, UsageError
from datatools.records import Annotation
from datatools.workspace import Workspace
from tests.unit.report.builders import fill

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
SESSION = "0123456789abcdef"


@pytest.fixture
def filled(workspace: Workspace, tmp_path: Path) -> Workspace:
    """Give a workspace with pictures and findings."""
    fill(workspace, tmp_path / "src", 3)
    return workspace


def shown(workspace: Workspace, **changes: object) -> Showing:
    """Show the review question about the first picture."""
    found: dict[str, object] = {
        "session": SESSION,
        "annotator_id": "ann01",
        "sample_id": workspace.samples()[0].sample_id,
        "question": "mask_review",
        "vocabulary": "mask_review@2",
        "place": 1,
        "shown_at": NOON.isoformat(),
    }
    return given.showing(found | changes)


def after(seconds: float) -> datetime:
    """Give the moment of a click."""
    return NOON + timedelta(seconds=seconds)


def kept(workspace: Workspace) -> list[Annotation]:
    """Give what the workspace holds from the App."""
    return [row for row in workspace.rows_or_empty(tables.ANNOTATIONS) if row.batch == f"app:{SESSION}"]


def test_an_answer_is_kept_as_it_was_given(filled: Workspace) -> None:
    """Who, when, how long and in which place of the order: all of it is in the row."""
    give(filled, shown(filled, place=7), ["reject"], after(4.25))
    (row,) = kept(filled)
    assert (row.annotator_id, row.value, row.vocabulary, row.source) == (
        "ann01",
        "reject",
        "mask_review@2",
        "annotator",
    )
    assert (row.created_at, row.lead_time_s, row.presentation_order) == (
        "2026-05-01T12:00:04.250000+00:00",
        4.25,
        7,
    )


def test_a_click_that_arrives_twice_is_one_answer(filled: Workspace) -> None:
    """The second click adds no row and no file."""
    first = give(filled, shown(filled), ["accept"], after(2))
    n_files = len(filled.batch_files())
    assert (give(filled, shown(filled), ["accept"], after(3)), len(filled.batch_files())) == (first, n_files)


def test_an_answer_that_was_cut_off_is_completed(filled: Workspace) -> None:
    """Killed between the click's mark and the batch, the same click again keeps the first moment."""
    (first,) = give(filled, shown(filled), ["accept"], after(2))
    for path in filled.batch_files():
        path.unlink()
    give(filled, shown(filled), ["accept"], after(9))
    assert kept(filled) == [first]


def test_another_answer_to_one_showing_is_refused(filled: Workspace) -> None:
    """A double click that hits two buttons keeps the first."""
    give(filled, shown(filled), ["accept"], after(2))
    with pytest.raises(UsageError, match="press undo"):
        give(filled, shown(filled), ["reject"], after(2.1))
    assert [row.value for row in kept(filled)] == ["accept"]


def test_a_click_that_somebody_edited_is_named(filled: Workspace) -> None:
    """With what to do; nothing is kept."""
    give(filled, shown(filled), ["accept"], after(5))
    n_kept = len(kept(filled))
    (path,) = (filled.root / "cache" / "given").iterdir()
    path.write_text('{"created_at": "noon", "lead_time_s": 5.0, "answer": "0"}')
    with pytest.raises(DataError, match=r"created_at: .*remove the file and answer again"):
        give(filled, shown(filled), ["accept"], after(6))
    assert len(kept(filled)) == n_kept


def test_the_later_review_counts_and_both_stay(filled: Workspace) -> None:
    """Answering a new showing of the same mask takes the first answer back without removing it."""
    give(filled, shown(filled), ["accept"], after(2))
    give(filled, shown(filled, place=2), ["reject"], after(8))
    sample_id = filled.samples()[0].sample_id
    assert sorted(row.value for row in kept(filled)) == ["accept", "reject"]
    assert selection.reviews(filled.rows(tables.ANNOTATIONS))[sample_id] == "reject"
    assert sample_id not in selection.accepted(filled)


def test_two_people_at_one_moment_both_count(filled: Workspace) -> None:
    """The answers of two people about one picture, at one moment and place, are two answers."""
    for who in ("ann01", "ann02"):
        give(filled, shown(filled, annotator_id=who), ["accept"], after(2))
    assert sorted(row.annotator_id for row in kept(filled)) == ["ann01", "ann02"]


def test_several_values_are_one_answer(filled: Workspace) -> None:
    """They come back together, in the vocabulary's order."""
    asked = shown(filled, question="perceived_race", vocabulary="fairface_race@1")
    give(filled, asked, ["white", "black"], after(3))
    said = [row for row in answers.latest(kept(filled)).values() if not row.is_contradictory]
    assert [sorted(one.values) for one in said] == [["black", "white"]]


def test_a_long_pause_counts_as_two_minutes(filled: Workspace) -> None:
    """As on the annotation page."""
    (row,) = give(filled, shown(filled), ["accept"], after(4000))
    assert row.lead_time_s == 120.0


def test_blanks_around_an_id_are_no_part_of_it() -> None:
    """Somebody who typed a blank too much is nobody else."""
    assert given.annotator("  ann01 ") == "ann01"


@pytest.mark.parametrize("typed", [None, "   ", "x" * 101])
def test_nobody_answers_without_an_id(typed: object) -> None:
    """An empty or endless id is refused."""
    with pytest.raises(UsageError, match="annotator id"):
        given.annotator(typed)


@pytest.mark.parametrize(
    ("changes", "values", "says"),
    [
        ({}, ["maybe"], "expected a value of mask_review@2"),
        ({}, [], "got none"),
        ({}, ["accept", "reject"], "expected one answer"),
        (
            {"question": "perceived_race", "vocabulary": "fairface_race@1"},
            ["black", "cannot_tell"],
            "expected one answer",
        ),
        (
            {"question": "perceived_gender", "vocabulary": "gender@1"},
            ["prefer_not_to_say"],
            "expected an answer that was offered",
        ),
        ({"sample_id": "f" * 16}, ["accept"], "any more"),
    ],
)
def test_what_does_not_fit_is_refused(
    filled: Workspace, changes: dict[str, object], values: Sequence[str], says: str
) -> None:
    """Nothing is kept of it."""
    with pytest.raises(DataError, match=says):
        give(filled, shown(filled, **changes), values, after(1))
    assert kept(filled) == []


@pytest.mark.parametrize(
    ("question", "vocabulary", "says"),
    [
        ("self_reported_gender", "gender@1", "self_report"),
        ("rendered_gender", "gender@1", "dataset"),
        ("perceived_gender", "monk@1", "gender@1"),
    ],
)
def test_only_questions_for_annotators_are_asked(question: str, vocabulary: str, says: str) -> None:
    """Nobody answers for somebody else what only they can say."""
    with pytest.raises(UsageError, match=says):
        given.require_asked(question, vocabulary)


def test_what_the_browser_made_up_is_refused(filled: Workspace) -> None:
    """A showing with a path for a sample, or of the past without a zone, is none."""
    for changes in ({"sample_id": "../../etc"}, {"shown_at": "2026-05-01T12:00:00"}, {"more": 1}):
        with pytest.raises(UsageError, match="showed last"):
            shown(filled, **changes)
