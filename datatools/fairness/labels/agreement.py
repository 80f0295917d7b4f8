"""On which questions do annotators agree, who with whom, and about which pictures not?

An annotator's latest answer about a sample counts. ``cannot_tell`` and the like are no disagreement:
they are counted apart.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from datatools.fairness.labels.alpha import estimate
from datatools.fairness.labels.coded import Coded, Ints
from datatools.fairness.statistics.suppression import suppressed
from datatools.fairness.who.groups import Axis, group_name
from datatools.vocab import Level

Verdict = Literal["reliable", "tentative", "weak", "insufficient data"]

# Krippendorff, Content Analysis (2018), section 12.5: rely on 0.8 and above, draw tentative conclusions
# from 0.667.
_RELIABLE = 0.8
_TENTATIVE = 0.667
_MIN_PEOPLE = 5  # groups of fewer are not shown


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Pair(_Frozen):
    """Two annotators over the samples that both answered."""

    first: str
    second: str
    n_samples: int
    share_equal: float
    kappa: float | None  # Cohen's, unweighted; None where both always gave one value


class Conflict(_Frozen):
    """A sample whose annotators did not all say the same."""

    sample_id: str
    person_id: str
    answers: dict[str, str]  # by annotator


class GroupAgreement(_Frozen):
    """How far the answers about one group of people agree.

    Alpha falls where a group's members are all alike in what is asked: compare it with care.
    """

    attribute: str
    group: str
    n_people: int | None  # about whom two annotators or more answered; None: too few to be shown
    alpha: float | None = None
    low: float | None = None
    high: float | None = None


class QuestionAgreement(_Frozen):
    """How far one question's answers in one vocabulary agree."""

    question: str
    vocabulary: str
    level: Level
    n_annotators: int
    n_answers: int  # one for each annotator and sample
    n_samples: int
    n_people: int
    n_samples_compared: int  # with two answers or more
    n_people_compared: int
    n_no_answer: int  # cannot_tell, prefer_not_to_say
    n_contradictory: int  # an annotator gave two answers and nobody knows which came last
    share_equal: float | None  # of all pairs of answers about one sample
    alpha: float | None  # None: undefined, nobody to compare or one value alone
    low: float | None
    high: float | None
    n_undefined_replicates: int
    verdict: Verdict  # reliable, tentative: the interval's low end says so; weak: its high end does
    groups: list[GroupAgreement] = []  # of the attributes that were asked for
    pairs: list[Pair]
    conflicts: list[Conflict]


class AgreementResult(_Frozen):
    """What ``annotate agree`` found, with the settings that give it again."""

    schema_version: Literal["1"] = "1"
    settings: dict[str, object]
    questions: list[QuestionAgreement]
    notes: list[str]


def _pairs(coded: Coded) -> list[Pair]:
    """Compare every two annotators who answered about a common sample."""
    own = [np.flatnonzero(coded.annotator == number) for number in range(len(coded.annotators))]
    found = []
    for first, second in combinations(range(len(own)), 2):
        samples = coded.sample[own[first]], coded.sample[own[second]]
        both, *places = np.intersect1d(*samples, assume_unique=True, return_indices=True)
        if not len(both):
            continue
        values = [coded.value[own[who][place]] for who, place in zip((first, second), places, strict=True)]
        equal = float(np.mean(values[0] == values[1]))
        shares = [np.bincount(said, minlength=len(coded.values)) / len(both) for said in values]
        by_chance = float(shares[0] @ shares[1])
        found.append(
            Pair(
                first=coded.annotators[first],
                second=coded.annotators[second],
                n_samples=len(both),
                share_equal=equal,
                kappa=(equal - by_chance) / (1 - by_chance) if by_chance < 1 else None,
            )
        )
    return found


def _conflicts(coded: Coded, counts: Ints) -> list[Conflict]:
    """Give the samples about which several values were given; counts (n_samples, n_values)."""
    is_conflict = (counts > 0).sum(axis=1) > 1
    said: dict[int, dict[str, str]] = {}
    for place in np.flatnonzero(is_conflict[coded.sample]).tolist():
        who = coded.annotators[coded.annotator[place]]
        said.setdefault(int(coded.sample[place]), {})[who] = coded.values[coded.value[place]]
    return [
        Conflict(
            sample_id=coded.samples[sample],
            person_id=coded.people[coded.person[sample]],
            answers=answers,
        )
        for sample, answers in sorted(said.items())
    ]


def _verdict(low: float, high: float) -> Verdict:
    if low >= _RELIABLE:
        return "reliable"
    if low >= _TENTATIVE:
        return "tentative"
    return "weak" if high < _TENTATIVE else "insufficient data"


def _known(number: float) -> float | None:
    return None if np.isnan(number) else number


def compare(
    coded: Coded, n_replicates: int, rng: np.random.Generator, by: Sequence[Axis] = ()
) -> QuestionAgreement:
    """Compare the annotators of one question.

    Args:
        coded: their answers.
        n_replicates: of the bootstrap.
        rng: the bootstrap's source of randomness.
        by: groups of people to give an alpha each.
    """
    counts = coded.counts()
    found = estimate(counts, coded.person, coded.level, coded.numbers(), n_replicates, rng)
    per_sample = counts.sum(axis=1)
    n_pairs = int((per_sample * (per_sample - 1)).sum())
    return QuestionAgreement(
        question=coded.question,
        vocabulary=coded.vocabulary,
        level=coded.level,
        n_annotators=len(coded.annotators),
        n_answers=len(coded.value),
        n_samples=len(coded.samples),
        n_people=len(coded.people),
        n_samples_compared=int((per_sample > 1).sum()),
        n_people_compared=len(np.unique(coded.person[per_sample > 1])),
        n_no_answer=coded.n_no_answer,
        n_contradictory=coded.n_contradictory,
        share_equal=int((counts * (counts - 1)).sum()) / n_pairs if n_pairs else None,
        alpha=_known(found.value),
        low=_known(found.low),
        high=_known(found.high),
        n_undefined_replicates=found.n_undefined,
        verdict=_verdict(found.low, found.high),
        groups=[group for axis in by for group in _groups(coded, axis, n_replicates, rng)],
        pairs=_pairs(coded),
        conflicts=_conflicts(coded, counts),
    )


def _groups(
    coded: Coded, axis: Axis, n_replicates: int, rng: np.random.Generator
) -> Iterator[GroupAgreement]:
    """Give the agreement about the people of each group; small groups, and who lets them be found, hidden."""
    number_of = {levels: number for number, levels in enumerate(axis.levels)}
    group = np.array([number_of.get(axis.group_of.get(name, ()), -1) for name in coded.people], np.int64)
    is_compared = np.zeros(len(coded.people), bool)
    is_compared[coded.person[coded.counts().sum(axis=1) > 1]] = True
    n_people = np.bincount(group[is_compared & (group >= 0)], minlength=len(axis.levels))
    sizes = {levels: int(n) for levels, n in zip(axis.levels, n_people, strict=True) if n}
    hidden = suppressed(sizes, _MIN_PEOPLE)
    for levels, n in sizes.items():
        if levels in hidden:
            yield GroupAgreement(attribute=axis.name, group=group_name(levels), n_people=None)
            continue
        counts = coded.among(group == number_of[levels]).counts()
        found = estimate(counts, coded.person, coded.level, coded.numbers(), n_replicates, rng)
        yield GroupAgreement(
            attribute=axis.name,
            group=group_name(levels),
            n_people=n,
            alpha=_known(found.value),
            low=_known(found.low),
            high=_known(found.high),
        )
