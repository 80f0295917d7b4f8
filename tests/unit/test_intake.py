"""Samples are found by what a sheet calls them; of many answers the new ones are told."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datatools import tables
from datatools.errors import DataError
from datatools.intake import Columns, Finder, fresh
from datatools.records import Annotation
from datatools.workspace import Workspace
from tests.stages.people import answer, sample, sample_id

BEFORE, NOW = "2024-01-01T00:00:00+00:00", "2024-06-01T12:00:00+00:00"
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)


def _race(*values: str, number: int = 0, created_at: str | None = None) -> list[Annotation]:
    return [
        answer(number, v, question="perceived_race", vocabulary="fairface_race@1", created_at=created_at)
        for v in values
    ]


def _new(
    workspace: Workspace, rows: list[Annotation], *, dates_first: bool = True
) -> list[tuple[str, str | None]]:
    columns = Columns()
    for row in rows:
        columns.add(row)
    found = fresh(workspace, columns.table(), NOW, dates_first=dates_first)
    return [(row.value, row.created_at) for row in tables.records_of(found, tables.ANNOTATIONS)]


def test_a_sample_is_found_by_id_path_or_source_and_path() -> None:
    """An alias is a path too, and is told from the sample's own."""
    one = sample(1, path="a.jpg", source="x")
    one.aliases.extend(["b.jpg", "y:c.jpg"])
    finder = Finder([one], {"x", "y"})
    for name in (sample_id(1), "a.jpg", "x:a.jpg", "b.jpg", "c.jpg", "y:c.jpg"):
        assert finder.of_sheet(name) == sample_id(1)
    assert finder.of_source("y", "c.jpg") == sample_id(1)
    assert finder.of_source("x", "c.jpg") is None
    assert finder.is_own_path("x", "a.jpg")
    assert not finder.is_own_path("x", "b.jpg")


def test_a_name_that_means_nothing_or_two_samples_is_refused() -> None:
    """The error says what to write instead."""
    finder = Finder([sample(1, path="a.jpg", source="x"), sample(2, path="a.jpg", source="y")], {"x", "y"})
    with pytest.raises(DataError, match=r"got 'b\.jpg'"):
        finder.of_sheet("b.jpg")
    with pytest.raises(DataError, match=r"write SOURCE:a\.jpg"):
        finder.of_sheet("a.jpg")


@settings(deadline=None)  # the first example imports pandas
@given(
    st.lists(
        st.builds(
            Annotation,
            **dict.fromkeys(("sample_id", "question", "value", "annotator_id", "source", "batch"), TEXT),
            vocabulary=TEXT,
            created_at=st.none() | TEXT,
            lead_time_s=st.none() | st.floats(0, 1e6),
            presentation_order=st.none() | st.integers(0, 2**63 - 1),
        ),
        max_size=5,
    )
)
def test_columns_give_back_the_rows_that_went_in(rows: list[Annotation]) -> None:
    """In their order, the absent absent, great numbers exact."""
    columns = Columns()
    for row in rows:
        columns.add(row)
    assert len(columns) == len(rows)
    assert tables.records_of(columns.table(), tables.ANNOTATIONS) == rows


def test_what_is_there_is_not_new(workspace: Workspace) -> None:
    """Nor is a copied line."""
    rows = [answer(0, "male", created_at=BEFORE), answer(1, "male", created_at=BEFORE)]
    workspace.append_batch(rows[:1])
    assert _new(workspace, [*rows, rows[1]]) == [("male", BEFORE)]
    assert _new(workspace, [replace(rows[0], presentation_order=3)]) == [("male", BEFORE)]


def test_an_answer_without_a_date_is_new_where_it_differs_from_the_last(workspace: Workspace) -> None:
    """It gets the moment of the import."""
    assert _new(workspace, [answer(0, "male")]) == [("male", NOW)]
    workspace.append_batch([answer(0, "male"), answer(0, "female", created_at=BEFORE)])
    assert _new(workspace, [answer(0, "female")]) == []
    assert _new(workspace, [answer(0, "male")]) == [("male", NOW)]


def test_an_answer_of_several_values_is_compared_whole(workspace: Workspace) -> None:
    """One of two is another answer than both; the order of the values is nothing."""
    workspace.append_batch(_race("white", "black"))
    assert _new(workspace, _race("black", "white")) == []
    assert _new(workspace, _race("white")) == [("white", NOW)]
    assert _new(workspace, _race("indian", "black", "white")) == [
        ("indian", NOW),
        ("black", NOW),
        ("white", NOW),
    ]
    assert _new(workspace, [*_race("white", number=1), *_race("white", "black")]) == [("white", NOW)]


def test_a_data_sets_first_answer_stays_without_a_date_and_its_correction_gets_one(
    workspace: Workspace,
) -> None:
    """Nobody knows when its labels were given; one that changed must not stand beside the old one."""
    assert _new(workspace, _race("white"), dates_first=False) == [("white", None)]
    workspace.append_batch(_race("white"))
    assert _new(workspace, _race("white"), dates_first=False) == []
    assert _new(workspace, _race("black"), dates_first=False) == [("black", NOW)]


def test_what_two_names_of_one_file_say_contradicts_itself_once(workspace: Workspace) -> None:
    """Read again, neither is a correction of the other."""
    said = [_race("white")[0], replace(_race("black")[0], batch="source:set:copy.jpg")]
    assert _new(workspace, said, dates_first=False) == [("white", None), ("black", None)]
    workspace.append_batch(said)
    assert _new(workspace, said, dates_first=False) == []
