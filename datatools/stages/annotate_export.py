"""Which pictures should an annotator look at next, in which order?

Writes a label sheet (CSV) of the questions that still need answers. Each annotator gets the pictures in
an order of their own, drawn by the seed and kept in the column presentation_order, so that tiredness
and habit do not fall on the same pictures for everybody. Fill in the column value, then
``annotate import --sheet FILE``.

Example::

    datatools annotate export --workspace ws --annotator-id ann01 --questions perceived_gender
"""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from datatools import sheets, tables, vocab
from datatools.errors import UsageError
from datatools.progress import Progress
from datatools.records import Sample, StageResult
from datatools.stages import PictureSettings
from datatools.workspace import Workspace, file_name

STAGE = "annotate_export"
_PEOPLES_WORD = frozenset(
    {"annotator", "self_report"}
)  # what data sets and models said needs no second answer


class Settings(PictureSettings):
    """Settings of ``annotate export``."""

    questions: tuple[str, ...] = Field(min_length=1)
    """Questions to ask, as QUESTION or QUESTION:VOCABULARY@VERSION."""

    annotator_id: str = Field(min_length=1)
    """Who will fill the sheet in. A code, not a name."""

    answers_needed: int = Field(default=1, ge=1)
    """How many annotators should answer about each picture; two or more show how far they agree."""

    sheet: Path | None = None
    """File to write; the workspace's sheets/ANNOTATOR.csv if not given."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """One question of the sheet."""

    name: str
    question: vocab.Question
    vocabulary: vocab.Vocabulary


def _asked(spec: str) -> _Asked:
    axis = vocab.axis(spec)
    question = vocab.question(axis.question)
    key = axis.target or question.vocabularies[0]
    if key not in question.vocabularies:
        raise UsageError(
            f"expected {axis.question} in one of {', '.join(question.vocabularies)}; got {key!r}"
        )
    return _Asked(axis.question, question, vocab.load(key))


def _waiting(workspace: Workspace, samples: Sequence[Sample], asked: _Asked, settings: Settings) -> set[str]:
    """Give the samples about which the question still needs this annotator's answer."""
    said: dict[str, set[str]] = defaultdict(set)
    for row in workspace.rows_or_empty(tables.ANNOTATIONS):
        if row.question == asked.name and row.source in _PEOPLES_WORD:
            said[row.sample_id].add(row.annotator_id)
    return {
        sample.sample_id
        for sample in samples
        if len(said[sample.sample_id]) < settings.answers_needed
        and settings.annotator_id not in said[sample.sample_id]
    }


def _lot(settings: Settings, sample: Sample) -> bytes:
    text = f"{settings.seed}\x1f{settings.annotator_id}\x1f{sample.sample_id}"
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def _lines(
    samples: Sequence[Sample], waiting: Sequence[tuple[_Asked, set[str]]], settings: Settings
) -> list[list[str]]:
    """Give the sheet's lines: a picture's questions stand together, pictures in the annotator's order."""
    lines: list[list[str]] = []
    for sample in sorted(samples, key=lambda sample: _lot(settings, sample)):
        for asked, ids in waiting:
            if sample.sample_id in ids:
                cells = {
                    "presentation_order": str(len(lines) + 1),
                    "sample": sample.sample_id,
                    "picture": f"{sample.source}:{sample.path}",
                    "question": asked.name,
                    "asks": asked.question.text,
                    "allowed": asked.vocabulary.allowed,
                    "annotator_id": settings.annotator_id,
                    "source": "self_report" if asked.question.kind == "self_reported" else "annotator",
                    "vocabulary": asked.vocabulary.key,
                }
                lines.append([cells.get(name, "") for name in sheets.SHEET_COLUMNS])
    return lines


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Write a label sheet of the questions that still need answers.

    Raises:
        UsageError: an unknown question or vocabulary, or the sheet exists and may hold answers.
    """
    workspace.require()
    asked = [_asked(spec) for spec in settings.questions]
    samples = workspace.samples(source=settings.only)
    waiting = [(one, _waiting(workspace, samples, one, settings)) for one in asked]
    wanted = [row for row in samples if any(row.sample_id in ids for _, ids in waiting)][: settings.limit]
    lines = _lines(wanted, waiting, settings)
    path = settings.sheet or workspace.root / "sheets" / f"{file_name(settings.annotator_id)}.csv"
    if path.exists():
        raise UsageError(f"{path} exists and may hold answers: import it and move it away, or give --sheet")
    facts: dict[str, object] = {"n_questions": len(lines), "n_samples": len(wanted), "sheet": str(path)}
    notes = [f"{len(lines)} questions about {len(wanted)} pictures for {settings.annotator_id}: {path}."]
    if not lines:
        return StageResult(stage=STAGE, facts=facts, notes=["Every question has its answers; no sheet."])
    if settings.dry_run:
        return StageResult(stage=STAGE, facts=facts, notes=[*notes, "Nothing was written."])
    reads = (tables.MANIFEST, tables.ANNOTATIONS)
    with workspace.run(STAGE, settings.model_dump(mode="json"), reads=reads) as record:
        tables.write_bytes(path, sheets.to_csv(sheets.SHEET_COLUMNS, lines))
        record.facts |= facts
    progress.say(
        f"each line's column allowed says what may be answered; the order is {settings.annotator_id}'s own"
    )
    return StageResult(stage=STAGE, facts=facts, notes=notes)
