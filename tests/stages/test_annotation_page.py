"""The page asks by keyboard alone, loses nothing, sends nothing, and its file becomes the same answers."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from datatools import selection, tables
from datatools.errors import DataError, UsageError
from datatools.progress import Progress
from datatools.records import Annotation, StageResult
from datatools.stages import annotate_export, annotate_import
from datatools.workspace import Workspace
from tests.browser import chromium, opened, press, saved
from tests.stages import people
from tests.stages.judged import checked
from tests.stages.pictures import ingest_drawn

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page

GENDER = "perceived_gender"
RACE = "self_reported_race"
AGE = "perceived_age"
REVIEW = "mask_review"


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """Give one browser for all pages."""
    with chromium() as started:
        yield started


def _export(workspace: Workspace, *questions: str, **settings: object) -> Path:
    _run(workspace, *questions, **settings)
    return workspace.root / "sheets" / "ann01-page" / "index.html"


def _run(workspace: Workspace, *questions: str, **settings: object) -> StageResult:
    given = {"questions": questions or (GENDER,), "annotator_id": "ann01", "html": True, **settings}
    return annotate_export.run(workspace, annotate_export.Settings.model_validate(given), Progress("quiet"))


def _import(workspace: Workspace, path: Path) -> StageResult:
    return annotate_import.run(workspace, annotate_import.Settings(sheet=path), Progress("quiet"))


def _task(index: Path) -> dict[str, list[dict[str, str]]]:
    text = (
        index.read_text().partition('<script type="application/json" id="task">')[2].partition("</script>")[0]
    )
    return dict(json.loads(text))


def _shown(index: Path) -> list[str]:
    return [picture["sample"] for picture in _task(index)["pictures"]]


def _rows(workspace: Workspace) -> list[Annotation]:
    return sorted(workspace.rows(tables.ANNOTATIONS), key=lambda row: (row.created_at or "", row.value))


def _said(page: "Page") -> str:
    return page.text_content("#said") or ""


@pytest.fixture
def drawn(workspace: Workspace) -> Workspace:
    """Give four pictures of drawn people."""
    ingest_drawn(workspace, 4)
    return workspace


def test_answers_given_by_keyboard_come_back_whole(
    drawn: Workspace, browser: "Browser", tmp_path: Path
) -> None:
    """With their order, their lead times and the moment at which they were given."""
    index = _export(drawn)
    with opened(browser, index) as page:
        press(page, "7")
        assert _said(page) == "This question has no answer 7."
        press(page, "1 2 0 3")
        assert _said(page) == "Every question is answered. Press s to save the file."
        path = saved(page, tmp_path)
    result = _import(drawn, path)
    rows = _rows(drawn)
    assert [(row.sample_id, row.value) for row in rows] == list(
        zip(_shown(index), ("female", "male", "cannot_tell", "another"), strict=True)
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
    index = _export(drawn, GENDER, RACE)
    with opened(browser, index) as page:
        press(page, "2 1 4")
        page.reload()
        assert _said(page) == "1 answer from before is here. h shows the keys."
        assert page.locator(".is-active [aria-pressed=true]").count() == 2
        press(page, "Enter")
        assert page.text_content("#place") == "Picture 2 of 4"
        assert page.text_content("#counted") == "2 of 8 questions answered, 2 not in a file yet"


def test_two_tabs_add_to_the_same_answers(drawn: Workspace, browser: "Browser") -> None:
    """Neither overwrites what the other has kept."""
    index = _export(drawn)
    with opened(browser, index) as page:
        other = page.context.new_page()
        other.goto(index.as_uri())
        press(page, "1")
        press(other, "j 2")
        # A tab hears of another's answer a moment later; nobody changes tabs faster.
        page.wait_for_function("document.querySelector('#counted').textContent.includes('2 not in a file')")
        press(page, "3")
        assert page.text_content("#counted") == "2 of 4 questions answered, 3 not in a file yet"


def test_the_last_answer_can_be_taken_back(drawn: Workspace, browser: "Browser", tmp_path: Path) -> None:
    """It is gone, the picture is shown again, and with nothing left nothing happens."""
    with opened(browser, _export(drawn)) as page:
        press(page, "1 u")
        assert _said(page) == "The answer for picture 1 is taken back."
        press(page, "u")
        assert _said(page) == "There is nothing to undo."
        press(page, "s")
        assert _said(page) == "There is no answer to save yet."
        press(page, "2")
        content = json.loads(saved(page, tmp_path).read_text())["content"]
    assert [answer["values"] for answer in content["answers"]] == [["male"]]


def test_what_a_file_holds_is_corrected_by_a_later_answer(
    drawn: Workspace, browser: "Browser", tmp_path: Path
) -> None:
    """Undo leaves it there; the second file adds the correction alone, and it is the later one."""
    with opened(browser, _export(drawn)) as page:
        press(page, "1")
        _import(drawn, saved(page, tmp_path))
        press(page, "u")
        assert "the later one counts" in _said(page)
        press(page, "2")
        result = _import(drawn, saved(page, tmp_path))
    assert (result.facts["n_imported"], result.facts["n_already_there"]) == (1, 1)
    assert [row.value for row in _rows(drawn)] == ["female", "male"]


def test_several_values_are_one_answer(drawn: Workspace, browser: "Browser", tmp_path: Path) -> None:
    """A key again takes a value back; cannot_tell stands alone."""
    with opened(browser, _export(drawn, RACE)) as page:
        press(page, "4 1 2 2 Enter")
        press(page, "1 0 Enter")
        press(page, "x Enter")
        press(page, "1 1 Enter")
        assert _said(page) == "Nothing is chosen."
        _import(drawn, saved(page, tmp_path))
    rows = _rows(drawn)
    assert [row.value for row in rows] == ["east_asian", "white", "cannot_tell", "prefer_not_to_say"]
    assert len({(row.created_at, row.presentation_order) for row in rows[:2]}) == 1
    assert {row.source for row in rows} == {"self_report"}


def test_a_number_is_typed(drawn: Workspace, browser: "Browser", tmp_path: Path) -> None:
    """Enter or leaving the picture gives it; a number out of range is refused; ? cannot tell."""
    with opened(browser, _export(drawn, AGE, "glasses")) as page:
        press(page, "1 2 1 Enter")
        assert _said(page) == "Expected a whole number from 0 to 120."
        press(page, "Backspace 0 Enter")
        assert page.get_by_label("A whole number").input_value() == "120"
        assert page.get_by_label("A whole number").is_visible()
        press(page, "j 3 0 j ?")
        _import(drawn, saved(page, tmp_path))
    assert [row.value for row in _rows(drawn)] == ["120", "30", "cannot_tell"]


def test_long_pauses_count_as_two_minutes(drawn: Workspace, browser: "Browser", tmp_path: Path) -> None:
    """The page says so, and so does the import."""
    with opened(browser, _export(drawn)) as page:
        page.clock.install()
        page.reload()
        page.clock.run_for(5_000)
        press(page, "1")
        page.clock.run_for(600_000)
        press(page, "h")
        assert _said(page) == "A pause of 10 minutes counts as 2."
        press(page, "Escape")
        page.clock.run_for(1_000)
        press(page, "1")
        result = _import(drawn, saved(page, tmp_path))
    assert [round(row.lead_time_s or 0) for row in _rows(drawn)] == [5, 121]
    assert "Lead times with a pause in them, which counts as 120 s at most: 1." in result.notes


def test_time_out_of_sight_is_not_counted(drawn: Workspace, browser: "Browser", tmp_path: Path) -> None:
    """Time before the page was closed and opened again is."""
    hide = """isHidden => {
      Object.defineProperty(document, "hidden", {value: isHidden, configurable: true});
      document.dispatchEvent(new Event("visibilitychange"));
    }"""
    with opened(browser, _export(drawn)) as page:
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
        _import(drawn, saved(page, tmp_path))
    assert [round(row.lead_time_s or 0) for row in _rows(drawn)] == [37]


def test_masks_are_reviewed_and_the_verdicts_decide(
    workspace: Workspace, browser: "Browser", tmp_path: Path
) -> None:
    """In the queue's order; accept overrides a check, repair and reject take a mask out."""
    checked(workspace, (0.1, 0.2, 0.3), rejected=(2,))
    queue = tmp_path / "review.csv"
    queue.write_text(f"sample,{REVIEW}\n" + "".join(f"{people.sample_id(n)},\n" for n in (2, 0, 1)))
    index = _export(workspace, REVIEW, queue=queue)
    assert _shown(index) == [people.sample_id(n) for n in (2, 0, 1)]
    with opened(browser, index) as page:
        press(page, "1 2 3")
        _import(workspace, saved(page, tmp_path))
    assert selection.reviews(workspace.rows(tables.ANNOTATIONS)) == {
        people.sample_id(2): "accept",
        people.sample_id(0): "repair",
        people.sample_id(1): "reject",
    }
    assert selection.accepted(workspace) == {people.sample_id(2)}


