"""What does a reader see first: what can be said, what cannot, what to do, and each model at a glance?"""

from collections.abc import Iterable, Sequence

from datatools.report.blocks import Block, Card, Cards, Listed, Section, Statement
from datatools.report.document import ModelSummary, Report, Sentence
from datatools.report.outline import glance
from datatools.report.outline.cells import capital
from datatools.report.outline.pointers import at

_READING = (
    "Scores such as IoU run from 0 (nothing right) to 100 (every pixel right) and are told in points. A gap "
    "is a group's score minus that of everybody else who has an answer: below zero, this group's is lower.",
    "The numbers in brackets are the interval in which the truth lies with 95% confidence. The fewer people "
    "there are, the wider it is: read it before the value. An interval that leaves out zero can still go "
    "with insufficient data: of many comparisons some look large by chance alone, and verdicts allow for it.",
    "Each comparison ends in a verdict. Gap: the difference stays clear of chance. Equivalent: it is shown "
    "to be smaller than the margin. Insufficient data: neither could be shown, which is no proof that there "
    "is no gap. Suppressed: too few people to be shown without pointing at them.",
    "A gap says that scores differ, not why. The sections on each model go into what it goes with; all terms "
    "are explained under Definitions.",
)
_ALL_SETTLED = "Every declared comparison came to a verdict. What was not declared was not compared."


def section(report: Report) -> Section:
    """Give the report's first section."""
    found = report.summary
    parts = [
        Section(
            key="cansay",
            title="What we can say",
            blocks=_by_subject(found.can_say, "/summary/can_say")
            or [Statement(text="No comparison came to a verdict.")],
        ),
        Section(
            key="cannotsay",
            title="What we cannot say",
            blocks=_by_subject(found.cannot_say, "/summary/cannot_say") or [Statement(text=_ALL_SETTLED)],
        ),
    ]
    if found.next_steps:
        steps = [
            Statement(text=text, of=at("/summary/next_steps", place))
            for place, text in enumerate(found.next_steps)
        ]
        listed = Listed(items=steps, is_ordered=True)
        parts.append(Section(key="next", title="What to do next", blocks=[listed]))
    if found.models:
        cards = [_card(model, place) for place, model in enumerate(found.models)]
        parts.append(Section(key="cards", title="Each model in a line", blocks=[Cards(cards=cards)]))
    tables = glance.tables(report.audit)
    if tables:
        parts.append(Section(key="glance", title="Verdicts at a glance", blocks=tables))
    how = [Statement(text=text, tone="quiet") for text in _READING]
    parts.append(Section(key="reading", title="How to read this report", blocks=how))
    return Section(key="findings", title="Findings", sections=parts)


def _by_subject(sentences: Sequence[Sentence], of: str) -> list[Block]:
    found: dict[str, list[Statement]] = {}
    for place, sentence in enumerate(sentences):
        statement = Statement(text=sentence.text, tone=sentence.tone, of=at(of, place))
        found.setdefault(sentence.about, []).append(statement)
    return [Listed(items=items, about=about) for about, items in found.items()]


def _card(model: ModelSummary, place: int) -> Card:
    counts: Iterable[tuple[str, int]] = (
        ("gap", model.n_gaps),
        ("insufficient data", model.n_insufficient),
        ("equivalent", model.n_equivalent),
        ("suppressed", model.n_suppressed),
    )
    return Card(
        model=model.model,
        reading=capital(model.reading),
        headline=f"{model.headline}.",
        overall=f"All people: {model.overall}.",
        counts=[(word, n) for word, n in counts if n],
        of=at("/summary/models", place),
    )
