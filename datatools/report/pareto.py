"""How are arms shown that weigh everybody against the worst group: as a chart, a table and a sheet?

A chart for each test: the mean over everybody to the right, the worst group upwards. Lines are 95%
intervals of the difference to the reference arm, on the same pictures; so they reach from a point, and
they cross the reference's dashed lines where the difference may be none.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from matplotlib.axes import Axes

from datatools.fairness.estimates import Interval
from datatools.fairness.models.arms_result import ParetoPoint
from datatools.fairness.models.model_verdicts import is_error
from datatools.outside import formulas
from datatools.report import svg
from datatools.report.style import LIGHT, NOTE_PX

_WIDTH_PX, _HEIGHT_PX = 640.0, 520.0
_AXES = (0.13, 0.13, 0.80, 0.76)  # left, bottom, width, height: fractions of the figure
_PAD_FRAC = 0.12  # of what is shown, around it
_LEAST_POINTS = 0.5  # that an axis spans, in points of 100
_LABEL_GAP_PX = 15.0  # between names of arms that lie close together
_COLUMNS = (
    "arm",
    "everybody",
    "95%",
    "to the reference",
    "worst group",
    "which",
    "95%",
    "to the reference",
    "by value",
)


def charts(points: Sequence[ParetoPoint]) -> list[str]:
    """Draw a chart for each test, as SVG."""
    return [_chart(of_test, f"pareto{number}") for number, of_test in enumerate(_tests(points))]


def places(points: Sequence[ParetoPoint]) -> Iterator[list[int]]:
    """Give the places of each test's points in the result."""
    first = 0
    for of_test in _tests(points):
        yield list(range(first, first + len(of_test)))
        first += len(of_test)


def _tests(points: Sequence[ParetoPoint]) -> Iterator[list[ParetoPoint]]:
    for _, of_test in groupby(points, key=lambda point: (point.test, point.reference_source)):
        yield list(of_test)


def _chart(points: Sequence[ParetoPoint], key: str) -> str:
    with svg.canvas(_WIDTH_PX, _HEIGHT_PX) as figure:
        axes = figure.add_axes(_AXES)
        axes.set_xlim(*_span([end for one in points for end in _ends(one.overall, one.overall_change)]))
        axes.set_ylim(*_span([end for one in points for end in _ends(one.worst, one.worst_change)]))
        if is_error(points[0].metric):  # better is to the right and upwards
            axes.invert_xaxis()
            axes.invert_yaxis()
        _frame(axes, points[0])
        _front(axes, points)
        for one in points:
            _mark(axes, one)
        _names(axes, points)
        first = points[0]
        figure.text(
            _AXES[0],
            0.955,
            svg.shorten(
                f"{first.test}: {first.reading} against {first.reference_source} masks, {first.metric}", 82
            ),
            fontsize=NOTE_PX,
            color=LIGHT["ink"],
        )
        figure.text(
            _AXES[0],
            0.915,
            svg.shorten(
                f"{first.n_people:,} people. Lines: 95% intervals of the difference to {first.reference}. "
                "Filled: on the front, by value.",
                88,
            ),
            fontsize=NOTE_PX,
            color=LIGHT["quiet"],
        )
        told = (
            f"{one.arm} {in_points(one.overall.value)} and {in_points(one.worst.value)}" for one in points
        )
        label = f"Everybody and the worst group of {first.attribute} on {first.test}: {'; '.join(told)}"
        return svg.render(figure, key=key, label=label)


def _place(interval: Interval) -> float:
    """Give where a value lies on its axis, in points of 100."""
    assert interval.value is not None  # where a value is undefined, there are no points
    return 100 * interval.value


def _ends(own: Interval, change: Interval | None) -> list[float]:
    """Give where an arm's line ends: the difference's interval, from where the reference lies."""
    place = _place(own)
    if change is None or change.value is None or change.low is None or change.high is None:
        return [place, place]
    return [place + 100 * (change.low - change.value), place + 100 * (change.high - change.value)]


def _span(ends: Sequence[float]) -> tuple[float, float]:
    low, high = min(ends), max(ends)
    pad = max(_PAD_FRAC * (high - low), (_LEAST_POINTS - (high - low)) / 2)
    return low - pad, high + pad


def _frame(axes: Axes, first: ParetoPoint) -> None:
    axes.set_xlabel("mean over everybody, points of 100", fontsize=NOTE_PX, color=LIGHT["quiet"])
    axes.set_ylabel(
        svg.shorten(f"worst group of {first.attribute}, points of 100", 60),
        fontsize=NOTE_PX,
        color=LIGHT["quiet"],
    )
    axes.tick_params(labelsize=NOTE_PX, colors=LIGHT["quiet"], length=0)
    axes.grid(color=LIGHT["track"], lw=1.0)
    axes.set_axisbelow(True)


