"""Does the page do what its controls say, in a browser, and can everybody use it?"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from datatools.report.formats import html
from tests import benchmarks
from tests.browser import chromium, opened, press, wait_until
from tests.unit.report.formats.outlines import HOSTILE, outline

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_PATIENCE_S = 10  # five times what is promised of a quiet machine; benchmarks/report_page.py measures


@dataclass(frozen=True, slots=True)
class Pages:
    """A browser, and pages on disk by name."""

    browser: "Browser"
    folder: Path

    def open(self, name: str = "page", **how: bool | int) -> "AbstractContextManager[Page]":
        return partial(opened, self.browser, self.folder / f"{name}.html")(**how)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """Give a browser and the pages of an ordinary and a hostile outline."""
    folder = tmp_path_factory.mktemp("pages")
    for name, found in {"page": outline(), "hostile": outline(HOSTILE)}.items():
        (folder / f"{name}.html").write_text(html.render(found), encoding="utf-8")
    with chromium() as browser:
        yield Pages(browser, folder)


def _column(page: "Page", place: int, table: str = "#m0a0") -> list[str]:
    """Give the words of a column's shown rows; the last cell where the row is not shown."""
    texts: list[str] = page.evaluate(
        """([table, place]) => [...document.querySelectorAll(`${table} tbody tr:not([hidden])`)]
        .map(row => (row.cells[place] || row.cells[row.cells.length - 1]).textContent)""",
        [table, place],
    )
    return texts


def _head(page: "Page", place: int) -> str:
    page.locator("#m0a0 th button").nth(place).click()
    return page.locator("#m0a0 thead th").nth(place).get_attribute("aria-sort") or "none"


def test_columns_sort_up_down_and_back(pages: Pages) -> None:
    """A head's button sorts its column, then the other way, then restores the first order."""
    with pages.open() as page:
        before = _column(page, 0)
        assert [_head(page, 2) for _ in range(3)] == ["ascending", "descending", "none"]
        assert _column(page, 0) == before


def test_numbers_sort_as_numbers(pages: Pages) -> None:
    """Commas, real minus signs, intervals and bounds are understood; what is absent comes last."""
    with pages.open() as page:
        _head(page, 2)
        people = [cell for cell in _column(page, 2) if cell not in {"suppressed", "–"}]
        assert people == sorted(people, key=lambda cell: int(cell.replace(",", "")))
        assert set(_column(page, 2)[-2:]) == {"suppressed", "–"}
        _head(page, 3)
        assert [_column(page, 3)[0], _column(page, 3)[-3]] == ["−1.2 [−2.6, −0.4]", "+1.2 [+0.4, +2.6]"]
        _head(page, 4)
        assert _column(page, 4)[0] == "< 0.001"


def test_absent_values_stay_last_when_sorted_down(pages: Pages) -> None:
    """The largest comes first, not a dash."""
    with pages.open() as page:
        _head(page, 2)
        _head(page, 2)
        assert (_column(page, 2)[0], set(_column(page, 2)[-2:])) == ("1,204", {"suppressed", "–"})


def test_words_among_numbers_come_last(pages: Pages) -> None:
    """A cell that says why there is no number counts as absent where most cells are numbers."""
    with pages.open() as page:
        page.evaluate("document.querySelector('#m0a0 tbody td:nth-child(3)').textContent = 'too few'")
        _head(page, 2)
        assert set(_column(page, 2)[-3:]) == {"suppressed", "–", "too few"}


def test_verdicts_sort_by_urgency(pages: Pages) -> None:
    """Gaps come first, what is suppressed last."""
    with pages.open() as page:
        _head(page, 5)
        verdicts = _column(page, 5)
        assert (verdicts[0], verdicts[-2:]) == ("gap", ["equivalent", "suppressed"])


def test_names_sort_as_people_count(pages: Pages) -> None:
    """Group 2 stands before group 10."""
    with pages.open() as page:
        _head(page, 0)
        names = _column(page, 0)
        assert names.index("group 2") < names.index("group 10")


