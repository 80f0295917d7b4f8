"""How far do the annotators agree, question by question?

Writes reports/agreement/agreement.json: Krippendorff's alpha with its interval, every pair of
annotators, and every sample about which they do not say the same. Answers of models do not count as
people's.

Example::

    datatools annotate agree --workspace ws --questions perceived_gender perceived_skin_tone:monk3@1
"""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from datatools import tables, vocab
from datatools.errors import UsageError
from datatools.progress import Progress
from datatools.records import Annotation, Sample, StageResult
from datatools.settings import PictureSettings
from datatools.workspace import Workspace

if TYPE_CHECKING:
    from datatools.fairness.agreement import QuestionAgreement

STAGE = "annotate_agree"


class Settings(PictureSettings):
    """Settings of ``annotate agree``."""

    questions: tuple[str, ...] = ()
    """Questions to compare, as QUESTION or QUESTION:VOCABULARY@VERSION; all that were answered if none."""

    replicates: int = Field(default=10_000, ge=100)
    """Bootstrap replicates of people."""


def _by_vocabulary(
    answers: Sequence[Annotation], questions: Sequence[str]
) -> list[tuple[vocab.Axis, str, list[Annotation]]]:
    """Give each axis with the answers that can be compared: those in one vocabulary."""
    specs = questions or sorted({row.question for row in answers})
    found = []
    for axis in map(vocab.axis, specs):
        vocab.question(axis.question)
        groups: dict[str, list[Annotation]] = defaultdict(list)
        for row in answers:
            if row.question == axis.question:
                groups[axis.target or row.vocabulary].append(row)
        if not groups:
            raise UsageError(
                f"expected people's answers to {axis.question}, found none: run `datatools annotate import` "
                "first, or leave it out of --questions"
            )
        found += [(axis, vocabulary, groups[vocabulary]) for vocabulary in sorted(groups)]
    return found


def _sentence(found: "QuestionAgreement") -> str:
    name = f"{found.question} ({found.vocabulary})"
    if found.alpha is None:
        return f"{name}: agreement is not known, everybody always gave one value."
    if found.low is None or found.high is None:
        return f"{name}: alpha {found.alpha:.2f}, one person alone gives no interval."
    return (
        f"{name}: alpha {found.alpha:.2f} [{found.low:.2f}, {found.high:.2f}] over {found.n_people_compared} "
        f"people: {found.verdict}; {len(found.conflicts)} pictures with a conflict."
    )


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Compare annotators' answers: Krippendorff's alpha, pairs, conflicts.

    Raises:
        UsageError: nobody answered a question that was named, or there is no such question.
    """
    # Imported here: numpy's and scipy's statistics, which the command line does not need.
    import numpy as np

    from datatools.fairness.agreement import AgreementResult, compare

    workspace.require()
    samples: list[Sample] = workspace.samples(source=settings.only, limit=settings.limit)
    person_of = {sample.sample_id: sample.person_id for sample in samples}
    answers = [
        row
        for row in workspace.rows_or_empty(tables.ANNOTATIONS)
        if row.sample_id in person_of and row.source != "model"
    ]
    compared = _by_vocabulary(answers, settings.questions)
    found: list[QuestionAgreement] = []
    notes: list[str] = []
    with progress.bar("compare annotators", len(compared)) as advance:
        for axis, vocabulary, rows in compared:
            rng = np.random.default_rng(settings.seed)
            found.append(compare(rows, axis, vocabulary, person_of, settings.replicates, rng))
            advance()
    notes += [_sentence(question) for question in found if question.n_samples_compared]
    alone = [f"{q.question} ({q.vocabulary})" for q in found if not q.n_samples_compared]
    if alone:
        notes.append(f"No picture has answers of two annotators to {', '.join(alone)}.")
    if not found:
        notes.append("Nobody has answered a question yet.")
    report = AgreementResult(settings=settings.model_dump(mode="json"), questions=found, notes=notes)
    facts: dict[str, object] = {
        "questions": [
            {
                **question.model_dump(mode="json", exclude={"pairs", "conflicts"}),
                "n_conflicts": len(question.conflicts),
            }
            for question in found
        ]
    }
    path: Path = workspace.report_folder("agreement") / "agreement.json"
    if settings.dry_run:
        return StageResult(stage=STAGE, facts=facts, notes=[*notes, "Nothing was written."])
    reads = (tables.MANIFEST, tables.ANNOTATIONS)
    with workspace.run(STAGE, report.settings, reads=reads, writes=(path,)) as record:
        tables.write_bytes(path, report.model_dump_json(indent=1).encode() + b"\n")
        record.facts |= facts
    return StageResult(stage=STAGE, facts=facts, notes=[*notes, f"Pairs and conflicts: {path}."])
