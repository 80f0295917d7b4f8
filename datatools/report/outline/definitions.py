"""What does every metric, word and category mean that a report shows?"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from datatools.report import words
from datatools.report.blocks import Block, Definitions, Pointer, Section, Statement
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """Where an attribute's groups stand first, who put people into them, and their names."""

    of: Pointer
    answered_by: Sequence[str]
    groups: list[str]


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
    shown = _shown(report)
    parts = [
        _attribute(name, one, report.facts.categories, key=f"def{number}")
        for number, (name, one) in enumerate(shown.items())
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
    named -= set(_shown(report))
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


def _shown(report: Report) -> dict[str, _Shown]:
    """Give every single attribute whose groups are shown somewhere, once."""
    found: dict[str, _Shown] = {}

    def add(name: str, of: Pointer, answered_by: Sequence[str], groups: Iterable[str]) -> None:
        if words.CROSSING not in name:
            found.setdefault(name, _Shown(of=of, answered_by=answered_by, groups=list(groups)))

    for number, model in enumerate(report.audit.models):
        for place, one in enumerate(model.attributes):
            of = at("/audit/models", number, "attributes", place)
            add(one.attribute, of, one.answered_by, (group.group for group in one.groups))
    for number, table in enumerate(report.audit.composition):
        of = at("/audit/composition", number)
        add(table.attribute, of, table.answered_by, (row.group for row in table.people))
    for number, fact in enumerate(report.facts.parity):
        for group in fact.groups:
            groups = (other.group for other in fact.groups if other.attribute == group.attribute)
            add(group.attribute, at("/facts/parity", number), group.answered_by, groups)
    made_of = report.facts.composition
    for number, head in enumerate(made_of.headcounts if made_of is not None else []):
        of = at("/facts/composition/headcounts", number)
        add(head.attribute, of, head.answered_by, (count.group for count in head.groups))
    asked = {one.question for one in report.facts.categories.questions}
    for number, search in enumerate(report.audit.slices):
        for name in search.features:
            if name in asked:
                add(name, at("/audit/slices", number), (), ())
    return found


def _attribute(name: str, shown: _Shown, known: CategoryFacts, *, key: str) -> Section:
    question, _, target = name.partition(":")
    question = question.partition("@")[0]
    blocks: list[Block] = []
    groups = f": {some(shown.groups)}" if shown.groups else ""
    told = words.said_by(list(shown.answered_by))
    if told:
        blocks.append(Statement(text=told, tone="quiet", of=shown.of))
    if question in known.measurements:
        text = f"{capital(known.measurements[question])}."
        blocks.append(Statement(text=text, of=at(_OF, "measurements", question)))
        blocks.append(Statement(text=f"Cut into bands{groups}.", tone="quiet", of=shown.of))
    asked = [(place, one) for place, one in enumerate(known.questions) if one.question == question]
    for place, one in asked:
        text = f"Asked: “{one.text}” {_KINDS.get(one.kind, '')}".strip()
        blocks.append(Statement(text=text, of=at(_OF, "questions", place)))
        blocks += _values(one, target, known)
    if question not in known.measurements and not asked:
        blocks.append(Statement(text=f"Nobody stated what these groups mean{groups}.", of=shown.of))
    return Section(key=key, title=capital(words.attribute(name)), blocks=blocks)


def _values(question: QuestionFact, target: str, known: CategoryFacts) -> Iterator[Block]:
    wanted = [target] if target else question.vocabularies
    for place, one in enumerate(known.vocabularies):
        if one.vocabulary in wanted:
            of = at(_OF, "vocabularies", place)
            yield Definitions(entries=list(one.values.items()), is_code=True, of=of)
            text = f"Vocabulary {one.vocabulary}: {one.source} Where it fails: {one.fails}"
            yield Statement(text=text, tone="quiet", of=of)
