"""What do several people's answers let us believe about who is in which group of an attribute?

The model of ``annotate consensus`` (Dawid & Skene) is drawn from: each draw is one guess at how every
annotator errs, and gives every person a probability for each group. The units are people, as everywhere
in the audit, so an annotator's answers about several pictures of a person are one vote.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from datatools import vocab
from datatools.answers import latest
from datatools.fairness.labels import dawid_skene, label_posterior
from datatools.fairness.labels.votes import Floats, Votes, cast
from datatools.fairness.who.groups import CONSENSUS, SEVERAL, Axis
from datatools.records import Annotation

N_DRAWS = 100
_THIN = 5  # of neighbouring draws one is kept: they resemble each other
_STREAM = 61
_COMBINED_KINDS = frozenset({"perceived", "visible"})  # what people say of themselves is not voted on
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
        if row.question == wanted.question
        and row.sample_id in person_of
        and row.source not in {"model", CONSENSUS}
    ]
    vocabularies = {wanted.target or row.vocabulary for row in rows}
    if len(vocabularies) != 1 or vocab.load(key := vocabularies.pop()).level == "interval":
        return None
    said = {
        (person_of[sample_id], annotator_id, sample_id): answer.category
        for (sample_id, _, annotator_id), answer in latest(rows, wanted).items()
        if not (answer.is_contradictory or answer.is_no_answer)
    }
    people = sorted({person for person, _, _ in said})
    annotators = sorted({annotator for _, annotator, _ in said})
    values = _in_order(set(said.values()), key)
    if len(values) < 2:
        return None
    votes = _votes(said, people, annotators, values)
    if np.mean(_n_witnesses(votes) >= 2) < _LEAST_TWICE_FRAC:
        return None
    groups, groups_of_values = _grouped(values, key)
    model = dawid_skene.fit(votes, is_ordinal=vocab.load(key).level == "ordinal")
    walk = label_posterior.walk(votes, model, np.random.default_rng([seed, _STREAM]))
    rows_drawn = (row for _, _, row in islice(walk, 0, N_DRAWS * _THIN, _THIN))
    return Belief(
        attribute,
        f"{CONSENSUS} of {len(annotators)} annotators, drawn anew with their errors",
        groups,
        {person: int(row) for person, row in zip(people, votes.row_of, strict=True)},
        np.stack([row @ groups_of_values for row in rows_drawn]),
    )


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


def _votes(
    said: Mapping[tuple[str, str, str], str],
    people: Sequence[str],
    annotators: Sequence[str],
    values: Sequence[str],
) -> Votes:
    """Count answers, by person, annotator and sample, as votes on people."""
    places = [{word: place for place, word in enumerate(words)} for words in (people, annotators, values)]
    codes = np.array(
        [
            (places[0][person], places[1][annotator], places[2][value])
            for (person, annotator, _), value in said.items()
        ],
        np.int64,
    )
    return cast(codes[:, 0], codes[:, 1], codes[:, 2], len(people), len(annotators), len(values))


def _n_witnesses(votes: Votes) -> Floats:
    """Count the annotators who answered about each person, (n_people,)."""
    of_rows = np.asarray(votes.matrix.sum(axis=1), np.float64).ravel()
    return np.asarray(np.rint(of_rows)[votes.row_of], np.float64)
