"""How does a figure become an SVG?"""

import re

import pytest

from datatools import literal
from datatools.report import svg
from datatools.report.style import LIGHT

HOSTILE = '<script>alert("1")</script> & $x^2$ #5c5a54 1.23456 id="a" url(#b) 😀 שלום 山田\n\x00='


def _figure(text: str, key: str = "f") -> str:
    with svg.canvas(200, 100) as figure:
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xticks=[], yticks=[])
        axes.plot([0, 1], [0.123456, 1], "o-", color=LIGHT["g0"])
        axes.text(0.5, 0.5, literal.plain(text), color=LIGHT["quiet"])
        return svg.render(figure, key=key, label=text)


def test_the_same_figure_gives_the_same_bytes() -> None:
    """Nothing of the clock or of chance is in a figure."""
    assert _figure("a") == _figure("a")


def test_a_label_is_literal() -> None:
    """Markup, mathematics, colours, numbers and identifiers in a label stay what they were."""
    text = _figure(HOSTILE)
    assert (
        '&lt;script&gt;alert("1")&lt;/script&gt; &amp; $x^2$ #5c5a54 1.23456 id="a" url(#b) 😀 שלום 山田'
    ) in text


def test_no_markup_of_a_label_survives() -> None:
    """A label brings no element into the page."""
    assert "<script" not in _figure(HOSTILE)


def test_the_description_is_an_escaped_attribute() -> None:
    """The words for readers who do not see the figure cannot leave their attribute."""
    found = re.search(r'aria-label="([^"]*)"', _figure('a "b" <c> & d'))
    assert found is not None
    assert found[1] == "a &quot;b&quot; &lt;c&gt; &amp; d"


def test_colours_are_variables() -> None:
    """No fixed colour is left, so that the page's theme decides."""
    text = _figure("a")
    assert ("var(--g0)" in text, re.findall(r"(?:fill|stroke): #", text)) == (True, [])


def test_identifiers_are_the_figures_own() -> None:
    """Two figures on one page share no identifier, and every reference has its target."""
    text = _figure("a", key="one")
    defined = set(re.findall(r'id="([^"]+)"', text))
    used = set(re.findall(r'href="#([^"]+)"', text)) | set(re.findall(r"url\(#([^)]+)\)", text))
    assert (defined == used, all(name.startswith("one-") for name in defined)) == (True, True)


def test_numbers_are_short() -> None:
    """Coordinates have two decimals: the page stays small."""
    assert re.findall(r"\d\.\d{3,}", _figure("a")) == []


def test_no_date_or_program_is_named() -> None:
    """A figure says nothing of when and with what it was made."""
    assert "metadata" not in _figure("a")


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("short", 10, "short"),
        ("exactly", 7, "exactly"),
        ("too long for it", 9, "too long…"),
        ("山田太郎", 5, "山…"),
    ],
)
def test_long_labels_are_cut_where_they_no_longer_fit(text: str, width: int, expected: str) -> None:
    """Wide letters count two columns; a cut shows as an ellipsis."""
    assert svg.shorten(text, width) == expected


def test_on_paper_every_colour_is_fixed_and_labels_stay() -> None:
    """A drawing as a file of its own has no variable of the page, and words that look like one stay."""
    text = svg.on_paper(_figure("as var(--g0) says"))
    assert re.findall(r"[^<>]*var\(--[^<>]*(?=<)", text) == ["as var(--g0) says"]
    assert (LIGHT["g0"] in text, text.startswith("<svg xmlns=")) == (True, True)


def test_bands_of_a_number_keep_what_tells_them_apart() -> None:
    """Their common name goes where one of them is too long, and only there."""
    bands = ["face_ita_deg < 10", "face_ita_deg 10 to 28", "face_ita_deg >= 28"]
    assert svg.shorten_all(bands, 17) == ["< 10", "10 to 28", ">= 28"]
    assert svg.shorten_all(["a 1", "a 2"], 17) == ["a 1", "a 2"]
    assert svg.shorten_all(["some long name", "some"], 8) == ["some lo…", "some"]
    assert svg.shorten_all(["one long name alone"], 8) == ["one lon…"]
