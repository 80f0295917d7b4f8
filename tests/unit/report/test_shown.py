"""A notebook shows the report's figures on paper of their own."""

from xml.etree import ElementTree

from datatools.report.blocks import Figure, Section, Statement
from datatools.report.shown import Picture, Shown, drawings
from datatools.report.style import LIGHT
from tests.unit.report.formats import outlines

_SVG = "{http://www.w3.org/2000/svg}"


def _figure(key: str) -> Figure:
    return Figure(drawing=outlines.drawing(key=key), caption="Values", alt="values in words")


def test_a_drawing_has_its_own_paper_and_colours() -> None:
    """A notebook may be dark, and knows none of the page's CSS variables."""
    drawing = Shown(outlines.drawing())._repr_svg_()
    root = ElementTree.fromstring(drawing)
    assert root.tag == f"{_SVG}svg"
    assert LIGHT["paper"] in root.attrib["style"]
    assert "var(--" not in drawing
    assert root.attrib["viewBox"].startswith("-20 -20 ")
    assert float(root.attrib["width"]) == float(root.attrib["viewBox"].split()[2])


def test_a_name_stays_literal() -> None:
    """Labels that look like markup are text."""
    root = ElementTree.fromstring(Shown(outlines.drawing("<b>'DejaVu Sans'"))._repr_svg_())
    texts = ["".join(element.itertext()) for element in root.iter(f"{_SVG}text")]
    assert "<b>'DejaVu Sans'" in texts


def test_figures_are_given_in_reading_order() -> None:
    """Those of sections within sections too, each with its section's title."""
    inner = Section(key="b", title="Inner", blocks=[_figure("i")])
    outer = Section(key="a", title="Outer", blocks=[Statement(text="x"), _figure("o")], sections=[inner])
    captions = [repr(one) for one in drawings([outer])]
    assert [caption.split(":")[0] for caption in captions] == ["Outer", "Inner"]
    assert repr(Shown("<svg/>")) == "a figure"


def test_a_file_is_shown_without_its_prologue() -> None:
    """Jupyter takes the element alone."""
    assert Picture('<?xml version="1.0"?>\n<svg></svg>')._repr_svg_() == "<svg></svg>"
