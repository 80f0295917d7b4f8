"""Which comparisons came to which verdict, and under which name are they told?"""

from dataclasses import dataclass

from datatools.fairness.estimates import AttributeAudit, Comparison, Group, ModelAudit, Verdict
from datatools.fairness.result import AuditResult
from datatools.report import words

_DEFAULT_MARGIN = 0.01  # of the equivalence test, where the audit's settings do not say


@dataclass(frozen=True, slots=True)
class Told:
    """A group whose comparison is told, with the attribute it belongs to."""

    attribute: AttributeAudit
    group: Group

    @property
    def name(self) -> str:
        """Name the group: attribute and value."""
        return words.whom(self.attribute.attribute, self.group.group)

    @property
    def is_crossing(self) -> bool:
        """Say whether the group crosses several attributes."""
        return words.CROSSING in self.attribute.attribute

    @property
    def gap(self) -> float:
        """Give the gap to the rest, 0 where it is undefined."""
        return self.group.comparison.gap.value or 0.0


def margin(audit: AuditResult) -> float:
    """Give the margin within which two groups count as equivalent, 0-1."""
    value = audit.settings.get("margin")
    return float(value) if isinstance(value, int | float) else _DEFAULT_MARGIN


def corrected(compared: Comparison, audit: AuditResult) -> float | None:
    """Give the p-value that decided: Holm's, or Benjamini and Hochberg's where that was asked for."""
    return compared.p_bh if audit.settings.get("correction") == "bh" else compared.p_holm


def main_metric(model: ModelAudit) -> str | None:
    """Give the metric that the audit put first."""
    return model.attributes[0].metric if model.attributes else next(iter(model.overall), None)


def main_attributes(model: ModelAudit) -> list[AttributeAudit]:
    """Give the attributes as judged by the main metric; the other metrics are for the tables."""
    return [attribute for attribute in model.attributes if attribute.metric == main_metric(model)]


def with_verdict(model: ModelAudit, verdict: Verdict) -> list[Told]:
    """Give the comparisons of the main metric that came to a verdict, the largest gaps first."""
    found = [
        Told(attribute, group)
        for attribute in main_attributes(model)
        for group in attribute.distinct_groups
        if group.comparison.verdict == verdict
    ]
    return sorted(found, key=lambda told: -abs(told.gap))
