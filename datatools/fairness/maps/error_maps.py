"""Where around the face does each model err for each group: the mean over people of their pictures' grids?

A person's pictures are averaged first, each as far as a cell lies in it, then the people are: everybody
counts once in every cell that their pictures reach.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datatools.fairness.maps.maps_result import GRID, ErrorMap
from datatools.fairness.statistics.layout import Layout, lay
from datatools.fairness.statistics.people import by_person
from datatools.fairness.statistics.suppression import suppressed
from datatools.fairness.who.groups import Axis, Levels, group_name

GRID_COLUMNS = ("sample_id", "model", "reference_source", "over", "under", "inside")
MAX_GROUPS = 12  # of an attribute; a figure of more is not read, and each map is a thousand numbers
_KEY = ["sample_id", "model", "reference_source"]
_REACHED = 128  # of 255: a picture that shows less than half of a cell says nothing about it
_LEAST_REACH = 0.1  # of a group: a cell that fewer of its people's pictures reach says little of the group
_DECIMALS = 4
_CHUNK = 4096  # pictures whose cells are in memory together

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ErrorMaps:
    """The maps of an audit, everybody's of a model before its groups', and what must be said of them."""

    maps: list[ErrorMap] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """Sums over the people of each column of a membership (n_columns, GRID * GRID)."""

    over: Floats
    under: Floats
    n_people: NDArray[np.int64]  # whose pictures reach the cell

    def means(
        self, column: int, is_shown: Bools
    ) -> tuple[list[list[float | None]], list[list[float | None]]]:
        """Give a column's mean over- and under-errors; None where a cell (GRID * GRID,) is not shown."""
        over, under = (
            _rows(sums[column], self.n_people[column], is_shown) for sums in (self.over, self.under)
        )
        return over, under


def error_maps(grids: pd.DataFrame, scores: pd.DataFrame, axes: Sequence[Axis], min_people: int) -> ErrorMaps:
    """Average the error grids of scored pictures, for everybody and by group of single attributes.

    Args:
        grids: ``GRID_COLUMNS`` of the table error_grids.
        scores: good rows under audit; what has no grid has no part.
        axes: groups; crossings are left out.
        min_people: groups, and cells of groups, of fewer people are not shown, nor those that would let such
            be found by subtraction.
    """
    single = [axis for axis in axes if len(axis.attributes) == 1]
    mapped = scores[[*_KEY, "person_id"]].merge(grids[list(GRID_COLUMNS)], on=_KEY)
    mapped = mapped.sort_values(["model", "reference_source", "person_id", "sample_id"], ignore_index=True)
    everywhere = dict(list(scores.groupby(["model", "reference_source"])))
    maps: list[ErrorMap] = []
    left_out: dict[str, None] = {}
    for (model, reference_source), rows in mapped.groupby(["model", "reference_source"], sort=True):
        layouts = lay(single, by_person(everywhere[model, reference_source], []), min_people)
        few = [layout for layout in layouts if len(layout.shown) <= MAX_GROUPS]
        left_out |= dict.fromkeys(layout.axis.name for layout in layouts if len(layout.shown) > MAX_GROUPS)
        maps += _of_model(str(model), str(reference_source), rows, few, min_people)
    return ErrorMaps(maps, [*_too_many(list(left_out)), *_without(len(scores), len(mapped))])


def _too_many(names: Sequence[str]) -> Iterator[str]:
    if names:
        yield f"No error maps by {', '.join(names)}: more than {MAX_GROUPS} groups."


def _without(n_scores: int, n_mapped: int) -> Iterator[str]:
    if n_mapped < n_scores:
        yield (
            f"Error maps are of {n_mapped:,} of {n_scores:,} scores: the others have no known face, or were "
            "made by an older version (`datatools evaluate --maps` scores those again)."
        )


