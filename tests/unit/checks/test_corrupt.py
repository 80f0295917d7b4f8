"""Tiny and flat pictures are no portraits."""

import numpy as np

from datatools.checks.corrupt import Corrupt
from tests.unit.checks.evidence import evidence, judged


def test_a_tiny_picture_fails() -> None:
    """63 px on the short side."""
    picture = np.random.default_rng(0).integers(0, 255, (200, 63, 3)).astype(np.uint8)
    verdict = judged(Corrupt(), evidence(image=picture))
    assert verdict.detail == "the picture is too small: 63 px on its short side, not 64"


def test_a_flat_picture_fails() -> None:
    """One colour, and one colour with the noise of compression."""
    flat = np.full((900, 700, 3), 90, np.uint8)
    noisy = flat + np.random.default_rng(0).integers(0, 3, flat.shape).astype(np.uint8)
    for picture in (flat, noisy):
        assert judged(Corrupt(), evidence(image=picture)).detail == "the picture is one flat colour"


def test_a_picture_passes_and_one_that_was_not_read_fails() -> None:
    """The observation None stands for the second."""
    assert judged(Corrupt(), evidence()).passed
    ((_, verdict),) = Corrupt().judge([("a", None)])
    assert not verdict.passed
