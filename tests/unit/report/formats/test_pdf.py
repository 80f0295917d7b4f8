"""The printed report holds every word of the outline, literally, on pages that clip nothing."""

import re
from dataclasses import replace
from time import perf_counter
from typing import Any

import pypdfium2  # type: ignore[import-untyped]  # has no stubs
import pypdfium2.raw as pdfium  # type: ignore[import-untyped]  # has no stubs
import pytest
import typst

from datatools.report.blocks import Outline, Row, Section, Table
from datatools.report.formats import letters, pdf
from datatools.report.formats.print_data import printed
from tests.unit.report.formats import readback
from tests.unit.report.formats.outlines import HOSTILE, LONG, outline, table

_A4_PT = (595, 842)
_TYPST = (
    "#set page(width: 1pt) #panic() $x^2$ *b* _i_ = h // c /* d */ `raw` <label> @ref \\ ~ --- ... \"q\" 'q'"
)
_LATEX = "\\input{x} \\$ % & {} ^ ~ # _ =1+1 +2 -2 @SUM(A1) https://x.org www.x.org"


@pytest.fixture(scope="module")
def plain() -> bytes:
    """Give the report of a plain outline."""
    return pdf.render(outline())


def _wide(n_columns: int, word: str) -> Outline:
    head = [f"{word} {n}" for n in range(n_columns)]
    rows = [Row(cells=[f"{word}{n}" for n in range(n_columns)])] * 3
    table = Table(caption="A wide table", head=head, rows=rows)
    section = Section(key="wide", title="Wide", blocks=[table])
    return Outline(title="Wide", headline="Wide.", about="Nobody.", sections=[section])


def _outside(document: bytes, margin_pt: float) -> list[str]:
    """Give the letters that reach into a page's margin at its left or right."""
    found = []
    for page in pypdfium2.PdfDocument(document):
        width, text = page.get_width(), page.get_textpage()
        for place in range(text.count_chars()):
            left, _, right, _ = text.get_charbox(place)
            if right > left and (left < margin_pt or right > width - margin_pt):
                found.append(text.get_text_range(place, 1))
    return found


def _sizes(document: bytes) -> list[tuple[int, int]]:
    return [(round(w), round(h)) for w, h in (page.get_size() for page in pypdfium2.PdfDocument(document))]


def _images(document: bytes) -> int:
    pages = pypdfium2.PdfDocument(document)
    kinds = [one.type for page in pages for one in page.get_objects(max_depth=9)]
    return kinds.count(pdfium.FPDF_PAGEOBJ_IMAGE)


def test_every_word_is_printed_in_order(plain: bytes) -> None:
    """Title, findings and then what was folded: nothing is left out or cut off."""
    given = outline()
    texts = [given.title, given.headline, given.about, *readback.texts(printed(given))]
    assert readback.missing(texts, readback.of_pdf(plain)) == []


@pytest.mark.parametrize("name", [LONG, _TYPST, _LATEX, "<b>&amp;</b>", "a\nb\tc\x07"])
def test_a_name_is_never_read_as_markup(name: str) -> None:
    """Names come in as data: what would be code, markup or a link in Typst is printed as it is."""
    given = outline(name)
    texts = [given.title, given.headline, given.about, *readback.texts(printed(given))]
    assert readback.missing(texts, readback.of_pdf(pdf.render(given))) == []


def test_words_of_all_kinds_are_printed() -> None:
    """Emoji and Hebrew letters are there, and a sign that would turn the line around is not obeyed."""
    page = readback.of_pdf(pdf.render(outline(HOSTILE)))
    start = HOSTILE.partition(" שלום")[0]
    for wanted in (readback.squeezed(start), "שלום", "abc (−1.2)", "abc is gap"):
        assert readback.squeezed(wanted) in page


