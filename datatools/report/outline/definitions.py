"""What does every metric, word and category mean that a report shows?"""

from collections.abc import Iterator

from datatools.fairness.result import AuditResult
from datatools.report import words
from datatools.report.blocks import Block, Definitions, Section, Statement
from datatools.report.categories import CategoryFacts, QuestionFact
from datatools.report.document import Report
from datatools.report.outline.cells import capital, some
from datatools.report.outline.pointers import at
from datatools.report.verdicts import margin

_KINDS = {
    "self_reported": "What people said of themselves.",
    "perceived": "What others saw in the pictures; it is not what the people say of themselves.",
    "visible": "A thing that is seen in the picture.",
    "rendered": "Set when the portrait was rendered; nobody guessed.",
}
_OF = "/facts/categories"


def section(report: Report) -> Section:
    """Give the section with all definitions."""
    audit = report.audit
    blocks: list[Block] = []
    if audit.metric_definitions:
        metrics = list(audit.metric_definitions.items())
        blocks.append(Definitions(entries=metrics, is_code=True, of="/audit/metric_definitions"))
    blocks.append(Definitions(entries=list(_terms(report)), of="/audit/settings"))
    measured = list(_measurements(report))
    if measured:
        blocks.append(Definitions(entries=measured, is_code=True, of=at(_OF, "measurements")))
    blocks += _nuisances(report)
    parts = [
        _attribute(name, place, report, key=f"def{number}")
        for number, (name, place) in enumerate(_attributes(audit).items())
    ]
    return Section(key="definitions", title="Definitions", blocks=blocks, sections=parts)


def _terms(report: Report) -> Iterator[tuple[str, str]]:
    audit = report.audit
    points = words.points(margin(audit))
    yield (
        "Accuracy and agreement",
        "Accuracy is a score against masks drawn by people or rendered exactly. A score against any other "
        "mask, one keyed from the background or proposed by a model, is agreement.",
    )
    yield (
        "Gap",
        "The group's value minus the value of everybody else who has an answer, in points. A gap is reported "
        "where the difference stays clear of chance after correction for all declared comparisons.",
    )
    yield "Equivalent", f"Two one-sided tests place the gap within {points} points of zero, the margin."
    yield (
        "Insufficient data",
        "Neither of the two. The detectable gap is the smallest that these people would show with 80% power; "
        "people to add are those it would take, in this group and the rest in step, to find a gap of the "
        "margin.",
    )
    yield (
        "Interval",
        "95%, from a bootstrap that draws people, not pictures: several pictures of one person are not "
        "independent. Shares have Wilson intervals.",
    )
    yield "Suppressed", "A group with too few people to be shown without pointing at them."
    yield (
        "p (corrected)",
        "How often chance alone would give a difference as large, corrected for the number of comparisons.",
    )
    if any(group.shrunken for model in audit.models for one in model.attributes for group in one.groups):
        yield (
            "Shrunken",
            "A crossing's value drawn towards what its single attributes foretell, the more the fewer people "
            "it has.",
        )
    if audit.adjustments:
        yield (
            "Adjusted gap",
            "The gap that is left between people who are alike in what was measured, by regression with "
            "errors clustered by person. It is no cause: what was not measured is not adjusted for, and a "
            "condition may itself come from how a group is photographed.",
        )
        yield (
            "Goes with",
            "How much of the raw gap goes with the group's difference in one condition; the largest parts.",
        )
        yield (
            "Between matched people",
            "The gap between people of the group and people of the rest who resemble them in every "
            "condition: a second way to adjust, with fewer people.",
        )
    if audit.model_pairs is not None:
        yield (
            "Harmed, not harmed",
            "Not harmed: certainly not worse than the baseline by the margin or more. Harmed: worse after "
            "the correction.",
        )
    if any("L*" in text for text in report.facts.categories.measurements.values()):
        yield "L*", "Lightness as the eye sees it, from black to white (CIE)."
    if report.facts.composition is not None:
        yield (
            "Predictable",
            "An attribute that can be told from the background or the camera alone, without looking at the "
            "person. AUC is the chance that a person of the group is ranked above one who is not; half is "
            "guessing.",
        )