def test_a_mask_is_seen_in_every_way(workspace: Workspace, browser: "Browser") -> None:
    """As outline, veil, beside the picture and in flicker; the same key again hides it."""
    checked(workspace, (0.1,))
    with opened(browser, _export(workspace, REVIEW)) as page:
        outline, veil = page.locator(".pane:first-child .outline"), page.locator(".pane:first-child .veil")
        assert outline.is_visible()
        press(page, "v")
        assert veil.is_visible()
        assert not outline.is_visible()
        press(page, "b")
        assert page.locator(".second .veil").is_visible()
        press(page, "o o")
        assert not outline.is_visible()
        press(page, "f")
        page.locator("#figure.is-off").wait_for()
        widths = page.evaluate("[...document.images].map(i => [i.naturalWidth, i.naturalHeight].join())")
        assert len(set(widths)) == 1


def test_who_wants_no_motion_flickers_by_hand(workspace: Workspace, browser: "Browser") -> None:
    """Each f shows or hides the mask."""
    checked(workspace, (0.1,))
    with opened(browser, _export(workspace, REVIEW), still=True) as page:
        veil = page.locator(".pane:first-child .veil")
        press(page, "f")
        assert veil.is_visible()
        press(page, "f")
        assert not veil.is_visible()
        press(page, "f")
        assert veil.is_visible()


