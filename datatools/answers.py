"""What did each annotator say last, as answers rather than as rows?

Rows of one annotator about one sample and question that were given at one moment, in one place of the
order and in one batch are one answer. It has several values where the question takes several. What
comes from two places at one moment and is not the same contradicts itself: nobody knows which one was
meant, and it counts for neither.
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import pyarrow as pa
import pyarrow.compute as pc

from datatools import vocab
from datatools.records import Annotation
from datatools.workspace import Workspace

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

_WHO = ("sample_id", "question", "annotator_id")
_TEXT = (*_WHO, "value", "vocabulary", "source", "created_at")

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
    seen: set[tuple[int | None, str]] = set()
    for row in rows:
        word = (row.presentation_order, row.value)
        if word not in seen:  # the same answer from two batches is one, as the table's key says
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


def columns(
    workspace: Workspace, axis: vocab.Axis | None = None, samples: pa.Array | None = None
) -> "pd.DataFrame":
    """Give what ``latest`` gives as a frame, for statistics over many answers.

    One row for each sample, question and annotator, sorted by them. Text is categorical: ``sample_id``,
    ``question``, ``annotator_id``, ``value`` (``a+b`` where several were given; missing where
    contradictory), ``vocabulary``, ``source``, ``created_at``. ``lead_time_s`` and ``presentation_order``
    are numbers, NaN where not known. A workspace without answers gives no rows.

    Args:
        workspace: whose annotations are read.
        axis: keeps the answers to its question alone, and reads them in its vocabulary.
        samples: keeps the answers about these alone; None: all.

    Raises:
        TableError: a batch is broken.
        DataError: a value is not of its vocabulary.
        UsageError: there is no crosswalk to the axis's vocabulary.
    """
    # Imported here: the command line imports this module and needs no statistics.
    import numpy as np
    import pandas as pd

    frame = _encoded(workspace, axis, samples)
    key = np.zeros(len(frame), np.int64)  # one number for each sample, question and annotator, in their order
    for name in _WHO:
        key = key * len(frame[name].cat.categories) + frame[name].cat.codes.to_numpy()
    time = frame["created_at"].cat.codes.to_numpy()  # -1 without a date: before every other
    order = np.lexsort((time, key))  # stable: of equal rows that of the first batch comes first
    key, time = key[order], time[order]
    is_last = time == time[np.searchsorted(key, key, side="right") - 1]
    frame, key = frame.iloc[order[is_last]], key[is_last]
    starts = np.flatnonzero(np.diff(key, prepend=-1))
    sizes = np.diff(starts, append=len(key))
    found: pd.DataFrame = frame.iloc[starts].drop(columns="batch").reset_index(drop=True)
    words, codes = _read_alone(found, axis or vocab.Axis("", None))
    number_of = {word: number for number, word in enumerate(words)}
    is_several = np.repeat(sizes > 1, sizes)
    rows = iter(_records(frame[is_several]))
    for place in np.flatnonzero(sizes > 1).tolist():
        said = list(itertools.islice(rows, int(sizes[place])))
        word = answered(said, axis or vocab.Axis(said[0].question, None)).category
        codes[place] = number_of.setdefault(word, len(number_of)) if word else -1
    value = pd.Categorical.from_codes(codes, pd.Index(list(number_of))).remove_unused_categories()
    found["value"] = value.reorder_categories(sorted(value.categories))
    if axis is not None and axis.target is not None:
        found["vocabulary"] = pd.Categorical([axis.target] * len(found))
    return found


def _encoded(workspace: Workspace, axis: vocab.Axis | None, samples: pa.Array | None) -> "pd.DataFrame":
    """Read all annotations, or those of an axis's question about some samples, with sorted categories."""
    rows = workspace.annotations()
    if axis is not None:
        rows = rows.filter(pc.equal(rows["question"].cast(pa.string()), axis.question))
    if samples is not None:
        rows = rows.filter(pc.is_in(rows["sample_id"].cast(pa.string()), value_set=samples))
    frame = cast("pd.DataFrame", rows.to_pandas())
    for name in _TEXT:
        used = frame[name].cat.remove_unused_categories()
        # As an array of objects: text of Arrow is slow to go over.
        frame[name] = used.cat.reorder_categories(sorted(used.cat.categories.to_numpy(object)))
    return frame


def _read_alone(frame: "pd.DataFrame", axis: vocab.Axis) -> tuple[list[str], "NDArray[np.int64]"]:
    """Read each row's value as if it were the whole answer: the different words, and each row's word."""
    import numpy as np

    vocabularies, values = frame["vocabulary"].cat, frame["value"].cat
    n_values = len(values.categories)
    pairs = vocabularies.codes.to_numpy(np.int64) * n_values + values.codes.to_numpy()
    different, which = np.unique(pairs, return_inverse=True)
    split = (divmod(int(pair), n_values) for pair in different)
    read = [axis.read(values.categories[value], vocabularies.categories[key]) for key, value in split]
    words = sorted(set(read))
    return words, np.array([words.index(word) for word in read], np.int64)[which]


def _records(frame: "pd.DataFrame") -> list[Annotation]:
    """Turn rows of a frame back into records."""
    plain = frame.astype(object).where(frame.notna(), None)
    return [
        Annotation(**{str(name): value for name, value in row.items()}) for row in plain.to_dict("records")
    ]
