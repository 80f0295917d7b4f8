"""How far do the annotators agree, question by question?

Writes reports/agreement/agreement.json: Krippendorff's alpha with its interval, every pair of
annotators, and every sample about which they do not say the same; with --by also alpha within groups of
people. Answers of models do not count as people's.

Example::

    datatools annotate agree --workspace ws --questions perceived_gender perceived_skin_tone:monk3@1
"""

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from datatools import tables, vocab
from datatools.progress import Progress
from datatools.records import StageResult
from datatools.settings import PictureSettings
from datatools.workspace import Workspace

if TYPE_CHECKING:
    from datatools.fairness.labels.agreement import QuestionAgreement

STAGE = "annotate_agree"


class Settings(PictureSettings):
    """Settings of ``annotate agree``."""

    questions: tuple[str, ...] = ()
    """Questions to compare, as QUESTION or QUESTION:VOCABULARY@VERSION; all that were answered if none."""

    replicates: int = Field(default=10_000, ge=100)
    """Bootstrap replicates of people."""

    by: tuple[str, ...] = ()
    """Compare within groups of people too: attributes as for `datatools audit`."""


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
        UsageError: nobody answered a question that was named, or there is no such question or attribute.
    """
    # Imported here: numpy's and scipy's statistics, which the command line does not need.
    import numpy as np

    from datatools.fairness.labels import coded
    from datatools.fairness.labels.agreement import AgreementResult, compare
    from datatools.fairness.who.grouping import axis_of

    workspace.require()
    person_of = {
        sample.sample_id: sample.person_id
        for sample in workspace.samples(source=settings.only, limit=settings.limit)
    }
    by = [axis_of(workspace, spec, person_of) for spec in settings.by]
    specs = settings.questions or sorted(workspace.annotations()["question"].unique().to_pylist())
    found: list[QuestionAgreement] = []
    with progress.bar("compare annotators", len(specs)) as advance:
        for axis in map(vocab.axis, specs):
            read = coded.read(workspace, axis, person_of)
            if settings.questions and not read:
                raise coded.nobody_answered(axis.question)
            for said in read:
                found.append(compare(said, settings.replicates, np.random.default_rng(settings.seed), by))
            advance()
    notes = [_sentence(question) for question in found if question.n_samples_compared]
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
