"""Simulated annotators whose errors are known."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datatools.fairness.labels.votes import Votes, cast

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Crowd:
    """Answers, and the truth behind them."""

    shares: Floats  # (n_values,)
    confusion: Floats  # (n_annotators, n_values, n_values): true value, then what is said
    truth: Ints  # (n_units,)
    unit: Ints  # (n_answers,)
    annotator: Ints  # (n_answers,)
    value: Ints  # (n_answers,)

    def votes(self) -> Votes:
        """Count the answers."""
        n_annotators, n_values, _ = self.confusion.shape
        return cast(self.unit, self.annotator, self.value, len(self.truth), n_annotators, n_values)


def confusions(right: list[float], n_values: int, rng: np.random.Generator) -> Floats:
    """Give annotators who are right that often, each with errors of their own kind."""
    found = np.empty((len(right), n_values, n_values))
    for annotator, frac in enumerate(right):
        for true in range(n_values):
            wrong = rng.dirichlet(np.full(n_values - 1, 5.0)) * (1 - frac)
            found[annotator, true] = np.insert(wrong, true, frac)
    return found


def crowd(
    n_units: int,
    shares: list[float],
    confusion: Floats,
    rng: np.random.Generator,
    answered_frac: float = 1.0,
) -> Crowd:
    """Let annotators answer about units; every unit has an answer."""
    truth = rng.choice(len(shares), n_units, p=shares)
    has_answer = rng.random((n_units, len(confusion))) < answered_frac
    has_answer[~has_answer.any(axis=1), 0] = True
    unit, annotator = np.nonzero(has_answer)
    reached = confusion.cumsum(axis=-1)[annotator, truth[unit]]
    value = (rng.random((len(unit), 1)) > reached).sum(axis=1).clip(0, len(shares) - 1)
    return Crowd(np.array(shares), confusion, truth, unit, annotator, value)
