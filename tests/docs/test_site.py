"""Is the site whole, has every verb, table, metric and plug-in its place, and is nothing fetched?"""

import json
import os
import re
import subprocess
import sys
import tomllib
from html.parser import HTMLParser
from pathlib import Path

import pytest

from datatools import plugins, recipe, tables, vocab
from tests.browser import chromium, opened
from tests.docs.fences import DOCS, REPOSITORY

pytestmark = pytest.mark.slow  # a build takes some ten seconds
# What a page loads by itself, as against what a reader may click on.
_LOADS = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src", "use": "href"}
_LOOKED_AT = {
    False: ("index.html", "reference/verbs/audit.html", "statistics.html"),
    True: ("tutorial.html", "reference/api/workspace.html"),
}  # by whether the reader's screen is dark
_URL_IN_STYLE = re.compile(r"url\(\s*['\"]?((?:https?:)?//[^)'\"]+)")


class _Page(HTMLParser):
    """What a page loads, and the addresses within it."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.anchors: set[str] = set()
        self.text = ""
        self.feed(file.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id"):
            self.anchors.add(str(given["id"]))
        is_loaded = tag != "link" or given.get("rel") not in {"canonical", "next", "prev"}
        if tag in _LOADS and is_loaded and given.get(_LOADS[tag]):
            self.loads.append(str(given[_LOADS[tag]]))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site as `make docs` does; any broken link, anchor or forgotten page fails it."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(
        command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
    return folder


def test_site_loads_nothing_from_elsewhere(site: Path) -> None:
    """No page, style or search index has an address of another machine in what it loads."""
    wrong = [
        f"{page.relative_to(site)}: {address}"
        for page in site.rglob("*.html")
        for address in _Page(page).loads
        if re.match(r"(https?:)?//", address)
    ]
    styles = [
        f"{file.name}: {address}"
        for file in site.rglob("*.css")
        for address in _URL_IN_STYLE.findall(file.read_text("utf-8"))
    ]
    assert wrong == []
    assert styles == []


def test_site_says_nothing_of_the_machine(site: Path) -> None:
    """No path of the checkout, nor of the home folder, is in any file."""
    names = (str(REPOSITORY), str(Path.home()))
    texts = (file for file in site.rglob("*") if file.suffix in {".html", ".json", ".xml", ".js", ".css"})
    assert [file.name for file in texts if any(name + "/" in file.read_text("utf-8") for name in names)] == []


@pytest.mark.parametrize("verb", recipe.VERBS)
def test_verb_has_a_page_with_each_of_its_flags(site: Path, verb: str) -> None:
    """The page is named after the verb."""
    page = _Page(site / "reference" / "verbs" / f"{verb.replace(' ', '-')}.html")
    flags = {"--" + name.replace("_", "-") for name in recipe.stage(verb).Settings.model_fields}
    assert {flag for flag in flags if flag not in page.text} == set()
    assert f"datatools {verb}" in page.text


def test_table_has_a_section_with_each_of_its_columns(site: Path) -> None:
    """All tables stand on one page."""
    page = _Page(site / "reference" / "tables.html")
    known = [one for one in vars(tables).values() if isinstance(one, tables.Table)]
    assert {one.name for one in known} - page.anchors == set()
    columns = {name for one in known for name in tables.schema(one).names}
    assert {name for name in columns if name not in page.text} == set()


def test_plug_in_has_a_section(site: Path) -> None:
    """Metrics, checks, readers and all other families, one page each."""
    for family in plugins.FAMILIES:
        page = _Page(site / "reference" / f"{family}.html")
        assert set(plugins.names(family)) - page.anchors == set(), family


def test_question_and_vocabulary_have_a_place(site: Path) -> None:
    """The code book is a page of the site."""
    text = _Page(site / "reference" / "codebook.html").text
    assert [name for name in [*vocab.questions(), *vocab.names()] if name not in text] == []


def test_public_module_has_its_docstrings(site: Path) -> None:
    """Every module of the API's list has a page with at least one thing in it."""
    listed = tomllib.loads((DOCS / "_hooks" / "api.toml").read_text("utf-8"))
    empty = [
        name
        for names in listed.values()
        for name in names
        if not any(
            anchor.startswith(f"datatools.{name}")
            for anchor in _Page(site / "reference" / "api" / f"{name}.html").anchors
        )
    ]
    assert empty == []


def test_field_of_a_result_has_its_comment(site: Path) -> None:
    """Fields of typed results have comments in the code, and no docstrings."""
    text = _Page(site / "reference" / "api" / "fairness.result.html").text
    assert "n_unlabelled" in text
    assert "empty where check has not run" in text


def test_search_finds_offline(site: Path) -> None:
    """The index is a file of the site, and holds verbs, metrics and the tutorial."""
    index = json.loads((site / "search" / "search_index.json").read_text("utf-8"))
    places = {one["location"].partition("#")[0] for one in index["docs"]}
    assert {"tutorial.html", "reference/metrics.html", "reference/verbs/audit.html"} <= places


def test_search_from_a_folder(site: Path) -> None:
    """Opened from disk, without a server: the reader types a metric's name and finds its definition."""
    with chromium() as browser, opened(browser, site / "index.html") as page:
        page.locator(".md-search__input").click()
        page.keyboard.type("boundary_iou")
        found = page.locator(".md-search-result__item").first
        found.wait_for(timeout=20_000)
        assert "Metrics" in found.inner_text()


@pytest.mark.parametrize("is_dark", [False, True])
def test_no_serious_accessibility_problem(site: Path, is_dark: bool) -> None:
    """Home, tutorial, a verb, a module and figures: axe-core finds nothing serious; nothing is asked for."""
    with chromium() as browser, opened(browser, site / "index.html", dark=is_dark) as page:
        for name in _LOOKED_AT[is_dark]:
            page.goto((site / name).as_uri())
            page.add_script_tag(content=_axe())
            # Reading styles again from disk and looking into frames is not allowed from file://.
            found = page.evaluate("axe.run(document, {preload: false, iframes: false})")
            serious = [
                f"{name}: {one['id']}: {one['nodes'][0]['html'][:200]}"
                for one in found["violations"]
                if one["impact"] in {"serious", "critical"}
            ]
            assert serious == []


def _axe() -> str:
    """Give axe-core's script."""
    package = pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    (script,) = Path(package.__file__).parent.rglob("axe.min.js")
    return script.read_text("utf-8")
