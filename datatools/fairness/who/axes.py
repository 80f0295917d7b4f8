"""Which single attributes does an audit compare people by?

The axes are those that ``groups.axis`` makes of records; here they are made of frames, so that a million
answers are no million objects.
"""

from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from datatools import answers, columns, counting, tables, vocab
from datatools.errors import UsageError
from datatools.fairness.who.groups import (
    BINNED,
    SEVERAL,
    Axis,
    answered_axis,
    attributes_of,
    axis,
    is_of_consensus,
    measured_axis,
    nothing,
    of_consensus,
    vocabulary_of,
)
from datatools.workspace import Workspace

Codes = NDArray[np.int64]


def axes_of(
    workspace: Workspace, wanted: Sequence[str] | None, person_of: Mapping[str, str]
) -> tuple[list[Axis], list[str]]:
    """Make the axes that are asked for; without a wish every question, and a note on each that fails.

    All that is known of the people under audit counts, also answers about their other pictures.

    Args:
        workspace: whose answers and measurements are read.
        wanted: attributes as ``groups.axis`` takes them; None: every question that places people in groups.
        person_of: sample_id to person_id: the samples under audit.

    Raises:
        UsageError: as ``groups.axis``, for an attribute that was asked for.
    """
    known = _Known(workspace, person_of)
    if wanted is not None:
        return [known.axis(spec) for spec in wanted], []
    axes, notes = [], []
    for spec in attributes_of(known.answered):
        try:
            axes.append(known.axis(spec))
        except UsageError as error:
            notes.append(f"Not audited: {error}.")
    return axes, notes


class _Known:
    """What is known of the people under audit."""

    def __init__(self, workspace: Workspace, person_of: Mapping[str, str]) -> None:
        self._workspace = workspace
        self._person_of = person_of
        self._samples = pa.array(list(person_of), pa.string())
        number_of = {person: number for number, person in enumerate(dict.fromkeys(person_of.values()))}
        self._people = list(number_of)
        self._person: Codes = np.array([number_of[person] for person in person_of.values()], np.int64)
        self._questions: set[str] = set()
        said: dict[tuple[str, ...], None] = {}
        in_order = self._samples.take(pc.sort_indices(self._samples))
        words = ("question", "vocabulary", "source")
        for rows in workspace.pieces(tables.ANNOTATIONS, ("sample_id", *words), encoded=words):
            self._questions |= {question for (question,) in counting.tally(rows.select(words[:1]))}
            ours = rows.filter(columns.is_about(rows, in_order))
            said |= dict.fromkeys(counting.tally(ours.select(words)))
        self._said = [(question, vocabulary, source) for question, vocabulary, source in said]

    @property
    def answered(self) -> set[tuple[str, str]]:
        """Give the questions that were answered about these samples, with the vocabularies."""
        return {(question, vocabulary) for question, vocabulary, _ in self._said}

    def axis(self, spec: str) -> Axis:
        """Make one axis.

        Raises:
            UsageError: as ``groups.axis``.
        """
        binned = BINNED.fullmatch(spec)
        if binned is not None:
            return self._measured(binned["name"], [float(edge) for edge in binned["edges"].split(",")])
        if is_of_consensus(spec):
            rows = of_consensus(self._workspace.rows_or_empty(tables.CONSENSUS))
            return axis(spec, rows, [], self._person_of)
        return self._answered(spec)

    def _answered(self, spec: str) -> Axis:
        wanted = vocab.axis(spec)
        mine = [(words, source) for question, words, source in self._said if question == wanted.question]
        if not mine:
            numbers = self._workspace.frame_or_empty(tables.MEASUREMENTS, ("name",))["name"].unique()
            raise UsageError(nothing(spec, self._questions, {str(number) for number in numbers}))
        vocabulary = vocabulary_of(spec, wanted, {words for words, _ in mine})
        said = answers.table(self._workspace, wanted, self._samples)
        value = counting.whole(said["value"])
        words = value.dictionary.to_pylist()
        is_one = [len(vocab.apart(word, vocabulary)) == 1 for word in words]
        groups = sorted({word if one else SEVERAL for word, one in zip(words, is_one, strict=True)})
        place = {word: number for number, word in enumerate(groups)}
        group_of_word = np.array(
            [place[word if one else SEVERAL] for word, one in zip(words, is_one, strict=True)] or [0],
            np.int64,
        )
        person = self._person[counting.coded(said["sample_id"])[0]]
        word = value.indices.fill_null(-1).to_numpy()
        counts = word >= 0  # who contradicted himself said nothing
        winner_of = _winners(person[counts], group_of_word[word[counts]], len(groups))
        word_of = {self._people[number]: groups[group] for number, group in winner_of}
        return answered_axis(spec, vocabulary, {source for _, source in mine}, word_of)

    def _measured(self, name: str, edges: Sequence[float]) -> Axis:
        rows = self._workspace.frame_or_empty(tables.MEASUREMENTS, ("sample_id", "name", "value"))
        known = {str(number) for number in rows["name"].unique()}
        mine = rows[(rows["name"] == name) & rows["value"].notna()]
        person = self._people_of(pa.array(mine["sample_id"]))
        values = pd.Series(mine["value"].to_numpy(np.float64))[person >= 0]
        middles = values.groupby(person[person >= 0]).median()
        middle_of = dict(zip(np.array(self._people, object)[middles.index], middles.tolist(), strict=True))
        return measured_axis(name, edges, middle_of, known)

    def _people_of(self, sample_ids: pa.Array | pa.ChunkedArray) -> Codes:
        place = pc.fill_null(pc.index_in(sample_ids, value_set=self._samples), -1)
        places = cast("Codes", place.to_numpy())
        return np.where(places >= 0, self._person[places], -1) if len(self._person) else places


def _winners(person: Codes, group: Codes, n_groups: int) -> list[tuple[int, int]]:
    """Give people (number, group) by the answer that was given most often about them; a tie is none."""
    pairs, counts = np.unique(person * n_groups + group, return_counts=True)
    people, groups = np.divmod(pairs, n_groups)
    order = np.lexsort((-counts, people))
    people, groups, counts = people[order], groups[order], counts[order]
    is_first = np.diff(people, prepend=-1) != 0
    is_tied = np.append((people[1:] == people[:-1]) & (counts[1:] == counts[:-1]), False)
    won = is_first & ~is_tied
    return list(zip(people[won].tolist(), groups[won].tolist(), strict=True))
