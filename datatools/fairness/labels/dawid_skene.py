"""What is probably true, given what several annotators said, and how does each of them err?

The model of Dawid and Skene (*Applied Statistics* 28, 1979): every picture has one true value, and an
annotator who sees it gives a value drawn from their row of that true value in a confusion matrix,
independently of the others. Both are estimated together by expectation maximisation. It starts at the
votes' shares, as in the paper, so a class keeps the name that most annotators give it.

Annotators with few answers borrow from the others: each row of a confusion starts with ``strength``
answers given as all annotators together give them (a Dirichlet prior at the pooled confusion). The pooled
confusion itself starts with a few answers that are mostly right.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import xlogy

from datatools.fairness.labels.votes import Floats, Votes

STRENGTH = 10.0  # answers; benchmarks/consensus_calibration.py compares it with others
MAX_ITERATIONS = 500
_TOLERANCE = 1e-6  # of the log posterior, absolute: posteriors then move by less than 1e-4
FLOOR = 1e-10  # of a probability, so that one slip never makes a value impossible
# What is known of a value before any answer: without it, many values and few pictures melt into each other
# (docs/consensus.md has figures).
_FIRST_ANSWERS = 20.0
_FIRST_RIGHT_FRAC = 0.8
_NEAR_FRAC = 0.5  # on an ordinal scale an error one step further is that much rarer


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A fitted model."""

    shares: Floats  # (n_values,), of the true values among the units
    confusion: Floats  # (n_annotators, n_values, n_values): true value, then what was said
    posterior: Floats  # (n_rows, n_values), each row's true value
    prior_answers: Floats  # (n_values, n_values), that every annotator's rows start with
    log_likelihood: float  # of the votes, natural logarithm
    n_iterations: int
    has_converged: bool


def logits(votes: Votes, shares: Floats, confusion: Floats) -> Floats:
    """Give the joint log probability of each row's votes and each true value, (n_rows, n_values)."""
    spoken = np.log(np.maximum(confusion, FLOOR)).transpose(0, 2, 1).reshape(-1, votes.n_values)
    return np.asarray(votes.matrix @ spoken + np.log(np.maximum(shares, FLOOR)), np.float64)


def normalised(joint: Floats) -> tuple[Floats, Floats]:
    """Turn joint log probabilities (n_rows, n_values) into posteriors and the rows' log likelihoods."""
    top = joint.max(axis=1, keepdims=True)
    weights = np.exp(joint - top)
    total = weights.sum(axis=1, keepdims=True)
    return weights / total, (top + np.log(total))[:, 0]


def entropy_bits(posterior: Floats) -> Floats:
    """Give the entropy of each row of probabilities (n_rows, n_values), in bits."""
    return np.asarray(-xlogy(posterior, posterior).sum(axis=1) / np.log(2), np.float64)


def said(votes: Votes, belongs: Floats) -> Floats:
    """Count what each annotator said about each value.

    Args:
        votes: who said what.
        belongs: (n_rows, n_values), how many units of each row truly have each value.

    Returns:
        (n_annotators, n_values, n_values): true value, then what was said.
    """
    counts = np.asarray(votes.matrix.T @ belongs, np.float64)
    return counts.reshape(votes.n_annotators, votes.n_values, votes.n_values).transpose(0, 2, 1)


def expectation_maximisation(
    votes: Votes,
    prior_answers: Floats,
    *,
    start: Floats | None = None,
    max_iterations: int = MAX_ITERATIONS,
) -> Model:
    """Fit the model from the votes' shares on.

    Args:
        votes: who said what.
        prior_answers: (n_values, n_values), added to every annotator's counts; zeros give the maximum
            likelihood of the paper.
        start: (n_rows, n_values), the posterior to start from; the votes' shares if None.
        max_iterations: give up after so many.
    """
    posterior = votes.shares() if start is None else start
    last, n_done, has_converged = -np.inf, 0, False
    while not has_converged and n_done < max_iterations:
        n_done += 1
        belongs = posterior * votes.n_units[:, None]
        shares = belongs.sum(axis=0) / votes.n_units.sum()
        counts = said(votes, belongs) + prior_answers
        confusion = counts / np.maximum(counts.sum(axis=2, keepdims=True), FLOOR)
        posterior, of_rows = normalised(logits(votes, shares, confusion))
        likelihood = float(votes.n_units @ of_rows)
        value = likelihood + float((prior_answers * np.log(np.maximum(confusion, FLOOR))).sum())
        has_converged = value - last < _TOLERANCE
        last = value
    return Model(
        shares=shares,
        confusion=confusion,
        posterior=posterior,
        prior_answers=prior_answers,
        log_likelihood=likelihood,
        n_iterations=n_done,
        has_converged=has_converged,
    )


def _first_answers(n_values: int, is_ordinal: bool) -> Floats:
    """Give what is known of all annotators together before any answer, (n_values, n_values)."""
    distance = np.abs(np.subtract.outer(np.arange(n_values), np.arange(n_values))).astype(np.float64)
    wrong = _NEAR_FRAC**distance if is_ordinal else np.ones_like(distance)
    np.fill_diagonal(wrong, 0.0)
    wrong /= np.maximum(wrong.sum(axis=1, keepdims=True), FLOOR)
    return _FIRST_ANSWERS * (_FIRST_RIGHT_FRAC * np.eye(n_values) + (1 - _FIRST_RIGHT_FRAC) * wrong)


def fit(votes: Votes, *, is_ordinal: bool = False, strength: float = STRENGTH) -> Model:
    """Fit every annotator's confusion, each with ``strength`` answers a row of the pooled one.

    Args:
        votes: who said what.
        is_ordinal: the values stand in an order, and near ones are mistaken for each other.
        strength: of the pooled confusion.
    """
    together = expectation_maximisation(votes.pooled(), _first_answers(votes.n_values, is_ordinal))
    return expectation_maximisation(votes, strength * together.confusion[0])
