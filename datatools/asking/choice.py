"""Which questions about which pictures still need an annotator's answer?"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from datatools import tables, vocab
from datatools.asking import order
from datatools.asking.task import Asked
from datatools.errors import UsageError
from datatools.intake import Finder
from datatools.records import Sample
from datatools.workspace import Workspace

# What data sets and models said needs no second answer, and is none.
_PEOPLES_WORD = frozenset({"annotator", "self_report"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody is to be asked."""

    questions: tuple[str, ...]  # QUESTION or QUESTION:VOCABULARY@VERSION
    annotator_id: str
    answers_needed: int  # of different annotators, about each picture
    queue: Path | None  # a label sheet whose pictures and order are taken
    honeypots: Path | None  # a label sheet with known answers
    source: str | None
    limit: int | None  # of pictures, without those whose answer is known
    seed: int


@dataclass(frozen=True, slots=True)
class Chosen:
    """The pictures to ask about in the annotator's order, and what each question waits for."""

    samples: list[Sample]
    waiting: list[tuple[Asked, set[str]]]
    masks: Mapping[str, Path]  # that can be reviewed, by sample
    n_known: int  # pictures whose answer is known

    def asked(self, sample: Sample) -> list[Asked]:
        """Give the questions about a sample."""
        return [asked for asked, ids in self.waiting if sample.sample_id in ids]

    def mask(self, sample: Sample) -> Path | None:
        """Give the mask of a sample where it is under review."""
        return self.masks[sample.sample_id] if any(one.is_review for one in self.asked(sample)) else None


def choose(workspace: Workspace, wanted: Wanted) -> Chosen:
    """Choose the pictures whose questions are open, with those that test the annotator.

    Raises:
        UsageError: an unknown question, vocabulary or source.
        DataError: the sheet of the queue or of known answers is none.
    """
    asked = [_asked(spec) for spec in wanted.questions]
    samples = {sample.sample_id: sample for sample in workspace.samples(source=wanted.source)}
    finder = Finder(list(samples.values()), {sample.source for sample in samples.values()})
    queue = None if wanted.queue is None else order.queued(wanted.queue, finder)
    known = {} if wanted.honeypots is None else order.known(wanted.honeypots, finder)
    masks = _masks(workspace)
    answered_by = _answered_by(workspace, {one.name for one in asked})

    def is_waiting(sample_id: str, one: Asked) -> bool:
        people = answered_by[sample_id, one.name]
        is_test = sample_id in known.get(one.name, ())
        return (
            (len(people) < wanted.answers_needed or is_test)
            and wanted.annotator_id not in people
            and (sample_id in masks or not one.is_review)
        )

    waiting = [(one, {name for name in samples if is_waiting(name, one)}) for one in asked]
    wait = {sample_id for _, ids in waiting for sample_id in ids}
    tests = wait & {sample_id for one in asked for sample_id in known.get(one.name, ())}
    candidates = [name for name in (samples if queue is None else queue) if name in wait - tests]
    ordered = order.arranged(
        {*candidates[: wanted.limit], *tests},
        queue=queue,
        mixed_in=tests,
        seed=wanted.seed,
        annotator_id=wanted.annotator_id,
    )
    return Chosen([samples[name] for name in ordered], waiting, masks, len(tests))


def _asked(spec: str) -> Asked:
    axis = vocab.axis(spec)
    question = vocab.question(axis.question)
    key = axis.target or question.vocabularies[0]
    if key not in question.vocabularies:
        raise UsageError(
            f"expected {axis.question} in one of {', '.join(question.vocabularies)}; got {key!r}"
        )
    return Asked(axis.question, vocab.load(key))


def _answered_by(workspace: Workspace, questions: set[str]) -> Mapping[tuple[str, str], set[str]]:
    """Give, by sample and question, the people who answered."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in workspace.rows_or_empty(tables.ANNOTATIONS):
        if row.question in questions and row.source in _PEOPLES_WORD:
            found[row.sample_id, row.question].add(row.annotator_id)
    return found


def _masks(workspace: Workspace) -> dict[str, Path]:
    rows = workspace.rows_or_empty(tables.MASKS)
    return {row.sample_id: workspace.file(row.path) for row in rows if row.path is not None}
