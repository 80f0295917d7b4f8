"""Every document of a report, read back as its reader sees it: are its numbers those of report.json?

The outline's own numbers are held against report.json in ``outline/test_numbers.py``; here the finished
files are.
"""

import html
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from datatools.report import outline, written
from datatools.report.document import Report
from datatools.report.formats.print_data import printed
from tests.unit.report import rich
from tests.unit.report.formats import readback
from tests.unit.report.formats.outlines import HOSTILE, LONG
from tests.unit.report.numbers import Document, shown

_UNSEEN = {"script", "style", "svg"}  # axes of drawings have ticks, which are no results
_EMPTY = {"meta", "link", "br", "img", "input", "hr", "col", "wbr"}


class _Page(HTMLParser):
    """Gather the texts of a page with the pointer of the element around each."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.told: list[tuple[str, str]] = []
        self._around: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _EMPTY:
            outer = self._around[-1][1] if self._around else ""
            self._around.append((tag, dict(attrs).get("data-of") or outer))

    def handle_endtag(self, tag: str) -> None:
        while self._around and self._around.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not any(tag in _UNSEEN for tag, _ in self._around):
            self.told.append((data, self._around[-1][1] if self._around else ""))


@pytest.fixture(scope="module", params=["women", HOSTILE, LONG], ids=["plain", "hostile", "long"])
def report(request: pytest.FixtureRequest) -> Report:
    """Give a report with every section, whose names are of every kind."""
    return rich.report(request.param)


@pytest.fixture(scope="module")
def made(report: Report) -> dict[str, bytes]:
    """Give its documents."""
    return written.documents(report)


@pytest.fixture(scope="module")
def document(made: dict[str, bytes]) -> Document:
    """Give report.json as a program reads it."""
    return Document(made["report.json"].decode())


def test_every_number_of_the_page_is_of_what_it_points_at(made: dict[str, bytes], document: Document) -> None:
    """Cells, sentences, cards, captions and headings."""
    told = _Page(made["index.html"].decode()).told
    assert len([pointer for _, pointer in told if pointer]) > 1_000
    unfounded = {(text, at): found for text, at in told if (found := document.unfounded(text, at))}
    assert unfounded == {}


def test_markdown_says_all_of_it_and_no_other_number(report: Report, made: dict[str, bytes]) -> None:
    """As a renderer shows it: every text of the outline in order, and not one number more."""
    outlined = outline.of(report)
    told = readback.of_markdown(made["report.md"].decode())
    assert readback.missing(readback.texts(outlined.sections), told) == []
    assert _others(told, [outlined.headline, outlined.about, *readback.texts(outlined.sections)]) == []


def test_print_says_all_of_it(report: Report, made: dict[str, bytes]) -> None:
    """Every text of the outline in the order of print."""
    if "שלום" in report.title:
        pytest.skip("PDFium guesses the order of words in lines that run from right to left")
    told = readback.of_pdf(made["report.pdf"])
    assert readback.missing(readback.texts(printed(outline.of(report))), told) == []


def _others(told: str, texts: list[str]) -> list[str]:
    """Give the decimal numbers in squeezed words that no text has."""
    known = {number for text in texts for number in _decimals(readback.squeezed(text))}
    return sorted(set(_decimals(told)) - known)


def _decimals(text: str) -> Iterator[str]:
    # Squeezed words run into each other, so that whole numbers have no end; those with decimals have.
    yield from re.findall(r"\d\.\d(?!\d)", text)


def test_the_notebook_tells_no_other_number(made: dict[str, bytes], document: Document) -> None:
    """Its text has no number that report.json has not; its tables are made when it runs."""
    cells = json.loads(made["report.ipynb"])["cells"]
    told = "".join(line for cell in cells if cell["cell_type"] == "markdown" for line in cell["source"])
    assert len(shown(told)) > 20
    assert document.unfounded(html.unescape(told), "") == []
