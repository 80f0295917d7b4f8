"""Which groups of people do the columns of somebody else's table make?

A person has one group on an attribute: the most frequent entry of the person's rows; a tie is no group.
A column of numbers needs edges to be cut at, as in ``age:30,50``; of a person's numbers the median counts.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from datatools import vocab
from datatools.errors import UsageError
from datatools.fairness.brought.foreign_sheet import Sheet, folded, one_spelling
from datatools.fairness.who.groups import SEVERAL, Axis, Levels, bin_names

_MAX_LEVELS = 60  # an attribute with more is an identifier or a number, not groups
_MAX_PLAIN_NUMBERS = 10  # so many different numbers may be codes (0 and 1); more are a measurement
_SHOWN = 3
_BETWEEN = "|"  # stands between values given together, as in a label sheet
_NO_ANSWERS = frozenset(folded(word.replace("_", " ")) for word in vocab.NO_ANSWERS) | {
    folded(word) for word in vocab.NO_ANSWERS
}


def axes(
    sheet: Sheet, person: pd.Series, wanted: Sequence[str] | None, columns: Sequence[str], answered_by: str
) -> tuple[list[Axis], list[str]]:
    """Make the axes that are asked for; without a wish every column, and a note on each that fails.

    Args:
        sheet: the table with the columns.
        person: (n_rows,) whom each row is about; None: nobody under audit.
        wanted: ``COLUMN``, or ``COLUMN:EDGE,EDGE`` for numbers; None: all of ``columns``.
        columns: those that may be attributes.
        answered_by: who said so: self_report, annotator, dataset, model or measured.

    Returns:
        The axes, and what to tell the reader.

    Raises:
        UsageError: a column that was asked for does not exist, has too many groups, or needs edges.
    """
    found: list[Axis] = []
    notes: list[str] = []
    for spec in columns if wanted is None else wanted:
        try:
            found.append(_axis(sheet, person, spec, columns, answered_by, notes))
        except UsageError as error:
            if wanted is not None:
                raise
            notes.append(f"Not audited: {error}.")
    return found, notes


def _axis(
    sheet: Sheet,
    person: pd.Series,
    spec: str,
    columns: Sequence[str],
    answered_by: str,
    notes: list[str],
) -> Axis:
    name, edges = _parsed(spec, columns)
    column = sheet.find(name)
    if column is None or column not in columns:
        raise UsageError(
            f"expected an attribute among the columns {', '.join(columns) or 'none'} of {sheet.name}, "
            f"got {name!r}"
        )
    if edges:
        return _cut(sheet, person, column, edges, answered_by)
    text = sheet.text(column)
    rows = pd.DataFrame({"person": person, "level": text}).dropna()
    n_levels = rows["level"].nunique()
    if n_levels == 0:
        raise UsageError(f"{column} of {sheet.name} is empty for everybody who was scored")
    if n_levels > _MAX_PLAIN_NUMBERS and sheet.has_numbers(column):
        raise UsageError(
            f"{column} of {sheet.name} has {n_levels} different numbers, which are no groups: "
            f"cut them at edges, as in {column}:30,50"
        )
    if n_levels > _MAX_LEVELS:
        raise UsageError(
            f"{column} of {sheet.name} has {n_levels:,} different values, as an identifier has: more than "
            f"{_MAX_LEVELS} groups cannot be compared"
        )
    return _named(rows, column, answered_by, notes)


def _parsed(spec: str, columns: Sequence[str]) -> tuple[str, list[float]]:
    """Take ``COLUMN:EDGE,EDGE`` apart; a column whose own name holds a colon goes before."""
    if spec in columns or ":" not in spec:
        return spec, []
    name, _, text = spec.rpartition(":")
    try:
        edges = [float(edge) for edge in text.split(",")]
    except ValueError as error:
        raise UsageError(
            f"expected an attribute as COLUMN or COLUMN:EDGE,EDGE (age:30,50), got {spec!r}"
        ) from error
    if any(not low < high for low, high in pairwise(edges)) or not np.isfinite(edges).all():
        raise UsageError(f"expected rising edges for {name}, got {text}")
    return name, edges


def _named(rows: pd.DataFrame, column: str, answered_by: str, notes: list[str]) -> Axis:
    rows = rows.assign(level=rows["level"].map(_whole))
    rows["level"], alike = one_spelling(rows["level"])
    if alike:
        notes.append(f"{column}: taken for one though they differ in case or spaces: {_few(alike)}.")
    counts = rows.groupby(["person", "level"], sort=True).size().rename("n").reset_index()
    top = counts[counts["n"] == counts.groupby("person")["n"].transform("max")]
    n_differing = int((counts["person"].value_counts() > 1).sum())
    if n_differing:
        who = "1 person has" if n_differing == 1 else f"{n_differing:,} people have"
        notes.append(
            f"{column}: {who} different values in different rows; the most frequent one counts, and a tie "
            "is no group."
        )
    top = top[~top["person"].duplicated(keep=False)]
    top = top[np.array([folded(level) not in _NO_ANSWERS for level in top["level"]], np.bool_)]
    group_of = {person: (level,) for person, level in zip(top["person"], top["level"], strict=True)}
    return Axis((column,), (answered_by,), tuple((level,) for level in sorted(set(top["level"]))), group_of)


def _whole(level: str) -> str:
    """Take several values in one cell for one: that somebody gave several says of nobody which."""
    return SEVERAL if _BETWEEN in level else level


def _cut(sheet: Sheet, person: pd.Series, column: str, edges: Sequence[float], answered_by: str) -> Axis:
    if not sheet.has_numbers(column):
        sheet.numbers(column)  # says which cell is none
        raise UsageError(f"expected numbers to cut at {edges} in {column} of {sheet.name}, got none")
    rows = pd.DataFrame({"person": person, "value": sheet.numbers(column)}).dropna()
    # The median: one odd picture does not move a person to another group.
    middle = rows.groupby("person", sort=True)["value"].median()
    bins = bin_names(column, edges)
    places = np.searchsorted(np.asarray(edges), middle.to_numpy(np.float64), side="right")
    group_of: dict[str, Levels] = {
        str(one): (bins[place],) for one, place in zip(middle.index, places.tolist(), strict=True)
    }
    used = set(group_of.values())
    return Axis((column,), (answered_by,), tuple((name,) for name in bins if (name,) in used), group_of)


def _few(items: Sequence[str]) -> str:
    more = f" and {len(items) - _SHOWN} more" if len(items) > _SHOWN else ""
    return "; ".join(items[:_SHOWN]) + more
