"""How are error maps drawn and told: where around the face a model errs, a row for each group?

Two drawings a row, what is wrongly added and what is wrongly left out, in one scale for all rows, over the
outline of a mean face. Nothing here says that groups differ: that is what comparisons are for.
"""

import math
import textwrap
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from numpy.typing import NDArray

from datatools import literal
from datatools.fairness.evaluation import reading_of
from datatools.fairness.maps.maps_result import ErrorMap
from datatools.fairness.maps.mean_face import cell_zones, mean_face
from datatools.metrics._zones import ZONES
from datatools.report import svg, words
from datatools.report.blocks import Figure, Pointer
from datatools.report.style import FIGURE_WIDTH_PX, LABEL_PX, LIGHT, NOTE_PX

Cells = NDArray[np.float64]  # (GRID, GRID), 0-1; NaN is not shown
Window = tuple[slice, slice]  # rows and columns of cells that are drawn

_KINDS = ("over", "under")
_HEADS = {"over": "Wrongly added", "under": "Wrongly left out"}
_VERBS = {"over": "adds", "under": "leaves out"}
_PLACES = {"hair": "around the hair", "face": "in the face", "neck": "around the neck"} | {
    "shoulders": "around the shoulders",
    "": "further away",
}
_TOPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)  # of the scale
_TOP_QUANTILE = 0.95  # of the cells: single ones at the rim, which few pictures reach, would pale the rest
_STEPS = 6  # of opacity
_NEXT_TO_NOTHING = 0.0005  # of a zone's pixels
_TELLING = 0.005  # half a point: a zone's mean that is less off is not put into words
_FEWEST_CELLS = 4  # of a zone, to speak of it

_PANEL_PX, _GAP_PX, _HEAD_PX, _BETWEEN_PX, _SCALE_PX = 144.0, 12.0, 22.0, 12.0, 22.0
_NAME_STEP_PX, _COUNT_STEP_PX = 1.25 * LABEL_PX, 1.3 * NOTE_PX  # from a line to the next
_NAME_COLUMNS, _NAME_LINES = 14, 4  # of letters beside the drawings


def figures(maps: Sequence[ErrorMap], *, key: str, of: Pointer = "/audit/error_maps") -> list[Figure]:
    """Draw a figure for each attribute of each model, everybody first; where there is none, everybody alone.

    Args:
        maps: in the order of the audit's result, perhaps of one model alone.
        key: letters and digits; figures' keys begin with it.
        of: where the maps stand in report.json.
    """
    found: list[Figure] = []
    for _, of_model in groupby(maps, lambda one: (one.model, one.reference_source)):
        everybody, *groups = of_model
        if not _is_drawn(everybody):
            continue
        by_attribute = [list(rows) for _, rows in groupby(groups, lambda one: one.attribute)]
        several = [rows for rows in by_attribute if any(row.over is not None for row in rows)]
        for rows in several or [[]]:
            found.append(_figure([everybody, *rows], key=f"{key}{len(found)}", of=of))
    return found


def departure(rows: Sequence[ErrorMap]) -> str | None:
    """Say which group's map is furthest from everybody's, and in which zone; None without a group to show.

    Args:
        rows: everybody's map, then those of the groups of one attribute.
    """
    everybody, *groups = rows
    found = [
        (gap, row, kind, zone)
        for row in groups
        if row.over is not None
        for kind in _KINDS
        for zone, gap in _zone_means(_cells(row, kind) - _cells(everybody, kind)).items()
    ]
    if not found:
        return None
    gap, row, kind, zone = max(found, key=lambda one: abs(one[0]))
    if abs(gap) < _TELLING:
        return "In no zone is a group's map half a point or more away from everybody's."
    more = "more" if gap > 0 else "less"
    return (
        f"Furthest from everybody's is the map of {words.whom(row.attribute, row.group)}: the model "
        f"{_VERBS[kind]} {more} {_PLACES[zone]}. That describes these pictures and is no verdict."
    )


def _figure(rows: Sequence[ErrorMap], *, key: str, of: Pointer) -> Figure:
    first = rows[0]
    by = f", by {words.attribute(rows[1].attribute)}" if len(rows) > 1 else ""
    is_accuracy = reading_of(first.reference_source) == "accuracy"
    reading = "accuracy against" if is_accuracy else "agreement with"
    told = departure(rows)
    caption = (
        f"Where {first.model} errs around the aligned face{by}: {reading} "
        f"{words.reference(first.reference_source)}. Each person counts once; one scale for all rows; blank "
        f"where too few people's pictures reach.{'' if told is None else ' ' + told}"
    )
    alt = f"Where {first.model} errs around the aligned face{by}. {' '.join(map(_told, rows))}"
    return Figure(drawing=_drawing(rows, key=key, title=alt), caption=caption, alt=alt, of=of)


