"""Do pointers and cells say what they should?"""

import pytest

from datatools.fairness.estimates import Estimate, Interval
from datatools.report.outline import cells, pointers


def test_names_in_pointers_may_hold_anything() -> None:
    """As RFC 6901 asks: a tilde and a slash are written otherwise."""
    assert pointers.at("/audit/inputs", "a/b~c", 0) == "/audit/inputs/a~1b~0c/0"


def test_a_figure_carries_its_words() -> None:
    """Those that the drawing has for readers who do not see it, as plain text."""
    (figure,) = pointers.figures('<svg role="img" aria-label="a &lt;b&gt; &amp; &quot;c&quot;">', "x", "/y")
    assert (figure.alt, figure.caption, figure.of) == ('a <b> & "c"', "x", "/y")


def test_nothing_drawn_is_no_figure() -> None:
    """A caption alone would be odd."""
    assert pointers.figures(None, "x", "/y") == []


@pytest.mark.parametrize(
    ("found", "signed", "text"),
    [
        (Interval(value=0.5, low=0.4, high=0.61), False, "50.0 [40.0, 61.0]"),
        (Interval(value=-0.5, low=-0.6, high=0.01), True, "−50.0 [−60.0, +1.0]"),
        (Interval(value=0.5, low=None, high=None), False, "50.0"),
        (Interval(value=None, low=None, high=None), True, "–"),
    ],
)
def test_values_stand_with_their_interval(found: Interval, signed: bool, text: str) -> None:
    """Where there is one."""
    assert cells.ranged(found, signed=signed) == text


def test_counts_have_commas_and_absent_ones_a_dash() -> None:
    """Images, then people."""
    estimate = Estimate(value=None, low=None, high=None, n_images=1200, n_people=None)
    assert cells.counted(estimate) == ("1,200", "–")


def test_of_many_names_the_first_are_told() -> None:
    """Without a number that stands nowhere else."""
    names = [f"g{n}" for n in range(20)]
    assert cells.some(names[:2]) == "g0 and g1"
    assert cells.some(names, most=2) == "g0, g1 and others"
