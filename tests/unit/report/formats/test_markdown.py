"""The report in Markdown holds every word of the outline, literally, and its figures beside it."""

import re
import xml.etree.ElementTree as ET

import pytest
from markdown_it import MarkdownIt

from datatools.report.blocks import Definitions, Outline, Pictures, Row, Section, Table
from datatools.report.formats import markdown
from datatools.report.gallery import Strip
from tests.unit.report.formats import readback
from tests.unit.report.formats.outlines import HOSTILE, LONG, card, outline, table

_PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def _one(*blocks: object) -> str:
    section = Section(key="s", title="S", blocks=blocks)  # type: ignore[arg-type]  # blocks of any kind
    return markdown.render(Outline(title="T", headline="H", about="A", sections=[section])).text


@pytest.mark.parametrize(
    "name", ["woman", HOSTILE, LONG, "1. a", "- b", "# c", "|d|", "a\nb", "```", "@e #1 :f:"]
)
def test_every_word_is_shown_in_order(name: str) -> None:
    """What a renderer shows is what the outline holds, whatever users named their groups."""
    given = outline(name)
    shown = readback.of_markdown(markdown.render(given).text)
    texts = [given.title, given.headline, given.about, *readback.texts(given.sections)]
    assert readback.missing(texts, shown) == []


def test_a_name_makes_no_links_and_no_elements() -> None:
    """The only links are those of the contents, the only pictures are files of ours."""
    text = markdown.render(outline(HOSTILE)).text
    html = _PARSER.render(text)
    assert re.findall(r'(?:href|src)="([^"]*)"', html) == [
        "#findings",
        "#m0",
        "#provenance",
        "figures/m0-1.svg",
        "figures/m0-2.svg",
        "figures/m0-3.svg",
        "figures/provenance-1.gif",
    ]
    assert "<script" not in html
    assert "<img src=x" not in html


def test_a_name_leads_to_its_pictures() -> None:
    """Where a gallery shows them."""
    row = Row(cells=("a]b", "1.0"), seen_at="g/index.html#group=x%3Aa")
    html = _PARSER.render(_one(Table(caption="c", head=("Group", "Value"), rows=[row])))
    assert '<a href="g/index.html#group=x%3Aa">a]b</a>' in html


def test_the_same_outline_gives_the_same_files() -> None:
    """Text and drawings are the same, byte for byte."""
    assert markdown.render(outline()) == markdown.render(outline())


def test_every_figure_that_is_shown_is_there() -> None:
    """Each has a file of its own, whole, with words for those who do not see it."""
    rendered = markdown.render(outline())
    shown = re.findall(r"!\[([^\]]*)\]\((figures/[^)]*)\)", rendered.text)
    assert [path for _, path in shown] == list(rendered.figures)
    assert shown[0][0] == "woman: 93.0"
    assert ET.fromstring(rendered.figures["figures/m0-1.svg"]).tag.endswith("svg")


def test_tables_are_tables() -> None:
    """Every row has as many cells as there are heads; numbers stand at the right."""
    tokens = _PARSER.parse(_one(table()))
    heads = [token for token in tokens if token.type == "th_open"]
    assert [token.attrs.get("style") for token in heads] == [
        None,
        "text-align:right",
        "text-align:right",
        "text-align:right",
        "text-align:right",
        None,
    ]
    assert sum(token.type == "td_open" for token in tokens) == 4 * 6


def test_a_row_that_is_not_shown_keeps_its_verdict_in_its_column() -> None:
    """The reason stands behind the name, the verdict under its head."""
    text = _one(table())
    assert "| other | not shown: too few people |  |  |  | suppressed |" in text


def test_a_row_that_is_not_shown_may_have_no_verdict() -> None:
    """Then the rest of the row is empty."""
    given = table()
    rows = [row for row in given.rows if row.is_suppressed]
    text = _one(Table(caption="", head=("Group", "Value", "People", "Why"), rows=rows))
    assert "| other | not shown: too few people | suppressed |  |" in text


def test_what_is_folded_on_the_page_is_folded_here() -> None:
    """Sections and tables that are folded are elements that open."""
    text = markdown.render(outline()).text
    assert '<details id="m0a1"><summary>boundary&#95;iou by gender</summary>' in text
    assert "<details><summary>Folded</summary>" in text
    assert text.count("<details") == text.count("</details>") == 2


def test_cards_are_a_table() -> None:
    """Each model is a row, its verdicts counted in words."""
    text = _one(card("student"))
    assert "| 2 gaps, 5 insufficient data, 3 equivalent, 1 suppressed |" in text


def test_terms_are_bold_or_code() -> None:
    """Names of files are code; other terms are words."""
    assert "- **Gap**: a difference" in _one(Definitions(entries=[("Gap", "a difference")]))
    assert "- `a.csv`: a file" in _one(Definitions(entries=[("a.csv", "a file")], is_code=True))


def test_a_strip_without_pictures_says_so() -> None:
    """Pictures that could not be read leave a sentence."""
    strip = Strip(model="m", title="Worst", outlines="White: masks.", pictures=[])
    assert "No picture could be read." in _one(Pictures(strips=[strip]))


def test_five_hundred_groups_fit() -> None:
    """A long table is a long table, each group in a line."""
    assert markdown.render(outline(n_rows=500)).text.count("\n| group ") == 500
