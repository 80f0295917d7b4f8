"""A saved file is read whole, or not at all; nothing in it is believed that the page would not write."""

import contextlib
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datatools.asking import batch
from datatools.errors import DataError

A, B = "a" * 16, "b" * 16
Content = dict[str, Any]


def content() -> Content:
    """Give what the page saves of two pictures, one of them answered twice."""

    def answer(sample: str, values: list[str], order: int, second: int) -> dict[str, object]:
        return {
            "sample": sample,
            "question": "self_reported_race",
            "values": values,
            "created_at": f"2024-05-01T10:00:{second:02d}.000Z",
            "lead_time_s": 2.125,
            "is_capped": second == 9,
            "presentation_order": order,
        }

    return {
        "schema": batch.SCHEMA,
        "page_id": "0123456789abcdef",
        "annotator_id": "ann01",
        "seed": 0,
        "order": "lot",
        "saved_at": "2024-05-01T10:01:00.000Z",
        "pause_limit_s": 120,
        "questions": [
            {"question": "self_reported_race", "vocabulary": "fairface_race@1", "source": "self_report"}
        ],
        "shown": [{"sample": name, "question": "self_reported_race"} for name in (B, A)],
        "answers": [
            answer(B, ["white"], 1, 3),
            answer(A, ["white", "east_asian"], 2, 5),
            answer(B, ["black"], 1, 9),
        ],
        "notes": [{"sample": A, "text": "two parents"}],
    }


def save(folder: Path, saved: object, *, indent: int | None = None) -> Path:
    """Write a file as the page does, its checksum right."""
    text = json.dumps(saved, separators=(",", ":"), ensure_ascii=False)
    path = folder / "answers.json"
    file = {"sha256": hashlib.sha256(text.encode("utf-8", "replace")).hexdigest(), "content": saved}
    path.write_text(json.dumps(file, ensure_ascii=True, indent=indent), "utf-8")
    return path


def test_answers_come_in_the_order_in_which_they_were_given(tmp_path: Path) -> None:
    """Each value is a cell; those of one answer share the words that say where they stand."""
    found = batch.read(save(tmp_path, content()))
    assert [(cell.where, cell.sample, cell.value) for cell in found.cells] == [
        ("answer 1", B, "white"),
        ("answer 2", A, "white"),
        ("answer 2", A, "east_asian"),
        ("answer 3", B, "black"),
    ]
    assert found.cells[1].fields == {
        "annotator_id": "ann01",
        "source": "self_report",
        "vocabulary": "fairface_race@1",
        "created_at": "2024-05-01T10:00:05.000Z",
        "lead_time_s": "2.125",
        "presentation_order": "2",
        "note": "two parents",
    }


def test_what_the_annotator_should_know_of_is_said(tmp_path: Path) -> None:
    """Where the file comes from, pauses that were cut, and notes."""
    assert batch.read(save(tmp_path, content())).remarks == [
        "Page 0123456789abcdef of ann01, saved at 2024-05-01T10:01:00.000Z.",
        "Lead times with a pause in them, which counts as 120 s at most: 1.",
        f"Note on {A}: two parents",
    ]


def test_how_the_file_is_laid_out_does_not_count(tmp_path: Path) -> None:
    """Blanks and line ends that a program put in change no answer."""
    assert len(batch.read(save(tmp_path, content(), indent=2)).cells) == 4


def test_a_saved_file_is_told_from_others(tmp_path: Path) -> None:
    """Also where it breaks off; other JSON, CSV and folders are not taken for one."""
    path = save(tmp_path, content())
    assert batch.matches(path)
    path.write_text(path.read_text()[:200])
    assert batch.matches(path)
    (tmp_path / "other.json").write_text('[{"data": {}}]')
    (tmp_path / "sheet.csv").write_text(batch.SCHEMA)
    names = ("other.json", "sheet.csv", "none.json", ".")
    assert not any(batch.matches(tmp_path / name) for name in names)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(cut=st.integers(1, 10_000))
