"""How does an ablation's result become a table in the terminal, a sheet, plots and a page?

Numbers are points of 100; differences carry their sign, their interval and who is behind them. Accuracy
and agreement are never in one table or one plot.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import groupby

from datatools.fairness.models.arms_result import EVERYBODY, AblationResult, Row
from datatools.report import pareto, svg
from datatools.report.pareto import in_points
from datatools.report.plots import MAX_ROWS, Reference, draw_forest, forest_height_px
from datatools.report.plots import Row as Mark
from datatools.report.style import LIGHT

_DOTS_PER_INCH = 144  # two for a CSS pixel
_WIDTH_PX = 640.0
_PAD_INCHES = 0.15
_COLUMNS = (
    "whom",
    "reference",
    "arm",
    "difference",
    "95% interval",
    "people",
    "images",
    "p (Holm)",
    "verdict",
)


def _interval(row: Row) -> str:
    return f"[{in_points(row.low, signed=True)}, {in_points(row.high, signed=True)}]"


def _p(row: Row) -> str:
    if row.p_holm is None:
        return "–"
    return "< 0.001" if row.p_holm < 0.001 else f"{row.p_holm:.3f}"


def _whom(row: Row) -> str:
    if row.attribute == EVERYBODY:
        return "everybody" if row.is_compared else f"everybody, {row.metric}"
    what = "" if row.asked == "value" else f"{row.asked}: "
    return f"{row.attribute}: {what}{row.group}"


def _verdict(row: Row) -> str:
    if not row.is_compared and row.verdict != "suppressed":
        return "not compared"
    if row.verdict == "insufficient data" and row.detectable is not None:
        return f"insufficient data (finds {in_points(row.detectable)})"
    return row.verdict


def _cells(row: Row) -> tuple[str, ...]:
    signed = row.asked in {"gap to the rest", "largest gap"}
    return (
        _whom(row),
        in_points(row.reference_value, signed=signed),
        in_points(row.value, signed=signed),
        in_points(row.difference, signed=True),
        _interval(row) if row.low is not None else "–",
        "–" if row.n_people is None else f"{row.n_people:,}",
        "–" if row.n_images is None else f"{row.n_images:,}",
        _p(row),
        _verdict(row),
    )


def _sections(result: AblationResult) -> Iterator[tuple[str, list[Row]]]:
    """Give the rows of each arm on each test, with their heading."""
    ordered = sorted(result.rows, key=lambda row: (row.arm, row.reading, row.test, row.reference_source))
    for (arm, reading, test, source), rows in groupby(
        ordered, key=lambda row: (row.arm, row.reading, row.test, row.reference_source)
    ):
        of_test = list(rows)
        metric = next(row.metric for row in of_test if row.is_compared)
        yield (
            f"{arm} against {of_test[0].reference} on {test}: {reading} against {source} masks, {metric}",
            of_test,
        )


def terminal(result: AblationResult) -> Iterator[str]:
    """Give the tables as lines of plain text."""
    for heading, rows in _sections(result):
        lines = [_COLUMNS, *map(_cells, rows)]
        widths = [max(len(line[column]) for line in lines) for column in range(len(_COLUMNS))]
        yield heading
        for line in lines:
            cells = [
                text.ljust(width) if column in {0, 8} else text.rjust(width)
                for column, (text, width) in enumerate(zip(line, widths, strict=True))
            ]
            yield ("  " + "  ".join(cells)).rstrip()


def sheet(result: AblationResult) -> bytes:
    """Give every row as CSV, in fractions; what is suppressed is empty."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(Row.model_fields), lineterminator="\n")
    writer.writeheader()
    writer.writerows(row.model_dump() for row in result.rows)
    return stream.getvalue().encode()


def figures(result: AblationResult) -> dict[str, bytes]:
    """Draw the differences of each arm, and the changes of its gaps, as PNG files by name."""
    found: dict[str, bytes] = {}
    for (arm, reading), group in groupby(
        sorted(result.rows, key=lambda row: (row.arm, row.reading)), key=lambda row: (row.arm, row.reading)
    ):
        rows = [row for row in group if row.is_compared and row.difference is not None]
        for name, asked in (("difference", {"value"}), ("gaps", {"gap to the rest", "largest gap"})):
            chosen = [row for row in rows if row.asked in asked]
            if chosen:
                words = f"{reading}, {chosen[0].metric}: {arm} minus {chosen[0].reference}, points of 100"
                found[f"{name}-{arm}-{reading}.png"] = _forest(
                    chosen, words if name == "difference" else f"change of the gap, {words}"
                )
    return found