def test_columns_sort_by_keyboard(pages: Pages) -> None:
    """Enter on a head's button sorts, and a live region says so."""
    with pages.open() as page:
        page.locator("#m0a0 th button").nth(2).focus()
        press(page, "Enter")
        assert page.locator("#status").text_content() == "Sorted by People, ascending."


def test_rows_filter_by_text_and_verdict(pages: Pages) -> None:
    """Both filters work together and the page says how many rows are left."""
    with pages.open() as page:
        page.get_by_label("Filter rows: By gender").fill("GROUP 1")
        assert page.locator("#m0a0 .count").text_content() == "3 of 16 rows"
        page.get_by_label("Filter rows: By gender").fill("man")
        page.get_by_label("Verdict: By gender").select_option("equivalent")
        assert (_column(page, 0), page.locator("#m0a0 .count").text_content()) == (["man"], "1 of 16 rows")
        page.get_by_label("Verdict: By gender").select_option("")
        page.get_by_label("Filter rows: By gender").fill("")
        assert (len(_column(page, 0)), page.locator("#m0a0 .count").text_content()) == (16, "")


def test_short_tables_have_no_filter(pages: Pages) -> None:
    """Four rows need no search."""
    with pages.open() as page:
        assert page.locator("#m0a1 input").count() == 0


def test_a_row_says_where_it_comes_from(pages: Pages) -> None:
    """Hovering over a number tells its column, the people behind it and its place in report.json."""
    with pages.open() as page:
        page.locator("#m0a0 tbody tr").first.locator("td").nth(2).hover()
        page.wait_for_selector("#tip:not([hidden])")
        assert page.locator("#tip p").all_text_contents() == [
            "woman: Gap to the rest −1.2 [−2.6, −0.4]",
            "People: 1,204",
            "report.json /audit/models/0/attributes/0/groups/0",
        ]
        press(page, "Escape")
        assert page.locator("#tip").is_hidden()


def test_sources_are_reached_by_keyboard(pages: Pages) -> None:
    """One row is in the tab order, the arrow keys go on, and the tip describes the focused row."""
    with pages.open() as page:
        page.locator("#m0a0 tbody th").first.focus()
        press(page, "ArrowDown")
        focused = page.locator("#m0a0 tbody th:focus")
        assert (focused.text_content(), focused.get_attribute("aria-describedby")) == ("man", "tip")
        assert "/groups/1" in (page.locator("#tip").text_content() or "")
        press(page, "End Home ArrowUp Escape")
        assert page.locator("#m0a0 tbody th:focus").text_content() == "woman"
        assert (page.locator("#tip").is_hidden(), page.locator("#m0a0 tbody th[tabindex='0']").count()) == (
            True,
            1,
        )


def test_sources_can_be_shown_all_at_once(pages: Pages) -> None:
    """One button writes every pointer beside what it is of."""
    with pages.open() as page:
        page.get_by_role("button", name="Show sources").click()
        shown = page.evaluate("getComputedStyle(document.querySelector('#m0a0 tbody th'), '::after').content")
        assert "/audit/models/0/attributes/0/groups/0" in shown


def test_all_parts_open_and_fold_again(pages: Pages) -> None:
    """One button opens what is folded, and folds it again."""
    with pages.open() as page:
        for expected in (True, False):
            page.get_by_role("button", name="Open all parts").click()
            assert (
                page.evaluate("[...document.querySelectorAll('main details')].every(part => part.open)")
                is expected
            )


def test_commands_are_copied(pages: Pages) -> None:
    """The button puts the commands, and nothing else, into the clipboard."""
    with pages.open() as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.get_by_role("button", name="Copy").click()
        page.get_by_role("button", name="Copied").wait_for()
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == "datatools ingest --source 'woman'\ndatatools audit"


def test_commands_are_selected_where_copying_is_forbidden(pages: Pages) -> None:
    """Without leave to write to the clipboard the commands are selected, and the page says so."""
    with pages.open() as page:
        page.evaluate("void (navigator.clipboard.writeText = () => Promise.reject(new Error('no')))")
        page.get_by_role("button", name="Copy").click()
        page.get_by_role("button", name="Selected").wait_for()
        assert page.evaluate("getSelection().toString()").startswith("datatools ingest")


