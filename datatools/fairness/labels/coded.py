"""What was answered to one question, as numbers? In columns, for a million answers.

A value is a class of its own: several values in one answer are one class, written ``a+b``.
``cannot_tell`` and the like are no class: they are counted, and say nothing about the picture.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datatools import answers, vocab
from datatools.errors import UsageError
from datatools.vocab import Level
from datatools.workspace import Workspace

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Coded:
    """People's answers to one question in one vocabulary: one entry an annotator and sample."""

    question: str
    vocabulary: str  # name@version
    level: Level
    samples: list[str]  # sorted
    people: list[str]  # sorted
    annotators: list[str]  # sorted
    values: list[str]  # that were given, in the vocabulary's order, sets of values last
    person: Ints  # (n_samples,), the place in ``people``
    sample: Ints  # (n_answers,), the place in ``samples``
    annotator: Ints  # (n_answers,)
    value: Ints  # (n_answers,)
    lead_s: Floats  # (n_answers,), NaN where it is not known
    place: Ints  # (n_answers,), rises in the order in which an annotator answered
    declined: frozenset[tuple[str, str]]  # person_id and annotator_id, who could not tell or say about them
    n_no_answer: int
    n_contradictory: int

    def counts(self) -> Ints:
        """Count the annotators who gave each value, (n_samples, n_values)."""
        shape = (len(self.samples), max(1, len(self.values)))
        flat = np.bincount(self.sample * shape[1] + self.value, minlength=shape[0] * shape[1])
        return flat.reshape(shape)

    def numbers(self) -> Floats:
        """Give what an interval level measures its distances with, (n_values,); zeros at other levels."""
        if self.level != "interval":
            return np.zeros(max(1, len(self.values)))
        return np.array([float(value) for value in self.values])

    def among(self, people: Bools) -> "Coded":
        """Keep the answers about the people where ``people`` (n_people,) is True; codes stay."""
        kept = people[self.person[self.sample]]
        arrays = {
            name: getattr(self, name)[kept] for name in ("sample", "annotator", "value", "lead_s", "place")
        }
        return replace(self, **arrays)


def _order(values: list[str], vocabulary: str) -> list[str]:
    """Sort classes: single values as the vocabulary has them, then sets by their values' places."""
    known = vocab.load(vocabulary)
    parts = {word: vocab.apart(word, vocabulary) for word in values}
    single = known.in_order(value for of_word in parts.values() for value in of_word)
    place = {value: number for number, value in enumerate(single)}
    return sorted(values, key=lambda word: (len(parts[word]), [place[value] for value in parts[word]]))


def code(frame: pd.DataFrame, question: str, vocabulary: str, person_of: Mapping[str, str]) -> Coded:
    """Turn answers into numbers.

    Args:
        frame: as ``answers.columns`` gives it; answers of models and of other questions, vocabularies
            and samples are left out.
        question: whose answers are meant.
        vocabulary: ``name@version`` that they are in.
        person_of: sample_id to person_id, of the samples in scope.
    """
    ids = frame["sample_id"].cat.categories
    in_scope = np.array([name in person_of for name in ids], bool)[frame["sample_id"].cat.codes]
    chosen = (
        in_scope
        & (frame["question"] == question).to_numpy()
        & (frame["vocabulary"] == vocabulary).to_numpy()
        & (frame["source"] != "model").to_numpy()
    )
    frame = frame[chosen]
    is_contradictory = frame["value"].isna().to_numpy()
    is_silent = frame["value"].isin(vocab.NO_ANSWERS).to_numpy()
    silent = frame.loc[is_silent, ["sample_id", "annotator_id"]].itertuples(index=False)
    declined = frozenset((person_of[sample_id], annotator_id) for sample_id, annotator_id in silent)
    frame = frame[~(is_contradictory | is_silent)]
    sample, samples = _numbered(frame["sample_id"])
    annotator, annotators = _numbered(frame["annotator_id"])
    value, given = _numbered(frame["value"])
    values = _order(given, vocabulary)
    value = np.array([values.index(word) for word in given], np.int64)[value]
    owners = [person_of[name] for name in samples]
    people, person = np.unique(np.array(owners, object), return_inverse=True)
    order = frame["presentation_order"].to_numpy(np.float64, na_value=np.inf)
    place = np.empty(len(frame), np.int64)
    place[np.lexsort((order, frame["created_at"].cat.codes))] = np.arange(len(frame))
    return Coded(
        question=question,
        vocabulary=vocabulary,
        level=vocab.load(vocabulary).level,
        samples=samples,
        people=[str(name) for name in people],
        annotators=annotators,
        values=values,
        person=person.astype(np.int64),
        sample=sample,
        annotator=annotator,
        value=value,
        lead_s=frame["lead_time_s"].to_numpy(np.float64, na_value=np.nan),
        place=place,
        declined=declined,
        n_no_answer=int(is_silent.sum()),
        n_contradictory=int(is_contradictory.sum()),
    )


def read(workspace: Workspace, axis: vocab.Axis, person_of: Mapping[str, str]) -> list[Coded]:
    """Read a question's answers, one set for each vocabulary that they are in; none where nobody answered.

    Raises:
        UsageError: there is no such question.
    """
    vocab.question(axis.question)
    frame = answers.columns(workspace, axis)
    keys = sorted(str(key) for key in frame["vocabulary"].unique())
    found = (code(frame, axis.question, key, person_of) for key in keys)
    return [coded for coded in found if coded.samples or coded.n_no_answer or coded.n_contradictory]


def nobody_answered(question: str) -> UsageError:
    """Give the error for a question that was named and that nobody answered."""
    return UsageError(
        f"expected people's answers to {question}, found none: run `datatools annotate import` first, or "
        "leave it out of --questions"
    )


def _numbered(column: pd.Series) -> tuple[Ints, list[str]]:
    """Give a text column's codes (n_answers,) and the sorted words that occur."""
    codes, words = pd.factorize(column.astype(object), sort=True)
    return codes.astype(np.int64), [str(word) for word in words]
