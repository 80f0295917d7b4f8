"""Which groups are too small to show, and which others must go with them?

A group of fewer than ``min_people`` people is not shown. Alone that protects nothing: a reader who has
the total and the other groups gets the hidden one by subtraction. So in every total that is shown, the
hidden groups are none, or at least two with ``min_people`` people together; where that fails, the
smallest group that is still shown is hidden as well (complementary suppression, as statistical offices
do it). For a crossing, the totals are all its rows, columns and slices.

This stops subtraction within one table. It does not stop a reader who holds other tables of the same
people, such as two audits made before and after one person was removed.
"""

from collections.abc import Mapping, Set
from itertools import combinations

from datatools.fairness.who.groups import Levels


def suppressed(
    n_people: Mapping[Levels, int], min_people: int, already: Set[Levels] = frozenset()
) -> set[Levels]:
    """Give the groups that must not be shown.

    Args:
        n_people: each group's number of people.
        min_people: groups of fewer are not shown.
        already: groups that must not be shown for another reason.
    """
    hidden = {levels for levels, n in n_people.items() if n < min_people or levels in already}
    totals = _totals(n_people)
    changed = True
    while changed:
        changed = False
        for members in totals:
            extra = _complement(members, hidden, n_people, min_people)
            if extra is not None:
                hidden.add(extra)
                changed = True
    return hidden


def _totals(n_people: Mapping[Levels, int]) -> list[list[Levels]]:
    """Give the groups of every total: the whole table, and each choice of levels of some attributes."""
    depth = len(next(iter(n_people), ()))
    found: dict[tuple[tuple[int, ...], Levels], list[Levels]] = {}
    for size in range(depth):
        for places in combinations(range(depth), size):
            for levels in sorted(n_people):
                fixed = tuple(levels[place] for place in places)
                found.setdefault((places, fixed), []).append(levels)
    return list(found.values())


def _complement(
    members: list[Levels], hidden: set[Levels], n_people: Mapping[Levels, int], min_people: int
) -> Levels | None:
    """Give the next group to hide in a total, or None where its hidden groups protect each other."""
    inside = [levels for levels in members if levels in hidden]
    shown = [levels for levels in members if levels not in hidden]
    is_safe = len(inside) != 1 and sum(n_people[levels] for levels in inside) >= min_people
    if not inside or is_safe or not shown:
        return None
    return min(shown, key=lambda levels: (n_people[levels], levels))