def test_the_picture_is_zoomed_and_moved_by_keyboard(drawn: Workspace, browser: "Browser") -> None:
    """No further than its edge; z shows all of it again, and so does the next picture."""
    with opened(browser, _export(drawn)) as page:
        press(page, "+ + +")
        assert page.text_content("#zoom") == "195%"
        press(page, " ".join(["Shift+ArrowRight"] * 30))
        x, y = page.evaluate("[view.x, view.y]")
        assert (round(x, 3), y) == (round(-(1.25**3 - 1) / 2, 3), 0)
        press(page, "z")
        assert page.text_content("#zoom") == "100%"
        press(page, "+ j")
        assert page.text_content("#zoom") == "100%"


def test_a_note_travels_with_the_answers(drawn: Workspace, browser: "Browser", tmp_path: Path) -> None:
    """Whatever is in it; keys typed into it answer nothing."""
    text = '1</script><b>"ü\t\u2028😀\\'
    with opened(browser, _export(drawn)) as page:
        press(page, "n")
        page.keyboard.insert_text(text)
        press(page, "Control+Enter")
        assert _said(page) == "The note is kept."
        assert page.text_content("#counted") == "0 of 4 questions answered"
        press(page, "1")
        result = _import(drawn, saved(page, tmp_path))
    assert any(note.endswith(f": {text}") for note in result.notes)


def test_hostile_words_appear_literally(drawn: Workspace, browser: "Browser") -> None:
    """A code that is markup is shown as text, in the page and in its title."""
    code = "<img src=x onerror=alert(1)>{{7*7}}</script>"
    folder = drawn.root / "page"
    _run(drawn, annotator_id=code, sheet=folder)
    with opened(browser, folder / "index.html") as page:
        assert page.text_content("h1 .code") == code
        assert page.title() == f"Questions for {code}"


def test_the_page_computes_the_usual_checksum(drawn: Workspace, browser: "Browser") -> None:
    """Texts of every length around a block's end, and beyond ASCII."""
    texts = ["", *("ü" * n for n in (27, 28, 31, 32, 64)), "a" * 55, "a" * 1000, "\u0000😀\u2028"]
    with opened(browser, _export(drawn)) as page:
        sums = page.evaluate("texts => texts.map(sha256)", texts)
    assert sums == [hashlib.sha256(text.encode()).hexdigest() for text in texts]


def test_a_browser_that_keeps_nothing_is_said(drawn: Workspace, browser: "Browser", tmp_path: Path) -> None:
    """The answers are there until the page is closed, and can be saved."""
    with opened(browser, _export(drawn), broken_storage=True) as page:
        press(page, "1 2")
        assert page.locator("#warning").is_visible()
        assert len(json.loads(saved(page, tmp_path).read_text())["content"]["answers"]) == 2


def test_answers_can_be_removed_from_the_browser(drawn: Workspace, browser: "Browser") -> None:
    """Asked once more, for what is in no file is lost."""
    with opened(browser, _export(drawn)) as page:
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


def test_everything_fits_a_phone(workspace: Workspace, browser: "Browser") -> None:
    """Nothing reaches beyond 400 px, with masks, long questions and definitions on show."""
    checked(workspace, (0.1, 0.2))
    with opened(browser, _export(workspace, REVIEW, RACE, "perceived_skin_tone"), width_px=400) as page:
        for keys in ("b", "1 d", "1 Enter d", "h"):
            press(page, keys)
            assert page.evaluate("document.documentElement.scrollWidth") == 400


