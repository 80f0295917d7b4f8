"""Which groups do several attributes make together?"""

from collections.abc import Sequence
from itertools import combinations

from datatools.errors import UsageError
from datatools.fairness.who.groups import Axis, Levels

MAX_CELLS = 2_000  # of all crossings; among so many comparisons no gap of a plausible size is found


def crossings(axes: Sequence[Axis], depth: int) -> list[Axis]:
    """Cross every two axes, every three and so on up to ``depth``; a depth of 1 crosses nothing.

    Raises:
        UsageError: ``depth`` is below 1, or more than MAX_CELLS cells have people in them.
    """
    if depth < 1:
        raise UsageError(f"expected to cross 1 attribute (none with others) or more, got {depth}")
    found, n_cells = list[Axis](), 0
    for size in range(2, min(depth, len(axes)) + 1):
        for chosen in combinations(axes, size):
            found.append(_cross(chosen))
            n_cells += len(found[-1].levels)
            if n_cells > MAX_CELLS:
                raise UsageError(_too_many_cells(axes, depth))
    return found


def _too_many_cells(axes: Sequence[Axis], depth: int) -> str:
    # Coefficients of the product of (1 + n x): the k-th is the number of cells of all crossings of k axes.
    cells = [1]
    for axis in axes:
        cells = [a + len(axis.levels) * b for a, b in zip([*cells, 0], [0, *cells], strict=True)]
    widest = max(axes, key=lambda axis: len(axis.levels))
    return (
        f"expected at most {MAX_CELLS:,} cells to compare, got more: {len(axes)} attributes crossed up to "
        f"{depth} at a time can make {sum(cells[2 : depth + 1]):,}. Cross fewer at a time, name fewer "
        f"attributes, or read those of many groups ({widest.name} has {len(widest.levels)}) in coarser ones"
    )


def _cross(axes: Sequence[Axis]) -> Axis:
    everywhere = set.intersection(*(set(axis.group_of) for axis in axes))
    known: dict[Levels, Levels] = {}  # a cell stands in memory once, not once for each of its people
    group_of: dict[str, Levels] = {}
    for person in sorted(everywhere):
        levels: Levels = sum((axis.group_of[person] for axis in axes), ())
        group_of[person] = known.setdefault(levels, levels)
    places = [{levels: place for place, levels in enumerate(axis.levels)} for axis in axes]
    used = set(group_of.values())

    def place(levels: Levels) -> tuple[int, ...]:
        return tuple(where[(level,)] for where, level in zip(places, levels, strict=True))

    return Axis(
        attributes=tuple(name for axis in axes for name in axis.attributes),
        answered_by=tuple(sorted({source for axis in axes for source in axis.answered_by})),
        levels=tuple(sorted(used, key=place)),
        group_of=group_of,
    )
