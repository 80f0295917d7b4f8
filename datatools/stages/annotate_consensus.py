"""What do several people's answers together say about each picture, and how surely?

Writes the table consensus, a probability for each value (the model of Dawid and Skene), and
reports/consensus with what is known about the annotators and whom to ask next. Answers of models are
left out: nothing here is read off a picture. The audit takes the result as
``--attributes QUESTION@consensus``.

Example::

    datatools annotate consensus --workspace ws --questions perceived_gender perceived_race:race_coarse@1
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pyarrow.compute as pc
from pydantic import Field

from datatools import answers, sheets, tables, vocab
from datatools.errors import DataError, DatatoolsError, UsageError
from datatools.intake import Finder
from datatools.progress import Progress
from datatools.records import Annotation, Sample, StageResult
from datatools.settings import PictureSettings
from datatools.workspace import Workspace, file_name

if TYPE_CHECKING:
    from datatools.fairness.labels.consensus_result import QuestionConsensus

STAGE = "annotate_consensus"
_COMBINED_KINDS = frozenset({"perceived", "visible"})


class Settings(PictureSettings):
    """Settings of ``annotate consensus``."""

    questions: tuple[str, ...] = ()
    """Questions to combine, as QUESTION or QUESTION:VOCABULARY@VERSION; all perceived and visible ones
    that several annotators answered if none."""

    unit: Literal["auto", "picture", "person"] = "auto"
    """What has one true value: a picture, or a person with all their pictures; auto takes people for
    race, gender and skin tone, pictures for everything else."""

    honeypots: Path | None = None
    """A label sheet (CSV) of answers that are known to be right, to hold the annotators against."""

    known: dict[str, str] = Field(default_factory=dict)
    """Questions whose answers are known from another one that was set when a portrait was rendered, as in
    --known.perceived_gender rendered_gender; honeypots too."""

    next: int = Field(default=200, ge=0)
    """List so many pictures of each question to ask about next."""

    draws: int = Field(default=400, ge=100)
    """Draws from the model's posterior behind every interval."""


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Combine annotators' answers into probabilities; describe annotators; say whom to ask next.

    Raises:
        UsageError: no such question, one that is not to be combined or not known, or nobody answered it.
        DataError: the honeypots are not answers about samples of the workspace.
    """
    # Imported here: numpy's and scipy's statistics, which the command line does not need.
    import numpy as np

    from datatools.fairness.labels import coded, consensus, next_answers
    from datatools.fairness.labels.consensus_result import ConsensusResult
    from datatools.report import confusions, consensus_told

    workspace.require()
    person_of = {
        sample.sample_id: sample.person_id
        for sample in workspace.samples(source=settings.only, limit=settings.limit)
    }
    known = [*_honeypots(workspace, settings.honeypots), *_rendered(workspace, settings.known)]
    found: list[QuestionConsensus] = []
    parts, to_ask, notes = [], [], []
    specs = settings.questions or _answered_questions(workspace)
    with progress.bar("combine answers", len(specs)) as advance:
        for axis in map(_axis, specs):
            read = coded.read(workspace, axis, person_of)
            if settings.questions and not read:
                raise coded.nobody_answered(axis.question)
            for said in read:
                reason = consensus.why_not(said)
                if reason is not None:
                    notes.append(f"{said.question} ({said.vocabulary}): {reason}.")
                    continue
                rng = np.random.default_rng(settings.seed)
                fitted = consensus.fit(said, _unit(settings, said.question), settings.draws, rng)
                gold = _in_vocabulary(known, said.question, said.vocabulary)
                found.append(consensus.describe(fitted, gold))
                parts.append(consensus.rows(fitted))
                unanswered = {name: person_of[name] for name in person_of.keys() - set(said.samples)}
                to_ask.extend(next_answers.ask_next(fitted, unanswered, settings.next))
            advance()
    notes = [sentence for question in found for sentence in consensus_told.sentences(question)] + notes
    if not found:
        notes.append("There is no question that several annotators answered: nothing was combined.")
    facts: dict[str, object] = {
        "questions": [q.model_dump(mode="json", exclude={"annotators"}) for q in found],
        "n_to_ask": len(to_ask),
    }
    if settings.dry_run:
        return StageResult(stage=STAGE, facts=facts, notes=[*notes, "Nothing was written."])
    folder = workspace.report_folder("consensus")
    result = ConsensusResult(settings=settings.model_dump(mode="json"), questions=found, notes=notes)
    files = {
        folder / "consensus.json": result.model_dump_json(indent=1).encode() + b"\n",
        folder / "annotators.csv": consensus_told.annotators_csv(found),
        folder / "next.csv": consensus_told.next_csv(to_ask),
    }
    for question in found:
        name = file_name(f"confusion-{question.question}-{question.vocabulary}")
        for ending, data in confusions.draw(question).items():
            files[folder / f"{name}.{ending}"] = data
    reads = (tables.MANIFEST, tables.ANNOTATIONS)
    with workspace.run(STAGE, result.settings, reads=reads, writes=(tables.CONSENSUS, *files)) as record:
        merged = tables.to_bytes(consensus.merge(parts))
        tables.write_bytes(workspace.table_file(tables.CONSENSUS), merged)
        for path, data in files.items():
            tables.write_bytes(path, data)
        record.facts |= facts
    return StageResult(stage=STAGE, facts=facts, notes=[*notes, f"Annotators, and whom to ask: {folder}."])


# -- what goes in ----------------------------------------------------------------------------------


def _answered_questions(workspace: Workspace) -> list[str]:
    """Give the answered questions whose answers may be combined."""
    asked = sorted(workspace.annotations()["question"].unique().to_pylist())
    return [name for name in asked if vocab.question(name).kind in _COMBINED_KINDS]


def _axis(spec: str) -> vocab.Axis:
    """Parse a question that may be combined."""
    axis = vocab.axis(spec)
    kind = vocab.question(axis.question).kind
    if kind not in _COMBINED_KINDS:
        raise UsageError(
            f"{axis.question} is {kind}: what people say of themselves, and what is known, is not voted on; "
            "expected a perceived or visible question"
        )
    return axis


def _unit(settings: Settings, question: str) -> Literal["picture", "person"]:
    if settings.unit == "auto":
        return "person" if vocab.question(question).of_person else "picture"
    return settings.unit


def _honeypots(workspace: Workspace, path: Path | None) -> list[Annotation]:
    """Read the known answers.

    Raises:
        DataError: a line is no answer about a sample of the workspace.
    """
    if path is None:
        return []
    samples: list[Sample] = workspace.rows(tables.MANIFEST)
    finder = Finder(samples, {row.source for row in workspace.rows(tables.SOURCES)})
    defaults = sheets.Defaults(annotator_id="honeypot", source="annotator", vocabularies={})
    known = []
    for cell in sheets.read(path):
        if not cell.value:
            continue
        try:
            given = sheets.answer(cell, defaults)
            sample_id = finder.of_sheet(cell.sample)
        except DatatoolsError as error:
            raise DataError(f"{path.name}, {cell.where}: {error}") from error
        known.append(
            Annotation(
                sample_id=sample_id,
                question=given.question,
                value=given.value,
                annotator_id="honeypot",
                source="annotator",
                vocabulary=given.vocabulary,
                created_at=None,
                lead_time_s=None,
                presentation_order=None,
                batch=path.name,
            )
        )
    return known


def _rendered(workspace: Workspace, known: Mapping[str, str]) -> list[Annotation]:
    """Read what was set when portraits were rendered as known answers to other questions.

    Raises:
        UsageError: a question does not exist, or is one that people answer: their word is not the truth.
    """
    for question, truth in known.items():
        vocab.question(question)
        if vocab.question(truth).kind != "rendered":
            names = ", ".join(name for name, asked in vocab.questions().items() if asked.kind == "rendered")
            raise UsageError(f"expected --known.{question} as one of {names}; got {truth!r}")
    rows = workspace.annotations()
    found = []
    for question, truth in known.items():
        chosen = rows.filter(pc.equal(rows["question"].cast("string"), truth))
        said: list[Annotation] = tables.records_of(chosen, tables.ANNOTATIONS)
        found += [replace(row, question=question) for row in said]
    return found


def _in_vocabulary(known: list[Annotation], question: str, vocabulary: str) -> dict[str, str]:
    """Give the known answers to a question that are in a vocabulary or translate to it, by sample."""
    readable = {source for source, target in vocab.crosswalks() if target == vocabulary} | {vocabulary}
    rows = [row for row in known if row.question == question and row.vocabulary in readable]
    axis = vocab.Axis(question, vocabulary)
    return {sample_id: said.category for (sample_id, _, _), said in answers.latest(rows, axis).items()}
