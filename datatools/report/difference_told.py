"""Which changes between two audits stand, in sentences and in counts?"""

from collections.abc import Iterator

from datatools.fairness.differences.difference_result import AuditDifference, Change, ModelDifference
from datatools.fairness.differences.differing import STANDS
from datatools.report import words
from datatools.report.blocks import Pointer, Statement
from datatools.report.outline.pointers import at

EVERYBODY = "everybody"
HOW = {"paired": "in both audits", "everyone": "of either audit", "from intervals": "from intervals"}

Placed = tuple[str, Pointer, Change]


def headline(result: AuditDifference) -> str:
    """Say in one line how much changed."""
    if not result.differences:
        return "No model is in both audits: only the data are compared."
    n_stand, n_verdicts = result.n_changes, result.n_verdicts_changed
    changes = words.count(n_stand, "change stands", "changes stand") if n_stand else "No change stands"
    verdicts = (
        words.count(n_verdicts, "verdict on a gap changed", "verdicts on gaps changed")
        if n_verdicts
        else "no verdict on a gap changed"
    )
    return f"{changes} after correction; {verdicts}."


def counts(result: AuditDifference) -> dict[str, object]:
    """Count what stands, for programs."""
    changes = [change for model in result.differences for _, _, change in changes_of(model, "")]
    verdicts = [change.verdict for change in changes]
    return {
        "n_changes": result.n_changes,
        "n_verdicts_changed": result.n_verdicts_changed,
        "n_comparisons": result.n_comparisons,
        "verdicts": {verdict: verdicts.count(verdict) for verdict in sorted(set(verdicts))},
        "n_settings_changed": len(result.settings),
        "people": None if result.people is None else result.people.model_dump(),
    }


def sentences(result: AuditDifference) -> list[str]:
    """Say each change that stands and each verdict that is another one."""
    return [statement.text for statement in told(result)]


def told(result: AuditDifference) -> list[Statement]:
    """Give the sentences about what stands and about other verdicts, each with its place in diff.json."""
    found = []
    for place, model in enumerate(result.differences):
        of = at("", "differences", place)
        found += [
            Statement(text=_sentence(model, name, change), of=pointer, tone="strong")
            for name, pointer, change in changes_of(model, of)
            if change.verdict in STANDS
        ]
        found += list(_verdicts(model, of))
    return found


def _sentence(model: ModelDifference, name: str, change: Change) -> str:
    return (
        f"{title_of(model)}, {name}: {change.verdict} by {words.points(abs(change.difference.value or 0.0))} "
        f"points {words.signed_interval(change.difference)}; {words.counts(change.difference)} "
        f"{HOW[change.how]}, corrected p {words.p_value(change.p_holm)}."
    )


def _verdicts(model: ModelDifference, of: Pointer) -> Iterator[Statement]:
    for number, attribute in enumerate(model.attributes):
        for line, group in enumerate(attribute.groups):
            if group.verdict_before == group.verdict_after:
                continue
            name = words.whom(attribute.attribute, group.group)
            text = f"{title_of(model)}, {name}: {group.verdict_before} before, {group.verdict_after} after. "
            pointer = at(of, "attributes", number, "groups", line)
            yield Statement(text=text + " ".join(group.why), of=pointer)


def title_of(model: ModelDifference) -> str:
    """Name a model, with both names where it has two."""
    if model.model == model.model_after:
        return model.model
    return f"{model.model_after} (before: {model.model})"


def changes_of(model: ModelDifference, of: Pointer) -> Iterator[Placed]:
    """Give every change of a model with whom it is about and where it stands."""
    yield EVERYBODY, at(of, "overall"), model.overall
    for number, attribute in enumerate(model.attributes):
        for line, group in enumerate(attribute.groups):
            name = words.whom(attribute.attribute, group.group)
            pointer = at(of, "attributes", number, "groups", line)
            yield name, at(pointer, "value"), group.value
            if group.gap is not None:
                yield f"{name}, gap to the rest", at(pointer, "gap"), group.gap
