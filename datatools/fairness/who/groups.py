"""Which group is each person in?

Groups come from people's answers, or from a number measured in pictures and cut at stated edges. They
are never guessed here. A person has one group on an axis, whatever the number of pictures.

Where several people answered, ``QUESTION@consensus`` reads what `annotate consensus` made of their answers
instead of the most frequent one.
"""

import re
import statistics
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from itertools import pairwise

from datatools import vocab
from datatools.answers import latest
from datatools.errors import UsageError
from datatools.records import Annotation, ConsensusRow, Measurement

Levels = tuple[str, ...]  # one level for each crossed attribute

CONSENSUS = "consensus"  # behind the @ of an attribute, and the source of such answers
_MAX_LEVELS = 60  # an attribute with more is an identifier or a number, not groups
_LIKELY = 0.5
_CROSS = " x "
SEVERAL = "several"  # the group of people whose answer has several values
_NUMBER = r"-?\d+(?:\.\d+)?"
BINNED = re.compile(rf"(?P<name>\w+):(?P<edges>{_NUMBER}(?:,{_NUMBER})*)")


@dataclass(frozen=True, slots=True)
class Axis:
    """People by group; people without an answer are in no group."""

    attributes: tuple[str, ...]  # one, or several that are crossed
    answered_by: tuple[str, ...]  # self_report, annotator, dataset, model, measured
    levels: tuple[Levels, ...]  # in the order to show them
    group_of: Mapping[str, Levels]  # person_id to the group

    @property
    def name(self) -> str:
        """Give the attribute's name; crossings join names with `` x ``."""
        return _CROSS.join(self.attributes)


def without_few_several(axis: Axis, min_people: int) -> Axis:
    """Take people of several values out of an axis's groups where they are too few to be one.

    As a group they would be hidden, and with them, against subtraction, the smallest group beside them.
    That somebody gave several values says of nobody which.
    """
    several = (SEVERAL,)
    if several not in axis.levels or sum(level == several for level in axis.group_of.values()) >= min_people:
        return axis
    return replace(
        axis,
        levels=tuple(level for level in axis.levels if level != several),
        group_of={person: level for person, level in axis.group_of.items() if level != several},
    )


def group_name(levels: Levels) -> str:
    """Give a group's name; crossings join levels with `` x ``."""
    return _CROSS.join(levels)


def default_attributes(annotations: Sequence[Annotation]) -> list[str]:
    """Name every question that places people in groups, numbers in their first coarser vocabulary."""
    return attributes_of({(row.question, row.vocabulary) for row in annotations if row.source != CONSENSUS})


def attributes_of(answered: Iterable[tuple[str, str]]) -> list[str]:
    """Name what ``default_attributes`` names, by the questions and the vocabularies they were answered in."""
    by_question: dict[str, set[str]] = defaultdict(set)
    for question, vocabulary in answered:
        if vocab.question(question).kind != "review":
            by_question[question].add(vocabulary)
    found: list[str] = []
    for question, vocabularies in sorted(by_question.items()):
        if len(vocabularies) == 1:
            (only,) = vocabularies
            if vocab.load(only).level != "interval":
                found.append(question)
                continue
        targets = _common_targets(vocabularies)
        found.append(f"{question}:{targets[0]}" if targets else question)
    return found


def _common_targets(vocabularies: set[str]) -> list[str]:
    """Give the vocabularies that all of these translate to, or are."""
    reach = [
        {key} | {target for source, target in vocab.crosswalks() if source == key} for key in vocabularies
    ]
    common = set.intersection(*reach)
    return sorted(key for key in common if vocab.load(key).level != "interval")


def axis(
    spec: str,
    annotations: Sequence[Annotation],
    measurements: Sequence[Measurement],
    person_of: Mapping[str, str],
) -> Axis:
    """Make the axis that a word of the settings means.

    Args:
        spec: ``QUESTION``, ``QUESTION:NAME@VERSION`` (read in a coarser vocabulary), both perhaps with
            ``@consensus`` behind the question, or ``MEASUREMENT:EDGE,EDGE`` (cut at rising edges).
        annotations: all answers, and those that ``of_consensus`` gives.
        measurements: all measurements.
        person_of: sample_id to person_id; rows of other samples are left out.

    Raises:
        UsageError: nothing of that name, edges that do not rise, answers in several vocabularies
            without one to read them in, or more groups than can be compared.
    """
    binned = BINNED.fullmatch(spec)
    if binned is not None:
        edges = [float(edge) for edge in binned["edges"].split(",")]
        return _measured(binned["name"], edges, measurements, person_of)
    wanted, is_consensus = _wanted(spec)
    answers = [
        row
        for row in annotations
        if row.question == wanted.question
        and row.sample_id in person_of
        and (row.source == CONSENSUS) == is_consensus
    ]
    if not answers:
        questions, numbers = {row.question for row in annotations}, {row.name for row in measurements}
        raise UsageError(nothing(spec, questions, numbers))
    return _answered(spec, wanted, answers, person_of)


def _wanted(spec: str) -> tuple[vocab.Axis, bool]:
    """Parse a question, perhaps with ``@consensus`` behind its name."""
    wanted = vocab.axis(spec)
    name, _, how = wanted.question.partition("@")
    return (vocab.Axis(name, wanted.target), True) if how == CONSENSUS else (wanted, False)


def is_of_consensus(spec: str) -> bool:
    """Say whether a word of the settings means the consensus."""
    return BINNED.fullmatch(spec) is None and _wanted(spec)[1]


