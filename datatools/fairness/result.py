"""What does an audit find? One typed result: the only source of every report, plot and gate."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Verdict = Literal["gap", "equivalent", "insufficient data", "suppressed"]
Reading = Literal["accuracy", "agreement"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Estimate(_Frozen):
    """A value with its interval and counts; None is suppressed or undefined."""

    value: float | None
    low: float | None
    high: float | None
    n_images: int | None
    n_people: int | None


class Interval(_Frozen):
    """A metric's value with its 95% interval over people; None is undefined."""

    value: float | None
    low: float | None
    high: float | None


class EvaluationResult(_Frozen):
    """How well a model's masks agree with one kind of reference: the JSON of ``evaluate``."""

    model: str
    reference: str  # human, rendered, keyed or model:NAME
    reading: Reading
    n_images: int
    n_people: int
    n_failed: int
    metrics: dict[str, Interval]  # by metric name


class Comparison(_Frozen):
    """A group against the rest: gap = group minus rest, in the metric's own unit (0-1)."""

    gap: Estimate
    p_value: float | None
    p_holm: float | None
    detectable_gap: float | None  # smallest gap that 80% power would find with these people
    people_needed: int | None  # more people in this group, the rest in step, to find a gap of the margin
    verdict: Verdict


class Group(_Frozen):
    """One group of an attribute (or of a crossing): its estimate and its comparison to the rest."""

    group: str
    estimate: Estimate
    comparison: Comparison
    other_metrics: dict[str, Estimate] = {}  # by metric name; shown, not compared


class Spread(_Frozen):
    """The largest gap between groups, beside the one expected when there is no difference."""

    gap: float | None
    expected_under_null: float | None
    p_value: float | None  # permutation test over people


class AttributeAudit(_Frozen):
    """All groups of one attribute (``perceived_gender``) or crossing (``a x b``)."""

    attribute: str
    metric: str
    answered_by: list[str]  # who said so: self_report, annotator, dataset, model, measured
    groups: list[Group]
    spread: Spread
    n_unlabelled: int  # people without an answer (or with cannot_tell), left out and counted
    n_suppressed: int  # groups below min_people

    @property
    def distinct_groups(self) -> list[Group]:
        """Give the groups whose comparisons differ: of two, each the other's rest, the lower one."""
        groups = self.groups
        if len(groups) != 2 or groups[0].comparison.verdict != groups[1].comparison.verdict:
            return groups
        return [min(groups, key=lambda group: group.comparison.gap.value or 0.0)]


class ModelAudit(_Frozen):
    """One model against one kind of reference."""

    model: str
    reference_source: str
    reading: Reading  # accuracy against human or rendered masks, else agreement
    overall: dict[str, Estimate]  # by metric name
    attributes: list[AttributeAudit]


class Proportion(_Frozen):
    """A share with its Wilson interval."""

    group: str
    count: int | None
    total: int
    share: float | None
    low: float | None
    high: float | None


class Composition(_Frozen):
    """How one attribute's groups are represented, and how often their masks are accepted."""

    attribute: str
    answered_by: list[str]
    people: list[Proportion]
    acceptance: list[Proportion]  # empty where check has not run
    n_unlabelled: int


class AuditResult(_Frozen):
    """Everything an audit found, with the settings that give it again."""

    schema_version: Literal["1"] = "1"
    name: str
    settings: dict[str, object]
    n_samples: int
    n_failed: int
    n_people: int
    composition: list[Composition]
    models: list[ModelAudit]
    metric_definitions: dict[str, str]
    n_comparisons: int  # the declared family that Holm corrects over
    notes: list[str]  # limits that the reader must know, as sentences
    inputs: dict[str, str]  # table file to SHA-256
    versions: dict[str, str]
