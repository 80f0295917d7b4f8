"""Which people should be collected next, so that an audit becomes surer of its groups?

A group's interval is expected to be as wide as its people and their spread make it. The spread of a
person's mean IoU is measured where there are scores; groups with few people borrow from all others, as
if four more people of the common spread were there. Nobody knows the scores of people who are not there
yet: these are plans, not promises.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from datatools.fairness.composition.composition_result import Need, Purchase
from datatools.fairness.composition.headcount import Hidden
from datatools.fairness.composition.labelled import Labels
from datatools.fairness.statistics.power import detectable_gap
from datatools.fairness.who.groups import SEVERAL, group_name

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

_PRIOR_PEOPLE = 4  # whose common spread a group borrows
_WIDEST = 0.5  # half of all that an IoU can be: what is known of a group without people
_MOST_WANTED = 100_000
# Groups that nobody can be sought for: a set of answers, and what others can hardly see.
_NOT_SOUGHT = frozenset({SEVERAL})
_NOT_SEEN = frozenset({"another"})  # of perceived attributes
_LEAST_NARROWING = 1e-4  # a hundredth of a point: less is not worth a line


@dataclass(frozen=True, slots=True)
class Spread:
    """How far people's mean IoU lies apart."""

    sd: float  # between all people
    values: Floats | None  # (n_people,) each person's mean IoU, NaN without; None: nobody was scored


def people_wanted(sd: float, gap: float, alpha: float) -> int | None:
    """Give the people a group needs before a gap to a rest ten times as large is found with 80% power."""
    return _first(lambda n: _detectable(sd, n, 10 * n, sd, alpha) <= gap)


def _wanted(sd: float, n_rest: int, rest_sd: float, gap: float, alpha: float) -> int | None:
    return _first(lambda n: _detectable(sd, n, n_rest, rest_sd, alpha) <= gap)


def _first(is_enough: Callable[[int], bool]) -> int | None:
    """Give the smallest number from 2 to 100,000 that is enough; None where none is."""
    if not is_enough(_MOST_WANTED):
        return None
    low, high = 1, 2
    while not is_enough(high):
        low, high = high, min(2 * high, _MOST_WANTED)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high


def _detectable(sd: float, n: int, n_rest: int, rest_sd: float, alpha: float) -> float:
    if n < 2 or n_rest < 2:
        return math.inf
    return detectable_gap(sd / math.sqrt(n), rest_sd / math.sqrt(n_rest), n, n_rest, alpha)


def half_width(sd: Floats, n: Counts) -> Floats:
    """Give the expected half width of the 95% interval of each group's mean IoU; of one shape."""
    dof = np.maximum(n - 1 + _PRIOR_PEOPLE, 1)
    with np.errstate(divide="ignore"):
        width = stats.t.ppf(0.975, dof) * sd / np.sqrt(n)
    return np.minimum(np.where(n > 0, width, _WIDEST), _WIDEST)


def group_sds(label: Labels, spread: Spread) -> Floats:
    """Give each cell's spread, borrowing from the common one; of the shape of the cells."""
    if spread.values is None:
        return np.full(label.shape, spread.sd)
    known = label.is_placed & np.isfinite(spread.values)
    cell = np.ravel_multi_index(tuple(label.code[known].T), label.shape)
    size, values = math.prod(label.shape), spread.values[known]
    n = np.bincount(cell, minlength=size)
    mean = np.bincount(cell, values, minlength=size) / np.maximum(n, 1)
    squares = np.bincount(cell, (values - mean[cell]) ** 2, minlength=size)
    pooled = (_PRIOR_PEOPLE * spread.sd**2 + squares) / (_PRIOR_PEOPLE + np.maximum(n - 1, 0))
    return np.asarray(np.sqrt(pooled).reshape(label.shape), np.float64)


def needs(
    labels: Sequence[Labels], spread: Spread, hidden: Hidden, gap: float, alpha: float, min_people: int
) -> list[Need]:
    """Say of every group how sure its audit can be, and how many people it lacks.

    Args:
        labels: attributes and crossings.
        spread: of the scores between people.
        hidden: groups that must not be shown: their numbers are withheld, or rounded up.
        gap: to everybody else, that should be found.
        alpha: of that test.
        min_people: what the lack of hidden groups is rounded up to multiples of.
    """
    found = []
    for label in labels:
        cells, sds = label.cells(), group_sds(label, spread)
        total = int(cells.sum())
        widths, next_widths = half_width(sds, cells), half_width(sds, cells + 1)
        for place in np.ndindex(cells.shape):
            n, sd = int(cells[place]), float(sds[place])
            rest = total - n
            wanted = _wanted(sd, rest, spread.sd, gap, alpha)
            lack = None if wanted is None else max(0, wanted - n)
            levels = tuple(names[i] for names, i in zip(label.levels, place, strict=True))
            is_hidden = levels in hidden[label.attributes]
            detectable = _detectable(sd, n, rest, spread.sd, alpha)
            found.append(
                Need(
                    attribute=label.name,
                    group=group_name(levels),
                    n_people=None if is_hidden else n,
                    half_width=None if is_hidden else float(widths[place]),
                    detectable_gap=None if is_hidden or math.isinf(detectable) else detectable,
                    n_to_collect=_rounded(lack, min_people) if is_hidden and lack is not None else lack,
                    narrowing_per_person=None if is_hidden else float(widths[place] - next_widths[place]),
                )
            )
    return found


