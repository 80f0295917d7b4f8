"""What did each annotator say last, as answers rather than as rows?

Rows of one annotator about one sample and question that were given at one moment, in one place of the
order and in one batch are one answer. It has several values where the question takes several. What
comes from two places at one moment and is not the same contradicts itself: nobody knows which one was
meant, and it counts for neither.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from datatools import vocab
from datatools.records import Annotation

Key = tuple[str, str, str]  # sample_id, question, annotator_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An annotator's last word on one question about one sample."""

    values: tuple[str, ...]  # in the vocabulary's order, once each; none where it contradicts itself
    vocabulary: str  # name@version, of the values
    source: str
    created_at: str | None
    lead_time_s: float | None
    presentation_order: int | None

    @property
    def is_contradictory(self) -> bool:
        """Say whether different things were said at one moment."""
        return not self.values

    @property
    def is_no_answer(self) -> bool:
        """Say whether the annotator declined to say, or could not."""
        return bool(self.values) and vocab.NO_ANSWERS.issuperset(self.values)

    @property
    def category(self) -> str:
        """Give the answer as one word: ``white``, or ``east_asian+white``; empty where contradictory."""
        return vocab.together(self.values)


def latest(rows: Iterable[Annotation], axis: vocab.Axis | None = None) -> dict[Key, Answered]:
    """Give each annotator's last answer to each question about each sample.

    Args:
        rows: annotations, of any number of questions.
        axis: reads the answers in a coarser vocabulary first, so that what says the same there does not
            contradict itself; None reads them as they are.

    Raises:
        DataError: a value is not of its vocabulary.
        UsageError: there is no crosswalk to the axis's vocabulary.
    """
    last: dict[Key, list[Annotation]] = {}
    for row in rows:
        kept = last.setdefault((row.sample_id, row.question, row.annotator_id), [])
        if kept and (row.created_at or "") > (kept[0].created_at or ""):
            kept.clear()
        if not kept or (row.created_at or "") == (kept[0].created_at or ""):
            kept.append(row)
    return {key: answered(kept, axis or vocab.Axis(key[1], None)) for key, kept in last.items()}


def answered(rows: Sequence[Annotation], axis: vocab.Axis) -> Answered:
    """Join the rows that one annotator gave at one moment about one sample and question."""
    said: dict[tuple[str, int | None, str], list[str]] = {}
    seen: set[tuple[str, int | None, str]] = set()
    for row in rows:
        word = (row.vocabulary, row.presentation_order, row.value)
        if word not in seen:  # the same answer from two batches is one
            seen.add(word)
            said.setdefault((row.vocabulary, row.presentation_order, row.batch), []).append(row.value)
    readings = {
        (axis.target or vocabulary, axis.read_all(values, vocabulary))
        for (vocabulary, _, _), values in said.items()
    }
    (vocabulary, values), *others = sorted(readings)
    is_one = len(values) == 1
    is_set = vocab.question(axis.question).several and vocab.NO_ANSWERS.isdisjoint(values)
    first = rows[0]
    return Answered(
        values=values if not others and (is_one or is_set) else (),
        vocabulary=vocabulary,
        source=first.source,
        created_at=first.created_at,
        lead_time_s=first.lead_time_s,
        presentation_order=first.presentation_order,
    )
