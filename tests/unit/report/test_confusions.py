"""Each annotator's confusion is drawn as one square with its numbers."""

import re
import xml.etree.ElementTree as ET

import cv2
import numpy as np

from datatools.report.confusions import MAX_ANNOTATORS, draw
from tests.unit.report.consensus import annotator, question


def _texts(drawn: bytes) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", drawn.decode())


def test_the_figure_says_who_how_many_and_how_often_right() -> None:
    """With a number in every cell."""
    texts = _texts(draw(question([annotator("ann01")]))["svg"])
    assert "ann01 · 50 answers · 90% right" in texts
    assert sorted(text for text in texts if text.isdigit()) == ["10", "10", "90", "90"]
    assert texts.count("female") == texts.count("male") == 2


def test_both_files_are_whole_and_always_the_same() -> None:
    """An SVG that stands alone and a picture."""
    first, second = (draw(question([annotator("a"), annotator("b")])) for _ in range(2))
    assert first == second
    assert ET.fromstring(first["svg"]).tag.endswith("svg")
    picture = cv2.imdecode(np.frombuffer(first["png"], np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape[1] > picture.shape[0]


def test_those_with_the_most_answers_are_drawn() -> None:
    """No more than fit on a page."""
    many = [annotator(f"ann{number:02d}", n_answers=number) for number in range(1, MAX_ANNOTATORS + 3)]
    texts = _texts(draw(question(many))["svg"])
    titles = [text for text in texts if text.endswith("right")]
    assert len(titles) == MAX_ANNOTATORS
    assert not any(title.startswith(("ann01", "ann02")) for title in titles)
