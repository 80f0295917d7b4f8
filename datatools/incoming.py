"""How are the answers of a sheet or of a data set read, checked, and told to belong together?

An answer comes as the rows of its values, whole or not at all. What cannot be kept is listed beside.
"""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from datatools import sheets, vocab
from datatools.errors import DatatoolsError
from datatools.intake import Finder
from datatools.label_conflicts import Label
from datatools.readers import Answer, Reader
from datatools.records import Annotation
from datatools.sheets import Cell, Defaults, Rejected

_Row = Annotation | Rejected

_HALF = "it was given together with a value that cannot be kept"


@dataclass(slots=True)
class Beside:
    """What a sheet or a data set holds beside answers to keep."""

    rejected: list[Rejected] = field(default_factory=list)
    n_blank: int = 0  # cells of a sheet that nobody filled in
    n_not_ingested: int = 0  # pictures of a data set that are not in the manifest
    remarks: list[str] = field(default_factory=list)  # of a sheet, for people
    notes: list[Cell] = field(default_factory=list)  # an annotator wrote something beside the answer
    labels: list[Label] = field(default_factory=list)  # of a data set's files
    unlabelled: list[tuple[str, str]] = field(default_factory=list)  # files that give no answers, and why


def _annotation(sample_id: str, given: Answer, batch: str) -> Annotation:
    return Annotation(
        sample_id=sample_id,
        question=given.question,
        value=given.value,
        annotator_id=given.annotator_id,
        source=given.source,
        vocabulary=given.vocabulary,
        created_at=given.created_at,
        lead_time_s=given.lead_time_s,
        presentation_order=given.presentation_order,
        batch=batch,
    )


def _whole(rows: list[_Row], beside: Beside) -> list[Annotation]:
    """Give an answer's rows; of one that is refused in part give none, and list all of it."""
    first = next((row for row in rows if isinstance(row, Rejected)), None)
    if first is None:
        return [row for row in rows if isinstance(row, Annotation)]
    for row in rows:
        refused = row if isinstance(row, Rejected) else replace(first, value=row.value, reason=_HALF)
        beside.rejected.append(refused)
    return []


def of_sheet(
    cells: Iterable[Cell], batch: str, defaults: Defaults, finder: Finder, beside: Beside
) -> Iterator[list[Annotation]]:
    """Give each answer of a label sheet's cells; ``batch`` is where they come from.

    Raises:
        UsageError: a default names a question or vocabulary that there is not.
    """
    for name, key in defaults.vocabularies.items():
        vocab.question(name)
        vocab.load(key)
    for _, together in itertools.groupby(cells, key=lambda cell: (cell.where, cell.question)):
        given = list(together)
        beside.n_blank += sum(not cell.value for cell in given)
        if "note" in given[0].fields:
            beside.notes.append(given[0])
        yield _whole([_of_cell(cell, defaults, finder, batch) for cell in given if cell.value], beside)


def _of_cell(cell: Cell, defaults: Defaults, finder: Finder, batch: str) -> _Row:
    try:
        given = sheets.answer(cell, defaults)
        return _annotation(finder.of_sheet(cell.sample), given, cell.fields.get("batch", batch))
    except DatatoolsError as error:
        return Rejected(
            where=cell.where, sample=cell.sample, question=cell.question, value=cell.value, reason=str(error)
        )


def of_source(name: str, reader: Reader, finder: Finder, beside: Beside) -> Iterator[list[Annotation]]:
    """Give each answer that came with an ingested data set.

    Raises:
        DataError: the data set's layout is broken.
    """
    for entry in reader.entries():
        if entry.problem is not None and not entry.answers:
            beside.unlabelled.append((entry.path, entry.problem))
        sample_id = finder.of_source(name, entry.path)
        if sample_id is None:
            beside.n_not_ingested += 1
            continue
        # A second name of the same bytes speaks for itself: what it says otherwise is no second value.
        is_own = finder.is_own_path(name, entry.path)
        batch = f"source:{name}" if is_own else f"source:{name}:{entry.path}"
        for question, given in itertools.groupby(entry.answers, key=lambda answer: answer.question):
            answers = list(given)
            word = vocab.together(sorted(answer.value for answer in answers))
            beside.labels.append(Label(path=entry.path, sample_id=sample_id, question=question, value=word))
            rows = [_of_answer(sample_id, answer, batch, entry.path) for answer in answers]
            yield _whole(rows, beside)


def _of_answer(sample_id: str, given: Answer, batch: str, path: str) -> _Row:
    try:
        return _annotation(sample_id, sheets.checked(given), batch)
    except DatatoolsError as error:
        return Rejected(
            where=path, sample=sample_id, question=given.question, value=given.value, reason=str(error)
        )
