"""What do figures show?"""

import re

from datatools.report import plots
from datatools.report.plots import Cell, Reference, Row


def _row(label: str, value: float | None = 0.9, *, is_open: bool = False) -> Row:
    low, high = (None, None) if value is None else (value - 0.01, value + 0.01)
    return Row(label=label, text="90.0", value=value, low=low, high=high, colour="g1", is_open=is_open)


def _texts(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def test_every_row_of_a_forest_is_named() -> None:
    """Each group's name and numbers stand in the figure."""
    svg = plots.forest([_row("woman"), _row("man")], Reference(value=0.9, label="all"), key="f", title="t")
    assert {"woman", "man", "90.0", "all"} <= set(_texts(svg))


def test_a_forest_draws_an_interval_a_row() -> None:
    """Each row has a line as long as its interval."""
    svg = plots.forest([_row("a"), _row("b")], Reference(value=0.9, label=""), key="f", title="t")
    assert svg.count("stroke: var(--g1); stroke-width: 2.2") == 2


def test_unsettled_rows_are_open() -> None:
    """A group of which nothing can be said has a hollow mark."""
    svg = plots.forest([_row("a", is_open=True)], Reference(value=0.9, label=""), key="f", title="t")
    assert "fill: var(--paper); stroke: var(--g1)" in svg


def test_the_band_of_equivalence_is_shaded() -> None:
    """The margin lies in every row's own lane."""
    reference = Reference(value=0.0, label="", half_width=0.01)
    svg = plots.forest([_row("a", 0.0), _row("b", 0.02)], reference, key="f", title="t", signed=True)
    assert svg.count("fill: var(--track)") == 2


def test_differences_have_signed_ticks() -> None:
    """The axis of gaps says plus and minus."""
    reference = Reference(value=0.0, label="", half_width=0.01)
    svg = plots.forest([_row("a", -0.03), _row("b", 0.03)], reference, key="f", title="t", signed=True)
    assert {"+2", "−2", "0"} <= set(_texts(svg))


def test_a_long_forest_ends() -> None:
    """Rows beyond the limit are for the table."""
    rows = [_row(f"group {n}") for n in range(plots.MAX_ROWS + 5)]
    svg = plots.forest(rows, Reference(value=0.9, label=""), key="f", title="t")
    assert f"group {plots.MAX_ROWS}" not in _texts(svg)


def test_a_row_without_a_value_has_no_bar() -> None:
    """A suppressed share has a track and words, no bar."""
    assert "var(--g1)" not in plots.bars([_row("a", None)], key="f", title="t")


def test_bars_are_as_long_as_their_shares() -> None:
    """Half of all is half of the figure."""
    svg = plots.bars([_row("a", 0.5)], key="f", title="t")
    assert re.search(r'd="M 0 [\d.]+ L 210 [\d.]+', svg)


def test_cells_that_are_not_shown_are_hatched() -> None:
    """A suppressed crossing is marked, with the reason in words, and holds no number."""
    cells = [
        [
            Cell(value=0.9, text="90.0", note="12 people"),
            Cell(value=None, text="", note="too few"),
        ]
    ]
    svg = plots.crossing(["60+"], ["woman", "man"], cells, 0.91, key="f", title="t")
    assert (svg.count("<pattern"), "too few" in _texts(svg)) == (1, True)


def test_cells_lean_to_their_side() -> None:
    """Below the centre has one hue, above it the other."""
    cells = [[Cell(value=v, text="x", note="y") for v in (0.85, 0.95)]]
    svg = plots.crossing(["a"], ["b", "c"], cells, 0.9, key="f", title="t")
    assert ("var(--lower)" in svg, "var(--higher)" in svg) == (True, True)


def test_names_at_the_ends_of_lines_do_not_touch() -> None:
    """Lines that end at one point have names one above the other."""
    svg = plots.curve(
        {"coarse": [(1, 1.0), (2, 0.5)], "whole": [(1, 0.9), (2, 0.5)]}, key="f", title="t", x_label=""
    )
    places = [float(y) for y in re.findall(r'<text[^>]*y="([\d.]+)"[^>]*>(?:coarse|whole)<', svg)]
    assert abs(places[0] - places[1]) >= 12


def test_rows_tell_their_whole_name() -> None:
    """A name that is cut in the figure is told in full where the pointer rests, markup and all."""
    name = "<b>" + "a" * 300
    for drawn in (
        plots.forest([_row(name)], Reference(value=0.9, label=""), key="f", title="t"),
        plots.bars([_row(name)], key="f", title="t"),
    ):
        assert re.findall(r'<g class="mark"><title>([^<]*)</title>', drawn) == [f"&lt;b&gt;{'a' * 300}: 90.0"]


def test_cells_tell_their_names() -> None:
    """Each cell of a heat map says which crossing it is."""
    cells = [[Cell(value=0.9, text="90.0", note="12 people"), Cell(value=None, text="", note="too few")]]
    drawn = plots.crossing(["old"], ["woman", "man"], cells, 0.9, key="f", title="t")
    told = re.findall(r"<title>([^<]*)</title>", drawn)
    assert told == ["old, woman: 90.0 12 people", "old, man: too few"]
