"""Which figures does the page show, and how is each drawn?

Rows, not axes, carry the figures: each row's name and numbers stand on a line of their own above its
mark, so that a figure as narrow as a phone needs neither small type nor cut names.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from datatools import literal
from datatools.report import svg
from datatools.report.style import FIGURE_WIDTH_PX, LABEL_PX, LIGHT, NOTE_PX

MAX_ROWS = 40  # more rows are for the table under the figure
_ROW_PX = 44.0
_AXIS_PX = 38.0
_LANE = (0.53, 0.93)  # of a row: where its mark lies, below its words
_CURVE_PX = 210.0
_CURVE_AXES = (0.115, 0.19, 0.68, 0.76)  # left, bottom, width, height: fractions of the figure
_LETTER_EM = 0.6  # of a wide type (DejaVu Sans); narrower ones leave room


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row: a name and numbers in words above a mark; values and intervals are 0-1."""

    label: str
    text: str
    value: float | None  # None: no mark
    low: float | None
    high: float | None
    colour: str  # a name of style.LIGHT
    is_open: bool = False  # an open mark: nothing is settled about this row


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A line that rows are compared with, and perhaps the band around it that counts as the same."""

    value: float
    label: str
    half_width: float = 0.0


def forest(rows: Sequence[Row], reference: Reference, *, key: str, title: str, signed: bool = False) -> str:
    """Draw points with intervals on one axis, in points of 100.

    Args:
        rows: at most MAX_ROWS are drawn.
        reference: the line of comparison, 0-1.
        key: unique on the page.
        title: the figure in words.
        signed: the axis shows differences.
    """
    shown = rows[:MAX_ROWS]
    with svg.canvas(FIGURE_WIDTH_PX, forest_height_px(len(shown))) as figure:
        draw_forest(figure, shown, reference, signed=signed)
        return svg.render(figure, key=key, label=title, told=_told_rows(figure.axes[0], shown))


def forest_height_px(n_rows: int) -> float:
    """Give the height of a forest's figure."""
    return _AXIS_PX + _ROW_PX * n_rows


def draw_forest(
    figure: Figure,
    rows: Sequence[Row],
    reference: Reference,
    *,
    signed: bool,
    width_px: float = FIGURE_WIDTH_PX,
) -> None:
    """Draw what ``forest`` draws on a figure of so many rows' height."""
    ends = [reference.value - reference.half_width, reference.value + reference.half_width]
    ends += [end for row in rows for end in (row.value, row.low, row.high) if end is not None]
    low, high = min(ends) * 100, max(ends) * 100
    pad = max(0.06 * (high - low), 0.25)
    axes = _row_axes(figure, len(rows), (low - pad, high + pad))
    for place, row in enumerate(rows):
        _words(axes, row, place, width_px)
        _lane(axes, reference, place)
        _interval(axes, row, place + sum(_LANE) / 2)
    axes.set_xlabel(reference.label, fontsize=NOTE_PX, color=LIGHT["quiet"], labelpad=3)
    _value_ticks(axes, signed=signed)


