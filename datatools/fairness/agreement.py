"""On which questions do annotators agree, who with whom, and about which pictures not?

An annotator's latest answer about a sample counts. ``cannot_tell`` and the like are no disagreement:
they are counted apart.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from datatools import vocab
from datatools.answers import latest
from datatools.fairness.alpha import Floats, Ints, estimate
from datatools.records import Annotation
from datatools.vocab import Axis, Level

Verdict = Literal["reliable", "tentative", "weak", "insufficient data"]

# Krippendorff, Content Analysis (2018), section 12.5: rely on 0.8 and above, draw tentative conclusions
# from 0.667.
_RELIABLE = 0.8
_TENTATIVE = 0.667


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
    pairs: list[Pair]
    conflicts: list[Conflict]


class AgreementResult(_Frozen):
    """What ``annotate agree`` found, with the settings that give it again."""

    schema_version: Literal["1"] = "1"
    settings: dict[str, object]
    questions: list[QuestionAgreement]
    notes: list[str]


def _matrix(
    answers: Mapping[tuple[str, str], str], ordered: Sequence[str]
) -> tuple[Ints, list[str], list[str]]:
    """Give (n_samples, n_annotators) numbers of values, -1 where there is no answer, and the two names."""
    samples = sorted({sample_id for sample_id, _ in answers})
    annotators = sorted({annotator_id for _, annotator_id in answers})
    row_of = {name: number for number, name in enumerate(samples)}
    column_of = {name: number for number, name in enumerate(annotators)}
    code_of = {value: number for number, value in enumerate(ordered)}
    codes = np.full((len(samples), len(annotators)), -1, np.int64)
    for (sample_id, annotator_id), value in answers.items():
        codes[row_of[sample_id], column_of[annotator_id]] = code_of[value]
    return codes, samples, annotators


def _pairs(codes: Ints, annotators: Sequence[str], n_values: int) -> list[Pair]:
    """Compare every two annotators who answered about a common sample; codes (n_samples, n_annotators)."""
    found = []
    for first, second in combinations(range(len(annotators)), 2):
        both = codes[:, [first, second]]
        both = both[(both >= 0).all(axis=1)]
        if not len(both):
            continue
        equal = float(np.mean(both[:, 0] == both[:, 1]))
        shares = [np.bincount(both[:, side], minlength=n_values) / len(both) for side in (0, 1)]
        by_chance = float(shares[0] @ shares[1])
        found.append(
            Pair(
                first=annotators[first],
                second=annotators[second],
                n_samples=len(both),
                share_equal=equal,
                kappa=(equal - by_chance) / (1 - by_chance) if by_chance < 1 else None,
            )
        )
    return found


def _verdict(low: float, high: float) -> Verdict:
    if low >= _RELIABLE:
        return "reliable"
    if low >= _TENTATIVE:
        return "tentative"
    return "weak" if high < _TENTATIVE else "insufficient data"


def _known(number: float) -> float | None:
    return None if np.isnan(number) else number


def compare(
    answers: Iterable[Annotation],
    axis: Axis,
    vocabulary: str,
    person_of: Mapping[str, str],
    n_replicates: int,
    rng: np.random.Generator,
) -> QuestionAgreement:
    """Compare the annotators of one question.

    Args:
        answers: to the axis's question.
        axis: how they are read.
        vocabulary: ``name@version`` of the values that ``axis`` gives.
        person_of: each sample's person.
        n_replicates: of the bootstrap.
        rng: the bootstrap's source of randomness.
    """
    said = {(key[0], key[2]): answer for key, answer in sorted(latest(answers, axis).items())}
    n_contradictory = sum(answer.is_contradictory for answer in said.values())
    held = {key: answer for key, answer in said.items() if answer.values and not answer.is_no_answer}
    given = {key: answer.category for key, answer in held.items()}
    level = vocab.load(vocabulary).level
    categories = {answer.category: answer.values for answer in held.values()}
    if level == "interval":
        ordered = sorted(categories, key=int)
    else:  # several values at once are a category of their own, after those of one value
        place = {value: number for number, value in enumerate(vocab.load(vocabulary).groups)}
        ordered = sorted(
            categories, key=lambda name: (len(categories[name]), [place[value] for value in categories[name]])
        )
    numbers: Floats = np.array([float(value) if level == "interval" else 0.0 for value in ordered])
    codes, samples, annotators = _matrix(given, ordered)
    counts: Ints = (codes[:, :, None] == np.arange(max(1, len(ordered)))).sum(axis=1)
    people = [person_of[sample_id] for sample_id in samples]
    number_of = {name: number for number, name in enumerate(sorted(set(people)))}
    found = estimate(
        counts, np.array([number_of[name] for name in people], np.int64), level, numbers, n_replicates, rng
    )
    per_sample = counts.sum(axis=1)
    n_pairs = int((per_sample * (per_sample - 1)).sum())
    return QuestionAgreement(
        question=axis.question,
        vocabulary=vocabulary,
        level=level,
        n_annotators=len(annotators),
        n_answers=len(given),
        n_samples=len(samples),
        n_people=len(number_of),
        n_samples_compared=int((per_sample > 1).sum()),
        n_people_compared=len({name for name, n in zip(people, per_sample, strict=True) if n > 1}),
        n_no_answer=sum(answer.is_no_answer for answer in said.values()),
        n_contradictory=n_contradictory,
        share_equal=int((counts * (counts - 1)).sum()) / n_pairs if n_pairs else None,
        alpha=_known(found.value),
        low=_known(found.low),
        high=_known(found.high),
        n_undefined_replicates=found.n_undefined,
        verdict=_verdict(found.low, found.high),
        pairs=_pairs(codes, annotators, len(ordered)),
        conflicts=[
            Conflict(
                sample_id=samples[row],
                person_id=people[row],
                answers={annotators[c]: ordered[codes[row, c]] for c in np.flatnonzero(codes[row] >= 0)},
            )
            for row in np.flatnonzero((counts > 0).sum(axis=1) > 1)
        ],
    )
