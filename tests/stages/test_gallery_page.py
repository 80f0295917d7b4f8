"""Can everybody look through a gallery in a browser, from disk, and point at what they see?"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from datatools import tables
from datatools.workspace import Workspace
from tests import benchmarks
from tests.browser import chromium, opened, press, wait_until
from tests.stages import galleries, people
from tests.stages.galleries import HOSTILE, N

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

IOU = "accuracy_generated_on_human_iou_fg_image"


@dataclass(frozen=True, slots=True)
class Gallery:
    """A gallery on disk, and a browser."""

    browser: "Browser"
    out: Path

    @contextmanager
    def open(self, address: str = "", **how: int | bool) -> "Iterator[Page]":
        """Open it at an address and press the button of the first screen."""
        with opened(self.browser, self.out / "index.html", still=True, **how) as page:  # type: ignore[arg-type]
            if address:
                page.evaluate("address => { location.hash = address; }", address)
            page.click("#enter")
            yield page


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    """Give a gallery of eight pictures, three on a page, with names that try to be markup."""
    folder = tmp_path_factory.mktemp("page")
    workspace = Workspace(folder / "ws")
    workspace.create()
    galleries.fill(workspace)
    samples = workspace.rows(tables.MANIFEST)
    samples[0] = replace(samples[0], licence=HOSTILE, person_id=f"set:{HOSTILE}")
    workspace.write(tables.MANIFEST, samples)
    findings = workspace.rows(tables.FINDINGS)
    workspace.write(
        tables.FINDINGS, [replace(row, detail=None if row.passed else HOSTILE) for row in findings]
    )
    galleries.write(workspace, folder / "out", title=HOSTILE, per_page=3, min_people=3)
    with chromium() as browser:
        yield Gallery(browser, folder / "out")


def _count(page: "Page") -> str:
    return page.locator("#count").inner_text()


def _tiles(page: "Page") -> list[int]:
    return [
        int(place)
        for place in page.locator("#grid button").evaluate_all("all => all.map(b => b.dataset.place)")
    ]


def _check(page: "Page", value: str) -> None:
    page.locator("#facets details").evaluate_all("all => all.forEach(one => { one.open = true; })")
    page.locator("#facets label", has_text=value).first.locator("input").check()


def test_the_first_screen_says_whose_pictures_these_are(shown: Gallery) -> None:
    """No picture is asked for before somebody has pressed the button."""
    with opened(shown.browser, shown.out / "index.html") as page:
        assert page.locator("h1:visible").inner_text() == "These are pictures of people"
        assert "8 pictures of 5 people" in page.locator("#notice").inner_text()
        assert page.locator("img").count() == 0


def test_pictures_and_people_are_counted(shown: Gallery) -> None:
    """All of them at first; of a filter those that are left, and how many there are."""
    with shown.open() as page:
        assert _count(page) == "8 pictures, 5 people"
        _check(page, "rejected")
        assert (_count(page), _tiles(page)) == ("2 of 8 pictures, 2 people", [2, 5])


def test_values_of_one_kind_widen_and_kinds_narrow(shown: Gallery) -> None:
    """Rejected or accepted, of the test split; counts beside boxes say what each would leave."""
    with shown.open() as page:
        _check(page, "rejected")
        _check(page, "test")
        assert _count(page) == "1 of 8 pictures, 1 person"
        beside = page.locator("#facets label", has_text="accepted").first.locator(".n").inner_text()
        assert beside == "3"
        _check(page, "accepted")
        assert _count(page) == "4 of 8 pictures, 3 people"


def test_few_people_are_told(shown: Gallery) -> None:
    """The pictures are shown: who has the folder has them; their numbers are not to be quoted."""
    with shown.open("reason=ragged_edge") as page:
        assert "Fewer than 3 people" in page.locator("#few").inner_text()
        assert page.locator("#grid img").count() == 2


def test_a_group_of_an_audit_is_an_address(shown: Gallery) -> None:
    """Another page points at it by attribute and group, also at a crossing."""
    with shown.open("group=perceived_gender:male") as page:
        assert (_count(page), _tiles(page)) == ("4 of 8 pictures, 2 people", [2, 3, 6])
    with shown.open("group=perceived_gender x perceived_gender:male x female&split=test") as page:
        assert _count(page) == "4 of 8 pictures, 3 people"


def test_an_address_that_means_nothing_is_told(shown: Gallery) -> None:
    """It does not pass for an answer: more is shown than was asked for."""
    with shown.open("group=perceived_gender:nobody&size=4&number=no:1:2&sort=no&sample=x&show=no") as page:
        told = page.locator("#wrong").inner_text()
        assert ("group=perceived_gender:nobody, size=4" in told, _count(page)) == (
            True,
            "8 pictures, 5 people",
        )


def test_a_number_keeps_and_sorts(shown: Gallery) -> None:
    """A range by the controls, and an order; both stand in the address, which shows the same again."""
    with shown.open() as page:
        page.select_option("#number", IOU)
        assert "known of 8 pictures" in page.locator("#span").inner_text()
        page.fill("#high", "0.9")
        page.click("#add")
        page.select_option("#sort", IOU)
        assert _tiles(page) == [2, 5, 7]
        page.check("#descending")
        assert _tiles(page)[0] != 2
        tiles, address = _tiles(page), page.evaluate("location.hash.slice(1)")
    with shown.open(address) as page:
        assert _tiles(page) == tiles


def test_ends_of_a_range_may_be_open(shown: Gallery) -> None:
    """From a number on, up to a number, and wherever it is known."""
    measured = "measured_ita_deg_measure"
    for ends, n in (("30:", 5), (":30", 3), (":", 8)):
        with shown.open(f"number={measured}:{ends}") as page:
            assert _count(page).startswith(f"{n} ")


def test_filters_are_removed_one_by_one_or_together(shown: Gallery) -> None:
    """Each stands above the pictures with a button."""
    with shown.open(f"split=test&group=perceived_gender:male&number={IOU}:0:1&find=p1") as page:
        assert _count(page).startswith("2 of")
        page.click("#chosen button:has-text('name: p1')")
        page.click("#chosen button:has-text('test')")
        assert _count(page).startswith("4 of")
        page.click("#chosen button:has-text('all of them')")
        assert (_count(page), page.locator("#chosen li").count()) == ("8 pictures, 5 people", 0)


def test_a_name_finds_its_pictures(shown: Gallery) -> None:
    """Of a sample, or of a person."""
    with shown.open() as page:
        page.fill("#find", people.sample_id(5))
        assert _tiles(page) == [5]
        page.fill("#find", "SET:P3")
        assert _tiles(page) == [6, 7]


def test_overlays_lie_over_the_picture(shown: Gallery) -> None:
    """Each is a plane of the sample's file, as large as the picture, and goes again."""
    with shown.open() as page:
        page.check("#overlays input[value=mask]")
        page.check("#overlays input[value=errors_generated_on_human]")
        layers = page.locator("#grid li").first.locator("i")
        boxes = [layers.nth(0).bounding_box(), page.locator("#grid img").first.bounding_box()]
        assert (layers.count(), boxes[0]) == (2, boxes[1])
        assert layers.nth(1).evaluate("one => one.style.backgroundPosition").startswith("0px 66.6")
        page.uncheck("#overlays input[value=mask]")
        assert layers.count() == 1


