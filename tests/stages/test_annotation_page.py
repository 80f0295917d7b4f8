"""The page asks by keyboard alone, loses nothing, sends nothing, and its file becomes the same answers."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from datatools import selection, tables
from datatools.workspace import Workspace
from tests.browser import chromium, opened, press, saved, wait_until
from tests.stages import people
from tests.stages.judged import checked
from tests.stages.pictures import ingest_drawn

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog
from tests.stages.paged import (
    AGE,
    GENDER,
    RACE,
    REVIEW,
    answers_of,
    export_page,
    import_file,
    said_on,
    shown_on,
)


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """Give one browser for all pages."""
    with chromium() as started:
        yield started


@pytest.fixture
def drawn(workspace: Workspace) -> Workspace:
    """Give four pictures of drawn people."""
    ingest_drawn(workspace, 4)
    return workspace


def test_answers_given_by_keyboard_come_back_whole(
    drawn: Workspace, browser: "Browser", tmp_path: Path
) -> None:
    """With their order, their lead times and the moment at which they were given."""
    index = export_page(drawn)
    with opened(browser, index) as page:
        press(page, "7")
        assert said_on(page) == "This question has no answer 7."
        press(page, "1 2 0 3")
        assert said_on(page) == "Every question is answered. Press s to save the file."
        path = saved(page, tmp_path)
    result = import_file(drawn, path)
    rows = answers_of(drawn)
    assert [(row.sample_id, row.value) for row in rows] == list(
        zip(shown_on(index), ("female", "male", "cannot_tell", "another"), strict=True)
    )
    assert [row.presentation_order for row in rows] == [1, 2, 3, 4]
    assert all(row.lead_time_s is not None and 0 <= row.lead_time_s < 60 for row in rows)
    assert {(row.annotator_id, row.source, row.vocabulary) for row in rows} == {
        ("ann01", "annotator", "gender@1")
    }
    assert len({row.created_at for row in rows}) == 4
    assert result.facts["n_imported"] == 4
    assert any(note.startswith("Page ") for note in result.notes)


def test_a_page_that_was_closed_goes_on_where_it_was(drawn: Workspace, browser: "Browser") -> None:
    """Answers, a choice that was not confirmed, and the place are there again."""
    index = export_page(drawn, GENDER, RACE)
    with opened(browser, index) as page:
        press(page, "2 1 4")
        page.reload()
        assert said_on(page) == "1 answer from before is here. h shows the keys."
        assert page.locator(".is-active [aria-pressed=true]").count() == 2
        press(page, "Enter")
        assert page.text_content("#place") == "Picture 2 of 4"
        assert page.text_content("#counted") == "2 of 8 questions answered, 2 not in a file yet"


def test_two_tabs_add_to_the_same_answers(drawn: Workspace, browser: "Browser") -> None:
    """Neither overwrites what the other has kept."""
    index = export_page(drawn)
    with opened(browser, index) as page:
        other = page.context.new_page()
        other.goto(index.as_uri())
        press(page, "1")
        press(other, "j 2")
        # A tab hears of another's answer a moment later; nobody changes tabs faster.
        wait_until(page, "document.querySelector('#counted').textContent.includes('2 not in a file')")
        press(page, "3")
        assert page.text_content("#counted") == "2 of 4 questions answered, 3 not in a file yet"


def test_the_last_answer_can_be_taken_back(drawn: Workspace, browser: "Browser", tmp_path: Path) -> None:
    """It is gone, the picture is shown again, and with nothing left nothing happens."""
    with opened(browser, export_page(drawn)) as page:
        press(page, "1 u")
        assert said_on(page) == "The answer for picture 1 is taken back."
        press(page, "u")
        assert said_on(page) == "There is nothing to undo."
        press(page, "s")
        assert said_on(page) == "There is no answer to save yet."
        press(page, "2")
        content = json.loads(saved(page, tmp_path).read_text())["content"]
    assert [answer["values"] for answer in content["answers"]] == [["male"]]


def test_what_a_file_holds_is_corrected_by_a_later_answer(
    drawn: Workspace, browser: "Browser", tmp_path: Path
) -> None:
    """Undo leaves it there; the second file adds the correction alone, and it is the later one."""
    with opened(browser, export_page(drawn)) as page:
        press(page, "1")
        import_file(drawn, saved(page, tmp_path))
        press(page, "u")
        assert "the later one counts" in said_on(page)
        press(page, "2")
        result = import_file(drawn, saved(page, tmp_path))
    assert (result.facts["n_imported"], result.facts["n_already_there"]) == (1, 1)
    assert [row.value for row in answers_of(drawn)] == ["female", "male"]


def test_several_values_are_one_answer(drawn: Workspace, browser: "Browser", tmp_path: Path) -> None:
    """A key again takes a value back; cannot_tell stands alone."""
    with opened(browser, export_page(drawn, RACE)) as page:
        press(page, "4 1 2 2 Enter")
        press(page, "1 0 Enter")
        press(page, "x Enter")
        press(page, "1 1 Enter")
        assert said_on(page) == "Nothing is chosen."
        import_file(drawn, saved(page, tmp_path))
    rows = answers_of(drawn)
    assert [row.value for row in rows] == ["east_asian", "white", "cannot_tell", "prefer_not_to_say"]
    assert len({(row.created_at, row.presentation_order) for row in rows[:2]}) == 1
    assert {row.source for row in rows} == {"self_report"}


def test_a_number_is_typed(drawn: Workspace, browser: "Browser", tmp_path: Path) -> None:
    """Enter or leaving the picture gives it; a number out of range is refused; ? cannot tell."""
    with opened(browser, export_page(drawn, AGE, "glasses")) as page:
        press(page, "1 2 1 Enter")
        assert said_on(page) == "Expected a whole number from 0 to 120."
        press(page, "Backspace 0 Enter")
        assert page.get_by_label("A whole number").input_value() == "120"
        assert page.get_by_label("A whole number").is_visible()
        press(page, "j 3 0 j ?")
        import_file(drawn, saved(page, tmp_path))
    assert [row.value for row in answers_of(drawn)] == ["120", "30", "cannot_tell"]


def test_long_pauses_count_as_two_minutes(drawn: Workspace, browser: "Browser", tmp_path: Path) -> None:
    """The page says so, and so does the import."""
    with opened(browser, export_page(drawn)) as page:
        page.clock.install()
        page.reload()
        page.clock.run_for(5_000)
        press(page, "1")
        page.clock.run_for(600_000)
        press(page, "h")
        assert said_on(page) == "A pause of 10 minutes counts as 2."
        press(page, "Escape")
        page.clock.run_for(1_000)
        press(page, "1")
        result = import_file(drawn, saved(page, tmp_path))
    assert [round(row.lead_time_s or 0) for row in answers_of(drawn)] == [5, 121]
    assert "Lead times with a pause in them, which counts as 120 s at most: 1." in result.notes


def test_time_out_of_sight_is_not_counted(drawn: Workspace, browser: "Browser", tmp_path: Path) -> None:
    """Time before the page was closed and opened again is."""
    hide = """isHidden => {
      Object.defineProperty(document, "hidden", {value: isHidden, configurable: true});
      document.dispatchEvent(new Event("visibilitychange"));
    }"""
    with opened(browser, export_page(drawn)) as page:
        page.clock.install()
        page.reload()
        page.clock.run_for(30_000)
        page.reload()
        page.clock.run_for(5_000)
        page.evaluate(hide, True)
        page.clock.run_for(60_000)
        page.evaluate(hide, False)
        page.clock.run_for(2_000)
        press(page, "1")
        import_file(drawn, saved(page, tmp_path))
    assert [round(row.lead_time_s or 0) for row in answers_of(drawn)] == [37]


def test_masks_are_reviewed_and_the_verdicts_decide(
    workspace: Workspace, browser: "Browser", tmp_path: Path
) -> None:
    """In the queue's order; accept overrides a check, repair and reject take a mask out."""
    checked(workspace, (0.1, 0.2, 0.3), rejected=(2,))
    queue = tmp_path / "review.csv"
    queue.write_text(f"sample,{REVIEW}\n" + "".join(f"{people.sample_id(n)},\n" for n in (2, 0, 1)))
    index = export_page(workspace, REVIEW, queue=queue)
    assert shown_on(index) == [people.sample_id(n) for n in (2, 0, 1)]
    with opened(browser, index) as page:
        press(page, "1 2 3")
        import_file(workspace, saved(page, tmp_path))
    assert selection.reviews(workspace.rows(tables.ANNOTATIONS)) == {
        people.sample_id(2): "accept",
        people.sample_id(0): "repair",
        people.sample_id(1): "reject",
    }
    assert selection.accepted(workspace) == {people.sample_id(2)}