def _measurements(report: Report) -> Iterator[tuple[str, str]]:
    audit = report.audit
    named = {name for one in audit.adjustments for name in one.confounders}
    named |= {name for search in audit.slices for name in search.features}
    # Those cut into groups are defined where their groups are.
    named -= set(_attributes(audit))
    for name, text in report.facts.categories.measurements.items():
        if name in named:
            yield name, f"{capital(text)}."


def _nuisances(report: Report) -> list[Block]:
    """Define what a composition audit measured of masks, backgrounds and cameras."""
    made_of = report.facts.composition
    if made_of is None:
        return []
    found = {words.attribute(one.measure): one.definition for one in made_of.masks}
    found |= {
        words.attribute(carrier.nuisance): carrier.definition
        for test in made_of.nuisances
        for carrier in test.carriers
    }
    entries = [(name, f"{capital(text).rstrip('.')}.") for name, text in found.items()]
    return [Definitions(entries=entries, of="/facts/composition")] if entries else []


def _attributes(audit: AuditResult) -> dict[str, str]:
    """Give every single attribute that is shown, with where its groups stand."""
    found = {one.attribute: at("/audit/composition", n) for n, one in enumerate(audit.composition)}
    for number, model in enumerate(audit.models):
        for place, one in enumerate(model.attributes):
            if words.CROSSING not in one.attribute:
                found.setdefault(one.attribute, at("/audit/models", number, "attributes", place))
    return found


def _attribute(name: str, of: str, report: Report, *, key: str) -> Section:
    known = report.facts.categories
    question, _, target = name.partition(":")
    question = question.partition("@")[0]
    blocks: list[Block] = [*_stated(name, of, report)]
    if question in known.measurements:
        text = f"{capital(known.measurements[question])}."
        blocks.append(Statement(text=text, of=at(_OF, "measurements", question)))
        blocks.append(Statement(text=f"Bands: {some(_groups(name, report.audit))}.", tone="quiet", of=of))
    asked = [(place, one) for place, one in enumerate(known.questions) if one.question == question]
    for place, one in asked:
        kind = _KINDS.get(one.kind, "")
        text = f"Asked: “{one.text}” {kind}".strip()
        blocks.append(Statement(text=text, of=at(_OF, "questions", place)))
        blocks += _values(one, target, known)
    if question not in known.measurements and not asked:
        text = f"Nobody stated what these groups mean: {some(_groups(name, report.audit))}."
        blocks.append(Statement(text=text, of=of))
    return Section(key=key, title=capital(words.attribute(name)), blocks=blocks)


def _stated(name: str, of: str, report: Report) -> Iterator[Statement]:
    sources: list[str] = []
    for table in report.audit.composition:
        if table.attribute == name:
            sources = table.answered_by
    for model in report.audit.models:
        for one in model.attributes:
            if one.attribute == name:
                sources = one.answered_by
    told = words.said_by(sources)
    if told:
        yield Statement(text=told, tone="quiet", of=of)


def _groups(name: str, audit: AuditResult) -> list[str]:
    found: dict[str, None] = {}
    for model in audit.models:
        for one in model.attributes:
            if one.attribute == name:
                found |= dict.fromkeys(group.group for group in one.groups)
    for table in audit.composition:
        if table.attribute == name:
            found |= dict.fromkeys(row.group for row in table.people)
    return list(found)


def _values(question: QuestionFact, target: str, known: CategoryFacts) -> Iterator[Block]:
    wanted = [target] if target else question.vocabularies
    for place, one in enumerate(known.vocabularies):
        if one.vocabulary in wanted:
            of = at(_OF, "vocabularies", place)
            yield Definitions(entries=list(one.values.items()), is_code=True, of=of)
            text = f"Vocabulary {one.vocabulary}: {one.source} Where it fails: {one.fails}"
            yield Statement(text=text, tone="quiet", of=of)
