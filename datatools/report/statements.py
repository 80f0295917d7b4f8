"""What can be said, what cannot, and what should be done next, in a few sentences?"""

from collections.abc import Iterable, Iterator, Sequence

from datatools.fairness.estimates import AttributeAudit, Group, ModelAudit
from datatools.fairness.result import AuditResult, Composition, Proportion
from datatools.report import compared, words
from datatools.report.compared import left_after_adjusting
from datatools.report.document import Sentence
from datatools.report.facts import ReportFacts
from datatools.report.verdicts import corrected, main_attributes, margin, with_verdict

_DATA = "the data"
_SEVERAL = "several models"
_MOST_APART = 3  # models that are told one by one
_MOST_PER_MODEL = 6  # a summary; the tables hold every comparison


def can_say(audit: AuditResult) -> list[Sentence]:
    """Say which gaps were found, and which groups are the same within the margin."""
    found: list[Sentence] = []
    for model in audit.models:
        gaps = [
            Sentence(
                about=model.model,
                tone="gap",
                text=f"{told.name}: {words.points(abs(told.gap))} points "
                f"{'lower' if told.gap < 0 else 'higher'} than the rest "
                f"{words.signed_interval(told.group.comparison.gap)}; "
                f"{words.counts(told.group.estimate)}, corrected p "
                f"{words.p_value(corrected(told.group.comparison, audit))}."
                + left_after_adjusting(audit, model, told.attribute.attribute, told.group.group),
            )
            for told in with_verdict(model, "gap")
        ]
        found += _at_most(gaps, model.model)
        found += _equivalent(model, margin(audit))
    found += compared.can_say(audit)
    return found + [sentence for table in audit.composition for sentence in _acceptance(table)]


def _equivalent(model: ModelAudit, band: float) -> Iterator[Sentence]:
    """Name the groups that are the same within the margin, by attribute; of crossings in one sentence."""
    by_subject: dict[str, list[str]] = {}
    for attribute in main_attributes(model):
        is_crossed = words.CROSSING in attribute.attribute
        subject = "crossings of attributes" if is_crossed else words.attribute(attribute.attribute)
        same = [
            words.group(group.group, attribute.attribute)
            for group in attribute.groups
            if group.comparison.verdict == "equivalent"
        ]
        if same:
            by_subject.setdefault(subject, []).extend(same)
    for subject, same in by_subject.items():
        verb = "is" if len(same) == 1 else "are each"
        text = f"{subject}: {words.listed(same)} {verb} within {words.points(band)} points of the rest."
        yield Sentence(about=model.model, tone="equivalent", text=text)


def _at_most(sentences: list[Sentence], about: str) -> list[Sentence]:
    others = len(sentences) - _MOST_PER_MODEL
    if others <= 1:
        return sentences
    text = f"{words.count(others, 'more gap')}: see the tables below."
    return [*sentences[:_MOST_PER_MODEL], Sentence(about=about, tone="gap", text=text)]


def _acceptance(table: Composition) -> list[Sentence]:
    known = [row for row in table.acceptance if row.share is not None]
    if len(known) < 2:
        return []
    low, high = min(known, key=_share), max(known, key=_share)
    if low.high is None or high.low is None or low.high >= high.low:
        return []
    text = (
        f"Masks of {words.attribute(table.attribute)} = {low.group} are accepted less often than those of "
        f"{high.group}: {_percent(low)} against {_percent(high)}."
    )
    return [Sentence(about=_DATA, tone="gap", text=text)]


def _share(row: Proportion) -> float:
    assert row.share is not None  # filtered by the caller
    return row.share


def _percent(row: Proportion) -> str:
    return f"{words.points(row.share)}% {words.interval(row.low, row.high)} of {row.total:,}"


def cannot_say(audit: AuditResult, facts: ReportFacts) -> list[Sentence]:
    """Say which comparisons are open and what would settle them, and what was left out."""
    found: list[Sentence] = []
    # Of many models one sentence an attribute is told, not one for each of them.
    together = [audit.models] if len(audit.models) > _MOST_APART else [[model] for model in audit.models]
    for models in together:
        if models:
            found += _open_of(models, audit)
    found += compared.cannot_say(audit)
    hidden = {
        a.attribute: f"{words.attribute(a.attribute)} ({a.n_suppressed})"
        for model in audit.models
        for a in model.attributes
        if a.n_suppressed
    }
    if hidden:
        k = audit.settings.get("min_people")
        least = f"fewer than {k} people" if isinstance(k, int) else "too few people"
        text = f"Groups with {least} are not shown: {words.listed(sorted(hidden.values()))}."
        found.append(Sentence(about=_DATA, tone="limit", text=text))
    unlabelled = [
        f"{words.attribute(table.attribute)} ({words.count(table.n_unlabelled, 'person', 'people')})"
        for table in audit.composition
        if table.n_unlabelled
    ]
    if unlabelled:
        text = f"Left out because they have no answer: {words.listed(sorted(unlabelled))}."
        found.append(Sentence(about=_DATA, tone="limit", text=text))
    if facts.changed_since:
        text = f"{words.listed(facts.changed_since)} changed since: the audit is of the earlier state."
        found.append(Sentence(about=_DATA, tone="limit", text=text))
    return found


