"""Which single attributes does an audit compare people by?

The axes are those that ``groups.axis`` makes of records; here they are made of frames, so that a million
answers are no million objects.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
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
from datatools.fairness.who.pictured import Pictured
from datatools.workspace import Workspace

Codes = NDArray[np.int64]
Floats = NDArray[np.float64]


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
    known = Known(workspace, person_of)
    if wanted is not None:
        return [known.axis(spec) for spec in wanted], []
    axes, notes = [], []
    for spec in attributes_of(known.answered):
        try:
            axes.append(known.axis(spec))
        except UsageError as error:
            notes.append(f"Not audited: {error}.")
    return axes, notes


class Known:
    """What is known of the people under audit; a ``coded_from.Source``."""

    def __init__(self, workspace: Workspace, person_of: Mapping[str, str]) -> None:
        self._workspace = workspace
        self._made: dict[tuple[str, str], Axis] = {}  # reading answers takes more memory than their axis
        self._pictured = Pictured.of(person_of)
        self._samples = self._pictured.sample_ids
        self._questions: set[str] = set()
        said: dict[tuple[str, ...], None] = {}
        words = ("question", "vocabulary", "source")
        for rows in workspace.pieces(tables.ANNOTATIONS, ("sample_id", *words), encoded=words):
            self._questions |= {question for (question,) in counting.tally(rows.select(words[:1]))}
            ours = rows.filter(columns.is_about(rows, self._pictured.in_order))
            said |= dict.fromkeys(counting.tally(ours.select(words)))
        self._said = [(question, vocabulary, source) for question, vocabulary, source in said]

    @property
    def questions(self) -> set[str]:
        """Give the questions that were answered, about whichever samples."""
        return self._questions

    @property
    def answered(self) -> set[tuple[str, str]]:
        """Give the questions that were answered about these samples, with the vocabularies."""
        return {(question, vocabulary) for question, vocabulary, _ in self._said}

    def axis(self, spec: str, years_of: str = "") -> Axis:
        """Make one axis.

        Args:
            spec: as ``groups.axis`` takes it.
            years_of: an attribute whose question, answered in numbers, can be cut as a measurement is.

        Raises:
            UsageError: as ``groups.axis``.
        """
        if (spec, years_of) not in self._made:
            self._made[spec, years_of] = self._axis(spec, years_of)
        return self._made[spec, years_of]

    def _axis(self, spec: str, years_of: str) -> Axis:
        binned = BINNED.fullmatch(spec)
        if binned is not None:
            edges = [float(edge) for edge in binned["edges"].split(",")]
            return self._measured(binned["name"], edges, years_of)
        if is_of_consensus(spec):
            rows = of_consensus(self._workspace.rows_or_empty(tables.CONSENSUS))
            return axis(spec, rows, [], self._pictured)
        return self._answered(spec)

    def _answered(self, spec: str) -> Axis:
        wanted = vocab.axis(spec)
        mine = [(words, source) for question, words, source in self._said if question == wanted.question]
        if not mine:
            raise UsageError(nothing(spec, self._questions, self._measured_names()))
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
        person = self._pictured.person[counting.coded(said["sample_id"])[0]].astype(np.int64)
        word = value.indices.fill_null(-1).to_numpy()
        counts = word >= 0  # who contradicted himself said nothing
        winner_of = _winners(person[counts], group_of_word[word[counts]], len(groups))
        word_of = {self._pictured.people[number]: groups[group] for number, group in winner_of}
        return answered_axis(spec, vocabulary, {source for _, source in mine}, word_of)

    def vocabularies(self, attribute: str) -> set[str]:
        """Give the vocabularies that an attribute's question was answered in, or its consensus is in."""
        question = attribute.partition(":")[0].partition("@")[0]
        if is_of_consensus(attribute):
            rows = self._workspace.rows_or_empty(tables.CONSENSUS)
            of_question = (row for row in rows if row.question == question)
            return {row.vocabulary for row in of_consensus(of_question) if row.sample_id in self._pictured}
        return {words for asked, words, _ in self._said if asked == question}

    def vocabularies_of_people(self, attribute: str) -> set[str]:
        """Give the vocabularies that people, and no models, answered an attribute's question in."""
        question = attribute.partition(":")[0].partition("@")[0]
        return {words for asked, words, source in self._said if asked == question and source != "model"}

    def has_years(self, attribute: str) -> bool:
        """Say whether an attribute's answers are numbers that are read in bands."""
        return len(self._years(attribute)[0]) > 0

    def middles(self, name: str) -> Floats:
        """Give each person's median of a measurement, sorted."""
        return np.sort(_medians(*self._numbers(name)).to_numpy(np.float64))

    def _measured(self, name: str, edges: Sequence[float], years_of: str) -> Axis:
        person, value = self._numbers(name)
        if years_of and name == years_of.partition(":")[0]:
            also = self._years(years_of)
            person, value = np.concatenate([person, also[0]]), np.concatenate([value, also[1]])
        middles = _medians(person, value)
        middle_of = {
            self._pictured.people[number]: middle
            for number, middle in zip(middles.index.tolist(), middles.tolist(), strict=True)
        }
        return measured_axis(name, edges, middle_of, set() if middle_of else self._measured_names())

    def _measured_names(self) -> set[str]:
        pieces = self._workspace.pieces(tables.MEASUREMENTS, ("name",), encoded=("name",))
        return {name for rows in pieces for (name,) in counting.tally(rows)}

    def _numbers(self, name: str) -> tuple[Codes, Floats]:
        """Give the values of a measurement in these pictures, and whose they are."""
        people, values = [np.zeros(0, np.int64)], [np.zeros(0)]
        names = ("sample_id", "value")
        for rows in self._workspace.pieces(tables.MEASUREMENTS, names, where={"name": (name,)}):
            person = self._pictured.people_of(rows["sample_id"])
            value = rows["value"].to_numpy()
            is_ours = (person >= 0) & ~np.isnan(value)
            people.append(person[is_ours])
            values.append(value[is_ours])
        return np.concatenate(people), np.concatenate(values)

    def _years(self, attribute: str) -> tuple[Codes, Floats]:
        """Give the numbers that people answered, and whom they are about; none where they are no numbers."""
        nothing_said = np.zeros(0, np.int64), np.zeros(0)
        question, _, target = attribute.partition(":")
        levels = {vocab.load(key).level for key in self.vocabularies(attribute)}
        if not target or "@" in question or levels != {"interval"}:
            return nothing_said
        said = answers.table(self._workspace, vocab.Axis(question, None), self._samples)
        value = counting.whole(said["value"])
        words = value.dictionary.to_pylist()
        of_word = np.array([np.nan if word in vocab.NO_ANSWERS else float(word) for word in words] + [np.nan])
        years = of_word[value.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)]
        person = self._pictured.person[counting.coded(said["sample_id"])[0]].astype(np.int64)
        return person[~np.isnan(years)], years[~np.isnan(years)]


def _medians(person: Codes, value: Floats) -> "pd.Series[float]":
    """Give the median of each person's values, by the person's number."""
    return pd.Series(value).groupby(person).median()


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