def of_consensus(rows: Iterable[ConsensusRow]) -> list[Annotation]:
    """Give a consensus as answers that ``axis`` takes; what is less likely than not is none."""
    return [
        Annotation(
            sample_id=row.sample_id,
            question=row.question,
            value=value,
            annotator_id=CONSENSUS,
            source=CONSENSUS,
            vocabulary=row.vocabulary,
            created_at=None,
            lead_time_s=None,
            presentation_order=None,
            batch=CONSENSUS,
        )
        for row in rows
        if row.probability > _LIKELY
        for value in vocab.apart(row.value, row.vocabulary)
    ]


def nothing(spec: str, questions: Iterable[str], numbers: Iterable[str]) -> str:
    """Say what was expected where nobody answered a question, by the answered ones and the measurements."""
    name = spec.partition(":")[0]
    if is_of_consensus(spec):
        return (
            f"expected a consensus for {spec!r}, found none: run `datatools annotate consensus` first (it "
            "combines perceived and visible questions that several people answered)"
        )
    if name in numbers:
        return f"{name} is a measurement: give the edges to cut it at, as in {name}:10,28,41,55"
    return (
        f"expected an attribute among the answered questions {', '.join(sorted(questions)) or '(none)'} or a "
        f"measurement with edges ({', '.join(sorted(numbers)) or 'none'}); got {spec!r}"
    )


def _answered(
    spec: str, wanted: vocab.Axis, answers: Sequence[Annotation], person_of: Mapping[str, str]
) -> Axis:
    vocabulary = vocabulary_of(spec, wanted, {row.vocabulary for row in answers})
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for (sample_id, _, _), said in latest(answers, wanted).items():
        if not said.is_contradictory:
            votes[person_of[sample_id]][said.category if len(said.values) == 1 else SEVERAL] += 1
    word_of = {person: winner for person, counts in votes.items() if (winner := _winner(counts)) is not None}
    return answered_axis(spec, vocabulary, {row.source for row in answers}, word_of)


def vocabulary_of(spec: str, wanted: vocab.Axis, found: Set[str]) -> str:
    """Give the vocabulary that answers in these vocabularies are read in.

    Raises:
        UsageError: there are several, and the attribute does not say which.
    """
    if wanted.target is None and len(found) > 1:
        targets = ", ".join(_common_targets(set(found))) or "none that all translate to"
        raise UsageError(
            f"{spec} was answered in {', '.join(sorted(found))}: say in which vocabulary to read it, as in "
            f"{spec}:NAME@VERSION ({targets})"
        )
    return wanted.target or min(found)


def answered_axis(spec: str, vocabulary: str, sources: Set[str], word_of: Mapping[str, str]) -> Axis:
    """Put people in groups by their answer; who gave no real answer is in none.

    Raises:
        UsageError: more groups than can be compared.
    """
    levels = {word: (word,) for word in set(word_of.values()) - vocab.NO_ANSWERS}
    if len(levels) > _MAX_LEVELS:
        raise UsageError(
            f"{spec} has {len(levels)} different answers, more than {_MAX_LEVELS} groups cannot be compared: "
            "read it in a coarser vocabulary, as in perceived_age:age3@1"
        )
    rank = {value: place for place, value in enumerate(vocab.load(vocabulary).groups)}
    shown = sorted(levels, key=lambda word: (rank.get(word, len(rank)), word))
    group_of = {person: levels[word] for person, word in word_of.items() if word in levels}
    return Axis((spec,), tuple(sorted(sources)), tuple(levels[word] for word in shown), group_of)


def _winner(counts: Counter[str]) -> str | None:
    """Give the most frequent answer, or None for a tie."""
    (first, n_first), *others = counts.most_common(2)
    return None if others and others[0][1] == n_first else first


def _measured(
    name: str, edges: Sequence[float], measurements: Sequence[Measurement], person_of: Mapping[str, str]
) -> Axis:
    values: dict[str, list[float]] = defaultdict(list)
    for row in measurements:
        if row.name == name and row.sample_id in person_of and row.value == row.value:  # not NaN
            values[person_of[row.sample_id]].append(row.value)
    middles = {person: statistics.median(numbers) for person, numbers in values.items()}
    return measured_axis(name, edges, middles, {row.name for row in measurements})


def measured_axis(name: str, edges: Sequence[float], middle_of: Mapping[str, float], known: Set[str]) -> Axis:
    """Cut people at edges by the median of their pictures: one badly lit picture moves nobody.

    Raises:
        UsageError: edges that do not rise, or nobody was measured; ``known`` names all measurements.
    """
    if any(low >= high for low, high in pairwise(edges)):
        raise UsageError(f"expected rising edges for {name}, got {', '.join(f'{e:g}' for e in edges)}")
    if not middle_of:
        raise UsageError(f"expected a measurement among {', '.join(sorted(known)) or 'none'}; got {name!r}")
    levels = [(level,) for level in bin_names(name, edges)]
    group_of = {person: levels[bisect_right(edges, middle)] for person, middle in middle_of.items()}
    used = set(group_of.values())
    return Axis((name,), ("measured",), tuple(level for level in levels if level in used), group_of)


def bin_names(name: str, edges: Sequence[float]) -> list[str]:
    """Name the groups that a measurement cut at ``edges`` has, from low to high."""
    inner = (f"{name} {low:g} to {high:g}" for low, high in pairwise(edges))
    return [f"{name} < {edges[0]:g}", *inner, f"{name} >= {edges[-1]:g}"]