def test_pages_turn(shown: Gallery) -> None:
    """Three on a page, the rest on the next ones; the buttons end where the pages do."""
    with shown.open() as page:
        assert (_tiles(page), page.locator("#previous").is_disabled()) == ([0, 1, 2], True)
        page.click("#next")
        page.click("#next")
        assert (_tiles(page), page.locator("#next").is_disabled()) == ([6, 7], True)
        assert page.locator("#place").inner_text() == "page 3 of 3"


def test_the_keyboard_walks_pictures_and_the_large_view(shown: Gallery) -> None:
    """Arrows in the page and, across pages, in the large view; escape goes back to the picture."""
    with shown.open() as page:
        page.locator("#grid button").first.focus()
        press(page, "ArrowRight Enter")
        assert page.locator("#large-h").inner_text() == f"{people.sample_id(1)}, 2 of 8"
        press(page, "ArrowRight ArrowRight")
        assert page.evaluate("location.hash") == f"#page=2&sample={people.sample_id(3)}"
        press(page, "ArrowLeft Escape")
        wait_until(page, "document.activeElement.dataset.place === '2'")


def test_the_ends_of_the_order_hold(shown: Gallery) -> None:
    """Nothing comes before the first picture, and the keyboard is not lost there."""
    with shown.open(f"sample={people.sample_id(1)}") as page:
        page.click("#back")
        press(page, "ArrowLeft ArrowRight")
        assert page.locator("#large-h").inner_text().startswith(people.sample_id(1))


