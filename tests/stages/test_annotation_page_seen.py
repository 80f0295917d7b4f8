"""Everybody can see and work the page: on a phone, in the dark, by keyboard, with hostile words."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from datatools.workspace import Workspace
from tests.browser import chromium, opened, press
from tests.stages.judged import checked
from tests.stages.pictures import ingest_drawn

if TYPE_CHECKING:
    from playwright.sync_api import Browser
from tests.stages.paged import AGE, GENDER, RACE, REVIEW, export_page, run_export, said_on


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


def test_a_mask_is_seen_in_every_way(workspace: Workspace, browser: "Browser") -> None:
    """As outline, veil, beside the picture and in flicker; the same key again hides it."""
    checked(workspace, (0.1,))
    with opened(browser, export_page(workspace, REVIEW)) as page:
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
    with opened(browser, export_page(workspace, REVIEW), still=True) as page:
        veil = page.locator(".pane:first-child .veil")
        press(page, "f")
        assert veil.is_visible()
        press(page, "f")
        assert not veil.is_visible()
        press(page, "f")
        assert veil.is_visible()


def test_the_picture_is_zoomed_and_moved_by_keyboard(drawn: Workspace, browser: "Browser") -> None:
    """No further than its edge; z shows all of it again, and so does the next picture."""
    with opened(browser, export_page(drawn)) as page:
        press(page, "+ + +")
        assert page.text_content("#zoom") == "195%"
        press(page, " ".join(["Shift+ArrowRight"] * 30))
        x, y = page.evaluate("[view.x, view.y]")
        assert (round(x, 3), y) == (round(-(1.25**3 - 1) / 2, 3), 0)
        press(page, "z")
        assert page.text_content("#zoom") == "100%"
        press(page, "+ j")
        assert page.text_content("#zoom") == "100%"


def test_hostile_words_appear_literally(drawn: Workspace, browser: "Browser") -> None:
    """A code that is markup is shown as text, in the page and in its title."""
    code = "<img src=x onerror=alert(1)>{{7*7}}</script>"
    folder = drawn.root / "page"
    run_export(drawn, annotator_id=code, sheet=folder)
    with opened(browser, folder / "index.html") as page:
        assert page.text_content("h1 .code") == code
        assert page.title() == f"Questions for {code}"


def test_everything_fits_a_phone(workspace: Workspace, browser: "Browser") -> None:
    """Nothing reaches beyond 400 px, with masks, long questions and definitions on show."""
    checked(workspace, (0.1, 0.2))
    with opened(browser, export_page(workspace, REVIEW, RACE, "perceived_skin_tone"), width_px=400) as page:
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
    with opened(browser, export_page(workspace, REVIEW, RACE), dark=dark) as page:
        assert page.evaluate(_FAINT) == []
        press(page, "1 1 4 d")
        assert page.evaluate(_FAINT) == []
        press(page, "Enter h")
        assert page.locator("#save.is-due").count() == 1
        assert page.evaluate(_FAINT) == []


def test_everything_has_a_name_and_a_key_that_is_told(workspace: Workspace, browser: "Browser") -> None:
    """Buttons, fields and dialogs have names; the focus is on the question that keys answer."""
    checked(workspace, (0.1,))
    with opened(browser, export_page(workspace, REVIEW, AGE)) as page:
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
    with opened(browser, export_page(drawn, GENDER, "glasses")) as page:
        press(page, "ArrowDown")
        assert (
            page.get_by_role("button", name="Does the person wear glasses?").get_attribute("aria-expanded")
            == "true"
        )
        press(page, "Tab Tab Enter")
        assert "yes for picture 1" in said_on(page)
        press(page, "k k")
        assert said_on(page) == "This is the first picture."
