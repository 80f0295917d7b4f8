"""Is the page whole, literal, closed to the outside, and readable by everybody?"""

import re
from collections import Counter
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from datatools.fairness.result import AuditResult
from datatools.report import facts, gallery, html, summary
from datatools.report.document import Report
from datatools.workspace import Workspace
from tests.unit.report.builders import audit, fill, group, plain_audit, write_run

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)> =HYPERLINK(1) $x$ {{ 7*7 }} 😀 שלום ‮"
LONG = "a" * 300
_VOID = {"meta", "link", "img", "br", "hr", "input"}


class Page(HTMLParser):
    """Reads a page into what the tests ask about."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        if self.open[-2:] != ["g", "title"]:  # what a figure's rows say where the pointer rests
            self.text += data

    def all(self, *names: str) -> list[dict[str, str]]:
        """Give the attributes of every element of these names."""
        return [attributes for tag, attributes in self.tags if tag in names]


def _report(workspace: Workspace, result: AuditResult, title: str = "Portraits") -> Report:
    counted = facts.collect(workspace, result.inputs)
    return Report(title=title, summary=summary.summarise(result, counted), audit=result, facts=counted)


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Give the workspace that the realistic report is of."""
    folder = tmp_path_factory.mktemp("report")
    workspace = Workspace(folder / "ws")
    write_run(workspace, 1, "ingest", {"source": "portraits/", "seed": 0})
    fill(workspace, folder / "src")
    return workspace


@pytest.fixture(scope="module")
def report(shown: Workspace) -> Report:
    """Give the report of a realistic audit."""
    return _report(shown, audit())


@pytest.fixture(scope="module")
def text(report: Report) -> str:
    """Give that report's page as text."""
    return html.render(report)


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    """Give that report's page."""
    return Page(text)


def test_every_element_is_closed(page: Page) -> None:
    """The page's elements nest."""
    assert page.open == []


def test_the_same_report_gives_the_same_page(report: Report, text: str) -> None:
    """A page holds nothing of the clock."""
    assert html.render(report) == text


def test_nothing_is_fetched(page: Page) -> None:
    """No element points anywhere but into the page itself."""
    links = [v for _, a in page.tags for n, v in a.items() if n in {"src", "href", "xlink:href", "action"}]
    assert [link for link in links if not link.startswith(("#", "data:"))] == []


def test_styles_fetch_nothing(text: str) -> None:
    """No style imports or points outside."""
    assert [url for url in re.findall(r"url\(([^)]*)\)|@import", text) if not url.startswith("#")] == []