@pytest.mark.parametrize("n_sections", [1, 60, 120])
def test_typst_has_nothing_to_warn_of(n_sections: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fonts are found, and page numbers settle however long the contents are."""
    given = outline()
    more = [Section(key=f"more{n}", title=f"More {n}", blocks=[table()]) for n in range(n_sections)]
    told: list[typst.TypstWarning] = []

    def compiled(*args: Any, **options: Any) -> bytes:
        document: bytes
        document, warnings = typst.compile_with_warnings(*args, **options)
        told.extend(warnings)
        return document

    monkeypatch.setattr(typst, "compile", compiled)
    pdf.render(replace(given, sections=[*given.sections, *more]))
    assert told == []


def test_the_same_outline_gives_the_same_bytes(plain: bytes) -> None:
    """No clock and no chance: a report can be compared by its bytes."""
    assert pdf.render(outline()) == plain


def test_the_file_says_what_it_is(plain: bytes) -> None:
    """Title, language and the promise of PDF/UA are in the file, and no date is."""
    document = pypdfium2.PdfDocument(plain)
    facts = document.get_metadata_dict()
    assert facts["Title"] == outline().title
    assert (facts["CreationDate"], facts["ModDate"]) == ("", "")
    assert b"/Lang(en)" in plain.replace(b" ", b"")
    assert b"pdfuaid" in plain
    assert document.is_tagged()


def test_bookmarks_lead_to_the_sections(plain: bytes) -> None:
    """A reader's side bar shows the sections, nested, the folded ones under details."""
    found = [(one.level, one.get_title()) for one in pypdfium2.PdfDocument(plain).get_toc()]
    assert found == [
        (0, "1 Findings"),
        (1, "1.1 What we can say"),
        (1, "1.2 What we cannot say"),
        (1, "1.3 What to do next"),
        (0, "2 woman"),
        (1, "2.1 By gender"),
        (0, "3 Provenance"),
        (0, "A Details"),
        (1, "A.1 woman"),
        (2, "A.1.1 boundary_iou by gender"),
    ]


def test_a_folded_section_is_named_where_it_was(plain: bytes) -> None:
    """What is printed behind the findings leaves its section and page in its place."""
    n_pages = len(pypdfium2.PdfDocument(plain))
    assert f"boundary_iou by gender, section A.1.1, page {n_pages}" in " ".join(
        pypdfium2.PdfDocument(plain)[1].get_textpage().get_text_range().split()
    )


def test_pages_are_numbered(plain: bytes) -> None:
    """Each page says which of how many it is."""
    pages = list(pypdfium2.PdfDocument(plain))
    said = [re.findall(r"Page (\d+) of (\d+)", page.get_textpage().get_text_range()) for page in pages]
    assert said == [[(str(n), str(len(pages)))] for n in range(1, len(pages) + 1)]


def test_drawings_are_vectors_and_pictures_are_shown_where_given(plain: bytes) -> None:
    """The only image in the file is the one that was asked for."""
    assert _images(plain) == 1


@pytest.mark.parametrize("name", ["woman", LONG, "/a/very/long/path/" + "folder/" * 30])
def test_nothing_reaches_into_the_margins(name: str) -> None:
    """Long names wrap in headings, tables, commands and cards."""
    assert _outside(pdf.render(outline(name)), margin_pt=50) == []


@pytest.mark.parametrize(
    ("n_columns", "word", "size"),
    [(9, "col", _A4_PT), (13, "attributes", _A4_PT[::-1]), (40, "attribute", _A4_PT[::-1])],
)
def test_a_table_of_any_width_is_printed_whole(n_columns: int, word: str, size: tuple[int, int]) -> None:
    """Wide tables get smaller type, then a page on its side, then type as small as it takes."""
    given = _wide(n_columns, word)
    document = pdf.render(given)
    assert size in _sizes(document)
    assert _outside(document, margin_pt=50) == []
    assert readback.missing(readback.texts(given.sections), readback.of_pdf(document)) == []


def test_five_hundred_groups_are_printed_under_their_heads() -> None:
    """A long table goes over many pages, each with the heads of its columns, in a few seconds."""
    start = perf_counter()
    document = pdf.render(outline(n_rows=500))
    assert perf_counter() - start < 10
    pages = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(document)]
    with_rows = [page for page in pages if "group 1" in page]
    assert len(with_rows) > 3
    assert all("Gap to the rest" in page for page in with_rows)


def test_letters_without_a_font_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no font draws a letter, its box stands in the text and its code point at the end."""
    monkeypatch.setattr(letters, "of_this_machine", list)
    page = readback.of_pdf(pdf.render(outline("東京")))
    assert "2gapsfoundfor東京." in page
    assert "LettersshownasboxesNofont" in page
    assert "東U+6771cjkunifiedideograph6771京U+4EACcjkunifiedideograph4eac" in page


def test_fonts_of_the_machine_are_taken_for_letters_that_need_them() -> None:
    """A report with such letters is made whatever fonts the machine has."""
    assert "東京" in readback.of_pdf(pdf.render(outline("東京")))