# Gives every visible text whose contrast with what is behind it is below 4.5 : 1 (WCAG 2.2, 1.4.3).
_FAINT = """() => {
  const parts = (colour) => colour.match(/[0-9.]+/g).map(Number);
  const light = (colour) => parts(colour).slice(0, 3)
    .map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, k) => sum + v * [0.2126, 0.7152, 0.0722][k], 0);
  const behind = (node) => {
    const colour = getComputedStyle(node).backgroundColor;
    return (parts(colour)[3] ?? 1) > 0 || !node.parentElement ? colour : behind(node.parentElement);
  };
  const contrast = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  return [...document.querySelectorAll("body *")]
    .filter((node) => node.checkVisibility())
    .filter((node) => [...node.childNodes].some((part) => part.nodeType === 3 && part.data.trim()))
    .filter((node) => contrast(light(getComputedStyle(node).color), light(behind(node))) < 4.5)
    .map((node) => node.outerHTML);
}"""


@pytest.mark.parametrize("dark", [False, True])
def test_every_text_can_be_read(workspace: Workspace, browser: "Browser", dark: bool) -> None:
    """At 4.5 : 1 at least in light and dark, chosen or not, folded or not, and when the file is due."""
    checked(workspace, (0.1,))
    with opened(browser, _export(workspace, REVIEW, RACE), dark=dark) as page:
        assert page.evaluate(_FAINT) == []
        press(page, "1 1 4 d")
        assert page.evaluate(_FAINT) == []
        press(page, "Enter h")
        assert page.locator("#save.is-due").count() == 1
        assert page.evaluate(_FAINT) == []


def test_everything_has_a_name_and_a_key_that_is_told(workspace: Workspace, browser: "Browser") -> None:
    """Buttons, fields and dialogs have names; the focus is on the question that keys answer."""
    checked(workspace, (0.1,))
    with opened(browser, _export(workspace, REVIEW, AGE)) as page:
        assert page.get_by_role("group", name="Is this mask good enough to train on?").evaluate(
            "node => node === document.activeElement"
        )
        accept = page.get_by_role("button", name="1 accept")
        assert accept.get_attribute("aria-keyshortcuts") == "1"
        assert accept.get_attribute("aria-pressed") == "false"
        press(page, "1")
        assert page.get_by_label("A whole number from 0 to 120").evaluate(
            "node => node === document.activeElement"
        )
        press(page, "h")
        assert page.get_by_role("dialog", name="Keys").is_visible()
        nameless = "[...document.querySelectorAll('button')].filter(b => !b.textContent.trim()).length"
        assert page.evaluate(nameless) == 0


def test_tab_and_enter_answer_too(drawn: Workspace, browser: "Browser") -> None:
    """Folded questions open when the focus reaches them."""
    with opened(browser, _export(drawn, GENDER, "glasses")) as page:
        press(page, "ArrowDown")
        assert (
            page.get_by_role("button", name="Does the person wear glasses?").get_attribute("aria-expanded")
            == "true"
        )
        press(page, "Tab Tab Enter")
        assert "yes for picture 1" in _said(page)
        press(page, "k k")
        assert _said(page) == "This is the first picture."


def test_each_annotator_has_an_order_of_their_own_that_the_seed_repeats(workspace: Workspace) -> None:
    """The same seed gives the same page to the byte, another seed or annotator another order."""
    ingest_drawn(workspace, 12)
    orders, pages = [], []
    changes: dict[str, dict[str, object]] = {
        "a": {},
        "b": {},
        "c": {"annotator_id": "ann02"},
        "d": {"seed": 1},
    }
    for name, settings in changes.items():
        _run(workspace, sheet=workspace.root / name, **settings)
        index = workspace.root / name / "index.html"
        orders.append(_shown(index))
        pages.append(index.read_bytes())
    assert pages[0] == pages[1]
    assert orders[0] != orders[2] != orders[3] != orders[0]
    assert sorted(orders[0]) == sorted(orders[2])


