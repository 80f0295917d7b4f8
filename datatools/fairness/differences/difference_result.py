"""What is said of two audits side by side? ``diff.json`` is this."""

from typing import Literal

from datatools.fairness.estimates import Estimate, Frozen, Reading, Verdict

How = Literal["paired", "everyone", "from intervals"]
ChangeVerdict = Literal["higher", "lower", "equivalent", "insufficient data", "suppressed"]
Was = Literal["changed", "new", "gone"]


class Side(Frozen):
    """One of the two audits."""

    name: str
    n_images: int
    n_people: int
    n_failed: int
    n_comparisons: int
    why_no_scores: str | None  # None: its scores are at hand


class Changed(Frozen):
    """A setting, a version, a table or a model that is another one; None where one audit has none."""

    what: str
    was: Was
    before: str | None
    after: str | None


class Overlap(Frozen):
    """How many are in both audits, in the first alone, and in the second alone."""

    n_both: int
    n_gone: int
    n_new: int


class Headcount(Frozen):
    """How many people of a group each audit has; None: not shown, or no such group."""

    attribute: str
    group: str
    before: int | None
    after: int | None


class Change(Frozen):
    """A value in both audits; difference = second minus first, in the metric's own unit (0-1).

    ``paired``: over the people who are in both audits, alone; each gives one difference. ``everyone``: all
    people of both, where few are in both; who is in both still counts once. ``from intervals``: the scores of
    one audit are not at hand, and its people are taken as others than those of the other one.
    """

    before: Estimate  # as the first audit has it
    after: Estimate
    difference: Estimate  # its counts: people and images of those it is computed of
    how: How
    p_value: float | None
    p_holm: float | None  # corrected over all changes: the chance of one false change or more
    detectable: float | None  # smallest change that 80% power would find
    verdict: ChangeVerdict


class GroupDifference(Frozen):
    """One group of an attribute in both audits."""

    group: str
    value: Change
    gap: Change | None  # of the gap to the rest; None: suppressed, or that of the other one of two groups
    verdict_before: Verdict
    verdict_after: Verdict
    why: list[str]  # where the verdict changed: what moved it


class AttributeDifference(Frozen):
    """The groups that both audits show of one attribute."""

    attribute: str
    groups: list[GroupDifference]
    n_moved: int | None  # people in both audits, in another group now; None: not known
    only_before: list[str]  # groups that the other audit has not
    only_after: list[str]


class ModelDifference(Frozen):
    """One model against one kind of reference in both audits."""

    model: str
    model_after: str  # its name in the second audit
    reference_source: str
    reading: Reading
    metric: str
    overall: Change
    attributes: list[AttributeDifference]


class AuditDifference(Frozen):
    """Everything that changed between two audits."""

    schema_version: Literal["1"] = "1"
    before: Side
    after: Side
    settings: list[Changed]
    versions: list[Changed]
    inputs: list[Changed]  # tables, by their hashes
    models: list[Changed]
    people: Overlap | None  # None: who is in one of them is not known
    images: Overlap | None
    headcounts: list[Headcount]
    differences: list[ModelDifference]
    n_comparisons: int  # changes that Holm corrects over
    n_changes: int  # those that stand after correction: higher or lower
    n_verdicts_changed: int  # groups whose verdict on the gap is another one
    margin: float
    alpha: float
    notes: list[str]
