"""How is a datasheet written: what was counted, what people answered, and what is still asked?"""

from collections.abc import Iterator

from datatools.literal import markdown, paragraphs
from datatools.report import words
from datatools.report.cards.answers import Answer, Answers
from datatools.report.cards.card_result import CardFacts
from datatools.report.cards.measured import Measured, measured
from datatools.report.cards.questions import QUESTIONS, SOURCE

OPEN = "To be answered by the maintainers."


def render(facts: CardFacts, answers: Answers, title: str) -> str:
    """Write the datasheet in Markdown."""
    return "\n".join(_lines(facts, answers, title))


def progress(facts: CardFacts, answers: Answers) -> str:
    """Say how many questions are answered, by what and by whom."""
    counted, given = set(measured(facts)), answers.given()
    people = sorted({each.by for each in given.values()})
    n_answered = len(counted | set(given))
    by = f"{len(counted)} from the workspace"
    if given:
        by += f", {len(given)} by {words.listed(people, most=20)}"
    both = len(counted & set(given))
    twice = f" ({both} by both)" if both else ""
    return f"{n_answered} of {len(QUESTIONS)} questions are answered: {by}{twice}."


def _lines(facts: CardFacts, answers: Answers, title: str) -> Iterator[str]:
    counted, given = measured(facts), answers.given()
    yield f"# Datasheet: {markdown(title)}"
    yield ""
    yield f"The questions of {markdown(SOURCE)}, in our own short words. {markdown(progress(facts, answers))}"
    yield ""
    section = ""
    for question in QUESTIONS:
        if question.section != section:
            section = question.section
            yield from (f"## {section}", "")
        yield from (f"### {question.number} {markdown(question.text)}", "")
        if question.number in counted:
            yield from _counted(counted[question.number])
        if question.number in given:
            yield from _given(given[question.number])
        if question.number not in counted and question.number not in given:
            yield from (OPEN, "")


def _counted(found: Measured) -> Iterator[str]:
    yield from (f"- {markdown(line)}" for line in found.lines)
    yield ""
    if found.tables:
        yield f"*From the workspace: {markdown(', '.join(found.tables))}.*"
        yield ""


def _given(answer: Answer) -> Iterator[str]:
    yield paragraphs(answer.answer)
    yield ""
    yield f"*Answered by {markdown(answer.by)}.*"
    yield ""
