"""What is said of a group: its value, how far it may be off, and how it compares with others?

The parts that every typed result is made of.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Verdict = Literal["gap", "equivalent", "insufficient data", "suppressed"]
Reading = Literal["accuracy", "agreement"]


class Frozen(BaseModel):
    """A part of a result: it never changes, and takes no field that is not declared."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Estimate(Frozen):
    """A value with its interval and counts; None is suppressed or undefined."""

    value: float | None
    low: float | None
    high: float | None
    n_images: int | None
    n_people: int | None


class Interval(Frozen):
    """A metric's value with its 95% interval over people; None is undefined."""

    value: float | None
    low: float | None
    high: float | None


class Comparison(Frozen):
    """A group against the rest: gap = group minus rest, in the metric's own unit (0-1)."""

    gap: Estimate
    p_value: float | None
    p_holm: float | None  # corrected over the declared family: the chance of one false gap or more
    p_bh: float | None = None  # over the same family: the share of false gaps among those found
    detectable_gap: float | None  # smallest gap that 80% power would find with these people
    people_needed: int | None  # more people in this group, the rest in step, to find a gap of the margin
    verdict: Verdict


class Group(Frozen):
    """One group of an attribute (or of a crossing): its estimate and its comparison to the rest."""

    group: str
    estimate: Estimate
    comparison: Comparison
    other_metrics: dict[str, Estimate] = {}  # by metric name; shown, not compared
    shrunken: Interval | None = None  # of a crossing's cell: empirical Bayes, towards what its parts foretell


class Spread(Frozen):
    """The largest gap between groups, beside the one expected when there is no difference."""

    gap: float | None
    expected_under_null: float | None
    p_value: float | None  # permutation test over people


class Pair(Frozen):
    """Two groups of one attribute: gap = group minus other."""

    group: str
    other: str
    comparison: Comparison


class WorstGroup(Frozen):
    """The group with the lowest value, told without the optimism of having picked it by looking."""

    group: str
    seen: Interval  # as if it had been named beforehand
    corrected: Interval  # the value that the picked group has in truth, with its interval


class AttributeAudit(Frozen):
    """All groups of one attribute (``perceived_gender``) or crossing (``a x b``)."""

    attribute: str
    metric: str
    answered_by: list[str]  # who said so: self_report, annotator, dataset, model, measured
    groups: list[Group]
    spread: Spread
    n_unlabelled: int  # people without an answer (or with cannot_tell), left out and counted
    n_suppressed: int  # groups below min_people
    pairs: list[Pair] = []  # where groups were compared with each other
    worst: WorstGroup | None = None  # None: fewer than two groups can be shown

    @property
    def distinct_groups(self) -> list[Group]:
        """Give the groups whose comparisons differ: of two, each the other's rest, the lower one."""
        groups = self.groups
        if len(groups) != 2 or groups[0].comparison.verdict != groups[1].comparison.verdict:
            return groups
        return [min(groups, key=lambda group: group.comparison.gap.value or 0.0)]


class ModelAudit(Frozen):
    """One model against one kind of reference."""

    model: str
    reference_source: str
    reading: Reading  # accuracy against human or rendered masks, else agreement
    overall: dict[str, Estimate]  # by metric name
    attributes: list[AttributeAudit]
