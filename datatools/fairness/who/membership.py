"""Which group is each picture in, for a stage that treats groups and not people's answers?

The same words name the groups as in an audit (see groups.py); several are crossed. Nothing is guessed: a
picture of somebody without an answer is in no group.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from datatools import tables
from datatools.fairness.who.crossings import crossings
from datatools.fairness.who.groups import axis, group_name, is_of_consensus, of_consensus
from datatools.records import Annotation
from datatools.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Membership:
    """Groups by number."""

    names: tuple[str, ...]
    group_of: Mapping[str, int]  # sample_id to the place of its group's name

    def of(self, sample_id: str) -> int:
        """Give a sample's group, -1 where it is unknown."""
        return self.group_of.get(sample_id, -1)


def answers(workspace: Workspace, attributes: Sequence[str]) -> list[Annotation]:
    """Give people's answers, and where an attribute asks for it their consensus."""
    found: list[Annotation] = workspace.rows_or_empty(tables.ANNOTATIONS)
    if any(map(is_of_consensus, attributes)):
        found = [*found, *of_consensus(workspace.rows_or_empty(tables.CONSENSUS))]
    return found


def membership(workspace: Workspace, attributes: Sequence[str]) -> Membership:
    """Say which group each sample of the workspace is in; no attribute makes no groups.

    Raises:
        UsageError: an attribute that nobody answered and nothing measures, or that needs edges.
    """
    if not attributes:
        return Membership((), {})
    person_of = {sample.sample_id: sample.person_id for sample in workspace.samples()}
    said, measured = answers(workspace, attributes), workspace.rows_or_empty(tables.MEASUREMENTS)
    axes = [axis(attribute, said, measured, person_of) for attribute in attributes]
    made = axes[0] if len(axes) == 1 else crossings(axes, len(axes))[-1]
    place_of = {levels: place for place, levels in enumerate(made.levels)}
    return Membership(
        tuple(group_name(levels) for levels in made.levels),
        {
            sample_id: place_of[made.group_of[person]]
            for sample_id, person in person_of.items()
            if person in made.group_of
        },
    )