def _told(row: ErrorMap) -> str:
    """Say in words where a row's errors are largest."""
    who = row.group if row.attribute else "Everybody"
    if row.over is None:
        return f"{who}: too few people to show."
    if not _is_drawn(row):
        return f"{who}, {_counts(row)}: nothing is known of any place."
    parts = []
    for kind in _KINDS:
        means = _zone_means(_cells(row, kind))
        zone = max(means, key=lambda name: means[name], default="")
        is_little = means.get(zone, 0.0) < _NEXT_TO_NOTHING
        parts.append(f"{_VERBS[kind]} " + ("next to nothing" if is_little else f"most {_PLACES[zone]}"))
    return f"{who}, {_counts(row)}: the model {' and '.join(parts)}."


def _name(row: ErrorMap) -> str:
    return row.group if row.attribute else "everybody"


def _counts(row: ErrorMap) -> str:
    assert row.n_images is not None
    assert row.n_people is not None
    images, people = words.count(row.n_images, "image"), words.count(row.n_people, "person", "people")
    return f"{images} of {people}"


def _is_drawn(row: ErrorMap) -> bool:
    """Say whether any cell is shown."""
    return row.over is not None and any(cell is not None for cells in row.over for cell in cells)


def _cells(row: ErrorMap, kind: str) -> Cells:
    return np.array(row.over if kind == "over" else row.under, np.float64)  # None becomes NaN


def _zone_means(cells: Cells) -> dict[str, float]:
    """Average the cells of each zone of which enough are shown; the zone without a name is elsewhere."""
    found: dict[str, float] = {}
    for number, zone in enumerate(("", *ZONES)):
        values = cells[(cell_zones() == number) & ~np.isnan(cells)]
        if len(values) >= _FEWEST_CELLS:
            found[zone] = float(values.mean())
    return found


# -- drawing ---------------------------------------------------------------------------------------


def _drawing(rows: Sequence[ErrorMap], *, key: str, title: str) -> str:
    shown = np.stack([_cells(row, kind) for row in rows if _is_drawn(row) for kind in _KINDS])
    window = _window(np.asarray(~np.isnan(shown).all(axis=0)))
    top = _top(shown[~np.isnan(shown)])
    n_down, n_across = (part.stop - part.start for part in window)
    cell_px = _PANEL_PX // max(n_down, n_across)  # whole: paths of whole numbers are short
    heights = [max(_label_px(row), n_down * cell_px if _is_drawn(row) else 0) for row in rows]
    tops = [_HEAD_PX + sum(heights[:number]) + number * _BETWEEN_PX for number in range(len(rows) + 1)]
    lefts = [FIGURE_WIDTH_PX - 2 * _PANEL_PX - _GAP_PX, FIGURE_WIDTH_PX - _PANEL_PX]
    with svg.canvas(FIGURE_WIDTH_PX, tops[-1] + _SCALE_PX) as figure:
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, FIGURE_WIDTH_PX), ylim=(tops[-1] + _SCALE_PX, 0), xticks=[], yticks=[])
        for left, kind in zip(lefts, _KINDS, strict=True):
            _write(axes, left, _HEAD_PX / 2, _HEADS[kind], NOTE_PX, "quiet")
        for row, y in zip(rows, tops, strict=False):
            _label(axes, row, y)
            for left, kind in zip(lefts, _KINDS, strict=True):
                if _is_drawn(row):
                    _panel(axes, _cells(row, kind), window, (left, y), cell_px, top)
        _scale(axes, lefts[0], tops[-1] + 4, top)
        for number, (y, height) in enumerate(zip(tops, heights, strict=False)):
            svg.tell_on_hover(axes.add_patch(Rectangle((0, y), FIGURE_WIDTH_PX, height)), number)
        told = [f"{_name(row)}: {'too few people' if row.over is None else _counts(row)}" for row in rows]
        return svg.render(figure, key=key, label=title, told=told)


def _window(is_known: NDArray[np.bool_]) -> Window:
    """Give the rows and columns that hold all known cells and the mean face."""
    x, y = mean_face().T
    rows, columns = np.nonzero(is_known)
    ends = [(rows, y), (columns, x)]
    low = [int(min(cells.min(), np.floor(face.min()))) for cells, face in ends]
    high = [int(max(cells.max() + 1, np.ceil(face.max()))) for cells, face in ends]
    return slice(low[0], high[0]), slice(low[1], high[1])


def _top(values: Cells) -> float:
    """Give the end of the scale: a round number that nearly all cells are below."""
    reach = float(np.quantile(values, _TOP_QUANTILE))
    return next((top for top in _TOPS if top >= reach), 1.0)