def test_pictures_with_known_answers_are_not_told_apart(workspace: Workspace, tmp_path: Path) -> None:
    """They are asked about though they have their answers; the page says nothing of them."""
    ingest_drawn(workspace, 12)
    workspace.append_batch([people.answer(n, "male", annotator_id="other") for n in range(6)])
    known = tmp_path / "known.csv"
    known.write_text(
        "sample,perceived_gender\n" + "".join(f"{people.sample_id(n)},male\n" for n in (0, 1, 2))
    )
    result = _run(workspace, honeypots=known)
    index = workspace.root / "sheets" / "ann01-page" / "index.html"
    shown = _shown(index)
    assert sorted(shown) == [people.sample_id(n) for n in (0, 1, 2, *range(6, 12))]
    assert result.facts["n_known"] == 3
    assert set(map(frozenset, _task(index)["pictures"])) == {frozenset({"sample", "has_mask", "questions"})}
    places = sorted(shown.index(people.sample_id(n)) for n in (0, 1, 2))
    assert places not in ([0, 1, 2], [6, 7, 8])
    assert "known" not in index.read_text().partition('id="task"')[2].partition("</script>")[0]


def test_known_answers_are_spread_over_a_queue(workspace: Workspace, tmp_path: Path) -> None:
    """The rest keeps the queue's order, and the limit counts the rest alone."""
    ingest_drawn(workspace, 12)
    queue, known = tmp_path / "queue.csv", tmp_path / "known.csv"
    queue.write_text(
        "sample,perceived_gender\n" + "".join(f"{people.sample_id(n)},\n" for n in range(11, -1, -1))
    )
    known.write_text("sample,perceived_gender\n" + "".join(f"{people.sample_id(n)},male\n" for n in (10, 11)))
    index = _export(workspace, queue=queue, honeypots=known, limit=6)
    shown = _shown(index)
    assert [name for name in shown if name not in {people.sample_id(10), people.sample_id(11)}] == [
        people.sample_id(n) for n in range(9, 3, -1)
    ]
    assert len(shown) == 8


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("sample,perceived_gender\nnobody,male\n", "line 2: expected a sample id"),
        ("sample,perceived_gender\n0.png,\n", "its values are all empty"),
    ],
)
def test_a_sheet_without_known_answers_is_refused(
    drawn: Workspace, tmp_path: Path, text: str, reason: str
) -> None:
    """Pictures that are not there, or no answer at all."""
    known = tmp_path / "known.csv"
    known.write_text(text)
    with pytest.raises(DataError, match=reason):
        _run(drawn, honeypots=known)


def test_pictures_are_small_and_named_by_their_samples(drawn: Workspace) -> None:
    """The longer side has at most so many pixels; a picture that vanished is left out and counted."""
    (drawn.root.parent / "pictures" / "3.png").unlink()
    result = _run(drawn, picture_px=64)
    folder = drawn.root / "sheets" / "ann01-page" / "pictures"
    assert sorted(path.name for path in folder.iterdir()) == [f"{people.sample_id(n)}.jpg" for n in range(3)]
    assert (result.facts["n_samples"], result.facts["n_unreadable"], result.facts["n_lines"]) == (3, 1, 3)


def test_a_page_that_exists_is_not_overwritten(drawn: Workspace) -> None:
    """Somebody may be at work with it."""
    _run(drawn)
    with pytest.raises(UsageError, match="may hold answers"):
        _run(drawn)


def test_a_question_in_two_vocabularies_makes_two_pages(drawn: Workspace) -> None:
    """An answer names its question alone."""
    with pytest.raises(UsageError, match="perceived_age_band in several"):
        _run(drawn, "perceived_age_band", "perceived_age_band:fairface_age@1")


def test_a_file_about_strangers_is_not_imported(drawn: Workspace, tmp_path: Path) -> None:
    """From a page of another workspace: every answer is listed, none is kept."""
    content = {
        "schema": "datatools-answers@1",
        "page_id": "0" * 16,
        "annotator_id": "ann01",
        "seed": 0,
        "order": "lot",
        "saved_at": "2024-05-01T10:00:00Z",
        "pause_limit_s": 120,
        "questions": [{"question": GENDER, "vocabulary": "gender@1", "source": "annotator"}],
        "shown": [{"sample": "f" * 16, "question": GENDER}],
        "answers": [
            {
                "sample": "f" * 16,
                "question": GENDER,
                "values": ["male"],
                "created_at": "2024-05-01T10:00:00Z",
                "lead_time_s": 1.5,
                "is_capped": False,
                "presentation_order": 1,
            }
        ],
        "notes": [],
    }
    text = json.dumps(content, separators=(",", ":"))
    path = tmp_path / "foreign.json"
    path.write_text(json.dumps({"sha256": hashlib.sha256(text.encode()).hexdigest(), "content": content}))
    with pytest.raises(DataError, match="none was imported"):
        _import(drawn, path)
    assert not drawn.has(tables.ANNOTATIONS)
