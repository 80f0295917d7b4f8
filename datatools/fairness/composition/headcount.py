"""How many people and pictures are in each group, who is in none, and which groups are empty or thin?"""

from collections.abc import Sequence
from itertools import product

import numpy as np

from datatools import vocab
from datatools.fairness.composition.composition import wilson
from datatools.fairness.composition.composition_result import Count, Headcount, Unplaced
from datatools.fairness.composition.diversity import effective
from datatools.fairness.composition.labelled import REASONS, Everybody, Labels
from datatools.fairness.statistics.suppression import suppressed
from datatools.fairness.who.groups import Levels, group_name

Hidden = dict[tuple[str, ...], frozenset[Levels]]  # by the attributes of an axis


def hidden_groups(labels: Sequence[Labels], min_people: int) -> Hidden:
    """Give the groups of every attribute and crossing that must not be shown.

    Those who said that they cannot or will not tell are a row of the table as well. What an attribute
    hides, its crossings hide too.
    """
    hidden: Hidden = {}
    for label in sorted(labels, key=lambda label: len(label.attributes)):
        n_people = dict(_filled(label))
        already = {levels for levels in n_people if _is_hidden_above(label, levels, hidden)}
        if len(label.attributes) == 1:
            n_people |= {(reason,): n for reason, n in _reasons(label) if reason in vocab.NO_ANSWERS}
        hidden[label.attributes] = frozenset(suppressed(n_people, min_people, already))
    return hidden


def _filled(label: Labels) -> list[tuple[Levels, int]]:
    """Give each group that somebody is in, with its people, in the order to show them."""
    cells = label.cells()
    return [
        (tuple(levels[i] for levels, i in zip(label.levels, place, strict=True)), int(cells[tuple(place)]))
        for place in np.argwhere(cells > 0)
    ]


def _reasons(label: Labels) -> list[tuple[str, int]]:
    """Count the people in no group by the first attribute that has no answer."""
    lowest = label.code.min(axis=1)
    counts = ((reason, int((lowest == code).sum())) for code, reason in REASONS.items())
    return [(reason, n) for reason, n in counts if n]


def _is_hidden_above(label: Labels, levels: Levels, hidden: Hidden) -> bool:
    where = {attribute: number for number, attribute in enumerate(label.attributes)}
    return any(
        tuple(levels[where[attribute]] for attribute in attributes) in groups
        for attributes, groups in hidden.items()
        if where.keys() >= set(attributes)
    )


def headcount(
    label: Labels,
    people: Everybody,
    hidden: frozenset[Levels],
    n_wanted: int | None,
    rng: np.random.Generator,
) -> Headcount:
    """Count one attribute or crossing.

    Args:
        label: the groups.
        people: everybody.
        hidden: groups, and reasons as ``(reason,)``, that must not be shown.
        n_wanted: a group of fewer people is thin; None: no number is enough.
        rng: for the interval of the effective number of groups.
    """
    filled = _filled(label)
    n_placed = sum(n for _, n in filled)
    images = label.cells(people.n_images)
    places = [{level: i for i, level in enumerate(levels)} for levels in label.levels]
    groups = []
    for levels, n in filled:
        if levels in hidden:
            groups.append(_withheld(levels))
            continue
        low, high = wilson(n / n_placed, n_placed)
        place = tuple(where[level] for where, level in zip(places, levels, strict=True))
        groups.append(
            Count(
                group=group_name(levels),
                n_people=n,
                n_images=int(images[place]),
                share=n / n_placed,
                low=low,
                high=high,
            )
        )
    is_single = len(label.attributes) == 1
    return Headcount(
        attribute=label.name,
        answered_by=list(label.answered_by),
        n_placed=n_placed,
        groups=groups,
        unplaced=[
            Unplaced(reason=reason, n_people=None if (reason,) in hidden else n)
            for reason, n in _reasons(label)
        ],
        effective=effective(label.cells().ravel(), rng) if is_single else None,
        empty=_empty(label),
        thin=[
            count.group
            for count in groups
            if count.n_people is not None and (n_wanted is None or count.n_people < n_wanted)
        ],
        n_suppressed=sum(levels in hidden for levels, _ in filled),
    )


def _withheld(levels: Levels) -> Count:
    return Count(group=group_name(levels), n_people=None, n_images=None, share=None, low=None, high=None)


def _empty(label: Labels) -> list[str]:
    """Name what nobody is in: an attribute's groups, or a crossing's cells of groups that have people."""
    cells = label.cells()
    used = [np.flatnonzero(cells.sum(axis=tuple(set(range(cells.ndim)) - {i}))) for i in range(cells.ndim)]
    if cells.ndim == 1:
        used = [np.arange(len(cells))]
    return [
        group_name(tuple(levels[i] for levels, i in zip(label.levels, place, strict=True)))
        for place in product(*(index.tolist() for index in used))
        if cells[place] == 0
    ]