def test_no_script_runs(page: Page) -> None:
    """There is no script and no handler."""
    handlers = [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert (page.all("script"), handlers) == ([], [])


def test_the_policy_forbids_everything_else(page: Page) -> None:
    """The page's own policy lets nothing load, run or be sent."""
    (policy,) = [a["content"] for a in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:;")


def test_no_picture_of_people_unless_asked(page: Page) -> None:
    """Without a gallery the page has drawings only."""
    assert page.all("img", "image", "picture", "video") == []


def test_a_gallery_is_labelled(shown: Workspace) -> None:
    """Pictures of people come with a warning and with words for those who do not see them."""
    page = Page(html.render(_report(shown, plain_audit([])), gallery.collect(shown, 2)))
    images = page.all("img")
    assert (
        len(images),
        "These are pictures of people." in page.text,
        all(a["alt"] and a["src"].startswith("data:image/jpeg;base64,") for a in images),
    ) == (6, True, True)


def test_every_figure_is_told_in_words(page: Page) -> None:
    """A reader who does not see a figure hears its numbers."""
    assert all(a.get("role") == "img" and len(a["aria-label"]) > 20 for a in page.all("svg"))


def test_every_table_has_a_caption_and_scoped_heads(page: Page) -> None:
    """A table says what it holds, and its heads say what they head."""
    counts = Counter(tag for tag, _ in page.tags)
    assert (counts["caption"] == counts["table"], all("scope" in a for a in page.all("th"))) == (True, True)


def test_wide_tables_scroll_by_keyboard(page: Page) -> None:
    """What scrolls sideways can be reached without a mouse and says what it is."""
    wide = [a for a in page.all("div") if a.get("class") == "wide"]
    assert all(a.get("tabindex") == "0" and a["aria-label"] for a in wide)


def test_the_page_has_landmarks(page: Page) -> None:
    """Header, contents, main part and footer can be jumped to, in the page's language."""
    found = {tag for tag, _ in page.tags} & {"header", "nav", "main", "footer"}
    assert (found, page.all("html")[0]["lang"]) == ({"header", "nav", "main", "footer"}, "en")


def test_headings_do_not_skip_levels(page: Page) -> None:
    """The outline has no holes."""
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert [b for a, b in pairwise(levels) if b > a + 1] == []


def test_identifiers_are_unique(page: Page) -> None:
    """No two elements share an identifier, figures included."""
    ids = Counter(a["id"] for _, a in page.tags if "id" in a)
    assert [name for name, count in ids.items() if count > 1] == []


def test_links_have_targets(page: Page) -> None:
    """Every link in the contents leads somewhere, and every label names something."""
    ids = {a["id"] for _, a in page.tags if "id" in a}
    wanted = {a["href"][1:] for a in page.all("a")}
    wanted |= {a["aria-labelledby"] for _, a in page.tags if "aria-labelledby" in a}
    assert wanted - ids == set()


def test_the_verdict_comes_before_the_tables(text: str) -> None:
    """What was found is the first thing on the page, then the tables."""
    assert text.index("8 gaps found") < text.index("What the data show") < text.index("<table")


def test_accuracy_and_agreement_are_named_at_each_table(page: Page) -> None:
    """Each model's tables say which of the two they hold."""
    captions = re.findall(r"iou_fg_image by [^:]*: (\w+) in points", page.text)
    assert Counter(captions) == {"accuracy": 4, "agreement": 4}


def test_suppressed_groups_show_no_number(page: Page) -> None:
    """A suppressed group's row holds words alone."""
    rows = re.findall(r"under 18\s*([^\n]*)\n", page.text)
    assert ("not shown: too few people" in page.text, [r for r in rows if re.search(r"\d", r)]) == (True, [])


def test_metrics_that_were_not_compared_are_shown(page: Page) -> None:
    """The other metrics of a group stand in a table that says that they were not compared."""
    assert "Other metrics by skin tone, in points of 100 with 95% intervals; shown, not compared" in page.text


def test_settings_versions_and_commands_are_there(page: Page) -> None:
    """The page says how it was made."""
    found = [
        word in page.text
        for word in ("datatools ingest --workspace WS --source portraits/ --seed 0", "replicates", "3.11.0")
    ]
    assert found == [True, True, True]


@pytest.mark.parametrize("name", [HOSTILE, LONG], ids=["hostile", "long"])
def test_names_are_literal(shown: Workspace, name: str) -> None:
    """Whatever a name holds, it is shown as it is and brings nothing into the page."""
    result = plain_audit([group(name, 0.9, 0.01, 50, -0.03, "gap")], name=name, name_of_model=name)
    text = html.render(_report(shown, result, title=name))
    page = Page(text)
    assert (page.all("script", "img"), name in page.text, page.open) == ([], True, [])


def test_commands_between_backticks_are_code(page: Page) -> None:
    """Commands of ours are set as code."""
    assert "datatools browse" in re.findall(r"datatools browse", page.text)


def test_a_name_cannot_pass_for_a_command(shown: Workspace) -> None:
    """Backticks in a group's name bring no markup."""
    result = plain_audit([group("`<b>x</b>`", 0.9, 0.01, 50, -0.03, "gap")])
    assert "<b>" not in html.render(_report(shown, result))


def test_a_page_with_many_groups_stays_small(shown: Workspace) -> None:
    """Two hundred groups fit in a page that a phone loads at once."""
    groups = [group(f"group {n}", 0.9, 0.01, 50, -0.005, "insufficient data") for n in range(200)]
    text = html.render(_report(shown, plain_audit(groups)))
    assert len(text) < 400_000


def test_an_audit_of_nothing_is_a_page(shown: Workspace) -> None:
    """Without models and answers there is still a page about the data."""
    result = audit().model_copy(update={"models": [], "composition": []})
    page = Page(html.render(_report(shown, result)))
    assert "No model was audited" in page.text


def test_crossings_that_cannot_be_split_have_a_table_alone(shown: Workspace) -> None:
    """A group's name that holds the sign of crossing is not guessed at."""
    groups = [group("a x b x c", 0.9, 0.01, 50, -0.005, "insufficient data")]
    result = plain_audit(groups, name="first x second")
    text = html.render(_report(shown, result))
    assert "hatched" not in text
