"""What does a reader see first?"""

from datatools.report import facts, summary
from datatools.report.blocks import Cards, Listed
from datatools.report.document import Report
from datatools.report.outline import findings
from tests.unit.report import rich
from tests.unit.report.builders import audit, group, plain_audit
from tests.unit.report.outline.reading import find, said


def _plain() -> Report:
    result = plain_audit([group("woman", 0.93, 0.004, 50, 0.001, "equivalent")])
    counted = facts.nothing()
    return Report(title="x", summary=summary.summarise(result, counted), audit=result, facts=counted)


def test_the_summary_comes_before_cards_and_table() -> None:
    """What can be said, what cannot, what to do; then each model, the verdicts, and how to read them."""
    assert [part.key for part in findings.section(rich.report()).sections] == [
        "cansay",
        "cannotsay",
        "next",
        "cards",
        "glance",
        "reading",
    ]


def test_statements_are_listed_by_what_they_are_about() -> None:
    """Each with its tone, and where report.json holds it."""
    report = rich.report()
    lists = [b for b in find(findings.section(report).sections, "cansay").blocks if isinstance(b, Listed)]
    assert [one.about for one in lists] == list(dict.fromkeys(s.about for s in report.summary.can_say))
    assert (lists[0].items[0].of, lists[0].items[0].tone) == ("/summary/can_say/0", "gap")


def test_next_steps_are_numbered() -> None:
    """The most urgent is the first."""
    report = rich.report()
    (steps,) = find(findings.section(report).sections, "next").blocks
    assert isinstance(steps, Listed)
    assert (steps.is_ordered, [item.text for item in steps.items]) == (True, report.summary.next_steps)


def test_cards_count_verdicts_the_most_urgent_first() -> None:
    """Verdicts that no comparison came to are left out."""
    (cards,) = find(findings.section(rich.report()).sections, "cards").blocks
    assert isinstance(cards, Cards)
    assert cards.cards[0].counts == [
        ("gap", 4),
        ("insufficient data", 12),
        ("equivalent", 6),
        ("suppressed", 4),
    ]
    assert cards.cards[0].reading == "Accuracy against rendered masks, which are exact"


def test_nothing_open_and_nothing_found_are_said() -> None:
    """An empty list would leave the reader to guess."""
    settled = findings.section(_plain())
    assert said(find(settled.sections, "cannotsay")) == [
        "Every declared comparison came to a verdict. What was not declared was not compared."
    ]
    nobody = audit().model_copy(update={"models": [], "composition": []})
    counted = facts.nothing()
    told = summary.summarise(nobody, counted)
    empty = findings.section(Report(title="x", summary=told, audit=nobody, facts=counted))
    assert said(find(empty.sections, "cansay")) == ["No comparison came to a verdict."]
    assert {"cards", "glance"} & {part.key for part in empty.sections} == set()
