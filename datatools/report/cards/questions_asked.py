"""Which questions were answered, by whom and when, and how far do the answers agree?"""

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from datatools import tables, vocab
from datatools.errors import DataError
from datatools.fairness.labels.agreement import AgreementResult
from datatools.fairness.labels.consensus_result import ConsensusResult
from datatools.records import Annotation, Sample
from datatools.report.cards.card_result import AgreementFact, ConsensusFact, QuestionFact
from datatools.report.provenance import RunRecord
from datatools.workspace import Workspace

Result = TypeVar("Result", bound=BaseModel)
_AGREEMENT = ("agreement", "agreement.json")
_CONSENSUS = ("consensus", "consensus.json")
_OF_ANSWERS = {"annotate_agree": "agreement", "annotate_consensus": "consensus"}
_BATCHES = "tables/annotations/"


def asked(workspace: Workspace, samples: Sequence[Sample], min_people: int) -> list[QuestionFact]:
    """Describe every question by vocabulary and by the kind of source that answered.

    Args:
        workspace: whose answers are counted.
        samples: the pictures that count.
        min_people: answers about fewer people are not counted out loud.
    """
    person_of = {row.sample_id: row.person_id for row in samples}
    groups: dict[tuple[str, str, str], list[Annotation]] = {}
    for row in workspace.rows_or_empty(tables.ANNOTATIONS):
        if row.sample_id in person_of:
            groups.setdefault((row.question, row.vocabulary, row.source), []).append(row)
    found = []
    for (question, vocabulary, source), rows in sorted(groups.items()):
        meaning, words = vocab.question(question), vocab.load(vocabulary)
        n_people = len({person_of[row.sample_id] for row in rows})
        is_shown = n_people >= min_people
        days = [row.created_at[:10] for row in rows if row.created_at is not None]
        found.append(
            QuestionFact(
                question=question,
                text=meaning.text,
                kind=meaning.kind,
                vocabulary=vocabulary,
                level=words.level,
                vocabulary_source=words.source,
                fails=words.fails,
                answered_by=source,
                n_annotators=len({row.annotator_id for row in rows}),
                n_answers=len(rows) if is_shown else None,
                n_images=len({row.sample_id for row in rows}) if is_shown else None,
                n_people=n_people if is_shown else None,
                first_day=min(days, default=None),
                last_day=max(days, default=None),
            )
        )
    return found


def agreements(workspace: Workspace) -> list[AgreementFact]:
    """Read how far annotators agree; empty where `annotate agree` has not run, or nobody was compared.

    Raises:
        DataError: its result is broken.
    """
    read = _read(workspace, _AGREEMENT, AgreementResult, "annotate agree")
    return [
        AgreementFact(
            question=each.question,
            vocabulary=each.vocabulary,
            n_annotators=each.n_annotators,
            n_people_compared=each.n_people_compared,
            alpha=each.alpha,
            low=each.low,
            high=each.high,
            verdict=each.verdict,
        )
        for each in ([] if read is None else read.questions)
        if each.n_samples_compared
    ]


def combined(workspace: Workspace) -> list[ConsensusFact]:
    """Read what answers were combined into; empty where `annotate consensus` has not run.

    Raises:
        DataError: its result is broken.
    """
    read = _read(workspace, _CONSENSUS, ConsensusResult, "annotate consensus")
    return [
        ConsensusFact(
            question=each.question,
            vocabulary=each.vocabulary,
            n_people=each.n_people,
            n_annotators=len(each.annotators),
            n_unsure=each.n_unsure,
            n_units=each.n_units,
            unit=each.unit,
        )
        for each in ([] if read is None else read.questions)
    ]


def older(workspace: Workspace, runs: Sequence[RunRecord]) -> list[str]:
    """Name the results about answers that are older than the answers."""
    now = {workspace.relative(path) for path in workspace.batch_files()}
    last = {run.stage: run for run in runs if run.stage in _OF_ANSWERS}
    return [
        _OF_ANSWERS[stage]
        for stage, run in sorted(last.items())
        if {name for name in run.inputs if name.startswith(_BATCHES)} != now
    ]


def _read(workspace: Workspace, place: tuple[str, str], kind: type[Result], verb: str) -> Result | None:
    path: Path = workspace.report_folder(place[0]) / place[1]
    if not path.is_file():
        return None
    try:
        return kind.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise DataError(
            f"{path} is not a result that this version reads: run `datatools {verb}` again"
        ) from error
