"""What did each annotator say last, as answers rather than as rows?

Rows of one annotator about one sample and question that were given at one moment, in one place of the
order and in one batch are one answer. It has several values where the question takes several. What
comes from two places at one moment and is not the same contradicts itself: nobody knows which one was
meant, and it counts for neither.
"""

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import pyarrow as pa
import pyarrow.compute as pc

from datatools import columns as held
from datatools import counting, tables, vocab
from datatools.batches import FEW
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
    """Give what ``table`` gives as a frame, for statistics over many answers; text is categorical.

    Raises:
        TableError, DataError, UsageError: as ``table``.
    """
    # Imported here: the command line imports this module and needs no statistics.
    import pandas as pd

    found = table(workspace, axis, samples)
    frame = cast("pd.DataFrame", found.drop_columns(list(_TEXT)).to_pandas())
    for name in found.column_names:
        if name in _TEXT:
            array = counting.whole(found[name])
            codes = array.indices.fill_null(-1).to_numpy(zero_copy_only=False)
            # As an array of objects: text of Arrow is slow to go over.
            words = pd.Index(array.dictionary.to_numpy(zero_copy_only=False), dtype=object)
            frame[name] = pd.Categorical.from_codes(codes, words)
    return cast("pd.DataFrame", frame[found.column_names])


def table(workspace: Workspace, axis: vocab.Axis | None = None, samples: pa.Array | None = None) -> pa.Table:
    """Give what ``latest`` gives as columns, without an object for each answer.

    One row for each sample, question and annotator, sorted by them. Text is dictionary-encoded, its words
    sorted: ``sample_id``, ``question``, ``annotator_id``, ``value`` (``a+b`` where several were given;
    missing where contradictory), ``vocabulary``, ``source``, ``created_at``. ``lead_time_s`` and
    ``presentation_order`` are missing where not known. A workspace without answers gives no rows.

    Args:
        workspace: whose annotations are read.
        axis: keeps the answers to its question alone, and reads them in its vocabulary.
        samples: keeps the answers about these alone, in their order; they are the words of ``sample_id``,
            used or not. None: all.

    Raises:
        TableError: a batch is broken.
        DataError: a value is not of its vocabulary.
        UsageError: there is no crosswalk to the axis's vocabulary.
    """
    # Imported here: the command line imports this module and counts nothing.
    import numpy as np

    rows = _encoded(workspace, axis, samples)
    key = np.zeros(len(rows), np.int64)  # one number for each sample, question and annotator, in their order
    for name in _WHO:
        codes, n_words = _codes(rows, name)
        key = key * max(n_words, 1) + codes
    time, _ = _codes(rows, "created_at")  # -1 without a date: before every other
    order = np.lexsort((time, key))  # stable: of equal rows that of the first batch comes first
    key, time = key[order], time[order]
    is_last = time == time[np.searchsorted(key, key, side="right") - 1]
    order, key = order[is_last], key[is_last]
    starts = np.flatnonzero(np.diff(key, prepend=-1))
    sizes = np.diff(starts, append=len(key))
    found = rows.take(counting.places(order[starts])).drop_columns("batch")
    words, codes = _read_alone(found, axis or vocab.Axis("", None))
    number_of = {word: number for number, word in enumerate(words)}
    is_several = np.repeat(sizes > 1, sizes)
    several = tables.records_of(rows.take(counting.places(order[is_several])), tables.ANNOTATIONS)
    each = iter(several)
    for place in np.flatnonzero(sizes > 1).tolist():
        said = list(itertools.islice(each, int(sizes[place])))
        word = answered(said, axis or vocab.Axis(said[0].question, None)).category
        codes[place] = number_of.setdefault(word, len(number_of)) if word else -1
    found = _with(found, "value", _sorted_words(codes, pa.array(list(number_of), pa.string())))
    if axis is not None and axis.target is not None:
        one = pa.array([axis.target] if len(found) else [], pa.string())
        found = _with(found, "vocabulary", _dictionary(np.zeros(len(found), np.int64), one))
    return found


