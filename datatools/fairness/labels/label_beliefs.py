"""What do several people's answers let us believe about who is in which group of an attribute?

The model of ``annotate consensus`` (Dawid & Skene) is drawn from: each draw is one guess at how every
annotator errs, and gives every person a probability for each group. The units are people, as everywhere
in the audit, so an annotator's answers about several pictures of a person are one vote.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import islice

import numpy as np

from datatools import answers, counting, vocab
from datatools.answers import latest
from datatools.fairness.labels import dawid_skene, label_posterior
from datatools.fairness.labels.votes import Floats, Ints, Votes, cast
from datatools.fairness.who.groups import CONSENSUS, SEVERAL, Axis
from datatools.fairness.who.pictured import Pictured
from datatools.records import Annotation
from datatools.workspace import Workspace

N_DRAWS = 100
_THIN = 5  # of neighbouring draws one is kept: they resemble each other
_STREAM = 61
_COMBINED_KINDS = frozenset({"perceived", "visible"})  # what people say of themselves is not voted on
_NOT_OF_PEOPLE = frozenset({"model", CONSENSUS})  # sources
_LEAST_TWICE_FRAC = 0.5  # of the people must have two annotators: else the model is mostly its prior


@dataclass(frozen=True, slots=True, eq=False)
class Belief:
    """Draws of everybody's probabilities; people who were answered alike share a row."""

    attribute: str  # as the audit names it
    posterior: str  # where the probabilities come from, in words
    groups: tuple[str, ...]
    row_of: Mapping[str, int]  # person_id to the row
    draws: Floats  # (n_draws, n_rows, n_groups), each row sums to 1

    def of(self, people: Sequence[str]) -> Floats:
        """Give the mean probabilities of people that have some, (n_people, n_groups)."""
        return np.asarray(self.draws.mean(axis=0)[[self.row_of[person] for person in people]], np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """Last answers about people: who, by whom, what; names are sorted, and all of them are used."""

    people: Sequence[str]
    annotators: Sequence[str]
    words: Sequence[str]
    person: Ints  # (n_answers,), the place in ``people``
    annotator: Ints
    word: Ints


def belief(
    attribute: str, annotations: Sequence[Annotation], person_of: Mapping[str, str], seed: int
) -> Belief | None:
    """Draw probabilities for an attribute's groups from the answers that people gave.

    Args:
        attribute: a word of the settings, as ``QUESTION`` or ``QUESTION@consensus:VOCABULARY@VERSION``.
        annotations: all answers; those of models and of a consensus are left out.
        person_of: sample_id to person_id; answers about other samples are left out.
        seed: of the draws.

    Returns:
        None where there is nothing to draw from: no perceived or visible question, numbers that are not
        read in bands, several vocabularies, one value only, or less than half of the people with two
        annotators.
    """
    wanted = _wanted(attribute)
    if wanted is None:
        return None
    rows = [
        row
        for row in annotations
        if row.question == wanted.question and row.sample_id in person_of and row.source not in _NOT_OF_PEOPLE
    ]
    vocabularies = {wanted.target or row.vocabulary for row in rows}
    if len(vocabularies) != 1 or vocab.load(key := vocabularies.pop()).level == "interval":
        return None
    said = [
        (person_of[sample_id], annotator_id, answer.category)
        for (sample_id, _, annotator_id), answer in latest(rows, wanted).items()
        if not (answer.is_contradictory or answer.is_no_answer)
    ]
    people, annotators, words = (
        sorted(set(names)) for names in (zip(*said, strict=True) if said else [()] * 3)
    )
    places = [{name: place for place, name in enumerate(names)} for names in (people, annotators, words)]
    codes = np.array(
        [[where[name] for where, name in zip(places, one, strict=True)] for one in said], np.int64
    ).reshape(-1, 3)
    return _drawn(attribute, key, Said(people, annotators, words, *codes.T), seed)


def belief_of(
    workspace: Workspace, attribute: str, vocabularies: Set[str], shown: Pictured, seed: int
) -> Belief | None:
    """Give what ``belief`` gives of a workspace's answers, without an object for each.

    Args:
        workspace: whose answers are read.
        attribute: as ``belief`` takes it.
        vocabularies: that its question was answered in, by people, about these pictures.
        shown: the pictures under audit.
        seed: of the draws.
    """
    wanted = _wanted(attribute)
    if wanted is None:
        return None
    found = {wanted.target or key for key in vocabularies}
    if len(found) != 1 or vocab.load(key := found.pop()).level == "interval":
        return None
    rows = answers.table(workspace, wanted, shown.sample_ids)
    value, source = counting.whole(rows["value"]), counting.whole(rows["source"])
    words = value.dictionary.to_pylist()
    is_said = np.array([word not in vocab.NO_ANSWERS for word in words] + [False])
    by_person = np.array([word not in _NOT_OF_PEOPLE for word in source.dictionary.to_pylist()] + [False])
    word = np.asarray(value.indices.fill_null(len(words)).to_numpy(zero_copy_only=False), np.int64)
    keep = is_said[word] & by_person[counting.coded(rows["source"])[0]]
    annotator, annotators = counting.coded(rows["annotator_id"])
    person = shown.person[counting.coded(rows["sample_id"])[0]]
    who, of_who = _renumbered(person[keep], shown.people)
    by, of_by = _renumbered(annotator[keep], annotators)
    what, of_what = _renumbered(word[keep], words)
    return _drawn(attribute, key, Said(who, by, what, of_who, of_by, of_what), seed)


def error_rates(beliefs: Sequence[Belief], axes: Sequence[Axis]) -> dict[tuple[str, str], float]:
    """Give the expected share of people whom a group wrongly holds or wrongly lacks.

    Args:
        beliefs: what the answers let us believe.
        axes: where the audit puts people.

    Returns:
        By attribute and group, over the people who are in some group of the attribute and have answers.
    """
    found = {}
    axis_of = {axis.name: axis for axis in axes}
    for known in beliefs:
        axis = axis_of[known.attribute]
        people = sorted(known.row_of.keys() & axis.group_of.keys())
        probable = known.of(people)
        for place, group in enumerate(known.groups):
            if (group,) in axis.levels:
                is_in = np.array([axis.group_of[person] == (group,) for person in people])
                is_wrong = np.where(is_in, 1 - probable[:, place], probable[:, place])
                found[known.attribute, group] = float(is_wrong.mean())
    return found


def _wanted(attribute: str) -> vocab.Axis | None:
    """Parse an attribute that answers can be combined for."""
    name, _, target = attribute.partition(":")
    question = name.partition("@")[0]
    asked = vocab.questions().get(question)
    if asked is None or asked.kind not in _COMBINED_KINDS:
        return None
    return vocab.Axis(question, target or None)


def _in_order(values: set[str], vocabulary: str) -> list[str]:
    """Sort single values as the vocabulary has them, sets of values last."""
    single = {value for value in values if len(vocab.apart(value, vocabulary)) == 1}
    return [*vocab.load(vocabulary).in_order(single), *sorted(values - single)]


def _grouped(values: Sequence[str], vocabulary: str) -> tuple[tuple[str, ...], Floats]:
    """Name the groups of values, and say which value is in which, (n_values, n_groups) of 0 and 1."""
    names = [SEVERAL if len(vocab.apart(value, vocabulary)) > 1 else value for value in values]
    groups = tuple(dict.fromkeys(names))
    return groups, np.array([[float(name == group) for group in groups] for name in names])


def _renumbered(codes: Ints, names: Sequence[str]) -> tuple[list[str], Ints]:
    """Give the names that are used, sorted, and each row's number among them."""
    used = np.unique(codes)
    in_order = sorted(used.tolist(), key=names.__getitem__)
    number_of = np.full(len(names), -1, np.int64)
    number_of[in_order] = np.arange(len(in_order))
    return [names[code] for code in in_order], number_of[codes]


def _drawn(attribute: str, vocabulary: str, said: Said, seed: int) -> Belief | None:
    """Fit the annotators' errors, and draw everybody's probabilities; None where too little was said."""
    values = _in_order(set(said.words), vocabulary)
    if len(values) < 2:
        return None
    place_of = np.array([values.index(word) for word in said.words], np.int64)
    n_people, n_annotators = len(said.people), len(said.annotators)
    votes = cast(said.person, said.annotator, place_of[said.word], n_people, n_annotators, len(values))
    if np.mean(_n_witnesses(votes) >= 2) < _LEAST_TWICE_FRAC:
        return None
    groups, groups_of_values = _grouped(values, vocabulary)
    model = dawid_skene.fit(votes, is_ordinal=vocab.load(vocabulary).level == "ordinal")
    walk = label_posterior.walk(votes, model, np.random.default_rng([seed, _STREAM]))
    rows_drawn = (row for _, _, row in islice(walk, 0, N_DRAWS * _THIN, _THIN))
    return Belief(
        attribute,
        f"{CONSENSUS} of {n_annotators} annotators, drawn anew with their errors",
        groups,
        dict(zip(said.people, votes.row_of.tolist(), strict=True)),
        np.stack([row @ groups_of_values for row in rows_drawn]),
    )


def _n_witnesses(votes: Votes) -> Floats:
    """Count the annotators who answered about each person, (n_people,)."""
    of_rows = np.asarray(votes.matrix.sum(axis=1), np.float64).ravel()
    return np.asarray(np.rint(of_rows)[votes.row_of], np.float64)