def _open_of(models: Sequence[ModelAudit], audit: AuditResult) -> Iterator[Sentence]:
    """Tell what is open of one model, or of several in the same sentences."""
    about = models[0].model if len(models) == 1 else _SEVERAL
    agreeing = [model.model for model in models if model.reading == "agreement"]
    if agreeing:
        what = "This" if len(models) == 1 else f"What is told of {words.listed(agreeing, most=20)}"
        text = f"{what} is agreement, not accuracy: errors that model and reference share are unseen."
        yield Sentence(about=about, tone="limit", text=text)
    by_attribute: dict[str, list[tuple[str, AttributeAudit]]] = {}
    n_crossed = []
    for model in models:
        crossed = 0
        for attribute in main_attributes(model):
            if words.CROSSING in attribute.attribute:
                crossed += len(_open(attribute))
            elif _open(attribute):
                by_attribute.setdefault(attribute.attribute, []).append((model.model, attribute))
        n_crossed += [crossed] if crossed else []
    for pairs in by_attribute.values():
        of_whom = ""
        if len(models) > 1:
            is_all = len(pairs) == len(models)
            of_whom = (
                " under every model" if is_all else f" under {words.listed([n for n, _ in pairs], most=6)}"
            )
        text = _unsettled([attribute for _, attribute in pairs], of_whom, audit)
        yield Sentence(about=about, tone="insufficient", text=text)
    if n_crossed:
        groups = words.count(n_crossed[0], "group")
        if len(models) > 1:
            groups = f"{_range([str(min(n_crossed)), str(max(n_crossed))])} groups of a model"
        text = f"Crossings of attributes: insufficient data for {groups}."
        yield Sentence(about=about, tone="insufficient", text=text)


def _open(attribute: AttributeAudit) -> list[Group]:
    return [group for group in attribute.groups if group.comparison.verdict == "insufficient data"]


def _unsettled(attributes: Sequence[AttributeAudit], of_whom: str, audit: AuditResult) -> str:
    """Tell an attribute's open comparisons in one sentence, with what they could have shown.

    Args:
        attributes: the same attribute of one or several models, each with something open.
        of_whom: which models they are; empty where it is one.
        audit: for its margin.
    """
    name = attributes[0].attribute
    groups = [group for attribute in attributes for group in _open(attribute)]
    named = words.listed(list(dict.fromkeys(words.group(group.group, name) for group in groups)))
    text = f"{words.attribute(name)}: insufficient data for {named}{of_whom}."
    sizes = [g.comparison.detectable_gap for g in groups if g.comparison.detectable_gap is not None]
    if sizes:
        text += f" Gaps under {_range([words.points(size) for size in (min(sizes), max(sizes))])} points "
        text += "would mostly go unseen (80% power)"
        more = _needed(groups)
        if more:
            people = _range([f"{n:,}" for n in (min(more), max(more))])
            text += f"; to settle {words.points(margin(audit))} points takes about {people} more people"
            text += " in each" if len(more) > 1 else ""
        text += "."
    return text


def _needed(groups: Iterable[Group]) -> list[int]:
    return [group.comparison.people_needed for group in groups if group.comparison.people_needed]


def _range(ends: list[str]) -> str:
    low, high = ends
    return low if low == high else f"{low} to {high}"


def next_steps(audit: AuditResult, facts: ReportFacts) -> list[str]:
    """Say what would help most, most urgent first."""
    steps = []
    if facts.changed_since:
        steps.append("Run `datatools audit` again: tables changed since.")
    lower = {told.name for model in audit.models for told in with_verdict(model, "gap") if told.gap < 0}
    if lower:
        steps.append(
            f"Look at the pictures behind the gaps with `datatools browse`, worst scores first: "
            f"{words.listed(sorted(lower))}. Compare light, pose and face size with the other groups before "
            "reading a gap as one of the attribute itself."
        )
        steps.append(
            "To mitigate a gap, add training pictures of those groups, train again with the same seed, and "
            "audit both models on the same test people."
        )
    needed = _people_to_add(audit.models)
    if needed:
        cheapest_first = sorted(needed.items(), key=lambda pair: (pair[1], pair[0]))
        wanted = [f"{name} (about {n:,} more)" for name, n in cheapest_first]
        steps.append(f"To settle what is open, add test people, the cheapest first: {words.listed(wanted)}.")
    if any(model.reading == "agreement" for model in audit.models):
        steps.append("Draw masks by hand for a sample of each group: accuracy needs human masks.")
    if not audit.composition:
        steps.append("Import answers about the people with `datatools annotate import`, then audit again.")
    return steps


def _people_to_add(models: Iterable[ModelAudit]) -> dict[str, int]:
    """Give, by group, the people that would settle every model's comparison."""
    needed: dict[str, int] = {}
    for model in models:
        for told in with_verdict(model, "insufficient data"):
            more = told.group.comparison.people_needed
            # Whoever is added for a crossing is added for each of its attributes too.
            if more and not told.is_crossing:
                needed[told.name] = max(more, needed.get(told.name, 0))
    return needed
