"""Which columns of somebody else's table of scores are metrics?"""

import dataclasses
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datatools import plugins
from datatools.errors import DataError, UsageError
from datatools.fairness.brought.foreign_sheet import Sheet, folded
from datatools.fairness.evaluation import MAIN_METRIC
from datatools.metrics import Metric
from datatools.metrics._counts import AREAS, Counts
from datatools.metrics._given import GivenMean, bounds_of

_PART = re.compile(r"(?P<name>.+)/(?P<divisor>\d+(?:\.\d+)?)")
_COUNT_NAMES = tuple(field.name for field in dataclasses.fields(Counts))
_ENOUGH_COUNTS = frozenset({"tp", "fp", "fn"})  # of pixels: from these on, metrics of ours are computed
_FIRST = "iou"  # begins the name of the column that is compared where nobody says which


@dataclass(frozen=True, slots=True, eq=False)
class Measure:
    """A metric, and the frame's columns that it reads."""

    metric: Metric
    columns: dict[str, NDArray[np.float64]]  # name in the frame to values (n_rows,)
    read: frozenset[str]  # the table's columns that these are
    is_defined: NDArray[np.bool_]  # (n_rows,)


def chosen(
    sheet: Sheet, wanted: Sequence[str] | None, taken: Collection[str], *, holds_groups: bool
) -> tuple[list[Measure], list[str]]:
    """Give the metrics of a table of scores, the compared one first, and what to tell the reader.

    Args:
        sheet: the table.
        wanted: columns, perhaps divided as in ``iou/100``, or metrics of ours where the table holds pixel
            counts; None: every column of numbers from 0 to 1, one that begins with iou first.
        taken: columns that are something else.
        holds_groups: the table's other columns are attributes, of which some may be numbers as well.

    Raises:
        UsageError: no such column, nothing that could be a metric, or several that could be attributes.
        DataError: a cell is no number, or numbers beyond 1 of which nobody said what they mean.
    """
    counts = {name: column for name in _COUNT_NAMES if (column := sheet.find(name)) is not None}
    has_counts = set(counts) >= _ENOUGH_COUNTS
    if wanted is not None:
        return [_wanted(sheet, spec, counts if has_counts else {}) for spec in dict.fromkeys(wanted)], []
    if has_counts:
        return [_of_counts(sheet, MAIN_METRIC, counts)], []
    free = [column for column in sheet.frame.columns if column not in taken]
    numeric = [column for column in free if sheet.has_numbers(column)]
    usable = [column for column in numeric if _beyond(sheet.numbers(column)) is None]
    if not usable or (holds_groups and len(usable) > 1):
        raise UsageError(
            f"expected one column of scores from 0 to 1 in {sheet.name}, found {', '.join(usable) or 'none'} "
            f"among {', '.join(free)}; say which with --metrics, as in --metrics iou, or --metrics iou/100 "
            "for per cent"
        )
    usable.sort(key=lambda column: not folded(column).startswith(_FIRST))
    left_out = [column for column in numeric if column not in usable]
    notes = [f"Not taken for scores, since they go beyond 0 to 1: {', '.join(left_out)}."] if left_out else []
    return [_given(sheet, column, None) for column in usable], notes


def are_of_areas(wanted: Sequence[str] | None) -> bool:
    """Say whether the metrics of ours that are asked for need the counts of areas alone."""
    row = pd.DataFrame([dict.fromkeys(AREAS, 1.0)])
    for name in wanted or [MAIN_METRIC]:
        if name not in plugins.names("metrics"):
            return False  # ``chosen`` says what is wrong with it
        try:
            plugins.build("metrics", name).columns(row)
        except KeyError:
            return False
    return True


def _wanted(sheet: Sheet, spec: str, counts: dict[str, str]) -> Measure:
    column = sheet.find(spec)
    if column is not None:
        return _given(sheet, column, None)
    parted = _PART.fullmatch(spec)
    if parted is not None and (column := sheet.find(parted["name"])) is not None:
        divisor = float(parted["divisor"])
        if divisor == 0:
            raise UsageError(f"expected a metric divided by a number above 0, got {spec!r}")
        return _given(sheet, column, divisor)
    if counts and spec in plugins.names("metrics"):
        return _of_counts(sheet, spec, counts)
    ours = ", or a metric of ours (the table holds pixel counts)" if counts else ""
    raise UsageError(
        f"expected a metric among the columns {', '.join(sheet.frame.columns)} of {sheet.name}{ours}, "
        f"got {spec!r}"
    )


def _given(sheet: Sheet, column: str, divisor: float | None) -> Measure:
    values = sheet.numbers(column) / (divisor or 1.0)
    place = _beyond(values)
    if place is not None and divisor is None:
        raise DataError(
            f"{sheet.name}, row {sheet.row(place)}: expected scores from 0 to 1 in {column}, got "
            f"{values[place]:g}; write {column}/100 for per cent, or {column}/1 if that is meant"
        )
    how = f", divided by {divisor:g}" if divisor not in {None, 1.0} else ""
    metric = GivenMean(
        column,
        f"given:{column}",
        f"The column {column} of {sheet.name}{how}, averaged over pictures; pictures without a number do "
        "not count.",
        bounds_of(values),
    )
    return Measure(metric, {f"given:{column}": values}, frozenset({column}), ~np.isnan(values))


def _beyond(values: NDArray[np.float64]) -> int | None:
    """Give the place of the first value that is no share."""
    places = np.flatnonzero((values < 0) | (values > 1))
    return int(places[0]) if len(places) else None


def _of_counts(sheet: Sheet, name: str, counts: dict[str, str]) -> Measure:
    metric: Metric = plugins.build("metrics", name)
    absent = np.full(len(sheet.frame), np.nan)
    columns = {count: sheet.numbers(counts[count]) if count in counts else absent for count in _COUNT_NAMES}
    is_defined = ~np.isnan(metric.columns(pd.DataFrame(columns))).any(axis=1)
    is_counted = np.all([~np.isnan(columns[name]) for name in sorted(_ENOUGH_COUNTS)], axis=0)
    return Measure(metric, columns, frozenset(counts.values()), is_defined & is_counted)