def _rounded(n: int, step: int) -> int:
    return math.ceil(n / step) * step


@dataclass(frozen=True, slots=True, eq=False)
class _Audited:
    """One axis's groups, as the list fills them."""

    label: Labels
    of_cell: NDArray[np.int64]  # (n_cells,) the group that each cell of the deepest crossing is in
    n: Counts  # (n_groups,)
    sd: Floats


def purchases(
    labels: Sequence[Labels], spread: Spread, hidden: Hidden, target: float, budget: int, min_people: int
) -> list[Purchase]:
    """Spend a budget of people where they narrow the audit's intervals most, one person after another.

    A person enters one cell of the deepest crossing and so counts for every group above it. Widths beyond
    the target are what is to be narrowed: a group that is sure enough attracts nobody.

    Args:
        labels: attributes and crossings; the cells of each of the deepest crossings compete.
        spread: of the scores between people.
        hidden: groups that must not be shown.
        target: half width that is narrow enough.
        budget: how many people.
        min_people: what numbers of hidden groups are rounded up to multiples of.
    """
    depth = max((len(label.attributes) for label in labels), default=0)
    deepest = [label for label in labels if len(label.attributes) == depth]
    # Of several deepest crossings each buys on its own: they are other ways to look at the same people.
    found = [
        line
        for label in deepest
        for line in _spend(label, labels, spread, hidden, target, budget, min_people)
    ]
    ranked = sorted(found, key=lambda line: (-line[0], line[1].attribute, line[1].group))
    return [line.model_copy(update={"rank": rank}) for rank, (_, line) in enumerate(ranked, 1)]


def _spend(
    label: Labels,
    labels: Sequence[Labels],
    spread: Spread,
    hidden: Hidden,
    target: float,
    budget: int,
    min_people: int,
) -> list[tuple[float, Purchase]]:
    """Give the lines of one crossing, each with what a person of it narrows."""
    kept = [above for above in labels if set(above.attributes) <= set(label.attributes)]
    audited = [_audited(label, above, spread) for above in kept]
    n_cells = math.prod(label.shape)
    bought = np.zeros(n_cells, np.int64)
    won = np.zeros(n_cells)
    sought = np.array([_is_sought(label, cell) for cell in range(n_cells)])
    narrowed: list[dict[str, float]] = [{} for _ in range(n_cells)]
    for _ in range(budget):
        gains = [np.maximum(_excess(a, target) - _excess(a, target, more=1), 0.0) for a in audited]
        gain = sum((g[a.of_cell] for a, g in zip(audited, gains, strict=True)), np.zeros(n_cells))
        best = int(np.where(sought, gain, -1.0).argmax())
        if not sought[best] or gain[best] < _LEAST_NARROWING:
            break
        bought[best] += 1
        won[best] += gain[best]
        for a, g in zip(audited, gains, strict=True):
            group = int(a.of_cell[best])
            name = _name(a.label, group)
            narrowed[best][name] = narrowed[best].get(name, 0.0) + float(g[group])
            a.n[group] += 1
    lines = []
    for cell in np.flatnonzero(bought):
        levels = _levels(label, int(cell))
        n = int(bought[cell])
        is_hidden = levels in hidden[label.attributes]
        order = sorted(narrowed[cell], key=lambda name: -narrowed[cell][name])
        line = Purchase(
            rank=1,
            attribute=label.name,
            group=group_name(levels),
            n_to_collect=_rounded(n, min_people) if is_hidden else n,
            # How much a person narrows tells how many there are.
            narrowing=None if is_hidden else float(won[cell]),
            narrowing_per_person=None if is_hidden else float(won[cell] / n),
            narrows=[name for name in order if narrowed[cell][name] >= _LEAST_NARROWING],
        )
        lines.append((float(won[cell] / n), line))
    return lines


def _is_sought(label: Labels, cell: int) -> bool:
    return not any(
        level in _NOT_SOUGHT or (level in _NOT_SEEN and name.startswith("perceived_"))
        for name, level in zip(label.attributes, _levels(label, cell), strict=True)
    )


def _audited(deepest: Labels, above: Labels, spread: Spread) -> _Audited:
    kept = [deepest.attributes.index(name) for name in above.attributes]
    places = np.unravel_index(np.arange(math.prod(deepest.shape)), deepest.shape)
    of_cell = np.ravel_multi_index(tuple(places[axis] for axis in kept), above.shape)
    return _Audited(above, of_cell, above.cells().ravel(), group_sds(above, spread).ravel())


def _excess(audited: _Audited, target: float, more: int = 0) -> Floats:
    return np.maximum(half_width(audited.sd, audited.n + more) - target, 0.0)


def _levels(label: Labels, cell: int) -> tuple[str, ...]:
    place = np.unravel_index(cell, label.shape)
    return tuple(names[int(i)] for names, i in zip(label.levels, place, strict=True))


def _name(label: Labels, group: int) -> str:
    return f"{label.name} = {group_name(_levels(label, group))}"
