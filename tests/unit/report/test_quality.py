"""The two figures of a quality model stand alone and say their numbers."""

import re
import xml.etree.ElementTree as ET

import numpy as np

from datatools.quality.evaluation import Evaluation, evaluate
from datatools.quality.examples import Doubles
from datatools.report.quality import acceptance, calibration


def _evaluated() -> tuple[Doubles, Doubles, Evaluation]:
    rng = np.random.default_rng(0)
    true = 1 - rng.gamma(2, 0.03, 100).clip(0, 1)
    expected = true + rng.normal(0, 0.01, 100)
    found = evaluate(expected, expected - 0.05, expected + 0.05, true, np.arange(100), rng)
    return expected, true, found


def _texts(drawn: bytes) -> str:
    return " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", drawn.decode()))


def test_figures_are_whole_svg_files_and_always_the_same() -> None:
    """No date, no random identifiers, colours of their own."""
    for drawn, again in zip(_drawn(), _drawn(), strict=True):
        assert drawn == again
        assert ET.fromstring(drawn).tag.endswith("svg")
        assert b"var(--" not in drawn


def _drawn() -> tuple[bytes, bytes]:
    expected, true, found = _evaluated()
    return calibration(expected, true, found), acceptance(found)


def test_the_calibration_figure_says_its_error_and_what_it_leaves_out() -> None:
    """Masks that are much worse than the rest would squeeze it."""
    expected, true, found = _evaluated()
    true[0] = 0.1
    text = _texts(calibration(expected, true, found))
    assert f"{found.calibration_error:.4f}" in text
    assert "masks below the figure: 1" in text


def test_the_acceptance_figure_says_the_share_of_bad_masks() -> None:
    """At every fraction."""
    _, _, found = _evaluated()
    text = _texts(acceptance(found))
    assert all(f"{100 * one.bad_frac.value:.1f}%" in text for one in found.accepted)