def test_a_picture_is_an_address(shown: Gallery) -> None:
    """It opens large, on the page that it is on; another address closes it."""
    with shown.open(f"split=train&sample={people.sample_id(7)}&show=reference_mask") as page:
        assert page.locator("#large-h").inner_text().endswith("4 of 4")
        assert page.locator("#big i").count() == 1
        page.evaluate("location.hash = 'split=test'")
        page.wait_for_selector("#large", state="hidden")
        assert _count(page) == "4 of 8 pictures, 3 people"


def test_the_large_view_tells_all(shown: Gallery) -> None:
    """Who stated what, why a check failed, every score; overlays are chosen there too."""
    with shown.open(f"sample={people.sample_id(2)}") as page:
        told = page.locator("#facts").inner_text()
        for word in (
            "rejected",
            "ragged_edge",
            "male (annotator, ann02)",
            "model:selfie",
            "Scores (",
            "96 x 128",
        ):
            assert word in told
        page.locator("#legend input[value=landmarks]").check()
        assert page.locator("#big i").count() == 1


def test_names_that_try_to_be_markup_are_words(shown: Gallery) -> None:
    """In the title, a licence, a person's name and a check's detail."""
    with shown.open(f"sample={people.sample_id(0)}") as page:
        assert HOSTILE in page.title()
        assert HOSTILE in page.locator("#facts").inner_text()
        assert page.locator("[onerror]").count() == 0


@pytest.mark.parametrize(("width_px", "dark"), [(1400, False), (400, True)])
def test_everybody_can_use_it(shown: Gallery, width_px: int, dark: bool) -> None:
    """axe-core finds nothing serious on any screen, and nothing is wider than the window."""
    package = pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    (script,) = Path(package.__file__).parent.rglob("axe.min.js")
    with opened(shown.browser, shown.out / "index.html", width_px=width_px, dark=dark, still=True) as page:
        page.evaluate(script.read_text("utf-8"))
        found = [_serious(page)]
        page.click("#enter")
        page.locator("#side").evaluate("side => { side.open = true; }")
        _check(page, "rejected")
        page.check("#overlays input[value=mask]")
        found.append(_serious(page))
        page.locator("#grid button").first.click()
        found.append(_serious(page))
        assert (found, page.evaluate("document.documentElement.scrollWidth")) == ([[], [], []], width_px)


def _serious(page: "Page") -> list[str]:
    found: dict[str, list[dict[str, str]]] = page.evaluate(
        "axe.run(document, {preload: false, iframes: false})"
    )
    return [one["id"] for one in found["violations"] if one["impact"] in {"serious", "critical"}]


def test_every_picture_is_there(shown: Gallery) -> None:
    """Each file that the pages ask for is beside them, and is a picture."""
    with shown.open() as page:
        n_seen = 0
        for _ in range(3):
            wait_until(
                page, "[...document.querySelectorAll('#grid img')].every(i => i.complete && i.naturalWidth)"
            )
            n_seen += page.locator("#grid img").count()
            if page.locator("#next").is_enabled():
                page.click("#next")
        assert n_seen == N


@pytest.mark.slow  # it starts a process of its own
def test_the_benchmark_measures(shown: Gallery, tmp_path: Path) -> None:
    """In its short form: a few pictures take few bytes, and the gallery opens."""
    cost = benchmarks.load("gallery").measure(tmp_path, 9, 1, shown.browser)
    assert (0 < cost.n_bytes < 9 * 30_000 + 200_000, cost.open_s > 0, cost.memory > 0) == (True, True, True)