def test_a_file_that_breaks_off_gives_no_answer(tmp_path: Path, cut: int) -> None:
    """Wherever it does: all of it or an error."""
    whole = save(tmp_path, content()).read_bytes()
    path = tmp_path / "cut.json"
    path.write_bytes(whole[: -min(cut, len(whole))])
    with pytest.raises(DataError, match=r"cut\.json: the file breaks off"):
        batch.read(path)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(place=st.integers(0, 10_000), byte=st.integers(0, 255))
def test_a_changed_byte_changes_no_answer(tmp_path: Path, place: int, byte: int) -> None:
    """It is found out, or means the same."""
    path = save(tmp_path, content())
    whole = bytearray(path.read_bytes())
    unchanged = batch.read(path)
    whole[place % len(whole)] = byte
    path.write_bytes(whole)
    with contextlib.suppress(DataError):
        assert batch.read(path) == unchanged


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.text(alphabet=st.characters(exclude_categories=()), min_size=1))
def test_any_words_come_through_or_are_refused(tmp_path: Path, text: str) -> None:
    """Half a surrogate pair is no text; everything else is given back as it was."""
    saved = content()
    saved["notes"] = [{"sample": A, "text": text}]
    try:
        found = batch.read(save(tmp_path, saved))
    except DataError:
        assert any("\ud800" <= letter <= "\udfff" for letter in text)
    else:
        assert found.cells[1].fields["note"] == text


def _in(field: str, value: object) -> Callable[[Content], object]:
    return lambda saved: saved.__setitem__(field, value)


def _in_answer(field: str, value: object) -> Callable[[Content], object]:
    return lambda saved: saved["answers"][0].__setitem__(field, value)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_in("schema", "datatools-answers@2"), "as datatools-answers@1: content.schema"),
        (_in("annotator_id", ""), "content.annotator_id"),
        (_in("order", "alphabet"), "content.order"),
        (_in("race", "x"), "content.race"),
        (_in("answers", {}), "content.answers"),
        (_in_answer("values", []), "values"),
        (_in_answer("values", "white"), "values"),
        (_in_answer("lead_time_s", -1), "lead_time_s"),
        (_in_answer("lead_time_s", float("nan")), "lead_time_s"),
        (_in_answer("lead_time_s", "2"), "lead_time_s"),
        (_in_answer("presentation_order", 0), "presentation_order"),
        (_in_answer("presentation_order", 2), f"answer 1: .* place 2 .*self_reported_race of {A}"),
        (_in_answer("presentation_order", 3), r"answer 1: .* place 3 \(nothing\)"),
        (_in_answer("sample", "c" * 16), "answer 1: .* got self_reported_race of cccc"),
        (_in("questions", []), "answer 1: expected a question of the page, got 'self_reported_race'"),
    ],
)
def test_what_the_page_would_not_write_is_refused(
    tmp_path: Path, change: Callable[[Content], object], reason: str
) -> None:
    """Though the checksum is right: another version, wrong types, or an answer to what was not shown."""
    saved = content()
    change(saved)
    with pytest.raises(DataError, match=reason):
        batch.read(save(tmp_path, saved))


def test_an_edited_answer_is_found_out(tmp_path: Path) -> None:
    """The error says what to do instead."""
    path = save(tmp_path, content())
    path.write_text(path.read_text().replace('"black"', '"white"'))
    with pytest.raises(DataError, match=r"was changed after the page saved it.*correct answers there"):
        batch.read(path)


@pytest.mark.parametrize("found", [[], {}, {"sha256": "0", "content": []}, "text", 1, None])
def test_json_of_another_kind_is_refused(tmp_path: Path, found: object) -> None:
    """It names what was expected."""
    path = tmp_path / "x.json"
    path.write_text(json.dumps(found))
    with pytest.raises(DataError, match="expected answers that the annotation page saved"):
        batch.read(path)


def test_brackets_without_end_are_refused(tmp_path: Path) -> None:
    """Nesting that would exhaust the stack is an error of the file."""
    path = tmp_path / "deep.json"
    path.write_text("[" * 200_000)
    with pytest.raises(DataError, match="breaks off or was damaged"):
        batch.read(path)
