"""What does an audit say in one line, and in one line for each model?

Lines state what was measured and how surely. They never say why a gap is there, and never call a model
fair: an audit that finds nothing has not shown that there is nothing.
"""

from datatools.fairness.estimates import ModelAudit
from datatools.fairness.result import AuditResult
from datatools.report import statements, words
from datatools.report.document import ModelSummary, Summary
from datatools.report.facts import ReportFacts
from datatools.report.verdicts import main_attributes, main_metric, margin, with_verdict


def summarise(audit: AuditResult, facts: ReportFacts) -> Summary:
    """Put an audit into sentences."""
    models = [_model(model) for model in audit.models]
    return Summary(
        headline=_headline(audit, models),
        models=models,
        can_say=statements.can_say(audit),
        cannot_say=statements.cannot_say(audit, facts),
        next_steps=statements.next_steps(audit, facts),
    )


def _headline(audit: AuditResult, models: list[ModelSummary]) -> str:
    gaps = sum(model.n_gaps for model in models)
    unsure = sum(model.n_insufficient for model in models)
    settled = sum(model.n_equivalent for model in models)
    if not models:
        return "No model was audited: this page describes the data alone."
    if gaps:
        rest = f"; {words.count(unsure, 'comparison')} could not be settled" if unsure else ""
        return f"{words.count(gaps, 'gap')} found{rest}."
    if unsure:
        return f"No gap found, but {unsure} of {unsure + settled} comparisons have too little data to tell."
    if settled:
        return f"No gap found: every comparison is within {words.points(margin(audit))} points."
    return "No group could be compared: there are no answers, or the groups are too small."


def _model(model: ModelAudit) -> ModelSummary:
    metric = main_metric(model)
    estimate = model.overall.get(metric) if metric else None
    overall = "no score"
    if estimate is not None:
        overall = f"{words.with_interval(estimate)} points of {metric}, {words.counts(estimate)}"
    return ModelSummary(
        model=model.model,
        reading=words.reading(model),
        headline=_model_headline(model),
        overall=overall,
        n_gaps=len(with_verdict(model, "gap")),
        n_equivalent=len(with_verdict(model, "equivalent")),
        n_insufficient=len(with_verdict(model, "insufficient data")),
        n_suppressed=len(with_verdict(model, "suppressed")),
    )


def _model_headline(model: ModelAudit) -> str:
    gaps = with_verdict(model, "gap")
    parts = []
    for word, some in (
        ("lower", [told for told in gaps if told.gap < 0]),
        ("higher", [told for told in gaps if told.gap > 0]),
    ):
        if some:
            named = [f"{told.name} ({words.signed_points(told.gap)})" for told in some]
            parts.append(f"{word} for {words.listed(named)}")
    if parts:
        text = "; ".join(parts)
        return text[0].upper() + text[1:]
    if not main_attributes(model):
        return "Not compared between groups"
    n_open = len(with_verdict(model, "insufficient data"))
    return f"No gap found, {words.count(n_open, 'comparison')} open" if n_open else "No gap found"
