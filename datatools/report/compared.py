"""What can be said of models against the baseline, and of gaps beside their adjusted ones, in a sentence?"""

from collections.abc import Iterator

from datatools.fairness.estimates import ModelAudit
from datatools.fairness.models.models_result import ModelPair
from datatools.fairness.result import AuditResult
from datatools.report import words
from datatools.report.document import Sentence


def can_say(audit: AuditResult) -> Iterator[Sentence]:
    """Say which models score higher or lower than the baseline, or alike, and whom they harm."""
    for pair in audit.model_pairs.pairs if audit.model_pairs is not None else []:
        harmed = _groups(pair, "harmed")
        if pair.overall.verdict in {"better", "worse", "equivalent"}:
            text = f"{_side(pair)} on the same pictures: {_difference(pair)}."
            tone = "gap" if pair.overall.verdict == "worse" else "equivalent"
            yield Sentence.model_validate({"about": pair.model, "tone": tone, "text": text})
        if harmed:
            text = f"Beside {pair.baseline} it harms {words.listed(harmed)}: their scores are lower."
            yield Sentence(about=pair.model, tone="gap", text=text)


def cannot_say(audit: AuditResult) -> Iterator[Sentence]:
    """Say which models cannot be told from the baseline, and whether anybody may be harmed."""
    for pair in audit.model_pairs.pairs if audit.model_pairs is not None else []:
        if pair.overall.verdict == "insufficient data":
            text = f"Whether it scores higher than {pair.baseline} is open: {_difference(pair)}."
            yield Sentence(about=pair.model, tone="insufficient", text=text)
        unknown = _groups(pair, "insufficient data")
        if unknown:
            text = f"Whether it harms {words.listed(unknown)} beside {pair.baseline} cannot be told."
            yield Sentence(about=pair.model, tone="insufficient", text=text)


def left_after_adjusting(audit: AuditResult, model: ModelAudit, attribute: str, group: str) -> str:
    """Say what is left of a gap between people who are alike in what was measured; empty where unknown."""
    for one in audit.adjustments:
        is_of_model = (one.model, one.reference_source) == (model.model, model.reference_source)
        if is_of_model and one.attribute == attribute:
            for found in one.groups:
                if found.group == group and found.adjusted.value is not None:
                    left = words.with_interval(found.adjusted, signed=True)
                    return f" Between people alike in what was measured it is {left}, {found.verdict}."
    return ""


def _groups(pair: ModelPair, harm: str) -> list[str]:
    return [
        words.whom(attribute.attribute, group.group)
        for attribute in pair.attributes
        for group in attribute.groups
        if group.harm == harm
    ]


def _side(pair: ModelPair) -> str:
    if pair.overall.verdict == "equivalent":
        return f"Scores like {pair.baseline}, within the margin,"
    return f"Scores {'higher' if pair.overall.verdict == 'better' else 'lower'} than {pair.baseline}"


def _difference(pair: ModelPair) -> str:
    difference = pair.overall.difference
    points = f"{words.with_interval(difference, signed=True)} points of {pair.metric}"
    return f"{points} ({pair.reading}), {words.counts(difference)}"