def test_a_link_opens_what_it_leads_into(pages: Pages) -> None:
    """A folded section unfolds when the contents lead to it."""
    with pages.open() as page:
        page.locator("nav a[href='#m0']").click()
        page.locator("nav a[href='#m0a1']").click()
        wait_until(page, "document.querySelector('#m0a1 details').open")
        wait_until(page, "document.querySelector('nav [aria-current]').hash === '#m0a1'")


def test_everything_is_there_without_the_script(pages: Pages) -> None:
    """Without scripts each word stands, each folded part opens, and no dead control is shown."""
    context = pages.browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((pages.folder / "page.html").as_uri())
    assert [page.locator(controls).is_visible() for controls in ("nav .tools", "#tip")] == [False, False]
    page.locator("#m0a1 summary").first.click()
    page.locator("#m0a1 details.table summary").click()
    assert page.locator("#m0a1 tbody th").first.is_visible()
    context.close()


@pytest.mark.parametrize("width_px", [400, 760, 1400])
def test_the_page_never_scrolls_sideways(pages: Pages, width_px: int) -> None:
    """Wide tables scroll in boxes of their own, also with names of three hundred letters."""
    with pages.open("hostile", width_px=width_px) as page:
        page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") <= width_px


def test_only_boxes_that_scroll_are_in_the_tab_order(pages: Pages) -> None:
    """A table that fits is passed over by the tab key, one that does not is reached."""
    reached = []
    for width_px in (400, 1400):
        with pages.open(width_px=width_px) as page:
            page.wait_for_timeout(50)
            reached.append(page.locator("#m0a0 .wide[tabindex='0']").count())
    assert reached == [1, 0]


def test_hostile_names_stay_text(pages: Pages) -> None:
    """A name made of markup is text wherever it stands, and runs nothing."""
    with pages.open("hostile") as page:
        found = page.evaluate(
            """(name) => [
              document.querySelector("h1").textContent === name,
              document.querySelector("#m0-h").textContent === name,
              document.querySelector(".card h3").textContent === name,
              document.querySelector("#m0a0 tbody th").textContent === name,
              document.querySelector("dt").textContent === name,
              document.querySelector(".commands code").textContent.includes(name),
              document.querySelector("figcaption").textContent.includes(name),
              document.querySelector(".statements li").textContent.includes(name),
              document.querySelectorAll("script").length,
              document.querySelectorAll("main img").length,
              getComputedStyle(document.querySelector("h1")).display]""",
            HOSTILE,
        )
        assert found == [True] * 8 + [1, 1, "block"]


def test_paper_shows_what_the_screen_folds(pages: Pages) -> None:
    """Printed, folded parts are written out and controls are gone."""
    with pages.open() as page:
        page.emulate_media(media="print")
        shown = [page.locator(where).first.is_visible() for where in ("#m0a1 tbody th", "nav", ".copy")]
        assert shown == [True, False, False]


def test_a_page_of_many_groups_is_small_and_opens_at_once(pages: Pages) -> None:
    """Five hundred groups weigh under 5 MB and do not keep the reader waiting."""
    benchmark = benchmarks.load("report_page")
    path = pages.folder / "many.html"
    path.write_bytes(benchmark.page(benchmark.GROUPS))
    taken_s = benchmark.opening_s(pages.browser, path)
    assert (path.stat().st_size < benchmark.LIMIT_BYTES, taken_s < _PATIENCE_S) == (True, True)


def _axe() -> str:
    found = find_spec("axe_playwright_python")
    if found is None or found.origin is None:
        pytest.skip("axe-playwright-python is not installed")
    return (Path(found.origin).parent / "axe.min.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("width_px", [400, 1400])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_no_barrier(pages: Pages, width_px: int, dark: bool) -> None:
    """With every part opened, axe-core finds nothing serious or critical."""
    with pages.open(width_px=width_px, dark=dark) as page:
        page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
        page.evaluate(_axe())
        found = page.evaluate("axe.run({resultTypes: ['violations']})")
        barriers = [
            (one["id"], one["nodes"][0]["html"])
            for one in found["violations"]
            if one["impact"] in {"serious", "critical"}
        ]
        assert barriers == []