def _of_model(
    model: str, reference_source: str, rows: pd.DataFrame, layouts: Sequence[Layout], min_people: int
) -> Iterator[ErrorMap]:
    people = by_person(rows, [])
    everybody = np.ones((len(people), 1), np.bool_)
    is_member = np.concatenate([everybody, *(_members(layout, people.ids) for layout in layouts)], axis=1)
    sums = _summed(rows, people.n_images, is_member)

    def one(attribute: str, group: str, column: int, is_shown: Bools | None) -> ErrorMap:
        known = {"model": model, "reference_source": reference_source, "attribute": attribute, "group": group}
        if is_shown is None:
            return ErrorMap(**known, n_images=None, n_people=None, over=None, under=None)
        over, under = sums.means(column, is_shown)
        inside = is_member[:, column]
        n_images = int(people.n_images[inside].sum())
        return ErrorMap(**known, n_images=n_images, n_people=int(inside.sum()), over=over, under=under)

    reach = sums.n_people / np.maximum(is_member.sum(axis=0), 1)[:, None]
    is_reached = reach >= _LEAST_REACH
    is_enough = len(people) >= min_people
    yield one("", "", 0, is_reached[0] & (sums.n_people[0] >= min_people) if is_enough else None)
    first = 1
    for layout in layouts:
        present = _present(layout)
        at = range(first, first + len(present))
        first = at.stop
        n_people = dict(zip(present, is_member[:, at].sum(axis=0).tolist(), strict=True))
        hidden = _hidden(n_people, min_people, layout.hidden)
        is_shown = _shown_cells(sums.n_people[at], present, min_people, hidden)
        for number, levels in enumerate(present):
            shown = None if levels in hidden else is_shown[number] & is_reached[at[number]]
            yield one(layout.axis.name, group_name(levels), at[number], shown)


def _present(layout: Layout) -> list[Levels]:
    """Give the groups that have scored people, in the order to show them."""
    return [levels for levels in layout.axis.levels if levels in layout.shown or levels in layout.hidden]


def _members(layout: Layout, ids: Sequence[str]) -> Bools:
    """Say who is in which of the groups that are present (n_people, n_groups)."""
    number = {levels: place for place, levels in enumerate(_present(layout))}
    group_of = layout.axis.group_of
    groups = np.array([number[group_of[one]] if one in group_of else -1 for one in ids], np.int64)
    return np.asarray(groups[:, None] == np.arange(len(number)))


def _hidden(n_people: dict[Levels, int], min_people: int, already: frozenset[Levels]) -> set[Levels]:
    """Give the groups to hide; those without people hide nobody, and so need no other beside them."""
    there = {levels: n for levels, n in n_people.items() if n}
    return suppressed(there, min_people, already & there.keys()) | {g for g, n in n_people.items() if not n}


def _shown_cells(
    n_people: NDArray[np.int64], groups: Sequence[Levels], min_people: int, hidden: set[Levels]
) -> Bools:
    """Say which cells of which groups are shown (n_groups, GRID * GRID).

    Each cell is a table of its own of the people whose pictures reach it.
    """
    kinds, kind_of = np.unique(n_people, axis=1, return_inverse=True)
    is_shown = np.zeros(kinds.shape, np.bool_)
    for number, counts in enumerate(kinds.T.tolist()):
        away = _hidden(dict(zip(groups, counts, strict=True)), min_people, frozenset(hidden))
        is_shown[:, number] = [levels not in away for levels in groups]
    return np.asarray(is_shown[:, kind_of.ravel()])


def _summed(rows: pd.DataFrame, n_images: NDArray[np.int64], is_member: Bools) -> _Sums:
    """Sum each person's mean errors over the members; rows lie in the order of people."""
    n_columns, n_cells = is_member.shape[1], GRID * GRID
    over, under = np.zeros((n_columns, n_cells)), np.zeros((n_columns, n_cells))
    n_people = np.zeros((n_columns, n_cells), np.int64)
    ends = np.cumsum(n_images)
    first = 0  # person
    while first < len(ends):
        start = ends[first] - n_images[first]
        last = max(first + 1, int(np.searchsorted(ends, start + _CHUNK, side="right")))
        part = rows.iloc[start : ends[last - 1]]
        begins = (ends - n_images)[first:last] - start
        inside = _cells(part["inside"])
        weight = np.where(inside >= _REACHED, inside, 0).astype(np.float64)
        whole = np.add.reduceat(weight, begins, axis=0)
        is_reached = whole > 0
        members = is_member[first:last].T.astype(np.float64)
        for name, sums in (("over", over), ("under", under)):
            wrong = np.add.reduceat(weight * _cells(part[name]) / 255, begins, axis=0)
            sums += members @ np.divide(wrong, whole, out=np.zeros_like(wrong), where=is_reached)
        n_people += (members @ is_reached).astype(np.int64)
        first = last
    return _Sums(over, under, n_people)


def _cells(column: "pd.Series[bytes]") -> NDArray[np.uint8]:
    """Give grids as an array (n_pictures, GRID * GRID)."""
    return np.frombuffer(b"".join(column), np.uint8).reshape(len(column), GRID * GRID)


def _rows(sums: Floats, n_people: NDArray[np.int64], is_shown: Bools) -> list[list[float | None]]:
    means = np.round(sums / np.maximum(n_people, 1), _DECIMALS).tolist()
    cells = [mean if shown else None for mean, shown in zip(means, is_shown.tolist(), strict=True)]
    return [cells[row * GRID : (row + 1) * GRID] for row in range(GRID)]