def test_a_note_travels_with_the_answers(drawn: Workspace, browser: "Browser", tmp_path: Path) -> None:
    """Whatever is in it; keys typed into it answer nothing."""
    text = '1</script><b>"ü\t\u2028😀\\'
    with opened(browser, export_page(drawn)) as page:
        press(page, "n")
        page.keyboard.insert_text(text)
        press(page, "Control+Enter")
        assert said_on(page) == "The note is kept."
        assert page.text_content("#counted") == "0 of 4 questions answered"
        press(page, "1")
        result = import_file(drawn, saved(page, tmp_path))
    assert any(note.endswith(f": {text}") for note in result.notes)


def test_the_page_computes_the_usual_checksum(drawn: Workspace, browser: "Browser") -> None:
    """Texts of every length around a block's end, and beyond ASCII."""
    texts = ["", *("ü" * n for n in (27, 28, 31, 32, 64)), "a" * 55, "a" * 1000, "\u0000😀\u2028"]
    with opened(browser, export_page(drawn)) as page:
        sums = page.evaluate("texts => texts.map(sha256)", texts)
    assert sums == [hashlib.sha256(text.encode()).hexdigest() for text in texts]


def test_a_browser_that_keeps_nothing_is_said(drawn: Workspace, browser: "Browser", tmp_path: Path) -> None:
    """The answers are there until the page is closed, and can be saved."""
    with opened(browser, export_page(drawn), broken_storage=True) as page:
        press(page, "1 2")
        assert page.locator("#warning").is_visible()
        assert len(json.loads(saved(page, tmp_path).read_text())["content"]["answers"]) == 2


def test_answers_can_be_removed_from_the_browser(drawn: Workspace, browser: "Browser") -> None:
    """Asked once more, for what is in no file is lost."""
    with opened(browser, export_page(drawn)) as page:
        press(page, "1 h")
        asked: list[str] = []

        def confirm(dialog: "Dialog") -> None:
            asked.append(dialog.message)
            dialog.accept()

        page.once("dialog", confirm)
        page.click("#forget")
        assert "1 answer is in no file yet" in asked[0]
        page.reload()
        assert page.text_content("#counted") == "0 of 4 questions answered"
