"""What does an audit say on the command line?"""

from datatools.fairness.estimates import Group, ModelAudit
from datatools.fairness.result import AuditResult

_SHOWN_GAPS = 5


def _gaps(result: AuditResult) -> list[tuple[ModelAudit, str, Group]]:
    """Give every gap that stands after the correction, the largest first."""
    found = [
        (model, attribute.attribute, group)
        for model in result.models
        for attribute in model.attributes
        for group in attribute.distinct_groups
        if group.comparison.verdict == "gap"
    ]
    return sorted(found, key=lambda item: -abs(item[2].comparison.gap.value or 0.0))


def _sentence(model: ModelAudit, attribute: str, group: Group) -> str:
    gap = group.comparison.gap
    value, low, high = (number or 0.0 for number in (gap.value, gap.low, gap.high))
    side = "lower" if value < 0 else "higher"
    return (
        f"{model.model}, {model.reading} against {model.reference_source} masks: {attribute} {group.group} "
        f"is {_points(abs(value))} points {side} than the rest [{_points(low)}, {_points(high)}]"
    )


def _points(frac: float) -> str:
    return f"{100 * frac:.1f}".replace("-", "\N{MINUS SIGN}")


def headlines(result: AuditResult) -> list[str]:
    """Say how many gaps stand, and the largest of them."""
    gaps = _gaps(result)
    lines = [
        f"Comparisons of a group with the rest, over all models and kinds of reference: "
        f"{result.n_comparisons}. Gaps that stand after correction: {len(gaps)}."
    ]
    lines += [f"{_sentence(*found)}." for found in gaps[:_SHOWN_GAPS]]
    if len(gaps) > _SHOWN_GAPS:
        lines.append(f"... and {len(gaps) - _SHOWN_GAPS} more; audit.json has them all.")
    return lines


def facts(result: AuditResult) -> dict[str, object]:
    """Give the main counts of a run record."""
    verdicts = [g.comparison.verdict for m in result.models for a in m.attributes for g in a.distinct_groups]
    return {
        "name": result.name,
        "n_samples": result.n_samples,
        "n_people": result.n_people,
        "n_failed": result.n_failed,
        "n_comparisons": result.n_comparisons,
        "verdicts": {verdict: verdicts.count(verdict) for verdict in sorted(set(verdicts))},
        "gates": {gate.gate.name: gate.outcome for gate in result.gates},
    }