def bars(rows: Sequence[Row], *, key: str, title: str) -> str:
    """Draw shares of 0-1 as bars on a full-width track, with their intervals."""
    shown = rows[:MAX_ROWS]
    with svg.canvas(FIGURE_WIDTH_PX, 6 + _ROW_PX * len(shown)) as figure:
        axes = _row_axes(figure, len(shown), (0, 100), axis_px=6)
        for place, row in enumerate(shown):
            _words(axes, row, place)
            y, height = place + 0.62, 0.2
            axes.add_patch(Rectangle((0, y), 100, height, color=LIGHT["track"], lw=0))
            if row.value is not None:
                bar = Rectangle((0, y), 100 * row.value, height, color=LIGHT[row.colour], lw=0)
                axes.add_patch(bar)
            if row.low is not None and row.high is not None:
                ends = (100 * row.low, 100 * row.high)
                axes.plot(ends, (y + height / 2,) * 2, color=LIGHT["paper"], lw=3.4, solid_capstyle="butt")
                axes.plot(ends, (y + height / 2,) * 2, color=LIGHT["ink"], lw=1.4, solid_capstyle="butt")
        axes.set_xticks([])
        return svg.render(figure, key=key, label=title, told=_told_rows(axes, shown))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One crossing of two groups; ``value`` None is suppressed or empty."""

    value: float | None
    text: str
    note: str


def crossing(
    row_names: Sequence[str],
    column_names: Sequence[str],
    cells: Sequence[Sequence[Cell]],
    centre: float,
    *,
    key: str,
    title: str,
) -> str:
    """Draw a heat map: colour is the distance from ``centre``, hatching marks cells not shown.

    Args:
        row_names: names of the first attribute's groups.
        column_names: names of the second's.
        cells: by row, then by column.
        centre: the value of all people, 0-1.
        key: unique on the page.
        title: the figure in words.
    """
    values = [cell.value for row in cells for cell in row if cell.value is not None]
    reach = max([abs(value - centre) for value in values] + [0.01])
    names, heads = svg.shorten_all(row_names, 17), svg.shorten_all(column_names, 12)
    name_px = max([116.0, *(12 + _LETTER_EM * NOTE_PX * len(name) for name in names)])
    cell_px, head_px, row_px = 84.0, 28.0, 46.0
    width, height = name_px + cell_px * len(column_names), head_px + row_px * len(row_names)
    with svg.canvas(width, height) as figure:
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, width), ylim=(height, 0), xticks=[], yticks=[])
        for column, name in enumerate(heads):
            x = name_px + cell_px * (column + 0.5)
            _put(axes, x, head_px / 2, name, NOTE_PX, "quiet", ha="center")
        for line, name in enumerate(names):
            y = head_px + row_px * line
            _put(axes, name_px - 10, y + row_px / 2, name, NOTE_PX, "ink", ha="right")
            for column, cell in enumerate(cells[line]):
                _draw_cell(axes, (name_px + cell_px * column, y), (cell_px, row_px), cell, centre, reach)
        told: list[str] = []
        for line, column in product(range(len(row_names)), range(len(column_names))):
            cell, corner = cells[line][column], (name_px + cell_px * column, head_px + row_px * line)
            area = axes.add_patch(Rectangle(corner, cell_px, row_px))
            svg.tell_on_hover(area, len(told))
            words = " ".join(filter(None, (cell.text, cell.note)))
            told.append(f"{row_names[line]}, {column_names[column]}: {words}")
        return svg.render(figure, key=key, label=title, told=told)


def _draw_cell(
    axes: Axes,
    corner: tuple[float, float],
    size: tuple[float, float],
    cell: Cell,
    centre: float,
    reach: float,
) -> None:
    (x, y), (width, height) = corner, size
    place = (x + 1.5, y + 1.5), width - 3, height - 3
    if cell.value is None:
        frame = Rectangle(*place, facecolor="none", edgecolor=LIGHT["rule"], hatch="////", lw=0.7)
        axes.add_patch(frame)
        _put(axes, x + width / 2, y + height / 2, cell.note, NOTE_PX, "quiet", ha="center")
        return
    axes.add_patch(Rectangle(*place, color=LIGHT["track"], lw=0))
    difference = cell.value - centre
    tint = LIGHT["lower"] if difference < 0 else LIGHT["higher"]
    axes.add_patch(Rectangle(*place, color=tint, alpha=0.6 * min(1.0, abs(difference) / reach), lw=0))
    _put(axes, x + width / 2, y + height * 0.38, cell.text, LABEL_PX, "ink", ha="center")
    _put(axes, x + width / 2, y + height * 0.72, cell.note, NOTE_PX - 1, "ink", ha="center")


Lines = dict[str, list[tuple[float, float]]]  # (x, y) by name


def curve(lines: Lines, *, key: str, title: str, x_label: str) -> str:
    """Draw lines of (x, y) over one axis, each named at its end."""
    with svg.canvas(FIGURE_WIDTH_PX, _CURVE_PX) as figure:
        axes = figure.add_axes(_CURVE_AXES)
        axes.grid(axis="y", color=LIGHT["rule"], lw=0.7)
        axes.set_axisbelow(True)
        for colour, (name, points) in zip(("g0", "g1", "g2", "g4"), lines.items(), strict=False):
            xs, ys = [x for x, _ in points], [y for _, y in points]
            axes.plot(xs, ys, color=LIGHT[colour], lw=1.8, solid_capstyle="round", label=name)
        _name_ends(axes)
        axes.set_xlabel(x_label, fontsize=NOTE_PX, color=LIGHT["quiet"])
        axes.tick_params(length=0, labelsize=NOTE_PX, labelcolor=LIGHT["quiet"])
        return svg.render(figure, key=key, label=title)


def _name_ends(axes: Axes) -> None:
    """Name each line at its end; names that would touch are moved apart."""
    low, high = axes.get_ylim()
    step = 1.25 * NOTE_PX / (_CURVE_PX * _CURVE_AXES[3]) * (high - low)
    lines = sorted(axes.get_lines(), key=lambda line: float(np.asarray(line.get_ydata())[-1]))
    places: list[float] = []
    for line in lines:
        end = float(np.asarray(line.get_ydata())[-1])
        places.append(max(end, places[-1] + step) if places else end)
    for line, place in zip(lines, places, strict=True):
        x = float(np.asarray(line.get_xdata())[-1])
        name = axes.annotate(
            svg.shorten(str(line.get_label()), 14),
            (x, place),
            (7, 0),
            textcoords="offset points",
            va="center",
        )
        name.set(fontsize=NOTE_PX, color=line.get_color())


def _told_rows(axes: Axes, rows: Sequence[Row]) -> list[str]:
    """Let each row tell its whole name and its numbers; give the words."""
    for place in range(len(rows)):
        area = axes.add_patch(Rectangle((0, place), 1, 1, transform=axes.get_yaxis_transform()))
        svg.tell_on_hover(area, place)
    return [f"{row.label}: {row.text}" for row in rows]


def _row_axes(figure: Figure, n_rows: int, x_limits: tuple[float, float], axis_px: float = _AXIS_PX) -> Axes:
    height = axis_px + _ROW_PX * n_rows
    axes = figure.add_axes((0, axis_px / height, 1, 1 - axis_px / height))
    axes.set(xlim=x_limits, ylim=(n_rows, 0), yticks=[])
    return axes


def _words(axes: Axes, row: Row, place: float, width_px: float = FIGURE_WIDTH_PX) -> None:
    """Write a row's name at the left and its numbers at the right, above its mark."""
    text = literal.plain(row.text)
    # Numbers and blanks are narrower than letters, hence the 0.5.
    room_px = width_px - len(text) * 0.5 * NOTE_PX - LABEL_PX
    name = svg.shorten(row.label, max(12, int(room_px / (_LETTER_EM * LABEL_PX))))
    at = axes.get_yaxis_transform()
    for x, words, size, colour, ha in (
        (0, name, LABEL_PX, "ink", "left"),
        (1, text, NOTE_PX, "quiet", "right"),
    ):
        axes.text(x, place + 0.42, words, transform=at, fontsize=size, color=LIGHT[colour], ha=ha)


