"""Which groups does a plan compare, and how many people are in each?"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from datatools.errors import UsageError
from datatools.fairness.planning.planning import Sized
from datatools.fairness.statistics.layout import Layout, lay
from datatools.fairness.statistics.people import People
from datatools.fairness.who.axes import axes_of
from datatools.fairness.who.crossings import crossings
from datatools.fairness.who.groups import group_name, without_few_several
from datatools.workspace import Workspace

_SIZE = re.compile(r"(?P<group>.+):(?P<n_people>\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedGroups:
    """The groups of a plan; with no people yet there are only so many of them."""

    groups: list[Sized] = field(default_factory=list)
    n_groups: int  # of equal size, where sizes are still to be found
    n_comparisons: int
    n_suppressed: int = 0


def of_words(people: Sequence[str], n_groups: int | None) -> PlannedGroups:
    """Read groups from words like ``women:30``, or take so many groups (two by default) without people.

    Raises:
        UsageError: a word that is no size, a group named twice, one group alone, or as many groups as
            ``n_groups`` does not say.
    """
    found: dict[str, int] = {}
    for word in people:
        matched = _SIZE.fullmatch(word)
        if matched is None or int(matched["n_people"]) < 1:
            raise UsageError(f"expected people as NAME:NUMBER, at least 1, as in women:30; got {word!r}")
        name = matched["group"].strip()
        if name.casefold() in (known.casefold() for known in found):
            raise UsageError(f"expected each group once in --people, got {name!r} twice")
        found[name] = int(matched["n_people"])
    if len(found) == 1:
        raise UsageError("expected --people of two groups or more, got one: nobody to compare it with")
    if found and n_groups not in {None, len(found)}:
        raise UsageError(f"expected --people of {n_groups} groups, as --groups says, got {len(found)}")
    total = sum(found.values())
    n = len(found) or n_groups or 2
    return PlannedGroups(
        groups=[Sized(attribute="", group=name, n_people=k, n_rest=total - k) for name, k in found.items()],
        n_groups=n,
        n_comparisons=_comparisons(n),
    )


def _comparisons(n_groups: int) -> int:
    """Count the comparisons of groups with the rest; two groups alone are one, seen from both sides."""
    return n_groups if n_groups > 2 else 1


def of_attributes(
    workspace: Workspace, attributes: Sequence[str], person_of: Mapping[str, str], cross: int, min_people: int
) -> PlannedGroups:
    """Give the groups that an audit of one model would compare, small ones hidden as there.

    Args:
        workspace: whose answers and measurements place people in groups.
        attributes: as the audit takes them.
        person_of: sample_id to person_id: the samples that count.
        cross: cross up to so many attributes.
        min_people: groups of fewer are not shown.

    Raises:
        UsageError: an attribute that does not exist, or no two groups that can be shown.
    """
    axes, _ = axes_of(workspace, attributes, person_of)
    axes = [without_few_several(axis, min_people) for axis in axes]
    ids = tuple(sorted(set(person_of.values())))
    people = People(ids, np.ones(len(ids), np.int64), {})
    layouts = lay([*axes, *crossings(axes, cross)], people, min_people)
    found = [sized for layout in layouts for sized in _of_layout(layout)]
    if not found:
        raise UsageError(
            f"expected two groups or more that can be shown, got none: {', '.join(attributes)} places fewer "
            f"than {min_people} people in each (--min-people)"
        )
    return PlannedGroups(
        groups=found,
        n_groups=max(len(layout.shown) + len(layout.hidden) for layout in layouts),
        n_comparisons=max(1, sum(layout.n_comparisons for layout in layouts)),
        n_suppressed=sum(len(layout.hidden) for layout in layouts),
    )


def _of_layout(layout: Layout) -> list[Sized]:
    sizes = np.bincount(layout.stratum, minlength=len(layout.shown)).tolist()
    total = sum(sizes)
    return [
        Sized(attribute=layout.axis.name, group=group_name(levels), n_people=n, n_rest=total - n)
        for levels, n in zip(layout.shown, sizes, strict=False)
        if total > n
    ]
