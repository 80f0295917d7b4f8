"""What do people's answers to one question together say about each picture?

The answers of several annotators become a probability for each value (``dawid_skene``), with what is
known about the annotators. The units are pictures, or people where the answer does not change between
a person's pictures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from datatools import tables
from datatools.fairness.composition import pace
from datatools.fairness.labels import chance, dawid_skene, honeypots, label_posterior
from datatools.fairness.labels.coded import Coded, Ints
from datatools.fairness.labels.consensus_result import (
    AnnotatorFound,
    Bounded,
    QuestionConsensus,
    ShareFound,
    Unit,
)
from datatools.fairness.labels.dawid_skene import Model, entropy_bits
from datatools.fairness.labels.label_posterior import LabelPosterior
from datatools.fairness.labels.votes import Votes, cast

_SURE = 0.9


@dataclass(frozen=True, slots=True, eq=False)
class Consensus:
    """One question's fitted model, and what it was fitted to."""

    coded: Coded
    unit: Unit
    votes: Votes
    model: Model
    drawn: LabelPosterior
    unit_of: Ints  # (n_samples,)


def fit(coded: Coded, unit: Unit, n_draws: int, rng: np.random.Generator) -> Consensus:
    """Fit the model to the answers to one question.

    Args:
        coded: what was said, by several annotators, with several values.
        unit: what has one true value.
        n_draws: of the sampler that gives posteriors and intervals.
        rng: its source of randomness.
    """
    unit_of = coded.person if unit == "person" else np.arange(len(coded.samples))
    n_units = len(coded.people) if unit == "person" else len(coded.samples)
    sizes = (n_units, len(coded.annotators), len(coded.values))
    votes = cast(unit_of[coded.sample], coded.annotator, coded.value, *sizes)
    model = dawid_skene.fit(votes, is_ordinal=coded.level == "ordinal")
    return Consensus(coded, unit, votes, model, label_posterior.sample(votes, model, n_draws, rng), unit_of)


def describe(found: Consensus, known_answers: Mapping[str, str]) -> QuestionConsensus:
    """Put a consensus into numbers for people; ``known_answers`` to honeypots are by sample_id."""
    coded, votes, model, drawn = found.coded, found.votes, found.model, found.drawn
    n_witnesses = _n_witnesses(votes)
    weight = votes.n_units / votes.n_units.sum()
    return QuestionConsensus(
        question=coded.question,
        vocabulary=coded.vocabulary,
        unit=found.unit,
        values=coded.values,
        n_units=len(votes.row_of),
        n_samples=len(coded.samples),
        n_people=len(coded.people),
        n_answers=len(coded.value),
        n_no_answer=coded.n_no_answer,
        n_contradictory=coded.n_contradictory,
        n_one_annotator=int(votes.n_units[n_witnesses == 1].sum()),
        shares=[
            ShareFound(value=value, share=share)
            for value, share in zip(coded.values, _bounded(drawn.shares), strict=True)
        ],
        mean_entropy_bits=float(weight @ entropy_bits(drawn.posterior)),
        n_unsure=int(votes.n_units[drawn.posterior.max(axis=1) < _SURE].sum()),
        log_likelihood=model.log_likelihood,
        n_iterations=model.n_iterations,
        has_converged=model.has_converged,
        annotators=_annotators(found, known_answers),
    )


def _n_witnesses(votes: Votes) -> Ints:
    """Give how many annotators answered about the units of each row, (n_rows,)."""
    return np.rint(np.asarray(votes.matrix.sum(axis=1)).ravel()).astype(np.int64)


def _bounded(bounds: label_posterior.Bounds) -> list[Bounded]:
    columns = (bounds.mean.ravel(), bounds.low.ravel(), bounds.high.ravel())
    return [
        Bounded(value=float(value), low=float(low), high=float(high))
        for value, low, high in zip(*columns, strict=True)
    ]


def _annotators(found: Consensus, known_answers: Mapping[str, str]) -> list[AnnotatorFound]:
    coded, n_values = found.coded, len(found.coded.values)
    cells = _bounded(found.drawn.confusion)
    n_answers = np.bincount(coded.annotator, minlength=len(coded.annotators))
    tests = chance.dependence(found.votes, found.model)
    known = honeypots.scores(coded, known_answers)
    described = []
    for number, (name, accuracy, test, score, speed) in enumerate(
        zip(coded.annotators, _bounded(found.drawn.accuracy), tests, known, pace.paces(coded), strict=True)
    ):
        own = cells[number * n_values**2 : (number + 1) * n_values**2]
        described.append(
            AnnotatorFound(
                annotator_id=name,
                n_answers=int(n_answers[number]),
                n_units=int(found.votes.n_units @ (found.votes.of(number).sum(axis=1) > 0)),
                accuracy=accuracy,
                confusion=[own[start : start + n_values] for start in range(0, n_values**2, n_values)],
                n_compared=test.n_compared,
                dependence=test.strength,
                p_value=test.p_value,
                p_holm=test.p_holm,
                verdict=test.verdict,
                honeypots=score,
                median_s=speed.median_s,
                fast_frac=speed.fast_frac,
                same_as_before_frac=speed.same_as_before_frac,
                same_by_chance_frac=speed.same_by_chance_frac,
                longest_run=speed.longest_run,
            )
        )
    return described


def rows(found: Consensus) -> pa.Table:
    """Give the consensus of every sample as rows of the table consensus."""
    coded, votes, posterior = found.coded, found.votes, found.drawn.posterior
    row = votes.row_of[found.unit_of]
    best = posterior.argmax(axis=1)
    n_samples, n_values = len(coded.samples), len(coded.values)

    def same(text: str) -> pa.Array:
        return pa.array([text], pa.string()).take(pa.array(np.zeros(n_samples, np.int64)))

    def lists(flat: pa.Array) -> pa.Array:
        return pa.ListArray.from_arrays(pa.array(np.arange(n_samples + 1, dtype=np.int32) * n_values), flat)

    words = pa.array(coded.values, pa.string())
    return pa.table(
        {
            "sample_id": coded.samples,
            "person_id": pa.array(coded.people, pa.string()).take(pa.array(coded.person)),
            "question": same(coded.question),
            "vocabulary": same(coded.vocabulary),
            "unit": same(found.unit),
            "value": words.take(pa.array(best[row])),
            "probability": posterior.max(axis=1)[row],
            "n_annotators": _n_witnesses(votes)[row],
            "entropy_bits": entropy_bits(posterior)[row],
            "values": lists(words.take(pa.array(np.tile(np.arange(n_values), n_samples)))),
            "posterior": lists(pa.array(posterior[row].ravel())),
        },
        schema=tables.schema(tables.CONSENSUS),
    )


def why_not(coded: Coded) -> str | None:
    """Say why there is nothing to combine; None where there is."""
    if coded.level == "interval":
        return "numbers are not combined, read them in bands, as in perceived_age:age3@1"
    if not coded.annotators:
        return "nobody could tell, there is nothing to combine"
    if len(coded.annotators) < 2:
        return f"{coded.annotators[0]} alone answered, there is nothing to combine"
    if len(coded.values) < 2:
        return f"everybody always said {coded.values[0]}, there is nothing to weigh"
    return None


def merge(parts: Sequence[pa.Table]) -> pa.Table:
    """Put the questions' rows into one sorted table."""
    empty = tables.schema(tables.CONSENSUS).empty_table()
    return tables.sorted_arrow(tables.CONSENSUS, pa.concat_tables([empty, *parts]))
