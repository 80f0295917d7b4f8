"""About which pictures should whom be asked next?

An answer is worth the bits that it is expected to take off the uncertainty about the true value (the
mutual information of the two, under the fitted model), a minute of the annotator's time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from scipy import sparse
from scipy.special import xlogy

from datatools.fairness.composition import pace
from datatools.fairness.labels.coded import Coded
from datatools.fairness.labels.consensus import Consensus
from datatools.fairness.labels.dawid_skene import Model, entropy_bits
from datatools.fairness.labels.votes import Floats, Ints, Votes

SOMEBODY_NEW = "somebody new"
_NEW = -1  # in place of an annotator
_N_DOUBTFUL = 5000  # rows whose best annotator is looked for; the others are too certain to be asked about
_LEAST_S = 1.0  # shorter lead times are those of a program that noted none


@dataclass(frozen=True, slots=True, kw_only=True)
class NextAnswer:
    """Whom to ask about which picture, and what it is worth."""

    sample_id: str
    person_id: str
    question: str
    vocabulary: str
    annotator_id: str
    entropy_bits: float
    gain_bits: float  # expected
    seconds: float | None
    bits_per_minute: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Worth:
    """The best person to ask about each row of the votes, and one row more: units without an answer."""

    annotator: Ints  # (n_rows + 1,), _NEW: somebody new
    gain_bits: Floats  # (n_rows + 1,), expected
    seconds: Floats  # (n_rows + 1,), NaN where nobody's lead time is known
    rate: Floats  # (n_rows + 1,), bits a minute, or bits an answer where no time is known
    entropy_bits: Floats  # (n_rows + 1,), of the true value as it is now


def _gain_bits(posterior: Floats, confusion: Floats) -> Floats:
    """Give the mutual information of truth and answer, (n_rows,); confusion (n_values, n_values)."""
    told = posterior @ confusion
    noise = posterior @ xlogy(confusion, confusion).sum(axis=1)
    gain: Floats = (noise - xlogy(told, told).sum(axis=1)) / np.log(2)
    return np.maximum(gain, 0.0)


def worth(votes: Votes, model: Model, posterior: Floats, seconds: Floats) -> Worth:
    """Find whom to ask about each row.

    Args:
        votes: what was said so far.
        model: fitted to it.
        posterior: (n_rows, n_values), of each row's true value.
        seconds: (n_annotators + 1,), what an answer takes each of them, somebody new at the end;
            NaN everywhere where no time is known.
    """
    known: Floats = np.vstack([posterior, model.shares])
    per_bit = np.where(np.isnan(seconds), 1.0, 60 / seconds)
    new = model.prior_answers / model.prior_answers.sum(axis=1, keepdims=True)
    gain = _gain_bits(known, new)
    best: Ints = np.full(len(known), _NEW, np.int64)
    rate = gain * per_bit[-1]
    order = np.argsort(-gain[:-1], kind="stable")[:_N_DOUBTFUL]
    looked_at = np.append(order, len(known) - 1)
    doubtful = replace(votes, matrix=sparse.csr_array(votes.matrix[order]), n_units=votes.n_units[order])
    for annotator in range(votes.n_annotators):
        # Whoever answered already would say the same again.
        is_open = np.append(doubtful.of(annotator).sum(axis=1) == 0, True)
        own = _gain_bits(known[looked_at], model.confusion[annotator])
        better = is_open & (own * per_bit[annotator] > rate[looked_at])
        rows = looked_at[better]
        best[rows], gain[rows] = annotator, own[better]
        rate[rows] = own[better] * per_bit[annotator]
    return Worth(best, gain, seconds[best], rate, entropy_bits(known))


def ask_next(found: Consensus, unanswered: Mapping[str, str], n_wanted: int) -> list[NextAnswer]:
    """Give the answers that are worth most a minute, the best first, one a unit.

    Args:
        found: the fitted model.
        unanswered: sample_id to person_id of the samples that nobody answered.
        n_wanted: how many at most.
    """
    coded = found.coded
    each = worth(found.votes, found.model, found.drawn.posterior, _seconds(coded))
    _, first = np.unique(found.unit_of, return_index=True)  # each unit's first sample
    rows = found.votes.row_of
    candidates = [
        (coded.samples[s], coded.people[coded.person[s]], int(rows[u])) for u, s in enumerate(first)
    ]
    answered = set(coded.people) if found.unit == "person" else set()
    new: dict[str, str] = {}  # one sample a unit
    for sample_id, person_id in sorted(unanswered.items()):
        if person_id not in answered:
            new.setdefault(person_id if found.unit == "person" else sample_id, sample_id)
    candidates += [(sample_id, unanswered[sample_id], len(each.rate) - 1) for sample_id in new.values()]
    rate = each.rate[[row for _, _, row in candidates]]
    asked = (_next(coded, each, *candidates[place]) for place in np.argsort(-rate, kind="stable"))
    # Whoever could not tell about a person is not asked again.
    useful = (row for row in asked if (row.person_id, row.annotator_id) not in coded.declined)
    return list(islice(useful, n_wanted))


def _next(coded: Coded, each: Worth, sample_id: str, person_id: str, row: int) -> NextAnswer:
    has_time = not np.isnan(each.seconds[row])
    number = int(each.annotator[row])
    return NextAnswer(
        sample_id=sample_id,
        person_id=person_id,
        question=coded.question,
        vocabulary=coded.vocabulary,
        annotator_id=SOMEBODY_NEW if number == _NEW else coded.annotators[number],
        entropy_bits=float(each.entropy_bits[row]),
        gain_bits=float(each.gain_bits[row]),
        seconds=float(each.seconds[row]) if has_time else None,
        bits_per_minute=float(each.rate[row]) if has_time else None,
    )


def _seconds(coded: Coded) -> Floats:
    """Give each annotator's median lead time, somebody new's at the end; unknown ones take everybody's."""
    usual = pace.median(coded.lead_s)
    everybody = np.nan if usual is None else usual
    own = [speed.median_s for speed in pace.paces(coded)]
    return np.maximum([everybody if s is None else s for s in [*own, None]], _LEAST_S)
