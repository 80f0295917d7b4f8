"""Is the page whole, literal, closed to the outside, and the same each time?"""

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from datatools.report.blocks import (
    Card,
    Cards,
    Listed,
    Outline,
    Pictures,
    Row,
    Section,
    Statement,
    Table,
    Tone,
    walk,
)
from datatools.report.formats import html
from datatools.report.gallery import Strip
from tests.unit.report.formats.outlines import HOSTILE, LONG, listed, outline

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
        self.text += data

    def all(self, *names: str) -> list[dict[str, str]]:
        """Give the attributes of every element of these names."""
        return [attributes for tag, attributes in self.tags if tag in names]


def _of(sections: Sequence[Section]) -> Page:
    return Page(html.render(Outline(title="t", headline="h", about="a", sections=sections)))


def _table(*rows: Row, head: Sequence[str] = ("Group", "Value", "Verdict"), has_verdict: bool = True) -> Page:
    table = Table(caption="c", head=head, rows=rows, has_verdict=has_verdict)
    return _of([Section(key="s", title="s", blocks=[table])])


@pytest.fixture(scope="module")
def text() -> str:
    """Give the page of every kind of block."""
    return html.render(outline())


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    """Give that page's elements."""
    return Page(text)


def test_every_element_is_closed(page: Page) -> None:
    """The page's elements nest."""
    assert page.open == []


def test_the_same_outline_gives_the_same_bytes(text: str) -> None:
    """A page holds nothing of the clock and nothing random."""
    assert html.render(outline()) == text


def test_nothing_is_fetched(page: Page) -> None:
    """No element points anywhere but into the page itself."""
    links = [v for _, a in page.tags for n, v in a.items() if n in {"src", "href", "xlink:href", "action"}]
    assert [link for link in links if not link.startswith(("#", "data:"))] == []


def test_styles_fetch_nothing(text: str) -> None:
    """No style imports or points outside."""
    assert [url for url in re.findall(r"url\(([^)]*)\)|@import", text) if not url.startswith("#")] == []