def _panel(
    axes: Axes, cells: Cells, window: Window, corner: tuple[float, float], cell_px: float, top: float
) -> None:
    part = cells[window]
    steps = np.where(np.isnan(part), -1, np.rint(np.minimum(part / top, 1) * _STEPS))
    _fill(axes, steps >= 0, corner, cell_px, "track", 1.0)
    for step in range(1, _STEPS + 1):
        _fill(axes, steps == step, corner, cell_px, "gap", step / _STEPS)
    first = np.array([window[1].start, window[0].start])
    for points in _outlines():
        x, y = ((points - first) * cell_px + corner).T
        axes.plot(x, y, color=LIGHT["ink"], alpha=0.55, lw=1)


def _fill(
    axes: Axes,
    cells: NDArray[np.bool_],
    corner: tuple[float, float],
    cell_px: float,
    colour: str,
    alpha: float,
) -> None:
    """Fill cells as one path of few rectangles."""
    corners, codes = [], []
    for top, bottom, left, right in _rectangles(cells):
        x0, x1, y0, y1 = (
            corner[0] + left * cell_px,
            corner[0] + right * cell_px,
            corner[1] + top * cell_px,
            corner[1] + bottom * cell_px,
        )
        corners += [(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)]
        codes += [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY]
    if corners:
        axes.add_patch(PathPatch(Path(corners, codes), color=LIGHT[colour], alpha=alpha, lw=0))


def _rectangles(cells: NDArray[np.bool_]) -> Iterator[tuple[int, int, int, int]]:
    """Cover cells by rectangles (top, bottom, left, right): runs in rows, as far down as they stay."""
    open_runs: dict[tuple[int, int], int] = {}
    for row in range(len(cells) + 1):
        line = cells[row] if row < len(cells) else np.zeros(cells.shape[1], np.bool_)
        ends = np.flatnonzero(np.diff(np.concatenate([[False], line, [False]]).astype(np.int8)))
        runs = set(zip(ends[::2].tolist(), ends[1::2].tolist(), strict=True))
        for run in sorted(open_runs.keys() - runs):
            yield open_runs.pop(run), row, *run
        open_runs |= {run: row for run in runs if run not in open_runs}


def _outlines() -> Iterator[NDArray[np.float64]]:
    """Give lines of a mean face in cells: its oval, eyes and mouth."""
    points = mean_face().astype(np.float64)
    left, right = points[0], points[16]
    turn = np.linspace(0, np.pi, 13)[1:-1]
    half = (right - left)[0] / 2
    forehead = (left + right) / 2 + half * np.stack([np.cos(turn), -0.9 * np.sin(turn)], axis=1)
    yield np.concatenate([points[:17], forehead, points[:1]])
    for first, last in ((36, 42), (42, 48), (48, 60)):
        yield np.concatenate([points[first:last], points[first : first + 1]])


def _name_lines(row: ErrorMap) -> list[str]:
    name = literal.plain(_name(row))
    is_wide = any(unicodedata.east_asian_width(letter) in {"W", "F"} for letter in name)
    columns = _NAME_COLUMNS // 2 if is_wide else _NAME_COLUMNS
    return textwrap.wrap(name, columns, max_lines=_NAME_LINES, placeholder="…")


def _label_px(row: ErrorMap) -> float:
    """Give the height of a row's name with its counts."""
    return math.ceil(_NAME_STEP_PX * len(_name_lines(row)) + 2 * _COUNT_STEP_PX)


def _label(axes: Axes, row: ErrorMap, y: float) -> None:
    place = y + LABEL_PX / 2
    for line in _name_lines(row):
        _write(axes, 0, place, line, LABEL_PX, "ink")
        place += _NAME_STEP_PX
    images, people = _counts(row).split(" of ") if row.over is not None else ("too few people", "")
    for line in (images, f"of {people}" if people else "to show"):
        _write(axes, 0, place, line, NOTE_PX, "quiet")
        place += _COUNT_STEP_PX


def _scale(axes: Axes, left: float, y: float, top: float) -> None:
    """Draw the steps of opacity with what they mean."""
    width = 18.0
    axes.add_patch(Rectangle((left, y), width * (_STEPS + 1), 10, color=LIGHT["track"], lw=0))
    for step in range(1, _STEPS + 1):
        swatch = Rectangle((left + width * step, y), width, 10, color=LIGHT["gap"], alpha=step / _STEPS, lw=0)
        axes.add_patch(swatch)
    _write(axes, left - 6, y + 5, "none", NOTE_PX, "quiet", ha="right")
    ending = f"{100 * top:g} of 100 pixels or more"
    _write(axes, left + width * (_STEPS + 1) + 6, y + 5, ending, NOTE_PX, "quiet")


def _write(axes: Axes, x: float, y: float, text: str, size: float, colour: str, ha: str = "left") -> None:
    axes.text(x, y, literal.plain(text), fontsize=size, color=LIGHT[colour], ha=ha, va="center")
