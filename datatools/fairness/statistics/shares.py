"""Between which bounds does a share of pictures lie, for everybody and for each group?

Score intervals (Wilson's, widened where a person has several pictures) in place of the bootstrap's: of
a group that was accepted whole every resample is whole, and its bootstrap interval has no width.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from datatools.fairness.composition.composition import share_gap_interval, share_interval
from datatools.fairness.estimates import AttributeAudit, Estimate, Group
from datatools.fairness.who.groups import Axis, group_name

Counts = tuple[int, int]  # of one person: pictures that count for the share, and all


def with_score_interval(overall: Estimate, counts: Mapping[str, Counts]) -> Estimate:
    """Give everybody's share its score interval."""
    low, high = share_interval(list(counts.values()))
    return overall.model_copy(update={"low": low, "high": high})


def with_score_intervals(
    attributes: Sequence[AttributeAudit], axes: Sequence[Axis], counts: Mapping[str, Counts]
) -> list[AttributeAudit]:
    """Give each group's share, and its gap to the rest, score intervals; what is not shown stays so.

    Args:
        attributes: the audit of a share.
        axes: the axes that they were made from, in any order that keeps single attributes first.
        counts: each person's counts.
    """
    # As the audit lays them: single attributes first. By place, not by name: one number cut at two sets
    # of edges is two axes of one name.
    laid = sorted(axes, key=lambda axis: len(axis.attributes))
    return [_rated(one, axis, counts) for one, axis in zip(attributes, laid, strict=True)]


def _rated(attribute: AttributeAudit, axis: Axis, counts: Mapping[str, Counts]) -> AttributeAudit:
    members: dict[str, list[Counts]] = defaultdict(list)
    for person, levels in axis.group_of.items():
        if person in counts:
            members[group_name(levels)].append(counts[person])
    groups = [_scored(group, members) for group in attribute.groups]
    return attribute.model_copy(update={"groups": groups})


def _scored(group: Group, members: Mapping[str, list[Counts]]) -> Group:
    if group.estimate.value is None:
        return group
    own = members[group.group]
    low, high = share_interval(own)
    found = group.model_copy(
        update={"estimate": group.estimate.model_copy(update={"low": low, "high": high})}
    )
    rest = [person for name, people in members.items() if name != group.group for person in people]
    if not rest:
        return found
    low, high = share_gap_interval(own, rest)
    changed: dict[str, object] = {"gap": group.comparison.gap.model_copy(update={"low": low, "high": high})}
    if group.estimate.value in (0.0, 1.0):  # no spread was seen, so power would be told too high
        changed |= {"detectable_gap": None, "people_needed": None}
    return found.model_copy(update={"comparison": group.comparison.model_copy(update=changed)})