def test_the_policy_names_the_one_script(text: str, page: Page) -> None:
    """The script that is there is the script that may run, and everything else is forbidden."""
    (script,) = re.findall(r"<script>(.*?)</script>", text, flags=re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (policy,) = [a["content"] for a in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith(f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; ")


def test_no_element_has_a_handler(page: Page) -> None:
    """Events are handled by the one script alone."""
    assert [name for _, attributes in page.tags for name in attributes if name.startswith("on")] == []


def test_every_table_has_a_caption_and_scoped_heads(page: Page) -> None:
    """A table says what it holds, and its heads say what they head."""
    counts = Counter(tag for tag, _ in page.tags)
    assert (counts["caption"] == counts["table"], all("scope" in a for a in page.all("th"))) == (True, True)


def test_what_scrolls_sideways_is_reached_by_keyboard(page: Page) -> None:
    """Boxes that scroll can be reached without a mouse and say what they are."""
    wide = [a for a in page.all("div") if a.get("class", "").startswith("wide")]
    assert (len(wide), all(a["tabindex"] == "0" and a["aria-label"] for a in wide)) == (3, True)


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
    """Every link leads somewhere, and every label names something."""
    ids = {a["id"] for _, a in page.tags if "id" in a}
    wanted = {a["href"][1:] for a in page.all("a")}
    wanted |= {a["aria-labelledby"] for _, a in page.tags if "aria-labelledby" in a}
    assert wanted - ids == set()


def test_the_contents_name_every_section(page: Page) -> None:
    """Sections within sections are in the contents too."""
    keys = {section.key for section in walk(outline().sections)}
    assert keys - {a["href"][1:] for a in page.all("a")} == set()


def test_figures_are_told_in_their_words(page: Page) -> None:
    """A reader who does not see a figure hears its words."""
    assert [a["aria-label"] for a in page.all("svg")] == ["woman: 93.0", "girl: 93.0", "crossing of woman"]


def test_pointers_stand_with_what_they_are_of(page: Page) -> None:
    """Rows, statements, figures, cards and definitions say where their numbers come from."""
    found = {tag for tag, attributes in page.tags if attributes.get("data-of")}
    assert found == {"tr", "li", "p", "figure", "article", "dl"}


def test_the_page_names_the_file_of_its_numbers() -> None:
    """A report that is not of an audit leads into a file of another name."""
    page = Page(html.render(replace(outline(), source="diff.json")))
    assert (page.all("main")[0]["data-source"], "are in diff.json." in page.text) == ("diff.json", True)


def test_blocks_without_numbers_have_no_pointer(page: Page) -> None:
    """What comes from nowhere says nothing about it."""
    assert [a for _, a in page.tags if a.get("data-of") == ""] == []


def test_suppressed_rows_have_a_reason_and_a_verdict() -> None:
    """One cell with the reason reaches from the name to the verdict."""
    row = Row(cells=("a", "too few", "suppressed"), is_suppressed=True)
    cells = _table(row, head=("Group", "Value", "People", "p", "Verdict")).all("td")
    assert [cell.get("colspan") for cell in cells] == ["3", None]


def test_suppressed_rows_without_a_verdict_end_in_the_reason() -> None:
    """Where there is no verdict the reason reaches to the end of the row."""
    row = Row(cells=("a", "too few"), is_suppressed=True)
    cells = _table(row, head=("Group", "Value", "People"), has_verdict=False).all("td")
    assert [cell.get("colspan") for cell in cells] == ["2"]


def test_a_name_leads_to_its_pictures() -> None:
    """Where a gallery shows them; nothing is fetched before somebody follows it."""
    plain, leading = (
        Row(cells=("a", "1.0", "gap")),
        Row(cells=("b", "1.0", "gap"), seen_at="g/index.html#group=x"),
    )
    page = _table(plain, leading)
    assert [a["href"] for a in page.all("a") if not a["href"].startswith("#")] == ["g/index.html#group=x"]


def test_verdicts_are_tags_of_their_colour() -> None:
    """Each verdict has its class; words that are no verdicts of ours are set plainly."""
    words = ("gap", "insufficient data", "not harmed", "")
    page = _table(*(Row(cells=("a", "1.0", word)) for word in words))
    tags = [a["class"] for a in page.all("span") if a.get("class", "").startswith("tag")]
    assert tags == ["tag gap", "tag insufficient", "tag other", "tag other"]


def test_a_verdict_behind_an_interval_is_a_tag() -> None:
    """A cell with value, interval and verdict keeps its words, and the verdict its colour."""
    page = _table(
        Row(cells=("a", "−0.8 [−1.8, −0.4] gap", "x")),
        has_verdict=False,
    )
    tags = [a["class"] for a in page.all("span") if a.get("class", "").startswith("tag")]
    assert (tags, "−0.8 [−1.8, −0.4] gap" in page.text) == (["tag gap"], True)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (("1,204", "–", "< 0.001"), "n r"),  # plain numbers alone: flush right
        (("93.0 [92.0, 94.0]", "–"), "n"),
        (("short", "words"), "n"),
        (("a sentence that is longer than an interval",), "t"),
        (("0123456789abcdef",), "mono"),
    ],
)
def test_cells_are_set_by_what_they_hold(cells: tuple[str, ...], expected: str) -> None:
    """Numbers do not break, sentences get room, digests break anywhere."""
    page = _table(*(Row(cells=("a", cell, "x")) for cell in cells), has_verdict=False)
    assert page.all("td")[0]["class"] == expected


def test_long_tables_scroll_in_a_box() -> None:
    """Beyond forty rows a table's head stays in sight while the rows scroll."""
    page = _table(*(Row(cells=(f"g{n}", "1.0", "gap")) for n in range(41)))
    assert [a["class"] for a in page.all("div") if a.get("class", "").startswith("wide")] == ["wide tall"]


def _open_items(tones: tuple[Tone, ...]) -> tuple[int, list[str]]:
    """Count the items of a list that stand open, and give the line of its fold."""
    found = Outline(
        title="t",
        headline="h",
        about="a",
        sections=[Section(key="s", title="s", blocks=[listed("a", tones)])],
    )
    text = html.render(found)
    text = text[text.index("<main") : text.index("</main>")]
    return text.split("<details")[0].count("<li"), re.findall("<summary>(.*)</summary>", text)


def test_the_end_of_a_long_list_is_folded() -> None:
    """Six items stand open."""
    assert _open_items(("limit",) * 9) == (6, ["3 more"])


def test_gaps_stand_open() -> None:
    """An item that reports a gap keeps what stands before it open."""
    assert _open_items((*("limit",) * 7, "gap", "limit", "limit")) == (8, ["2 more"])


def test_folded_gaps_are_counted() -> None:
    """Of very many gaps the first twelve stand open, and the fold says how many it hides."""
    assert _open_items((*("gap",) * 20, "limit")) == (12, ["9 more, 8 gaps among them"])


def test_many_lists_are_short() -> None:
    """Where a section has a list for each of many models, each shows three items."""
    lists = [listed(f"m{n}", ("limit",) * 6) for n in range(4)]
    page = _of([Section(key="s", title="s", blocks=lists)])
    assert len([a for a in page.all("details") if a.get("class") == "more"]) == 4


def test_a_single_item_is_not_folded_away() -> None:
    """Seven statements stand open: a fold would be as long as what it hides."""
    assert _open_items(("limit",) * 7) == (7, [])


def test_numbering_goes_on_in_the_fold() -> None:
    """A folded end of a numbered list is numbered from where the list was cut."""
    statements = Listed(items=[Statement(text=f"s{n}") for n in range(9)], is_ordered=True)
    page = _of([Section(key="s", title="s", blocks=[statements])])
    assert [a.get("start") for a in page.all("ol")] == [None, "7"]


def test_of_many_models_the_first_is_open() -> None:
    """Three and more models begin folded, but for the first."""
    sections = [Section(key=f"m{n}", title=f"model {n}", is_name=True) for n in range(3)]
    assert len([a for a in _of(sections).all("details") if a.get("class") == "fold"]) == 2


def test_two_models_stand_open() -> None:
    """Two models are read side by side: none is folded."""
    sections = [Section(key=f"m{n}", title=f"model {n}", is_name=True) for n in range(2)]
    assert [a for a in _of(sections).all("details") if a.get("class") == "fold"] == []


def test_cards_lead_to_their_models() -> None:
    """Two cards of one model lead to its two sections, in order."""
    cards = [
        Card(model="m", reading="r", headline="h", overall="o", counts=[], of=f"/summary/models/{n}")
        for n in range(2)
    ]
    sections = [
        Section(key="findings", title="Findings", blocks=[Cards(cards=cards)]),
        Section(key="m0", title="m, against human masks", is_name=True),
        Section(key="m1", title="m, against keyed masks", is_name=True),
    ]
    text = html.render(Outline(title="t", headline="h", about="a", sections=sections))
    assert re.findall(r'<h3><a href="#(\w+)">', text) == ["m0", "m1"]


def test_a_card_without_a_section_leads_nowhere() -> None:
    """A model that has no section of its own is named without a link."""
    cards = [Card(model="m", reading="r", headline="h", overall="o", counts=[], of="/summary/models/0")]
    text = html.render(
        Outline(
            title="t",
            headline="h",
            about="a",
            sections=[Section(key="findings", title="Findings", blocks=[Cards(cards=cards)])],
        )
    )
    assert "<h3><bdi>m</bdi></h3>" in text


def test_a_strip_of_nothing_says_so() -> None:
    """Pictures that could not be read are not passed over in silence."""
    empty = Pictures(strips=[Strip(model="m", title="Worst", outlines="o", pictures=[])])
    assert "No picture could be read." in _of([Section(key="s", title="s", blocks=[empty])]).text


@pytest.mark.parametrize("name", [HOSTILE, LONG], ids=["hostile", "long"])
def test_names_are_literal(page: Page, name: str) -> None:
    """Whatever a name holds, it is shown as it is and brings no element and no attribute into the page."""
    found = Page(html.render(outline(name)))
    plain = Counter((tag, *sorted(attributes)) for tag, attributes in page.tags)
    assert (name in found.text, found.open) == (True, [])
    assert Counter((tag, *sorted(attributes)) for tag, attributes in found.tags) == plain


def test_commands_are_code() -> None:
    """Commands of ours between backticks are set as code; other backticks stay."""
    text = html.render(
        Outline(
            title="t",
            headline="h",
            about="a",
            sections=[Section(key="s", title="s", blocks=[Statement(text="`datatools audit` and `rm`")])],
        )
    )
    assert "<code>datatools audit</code> and `rm`" in text