def _lane(axes: Axes, reference: Reference, place: float) -> None:
    """Draw what a row is compared with in the row's own lane, so that it crosses no words."""
    top, bottom = place + _LANE[0], place + _LANE[1]
    left = 100 * (reference.value - reference.half_width)
    band = Rectangle((left, top), 200 * reference.half_width, bottom - top, color=LIGHT["track"], lw=0)
    axes.add_patch(band)
    axes.plot((100 * reference.value,) * 2, (top, bottom), color=LIGHT["axis"], lw=1, solid_capstyle="butt")


def _interval(axes: Axes, row: Row, y: float) -> None:
    colour = LIGHT[row.colour]
    if row.low is not None and row.high is not None:
        axes.plot((100 * row.low, 100 * row.high), (y, y), color=colour, lw=2.2, solid_capstyle="butt")
    if row.value is not None:
        face = LIGHT["paper"] if row.is_open else colour
        axes.plot(100 * row.value, y, "o", ms=8, mfc=face, mec=colour, mew=1.8)


def _value_ticks(axes: Axes, *, signed: bool) -> None:
    axes.locator_params(axis="x", nbins=6)
    axes.tick_params(axis="x", length=0, labelsize=NOTE_PX, labelcolor=LIGHT["quiet"], pad=2)
    if signed:
        axes.xaxis.set_major_formatter(lambda x, _: f"{x:+g}".replace("-", "−") if x else "0")


def _put(axes: Axes, x: float, y: float, text: str, size: float, colour: str, *, ha: str) -> None:
    axes.text(x, y, literal.plain(text), fontsize=size, color=LIGHT[colour], ha=ha, va="center")
