"""How is a consensus told: in sentences, and in sheets for a spreadsheet program?"""

from collections.abc import Sequence
from dataclasses import fields

from datatools import sheets
from datatools.fairness.labels.consensus_result import AnnotatorFound, QuestionConsensus
from datatools.fairness.labels.next_answers import NextAnswer


def sentences(found: QuestionConsensus) -> list[str]:
    """Say what was combined, and what to look at."""
    name = f"{found.question} ({found.vocabulary})"
    units = "pictures" if found.unit == "picture" else "people"
    lines = [
        f"{name}: {found.n_answers} answers of {len(found.annotators)} annotators about "
        f"{found.n_units} {units}; {found.n_unsure} are less than 90% sure, "
        f"{found.n_one_annotator} rest on one annotator."
    ]
    if not found.has_converged:
        lines.append(f"{name}: the fit did not settle in {found.n_iterations} rounds; take it with care.")
    lines += [
        f"{name}: the answers of {who.annotator_id} do not depend on what the others see "
        f"({who.n_compared} {units} compared): look at how they were given."
        for who in found.annotators
        if who.verdict == "like random clicks"
    ]
    return lines


def next_csv(to_ask: Sequence[NextAnswer]) -> bytes:
    """Give the sheet of whom to ask next."""
    columns = [field.name for field in fields(NextAnswer)]
    return sheets.to_csv(columns, [[_cell(getattr(row, name)) for name in columns] for row in to_ask])


def annotators_csv(found: Sequence[QuestionConsensus]) -> bytes:
    """Give the sheet of the annotators, one line a question and annotator."""
    rows = [_annotator(question, who) for question in found for who in question.annotators]
    columns = list(rows[0]) if rows else ["question", "vocabulary", "annotator_id"]
    return sheets.to_csv(columns, [[_cell(row[name]) for name in columns] for row in rows])


def _cell(value: object) -> str:
    return "" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)


def _annotator(question: QuestionConsensus, who: AnnotatorFound) -> dict[str, object]:
    share = who.honeypots.share
    row: dict[str, object] = {"question": question.question, "vocabulary": question.vocabulary}
    row |= who.model_dump(exclude={"accuracy", "confusion", "honeypots"})
    row |= {f"accuracy_{name}": number for name, number in who.accuracy.model_dump().items()}
    row |= {"n_honeypots": who.honeypots.n_samples, "n_honeypots_right": who.honeypots.n_right}
    none = {"value": None, "low": None, "high": None}
    bounds = none if share is None else share.model_dump()
    return row | {f"honeypots_{name}": number for name, number in bounds.items()}
