"""Who is in the data set, and whose masks are accepted?"""

import math
from collections import defaultdict
from collections.abc import Mapping
from statistics import fmean

from datatools.fairness.result import Composition, Proportion
from datatools.fairness.statistics.suppression import suppressed
from datatools.fairness.who.groups import Axis, Levels, group_name

_Z = 1.959963984540054  # of a two-sided 95% interval


def wilson(share: float, n: float) -> tuple[float, float]:
    """Give Wilson's 95% interval of a share of ``n`` independent draws; ``n`` need not be whole."""
    middle = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z / (1 + _Z**2 / n) * math.sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def composition(
    axis: Axis,
    n_of: Mapping[str, tuple[int, int]],
    min_people: int,
    *,
    is_checked: bool,
) -> Composition:
    """Count each group's people, and the share of its pictures whose mask was accepted.

    Args:
        axis: the groups.
        n_of: person_id to the numbers of pictures whose mask was accepted, and of those that check judged.
        min_people: groups of fewer people are not shown.
        is_checked: whether the stage check has run.
    """
    members: dict[Levels, list[str]] = defaultdict(list)
    for person in n_of:
        if person in axis.group_of:
            members[axis.group_of[person]].append(person)
    levels = [level for level in axis.levels if level in members]
    total = sum(map(len, members.values()))
    hidden = suppressed({level: len(members[level]) for level in levels}, min_people)
    acceptance = _acceptance(members, n_of, min_people) if is_checked else []
    order = {group_name(level): place for place, level in enumerate(levels)}
    return Composition(
        attribute=axis.name,
        answered_by=list(axis.answered_by),
        people=[
            _withheld(level, total) if level in hidden else _share(level, len(members[level]), total)
            for level in levels
        ],
        acceptance=sorted(acceptance, key=lambda shown: order[shown.group]),
        n_unlabelled=len(n_of) - total,
    )


def _share(level: Levels, count: int, total: int) -> Proportion:
    low, high = wilson(count / total, total)
    return Proportion(
        group=group_name(level), count=count, total=total, share=count / total, low=low, high=high
    )


def _withheld(level: Levels, total: int) -> Proportion:
    return Proportion(group=group_name(level), count=None, total=total, share=None, low=None, high=None)


def _acceptance(
    members: Mapping[Levels, list[str]], n_of: Mapping[str, tuple[int, int]], min_people: int
) -> list[Proportion]:
    outcomes: dict[Levels, list[tuple[int, int]]] = {}
    for level, people in members.items():
        outcomes[level] = [counts for counts in map(n_of.__getitem__, people) if counts[1] > 0]
    outcomes = {level: counts for level, counts in outcomes.items() if counts}
    hidden = suppressed({level: len(counts) for level, counts in outcomes.items()}, min_people)
    return [_rate(level, counts, is_hidden=level in hidden) for level, counts in outcomes.items()]


def _rate(level: Levels, counts: list[tuple[int, int]], *, is_hidden: bool) -> Proportion:
    """Give the share of a group's pictures that were accepted, by (accepted, all) of each person."""
    good, n_images = sum(a for a, _ in counts), sum(n for _, n in counts)
    if is_hidden:
        # The number of pictures would give the number of people away.
        return _withheld(level, 0)
    share = good / n_images
    low, high = share_interval(counts)
    return Proportion(group=group_name(level), count=good, total=n_images, share=share, low=low, high=high)


def share_interval(counts: list[tuple[int, int]]) -> tuple[float, float]:
    """Give the 95% interval of a share of pictures, by (accepted, all) of each person.

    Wilson's, with as many pictures as different people would have to show to tell as much.
    """
    good, n_images = sum(a for a, _ in counts), sum(n for _, n in counts)
    share = good / n_images
    return wilson(share, n_images / _design_effect(counts, share))


def share_gap_interval(first: list[tuple[int, int]], second: list[tuple[int, int]]) -> tuple[float, float]:
    """Give the 95% interval of one share minus another, of different people.

    From the two shares' own intervals (Newcombe 1998, method 10), so that it has a width where a group
    was accepted whole.
    """
    (low_1, high_1), (low_2, high_2) = share_interval(first), share_interval(second)
    p_1, p_2 = (sum(a for a, _ in counts) / sum(n for _, n in counts) for counts in (first, second))
    gap = p_1 - p_2
    return gap - math.hypot(p_1 - low_1, high_2 - p_2), gap + math.hypot(high_1 - p_1, p_2 - low_2)


def _design_effect(counts: list[tuple[int, int]], share: float) -> float:
    """Give how much less pictures of the same people tell than pictures of different people.

    The variance of a ratio over people (Cochran 1977, section 2.11) divided by that of independent
    pictures; at least 1, so that luck never narrows an interval. Exactly 1 with one picture a person.
    """
    n_people, n_images = len(counts), sum(n for _, n in counts)
    if n_people < 2 or share in (0.0, 1.0):
        return fmean(n for _, n in counts)  # no variance to be seen: as if a person's pictures were all alike
    between = sum((a - share * n) ** 2 for a, n in counts) * n_people / (n_people - 1)
    independent = n_images * share * (1 - share) * n_images / (n_images - 1)
    return max(1.0, between / independent)
