"""For whom does a workspace's factory work worse? Tables in, the parity table and its sentences out."""

from collections.abc import Sequence
from dataclasses import dataclass

from datatools.fairness.chain.outcomes import cases, readable
from datatools.fairness.chain.parity import axes_of, compare
from datatools.fairness.chain.parity_told import parity_facts, parity_rows, parity_sentences
from datatools.fairness.who.groups import Axis, without_few_several
from datatools.records import ParityRow
from datatools.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Told:
    """Parity as rows, facts and sentences."""

    rows: list[ParityRow]
    facts: dict[str, object]
    sentences: list[str]


def chosen_axes(workspace: Workspace, attributes: Sequence[str] | None) -> tuple[list[Axis], list[str]]:
    """Make the axes over all readable samples; see ``axes_of``.

    Raises:
        UsageError: an attribute that was asked for does not exist.
    """
    return axes_of(workspace, attributes, readable(workspace))


def parity_of(workspace: Workspace, attributes: Sequence[str] | None, *, min_people: int, seed: int) -> Told:
    """Compare what the factory did between groups of people; the stage check has just judged.

    Raises:
        UsageError: an attribute that was asked for does not exist.
        TableError: the stage check has not run.
    """
    axes, notes = chosen_axes(workspace, attributes)
    axes = [without_few_several(axis, min_people) for axis in axes]
    parity = compare(cases(workspace), axes, min_people=min_people, seed=seed)
    return Told(list(parity_rows(parity)), parity_facts(parity), [*parity_sentences(parity, axes), *notes])
