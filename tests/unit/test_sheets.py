"""A label sheet's cells: harmless in a spreadsheet program, and read back as they were."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datatools import sheets
from datatools.errors import DataError

_HOSTILE = st.text(alphabet="'=+-@ \t\r\na", max_size=6)


@given(st.text() | _HOSTILE)
def test_a_guarded_cell_is_given_back(text: str) -> None:
    """Formulas, blanks at the ends, and apostrophes that are meant."""
    assert sheets.plain(sheets.safe(text)) == text


@given(st.text() | _HOSTILE)
def test_no_cell_is_a_formula(text: str) -> None:
    """Nothing that is written begins with a sign that starts one."""
    assert not sheets.safe(text).startswith(("=", "+", "-", "@", "\t", "\r"))


@given(st.lists(st.tuples(st.text() | _HOSTILE, st.text() | _HOSTILE), max_size=4))
def test_lines_come_back_as_they_were(rows: list[tuple[str, str]]) -> None:
    """Line ends within a cell too."""
    found = csv.reader(io.StringIO(sheets.to_csv(["a", "b"], rows).decode(), newline=""))
    assert [tuple(map(sheets.plain, row)) for row in found][1:] == rows


def test_blanks_that_people_leave_are_dropped() -> None:
    """Around an answer, and around a guarded one."""
    assert [sheets.plain(text) for text in ("  bald ", " '=x", "'tis", "")] == ["bald", "=x", "'tis", ""]


def _values(question: str, value: str, **fields: str) -> list[tuple[str, dict[str, str]]]:
    found = sheets.given("line 2", "0.jpg", question, value.split("|"), fields)
    return [(cell.value, dict(cell.fields)) for cell in found]


def test_several_values_stand_apart_by_a_bar() -> None:
    """Each is a cell; blanks and repetitions are none."""
    said = _values("self_reported_race", "white| black||white", annotator_id="a")
    assert said == [("white", {"annotator_id": "a"}), ("black", {"annotator_id": "a"})]


@pytest.mark.parametrize(
    ("question", "value"),
    [("glasses", "yes|no"), ("self_reported_race", "white|cannot_tell"), ("mood", "a|b")],
)
def test_values_that_contradict_each_other_stay_one_word(question: str, value: str) -> None:
    """No vocabulary holds it, so the check refuses the answer."""
    assert _values(question, value) == [(value, {})]


def test_an_empty_cell_is_one_blank() -> None:
    """It is counted as still open."""
    assert _values("glasses", " | ") == [("", {})]


def test_an_unchanged_answer_keeps_its_time_and_a_changed_one_does_not() -> None:
    """In whatever order its values stand."""
    old = {"created_at": "2024-01-01T00:00:00Z", "lead_time_s": "1", "batch": "b", "annotator_id": "a"}
    same = _values("self_reported_race", "black|white", was="white|black", **old)
    assert [fields for _, fields in same] == [old, old]
    assert _values("self_reported_race", "black", was="white|black", **old) == [
        ("black", {"annotator_id": "a"})
    ]


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_moment_at_the_end_of_time_is_refused(text: str) -> None:
    """In UTC it would lie beyond it."""
    with pytest.raises(DataError, match="expected a moment as ISO 8601"):
        sheets.utc(text)


@given(st.datetimes(timezones=st.timezones()))
def test_any_zone_becomes_utc(moment: object) -> None:
    """The moment is the same."""
    from datetime import UTC, datetime

    assert isinstance(moment, datetime)
    try:
        wanted = moment.astimezone(UTC)
    except OverflowError:
        return
    offset = moment.utcoffset()
    assert offset is not None
    if offset.total_seconds() % 60 == 0:
        assert datetime.fromisoformat(sheets.utc(moment.isoformat())) == wanted


def test_large_orders_are_exact(tmp_path: Path) -> None:
    """A float would round them."""
    path = tmp_path / "a.csv"
    path.write_text("sample,question,value,presentation_order\n0.jpg,glasses,yes,9007199254740993\n")
    (cell,) = sheets.read(path)
    answer = sheets.answer(cell, sheets.Defaults(annotator_id="a", source="annotator", vocabularies={}))
    assert answer.presentation_order == 9007199254740993
