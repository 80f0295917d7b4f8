"""How many people in the wrong group would it take to make a group's gap, or to hide one?

The true gap is known only up to which people are mislabelled. The bounds are worst cases on the people's
own scores, as in Horowitz & Manski (*Econometrica* 63, 1995): of all ways to move at most so many people
into or out of the group, those with the lowest and the highest gap. Nothing is assumed about who errs.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datatools.fairness.estimates import Estimate, Group, ModelAudit
from datatools.fairness.gaps import Plan
from datatools.fairness.labels.label_result import MislabelBound
from datatools.fairness.statistics.inference import Rules
from datatools.fairness.statistics.layout import lay
from datatools.fairness.statistics.people import Floats, by_person
from datatools.fairness.who.groups import group_name
from datatools.metrics import Metric
from datatools.progress import Progress

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_STEP_FRAC = 1e-6  # of the central difference, as in resampling
_MAX_ROUNDS = 20  # of ordering people anew; two are enough where everybody has as many pictures
_ROUNDING = 1e-9


def mislabel_bounds(
    scores: pd.DataFrame,
    plan: Plan,
    models: Sequence[ModelAudit],
    error_rates: Mapping[tuple[str, str], float],
    progress: Progress,
) -> list[MislabelBound]:
    """Bound every shown gap of single attributes.

    Args:
        scores: good rows of all models.
        plan: of the audit; its first metric is compared.
        models: what the audit found.
        error_rates: by attribute and group, the measured share of people whom the group wrongly holds or
            lacks; groups that nobody measured have none.
        progress: shows one step for each attribute of each model.
    """
    axes = [axis for axis in plan.axes if len(axis.attributes) == 1]
    metric = plan.metrics[0]
    found = []
    with progress.bar("wrong labels", len(axes) * len(models)) as advance:
        for model in models:
            of_model = (scores["model"] == model.model) & (
                scores["reference_source"] == model.reference_source
            )
            people = by_person(scores[of_model], [metric])
            # By place and not by name: a number cut in two ways is twice there. Crossings come last.
            for layout, audit in zip(lay(axes, people, plan.min_people), model.attributes, strict=False):
                name = layout.axis.name
                given = {group.group: group for group in audit.groups}
                for place, levels in enumerate(layout.shown):
                    group = given[group_name(levels)]
                    moves = Moves(metric, layout.people.sums[metric.name], layout.stratum == place)
                    rate = error_rates.get((name, group.group))
                    bound = _bound(moves, group, rate, plan.rules)
                    if bound is not None:
                        found.append(
                            MislabelBound(
                                model=model.model,
                                reference_source=model.reference_source,
                                attribute=name,
                                metric=metric.name,
                                group=group.group,
                                error_rate=rate,
                                gap=bound.gap,
                                low=bound.low,
                                high=bound.high,
                                breaks_at=bound.breaks_at,
                            )
                        )
                advance()
    return found


@dataclass(frozen=True, slots=True)
class _Bound:
    gap: float
    low: float | None
    high: float | None
    breaks_at: float | None


def _bound(moves: "Moves", group: Group, rate: float | None, rules: Rules) -> _Bound | None:
    """Bound one gap; None where there is no rest, or no value."""
    gap = group.comparison.gap
    if gap.value is None:
        return None
    low = high = None
    if rate is not None:
        n_wrong = math.ceil(rate * moves.n_people - _ROUNDING)
        low, high = moves.least(n_wrong), moves.most(n_wrong)
    n_breaking = _n_breaking(moves, group.comparison.verdict == "gap", gap, rules.margin)
    breaks_at = None if n_breaking is None else n_breaking / moves.n_people
    return _Bound(gap.value, low, high, breaks_at)


def _n_breaking(moves: "Moves", is_gap: bool, gap: Estimate, margin: float) -> int | None:
    """Count the wrong labels from which on the verdict need not hold."""
    value = gap.value or 0.0

    def breaks(n_wrong: int) -> bool:
        if not is_gap:
            return moves.most(n_wrong) >= margin or moves.least(n_wrong) <= -margin
        # The interval as it is, moved with the gap: labels and chance together reach 0.
        if value > 0:
            return moves.least(n_wrong) - (value - _or(gap.low, value)) <= 0
        return moves.most(n_wrong) + (_or(gap.high, value) - value) >= 0

    # From few on: that costs as much as the few, and verdicts seldom stand much longer.
    too_few, enough = -1, 1
    while not breaks(enough):
        if enough == moves.n_people:
            return None
        too_few, enough = enough, min(2 * enough, moves.n_people)
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        too_few, enough = (too_few, middle) if breaks(middle) else (middle, enough)
    return enough


def _or(number: float | None, otherwise: float) -> float:
    return otherwise if number is None else number


class Moves:
    """A group and the rest, and what moving people between them does to the gap."""

    def __init__(self, metric: Metric, columns: Floats, is_in: Bools) -> None:
        """Take the people as labelled.

        Args:
            metric: what is compared.
            columns: (n_people, k), a person's sums.
            is_in: (n_people,), True in the group.
        """
        self.n_people = len(columns)
        self._metric = metric
        self._columns = columns
        self._own, self._rest = np.flatnonzero(is_in), np.flatnonzero(~is_in)
        self._total: Floats = columns.sum(axis=0)
        self._start: Floats = columns[self._own].sum(axis=0)

    def most(self, n_wrong: int) -> float:
        """Give the largest gap that at most ``n_wrong`` moves reach."""
        return self._extreme(n_wrong, 1.0)

    def least(self, n_wrong: int) -> float:
        """Give the smallest gap that at most ``n_wrong`` moves reach."""
        return self._extreme(n_wrong, -1.0)

    def _extreme(self, n_wrong: int, sign: float) -> float:
        """Order people by what their move does to the gap, take the best, and order anew from there.

        Where everybody weighs alike, the order is that of their scores whatever is moved, and the
        result exact. Else it is the best that is reached, from the group as it is, at its smallest and at
        its largest.
        """
        seen = self._start
        smallest, largest = self._reached(seen, n_wrong, sign)[[0, -1]]
        gaps = [self._climbed(start, n_wrong, sign) for start in (seen, smallest, largest)]
        return sign * max(sign * gap for gap in gaps)

    def _climbed(self, sums: Floats, n_wrong: int, sign: float) -> float:
        best = float(self._gaps(self._start))
        for _ in range(_MAX_ROUNDS):
            reached = self._reached(sums, n_wrong, sign)
            gaps = self._gaps(reached)
            place = int(np.nanargmax(sign * gaps))
            if sign * gaps[place] <= sign * best:
                break
            best, sums = float(gaps[place]), reached[place]
        return best

    def _gaps(self, sums: Floats) -> Floats:
        """Give the gap where the group's sums are ``sums`` (..., k); NaN where a side is empty."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(self._metric.value(sums) - self._metric.value(self._total - sums))

    def _reached(self, sums: Floats, n_wrong: int, sign: float) -> Floats:
        """Give the group's sums after the best moves for each change of its size, (n_sizes, k)."""
        worth = sign * (self._columns @ self._slope(sums))
        n_own, n_rest = len(self._own), len(self._rest)
        leaving = _least(self._own, worth[self._own], n_wrong)
        joining = _least(self._rest, -worth[self._rest], n_wrong)
        growth = np.arange(-min(n_wrong, n_own - 1), min(n_wrong, n_rest - 1) + 1)
        first_out, first_in = np.maximum(0, -growth), np.maximum(0, growth)
        limit = np.minimum((n_wrong - np.abs(growth)) // 2, n_own - first_out)
        limit = np.minimum(limit, n_rest - first_in)
        n_swaps = _n_gainful(worth[leaving], worth[joining], first_out, first_in, limit)
        out, into = (_running(self._columns[order]) for order in (leaving, joining))
        return self._start - out[first_out + n_swaps] + into[first_in + n_swaps]

    def _slope(self, sums: Floats) -> Floats:
        """Give the gap's derivatives by the group's sums, (k,), the total unchanged."""
        slope = np.empty_like(sums)
        for place in range(len(sums)):
            step = np.zeros_like(sums)
            step[place] = _STEP_FRAC * max(1.0, min(abs(sums[place]), abs(self._total - sums)[place]))
            slope[place] = (self._gaps(sums + step) - self._gaps(sums - step)) / (2 * step[place])
        return slope


def _least(people: Ints, worth: Floats, n: int) -> Ints:
    """Give the n people of the least worth (n_people,), from the least on."""
    if n < len(people):
        chosen = np.sort(np.argpartition(worth, n)[: max(1, n)])
        people, worth = people[chosen], worth[chosen]
    return people[np.argsort(worth, kind="stable")]


def _running(columns: Floats) -> Floats:
    """Give sums over the first 0, 1, ... rows, (n + 1, k)."""
    return np.concatenate([np.zeros((1, columns.shape[1])), columns.cumsum(axis=0)])


def _n_gainful(leaving: Floats, joining: Floats, first_out: Ints, first_in: Ints, limit: Ints) -> Ints:
    """Count the swaps that gain: the n-th joiner is worth more than the n-th leaver, both in order.

    Worths of leavers rise and those of joiners fall, so gains end once; found by bisection for all
    changes of size at once.
    """
    too_many, gainful = limit + 1, np.zeros_like(limit)
    while (too_many - gainful > 1).any():
        middle = (too_many + gainful) // 2
        last = np.maximum(middle - 1, 0)
        out = leaving[np.minimum(first_out + last, len(leaving) - 1)]
        into = joining[np.minimum(first_in + last, len(joining) - 1)]
        gains = (into > out) & (middle <= limit)
        is_open = too_many - gainful > 1
        gainful = np.where(is_open & gains, middle, gainful)
        too_many = np.where(is_open & ~gains, middle, too_many)
    return gainful