def _forest(rows: Sequence[Row], label: str) -> bytes:
    shown = rows[:MAX_ROWS]
    line = Reference(value=0.0, label=label)
    with svg.canvas(_WIDTH_PX, forest_height_px(len(shown))) as figure:
        draw_forest(figure, list(map(_mark, shown)), line, signed=True, width_px=_WIDTH_PX)
        buffer = io.BytesIO()
        figure.savefig(
            buffer,
            format="png",
            dpi=_DOTS_PER_INCH,
            facecolor=LIGHT["paper"],
            bbox_inches="tight",
            pad_inches=_PAD_INCHES,
            metadata={"Software": None},
        )
    return buffer.getvalue()


def _mark(row: Row) -> Mark:
    assert row.difference is not None
    is_told = row.verdict == "difference"
    settled = "higher" if row.difference > 0 else "lower"
    return Mark(
        label=f"{row.test}: {row.group if row.attribute != EVERYBODY else 'everybody'}",
        text=f"{in_points(row.difference, signed=True)} {_interval(row)} · {row.n_people} people",
        value=row.difference,
        low=row.low,
        high=row.high,
        colour=settled if is_told else "equivalent" if row.verdict == "equivalent" else "unsure",
        is_open=row.verdict == "insufficient data",
    )


def markdown(result: AblationResult, figure_names: Sequence[str]) -> str:
    """Give the page."""
    lines = [f"# Ablation {result.name}", "", result.description.strip(), ""]
    lines += ["## Arms", ""]
    for name, settings in result.arms.items():
        told = ", ".join(f"{key} {value}" for key, value in settings.items())
        seen = "; ".join(result.pictures_seen.get(name, [])) or "not trained here"
        if "like" in settings:
            models = {run.model for run in result.runs if run.arm == name}
            cuts = (f"{result.thresholds[model]:g}" for model in sorted(models & set(result.thresholds)))
            seen = f"Cut at {', '.join(cuts)}; not trained again"
        lines.append(f"- **{name}**: {told or 'as the recipe says'}. {seen}.")
    seeds = f"Seeds {', '.join(map(str, result.seeds))}." if result.seeds else "Nothing was trained."
    lines += ["", seeds, "", "## Differences", ""]
    for heading, rows in _sections(result):
        lines += [f"### {heading}", "", _line(_COLUMNS), _line(["---"] * len(_COLUMNS))]
        lines += [*(_line(_cells(row)) for row in rows), ""]
    lines += [f"![{name.removesuffix('.png')}]({name})" for name in figure_names]
    lines += [
        "",
        "Blue and orange marks are differences, green ones equivalent, open ones insufficient data.",
    ]
    if result.pareto:
        lines += ["", "## Everybody against the worst group", "", *_pareto(result)]
    lines += ["", "## Every run, everybody", "", *_runs(result), "", "## What to know", ""]
    lines += [f"- {note}" for note in result.notes]
    lines += ["", "## Metrics", ""]
    lines += [f"- `{name}`: {text}" for name, text in result.metric_definitions.items()]
    lines += ["", "## Made from", "", "| what | SHA-256 |", "|---|---|"]
    lines += [_line([name, digest]) for name, digest in result.inputs.items()]
    return "\n".join(lines) + "\n"


def _pareto(result: AblationResult) -> Iterator[str]:
    for (heading, rows), name in zip(pareto.tables(result.pareto), pareto.names(result.pareto), strict=True):
        yield from (f"### {heading}", "", _line(rows[0]), _line(["---"] * len(rows[0])))
        yield from (_line(cells) for cells in rows[1:])
        yield from ("", f"![everybody against the worst group]({name})", "")


def _runs(result: AblationResult) -> Iterator[str]:
    columns = ("test", "reading", "metric", "arm", "model", "seed", "value")
    yield _line(columns)
    yield _line(["---"] * len(columns))
    for run in result.runs:
        seed = "–" if run.seed is None else str(run.seed)
        reading = f"{run.reading} ({run.reference_source})"
        yield _line([run.test, reading, run.metric, run.arm, run.model, seed, in_points(run.value)])


def _line(cells: Sequence[str]) -> str:
    escaped = (svg.plain(cell).replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(escaped)} |"
