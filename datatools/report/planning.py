"""How is a plan told: as a table in the terminal, and as a plot of power against people?"""

import io
from collections.abc import Iterator, Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter

from datatools.fairness.planning.planning_result import PlanResult, PowerCurve
from datatools.report import svg
from datatools.report.style import LABEL_PX, LIGHT, NOTE_PX

_WIDTH_PX, _HEIGHT_PX = 640.0, 430.0
_AXES = (0.07, 0.25, 0.9, 0.66)  # left, bottom, width, height: fractions of the figure
_DOTS_PER_INCH = 144  # two for a CSS pixel
_SHADES = ("g0", "g2", "g4", "g3")
_MOST_ROWS = 40  # of groups in the terminal; plan.json has them all
_DASH = "–"


def points(value: float | None) -> str:
    """Say a fraction in points of 100; a dash where there is none."""
    return _DASH if value is None else f"{100 * value:.2f}"


def terminal(result: PlanResult) -> Iterator[str]:
    """Give the plan as lines of plain text."""
    yield (
        f"To find a gap of {100 * result.gap:g} points of {result.metric} between a group and the rest in "
        f"{100 * result.power:g} of 100 studies, and to show that groups are equivalent within "
        f"{100 * result.margin:g}; {result.n_groups} groups of equal size, people needed in each:"
    )
    yield from _table(
        ("pictures a person", "for the gap", "for equivalence", "pictures for the gap", "design effect"),
        [
            (
                str(row.pictures_per_person),
                _count(row.n_people_gap),
                _count(row.n_people_equivalence),
                _count(None if row.n_people_gap is None else row.n_people_gap * row.pictures_per_person),
                f"{row.design_effect:.2f}",
            )
            for row in result.pictures
        ],
    )
    if not result.groups:
        return
    yield "With the people who are there:"
    yield from _table(
        ("group", "people", "rest", "detectable now", "power now", "more alone", "more in step", "to equal"),
        [
            (
                f"{group.attribute}: {group.group}" if group.attribute else group.group,
                f"{group.n_people:,}",
                f"{group.n_rest:,}",
                points(group.detectable_gap),
                _DASH if group.power is None else f"{100 * group.power:.0f}%",
                _count(group.more_alone),
                _count(group.more_in_step),
                _count(group.more_for_equivalence),
            )
            for group in result.groups[:_MOST_ROWS]
        ],
    )
    if len(result.groups) > _MOST_ROWS:
        yield f"  ... and {len(result.groups) - _MOST_ROWS} more groups; plan.json has them all."
    yield (
        "  more alone: people more in this group alone (a dash: that cannot do it); in step: everybody else "
        "grows as well; to equal: in step, to show equivalence."
    )
    if result.n_suppressed:
        yield f"  Not shown, too few people: {result.n_suppressed} groups."


def _count(n: int | None) -> str:
    return _DASH if n is None else f"{n:,}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    for line in lines:
        first, *others = (
            text.rjust(width) if column else text.ljust(width)
            for column, (text, width) in enumerate(zip(line, widths, strict=True))
        )
        yield ("  " + "  ".join([first, *others])).rstrip()


def plot(result: PlanResult) -> bytes:
    """Draw power against people in each group, as a PNG file."""
    with svg.canvas(_WIDTH_PX, _HEIGHT_PX) as figure:
        axes = figure.add_axes(_AXES)
        axes.set_xscale("log")
        axes.set_ylim(0, 103)
        axes.grid(axis="y", color=LIGHT["rule"], lw=0.7)
        axes.set_axisbelow(True)
        axes.axhline(100 * result.power, color=LIGHT["axis"], lw=1, ls=(0, (4, 3)))
        of_gap = [curve for curve in result.curves if curve.name == "gap"]
        for shade, curve in zip(_SHADES, of_gap, strict=False):
            n = curve.pictures_per_person
            name = f"gap of {100 * result.gap:g} points, {n} picture{'s' * (n > 1)} a person"
            _draw(axes, curve, shade, name, is_asked=n == result.pictures[0].pictures_per_person)
        (equivalence,) = (curve for curve in result.curves if curve.name == "equivalence")
        n = equivalence.pictures_per_person
        name = f"equivalence within {100 * result.margin:g}, {n} picture{'s' * (n > 1)} a person"
        _draw(axes, equivalence, "equivalent", name, is_asked=True, dashes=(0, (5, 2)))
        for needed, colour in (
            (result.pictures[0].n_people_gap, "ink"),
            (result.pictures[0].n_people_equivalence, "equivalent"),
        ):
            _mark(axes, needed, 100 * result.power, colour)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.tick_params(which="both", length=0, labelsize=NOTE_PX, labelcolor=LIGHT["quiet"])
        axes.set_xlabel(
            f"people in each of {result.n_groups} groups", fontsize=NOTE_PX, color=LIGHT["quiet"], labelpad=4
        )
        axes.set_title("chance of an answer, %", loc="left", fontsize=LABEL_PX, color=LIGHT["ink"], pad=10)
        figure.legend(
            loc="lower left",
            bbox_to_anchor=(0.05, 0.0),
            ncols=2,
            frameon=False,
            fontsize=NOTE_PX - 1,
            labelcolor=LIGHT["ink"],
        )
        buffer = io.BytesIO()
        figure.savefig(
            buffer,
            format="png",
            dpi=_DOTS_PER_INCH,
            facecolor=LIGHT["paper"],
            metadata={"Software": None},
        )
    return buffer.getvalue()


def _draw(
    axes: Axes,
    curve: PowerCurve,
    colour: str,
    name: str,
    *,
    is_asked: bool,
    dashes: "tuple[int, tuple[int, int]] | str" = "-",
) -> None:
    height = [100 * power for power in curve.power]
    width = 2.6 if is_asked else 1.4
    axes.plot(curve.n_people, height, color=LIGHT[colour], lw=width, ls=dashes, label=name)


def _mark(axes: Axes, n_people: int | None, height: float, colour: str) -> None:
    """Mark where a curve reaches the wanted power, with its number of people."""
    if n_people is None:
        return
    axes.plot([n_people], [height], "o", color=LIGHT[colour], ms=7)
    axes.annotate(
        f"{n_people:,}",
        (n_people, height),
        xytext=(8, -16),
        textcoords="offset points",
        ha="left",
        fontsize=LABEL_PX,
        color=LIGHT[colour],
    )
