"""Figures and pictures become files of their own."""

import xml.etree.ElementTree as ET

from datatools.report.formats import paper
from datatools.report.style import LIGHT
from tests.unit.report.formats.outlines import figure_two, outline


def test_a_drawing_is_a_whole_file_in_colours_of_paper() -> None:
    """It names its size and its colours, and leaves room for labels that reach beyond its edge."""
    text, width, height = paper.drawing(figure_two())
    root = ET.fromstring(text)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert (root.get("width"), root.get("height")) == (f"{width:g}", f"{height:g}")
    assert root.get("viewBox") == f"-10 0 {width:g} {height:g}"
    assert "var(--sans)" not in text
    assert "var(--ink)" not in text


def test_a_wide_drawing_has_room_for_the_names_of_its_rows() -> None:
    """Names of rows may reach further out than numbers on an axis."""
    wide = next(b for b in outline().sections[1].blocks if getattr(b, "is_wide", False))
    assert 'viewBox="-30 0 ' in paper.drawing(wide)[0]  # type: ignore[arg-type]  # only figures are wide


def test_a_drawing_for_the_screen_brings_its_paper() -> None:
    """Dark words would not be seen on a dark page; fonts other than ours may draw them."""
    text = paper.on_screen(figure_two())
    first = next(iter(ET.fromstring(text)))
    assert (first.tag.rpartition("}")[2], first.get("fill"), first.get("x")) == (
        "rect",
        LIGHT["paper"],
        "-10",
    )
    assert "'DejaVu Sans', Verdana, sans-serif" in text


def test_a_picture_is_taken_from_its_address() -> None:
    """Its bytes and its kind are in the data URI."""
    assert paper.picture("data:image/jpeg;base64,aGk=") == (b"hi", "jpeg")
