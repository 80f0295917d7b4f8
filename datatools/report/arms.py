"""How does an ablation's result become a table in the terminal, a sheet, and marks in a plot?

Numbers are points of 100; differences carry their sign, their interval and who is behind them. Accuracy
and agreement are never in one table or one plot.
"""

from collections.abc import Iterator
from itertools import groupby

from datatools.fairness.models.arms_result import EVERYBODY, AblationResult, Row
from datatools.outside import formulas
from datatools.report import words
from datatools.report.pareto import in_points
from datatools.report.plots import Row as Mark

COLUMNS = (
    "whom",
    "reference",
    "arm",
    "difference",
    "95% interval",
    "people",
    "images",
    "p (Holm)",
    "detectable",
    "verdict",
)


def interval(row: Row) -> str:
    """Write a difference's 95% interval in points of 100."""
    return f"[{in_points(row.low, signed=True)}, {in_points(row.high, signed=True)}]"


def p_value(row: Row) -> str:
    """Write the corrected p-value; a dash where nothing was compared."""
    if row.p_holm is None:
        return "–"
    return "< 0.001" if row.p_holm < 0.001 else f"{row.p_holm:.3f}"


def whom(row: Row) -> str:
    """Name whom a comparison is about, and what of them was asked."""
    if row.attribute == EVERYBODY:
        return "everybody" if row.is_compared else f"everybody, {row.metric}"
    if row.asked in {"worst group", "largest gap"}:
        return f"{row.asked} of {words.attribute(row.attribute)}"
    name = words.whom(row.attribute, row.group)
    return name if row.asked == "value" else f"{name}: gap to the rest"


def _verdict(row: Row) -> str:
    return row.verdict if row.is_compared or row.verdict == "suppressed" else "not compared"


def cells(row: Row) -> tuple[str, ...]:
    """Write a comparison as the cells of COLUMNS."""
    signed = row.asked in {"gap to the rest", "largest gap"}
    return (
        whom(row),
        in_points(row.reference_value, signed=signed),
        in_points(row.value, signed=signed),
        in_points(row.difference, signed=True),
        interval(row) if row.low is not None else "–",
        "–" if row.n_people is None else f"{row.n_people:,}",
        "–" if row.n_images is None else f"{row.n_images:,}",
        p_value(row),
        in_points(row.detectable),
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
        lines = [COLUMNS, *map(cells, rows)]
        widths = [max(len(line[column]) for line in lines) for column in range(len(COLUMNS))]
        yield heading
        for line in lines:
            padded = [
                text.ljust(width) if column in {0, len(COLUMNS) - 1} else text.rjust(width)
                for column, (text, width) in enumerate(zip(line, widths, strict=True))
            ]
            yield ("  " + "  ".join(padded)).rstrip()


def sheet(result: AblationResult) -> bytes:
    """Give every row as CSV, in fractions; what is suppressed is empty."""
    return formulas.of_records(list(Row.model_fields), (row.model_dump() for row in result.rows))


def mark(row: Row, label: str) -> Mark:
    """Give a comparison's row in a forest plot."""
    assert row.difference is not None  # suppressed rows have no mark
    settled = "higher" if row.difference > 0 else "lower"
    return Mark(
        label=label,
        text=f"{in_points(row.difference, signed=True)} {interval(row)} · n {row.n_people:,}",
        value=row.difference,
        low=row.low,
        high=row.high,
        colour=settled
        if row.verdict == "difference"
        else "equivalent"
        if row.verdict == "equivalent"
        else "unsure",
        is_open=row.verdict == "insufficient data",
    )
