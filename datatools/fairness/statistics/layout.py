"""Which groups of people are there on each axis, and which of them are too small to show?"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from datatools.fairness.statistics.people import People
from datatools.fairness.statistics.suppression import suppressed
from datatools.fairness.who.groups import Axis, Levels


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """An axis laid over the people of scores."""

    axis: Axis
    people: People  # the labelled ones
    shown: tuple[Levels, ...]
    hidden: frozenset[Levels]
    stratum: NDArray[np.int64]  # (n_people,) the place in ``shown``; one more holds the hidden groups
    n_unlabelled: int

    @property
    def n_comparisons(self) -> int:
        """Count the comparisons; two groups alone are one, seen from both sides."""
        n_strata = len(self.shown) + bool(self.hidden)
        if n_strata < 2:
            return 0
        return 1 if len(self.shown) == n_strata == 2 else len(self.shown)

    def without_people(self) -> "Layout":
        """Give what is told of the groups, without who is in them."""
        nobody = People((), np.zeros(0, np.int64), {})
        return replace(self, people=nobody, stratum=np.zeros(0, np.int64))


def lay(axes: Sequence[Axis], people: People, min_people: int) -> list[Layout]:
    """Lay every axis over the people; what a single attribute hides, its crossings hide as well."""
    hidden_of: dict[tuple[str, ...], frozenset[Levels]] = {}
    layouts = []
    for axis in sorted(axes, key=lambda axis: len(axis.attributes)):
        is_labelled = np.array([person in axis.group_of for person in people.ids], bool)
        labelled = people.of(is_labelled)
        groups = [axis.group_of[person] for person in labelled.ids]
        count_of = Counter(groups)
        n_people = {levels: count_of[levels] for levels in axis.levels if levels in count_of}
        already = {levels for levels in n_people if _is_hidden_above(axis, levels, hidden_of)}
        hidden = frozenset(suppressed(n_people, min_people, already))
        hidden_of[axis.attributes] = hidden
        shown = tuple(levels for levels in n_people if levels not in hidden)
        place = {levels: number for number, levels in enumerate(shown)}
        stratum = np.array([place.get(levels, len(shown)) for levels in groups], np.int64)
        layouts.append(Layout(axis, labelled, shown, hidden, stratum, int((~is_labelled).sum())))
    return layouts


def _is_hidden_above(axis: Axis, levels: Levels, hidden_of: dict[tuple[str, ...], frozenset[Levels]]) -> bool:
    """Say whether a coarser axis hides the group that this cell is a part of: cells add up to it."""
    where = {attribute: number for number, attribute in enumerate(axis.attributes)}
    return any(
        tuple(levels[where[attribute]] for attribute in attributes) in hidden
        for attributes, hidden in hidden_of.items()
        if where.keys() >= set(attributes)
    )