def n_by_question(workspace: Workspace, samples: pa.Array | None = None) -> dict[str, int]:
    """Count the answers to each question, perhaps about some samples alone.

    The same answer in two batches counts once.
    """
    files = workspace.batch_files()
    counts: Counter[str] = Counter()
    shared = None  # questions whose answers are compared one with the other; None: all
    if len(files) <= FEW:
        asked: Counter[tuple[str, ...]] = Counter()  # in how many batches an annotator answered a question
        for path in files:
            of_batch: Counter[tuple[str, ...]] = Counter()
            for rows in held.of_files([path], tables.ANNOTATIONS, _WHO, encoded=_WHO[1:]):
                ours = rows if samples is None else rows.filter(held.is_about(rows, samples))
                of_batch += counting.tally(ours.select(_WHO[1:]))
            asked.update(of_batch.keys())
            for (question, _), n in of_batch.items():
                counts[question] += n
        # Rows of one batch differ in their key; only what two batches hold must be compared.
        shared = {question for (question, _), n_batches in asked.items() if n_batches > 1}
    if shared is None or shared:
        key = tables.ANNOTATIONS.key
        where = None if shared is None else {"question": shared}
        rows = workspace.columns(tables.ANNOTATIONS, key, where=where, encoded=("question",))
        if samples is not None:
            rows = rows.filter(held.is_about(rows, samples))
        alone = rows.combine_chunks().group_by(list(key)).aggregate([])
        for (question,), n in counting.tally(alone.select(["question"])).items():
            counts[question] = n
    return dict(counts)


def _encoded(workspace: Workspace, axis: vocab.Axis | None, samples: pa.Array | None) -> pa.Table:
    """Read all annotations, or those of an axis's question about some samples, with sorted words."""
    where = None if axis is None else {"question": (axis.question,)}
    text = [name for name in (*_TEXT, "batch") if samples is None or name != "sample_id"]
    names = tables.schema(tables.ANNOTATIONS).names
    rows = workspace.columns(tables.ANNOTATIONS, names, where=where, encoded=text).combine_chunks()
    if samples is not None:
        among = pc.index_in(rows["sample_id"], value_set=samples)
        rows = _with(rows, "sample_id", pa.DictionaryArray.from_arrays(counting.whole(among), samples))
        rows = rows.filter(pc.is_valid(among)).combine_chunks()
    for name in text[:-1]:
        codes, _ = _codes(rows, name)
        rows = _with(rows, name, _sorted_words(codes, counting.whole(rows[name]).dictionary))
    return rows


def _codes(rows: pa.Table, name: str) -> tuple["NDArray[np.int64]", int]:
    """Give the number of each row's word, -1 for none, and how many words there are."""
    import numpy as np

    array = counting.whole(rows[name])
    codes = array.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return codes.astype(np.int64), len(array.dictionary)


def _sorted_words(codes: "NDArray[np.int64]", words: pa.Array) -> pa.DictionaryArray:
    """Encode by the words that are used, sorted."""
    import numpy as np

    is_used = np.bincount(codes[codes >= 0], minlength=len(words)) > 0
    order = pc.sort_indices(words).to_numpy()
    order = order[is_used[order]]
    rank = np.full(len(words) + 1, -1, np.int64)  # the last: of no word
    rank[order] = np.arange(len(order))
    return _dictionary(rank[codes], words.take(counting.places(order)))


def _dictionary(codes: "NDArray[np.int64]", words: pa.Array) -> pa.DictionaryArray:
    import numpy as np

    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32), mask=codes < 0), words)


def _with(rows: pa.Table, name: str, column: pa.Array) -> pa.Table:
    place = rows.column_names.index(name)
    return rows.set_column(place, pa.field(name, column.type), column)


def _read_alone(rows: pa.Table, axis: vocab.Axis) -> tuple[list[str], "NDArray[np.int64]"]:
    """Read each row's value as if it were the whole answer: the different words, and each row's word."""
    import numpy as np

    vocabularies = counting.whole(rows["vocabulary"]).dictionary.to_pylist()
    values = counting.whole(rows["value"]).dictionary.to_pylist()
    of_vocabulary, of_value = _codes(rows, "vocabulary")[0], _codes(rows, "value")[0]
    different, which = np.unique(of_vocabulary * len(values) + of_value, return_inverse=True)
    split = (divmod(int(pair), len(values)) for pair in different)
    read = [axis.read(values[value], vocabularies[key]) for key, value in split]
    words = sorted(set(read))
    return words, np.array([words.index(word) for word in read], np.int64)[which]