def _front(axes: Axes, points: Sequence[ParetoPoint]) -> None:
    """Draw the front as steps: what lies below and to the left of it is beaten in both respects."""
    sign = -1 if is_error(points[0].metric) else 1
    front = [(_place(one.overall), _place(one.worst)) for one in points if not one.dominated_by]
    front.sort(key=lambda place: (sign * place[0], sign * place[1]))
    xs, ys = [axes.get_xlim()[0]], [front[0][1]]
    for x, y in front:
        # Down to the next one's height at the last one's x, then along to its own.
        xs += [xs[-1], x]
        ys += [y, y]
    xs.append(xs[-1])
    ys.append(axes.get_ylim()[0])
    axes.fill_between(xs, ys, axes.get_ylim()[0], color=LIGHT["raised"], lw=0, zorder=-1)
    axes.plot(xs, ys, color=LIGHT["equivalent"], lw=1.2, ls=(0, (1, 2)), zorder=1)


def _mark(axes: Axes, one: ParetoPoint) -> None:
    x, y = _place(one.overall), _place(one.worst)
    colour = LIGHT["quiet"] if one.dominated_by else LIGHT["equivalent"]
    if one.overall_change is None:
        axes.axvline(x, color=LIGHT["axis"], lw=0.9, ls=(0, (4, 3)), zorder=0)
        axes.axhline(y, color=LIGHT["axis"], lw=0.9, ls=(0, (4, 3)), zorder=0)
    else:
        axes.plot(_ends(one.overall, one.overall_change), (y, y), color=colour, lw=1.6, zorder=2)
        axes.plot((x, x), _ends(one.worst, one.worst_change), color=colour, lw=1.6, zorder=2)
    fill = LIGHT["paper"] if one.dominated_by else colour
    axes.plot([x], [y], "o", ms=8.5, mfc=fill, mec=colour, mew=1.8, zorder=3)


def _names(axes: Axes, points: Sequence[ParetoPoint]) -> None:
    """Write each arm's name beside its point, moved up where two would lie on each other."""
    to_px = axes.transData.transform
    taken: list[tuple[float, float]] = []
    for one in sorted(points, key=lambda point: _place(point.worst)):
        x, y = map(float, to_px((_place(one.overall), _place(one.worst))))
        y += 9
        while any(abs(y - other_y) < _LABEL_GAP_PX and abs(x - other_x) < 150 for other_x, other_y in taken):
            y += 1
        taken.append((x, y))
        is_right = x > axes.bbox.x0 + 0.7 * axes.bbox.width
        place = axes.transData.inverted().transform((x - 8 if is_right else x + 8, y))
        axes.text(
            float(place[0]),
            float(place[1]),
            svg.shorten(one.arm, 30),
            fontsize=NOTE_PX,
            color=LIGHT["ink"],
            ha="right" if is_right else "left",
            va="center",
            zorder=4,
        )


def sheet(points: Sequence[ParetoPoint]) -> bytes:
    """Give every point as CSV, in fractions."""
    rows = [dict(_flat(point)) for point in points]
    return formulas.of_records(list(rows[0]) if rows else ["test"], rows)


def _flat(point: ParetoPoint) -> Iterator[tuple[str, object]]:
    intervals = {"overall", "worst", "overall_change", "worst_change"}
    for name in ParetoPoint.model_fields:
        value = getattr(point, name)
        if name in intervals:
            for part in ("value", "low", "high"):
                yield name if part == "value" else f"{name}_{part}", getattr(value, part, None)
        elif name == "dominated_by":
            yield "is_on_front", not value
            yield name, " ".join(value)
        else:
            yield name, value


def tables(points: Sequence[ParetoPoint]) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
    """Give each test's heading and its lines, the columns' names first."""
    for of_test in _tests(points):
        first = of_test[0]
        heading = (
            f"{first.test}: {first.reading} against {first.reference_source} masks, {first.metric}, worst "
            f"group of {first.attribute}"
        )
        yield heading, [_COLUMNS, *map(_cells, of_test)]


def _cells(one: ParetoPoint) -> tuple[str, ...]:
    beaten = f"behind {', '.join(one.dominated_by)}" if one.dominated_by else "on the front"
    return (
        one.arm,
        in_points(one.overall.value),
        _interval(one.overall),
        _change(one.overall_change),
        in_points(one.worst.value),
        one.worst_group,
        _interval(one.worst),
        _change(one.worst_change),
        beaten,
    )


def in_points(value: float | None, *, signed: bool = False) -> str:
    """Say a fraction in points of 100; a dash where there is none."""
    if value is None:
        return "–"
    text = f"{100 * value:+.2f}" if signed else f"{100 * value:.2f}"
    return text.replace("-", "\N{MINUS SIGN}")


def _interval(interval: Interval, *, signed: bool = False) -> str:
    return f"[{in_points(interval.low, signed=signed)}, {in_points(interval.high, signed=signed)}]"


def _change(interval: Interval | None) -> str:
    if interval is None:
        return "–"
    return f"{in_points(interval.value, signed=True)} {_interval(interval, signed=True)}"
