"""How probable is each value, and between which bounds do the annotators' errors lie?

Gibbs sampling of the model of ``dawid_skene``: true values given the confusions, then confusions and
shares given the true values, and so on, from the fitted model on. A posterior averaged over the draws
does not take the fitted errors for known; intervals are those of the draws.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice

import numpy as np
from scipy import stats

from datatools.fairness.labels.dawid_skene import Model, logits, normalised, said
from datatools.fairness.labels.votes import Floats, Votes

_N_WARM_UP = 50  # draws left out: the sampler starts where the fit ended
_TAILS = (0.025, 0.975)
_SHARE_ANSWERS = 0.5  # Jeffreys' prior of the shares
_LEAST_ANSWERS = 1e-9  # no Dirichlet draw has a parameter of 0


@dataclass(frozen=True, slots=True, eq=False)
class Bounds:
    """A mean with its 95% interval, arrays of one shape."""

    mean: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True, eq=False)
class LabelPosterior:
    """What the draws say together."""

    posterior: Floats  # (n_rows, n_values), each row's true value
    shares: Bounds  # (n_values,), of the true values
    confusion: Bounds  # (n_annotators, n_values, n_values): true value, then what was said
    accuracy: Bounds  # (n_annotators,), an annotator's chance to say the true value


class _Tally:
    """Mean and variance of draws as they come, so that no draw is kept."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._n = 0
        self._mean: Floats = np.zeros(shape)
        self._squares: Floats = np.zeros(shape)

    def add(self, draw: Floats) -> None:
        self._n += 1
        step = draw - self._mean
        self._mean = self._mean + step / self._n
        self._squares += step * (draw - self._mean)

    def bounds(self) -> Bounds:
        """Give the interval of the beta distribution with the draws' mean and variance."""
        variance = self._squares / max(1, self._n - 1)
        spread = np.clip(self._mean * (1 - self._mean), 1e-12, None)
        size = np.maximum(spread / np.maximum(variance, 1e-12) - 1, 1e-6)
        low, high = (stats.beta.ppf(tail, self._mean * size, (1 - self._mean) * size) for tail in _TAILS)
        return Bounds(self._mean, np.asarray(low, np.float64), np.asarray(high, np.float64))


def _dirichlet(counts: Floats, rng: np.random.Generator) -> Floats:
    """Draw probabilities along the last axis; counts (..., n) above 0."""
    drawn = np.maximum(rng.standard_gamma(counts), 1e-300)
    return np.asarray(drawn / drawn.sum(axis=-1, keepdims=True), np.float64)


def sample(votes: Votes, model: Model, n_draws: int, rng: np.random.Generator) -> LabelPosterior:
    """Draw from the posterior of a fitted model.

    Args:
        votes: who said what.
        model: of these votes.
        n_draws: to average over.
        rng: the draws' source of randomness.
    """
    shares, confusion = _Tally(model.shares.shape), _Tally(model.confusion.shape)
    accuracy = _Tally((votes.n_annotators,))
    posterior: Floats = np.zeros_like(model.posterior)
    for share, table, row in islice(walk(votes, model, rng), n_draws):
        shares.add(share)
        confusion.add(table)
        posterior += row / n_draws
        accuracy.add(np.einsum("k,akk->a", share, table))
    return LabelPosterior(posterior, shares.bounds(), confusion.bounds(), accuracy.bounds())


def walk(votes: Votes, model: Model, rng: np.random.Generator) -> Iterator[tuple[Floats, Floats, Floats]]:
    """Draw from the posterior of a fitted model without end, a draw close to the one before.

    Args:
        votes: who said what.
        model: of these votes.
        rng: the draws' source of randomness.

    Yields:
        Shares (n_values,), confusions (n_annotators, n_values, n_values), and the posterior of each row's
        true value given both (n_rows, n_values).
    """
    n_units = votes.n_units.astype(np.int64)
    prior_answers = np.maximum(model.prior_answers, _LEAST_ANSWERS)
    row = model.posterior
    for number in count():
        belongs = rng.multinomial(n_units, row).astype(np.float64)
        share = _dirichlet(belongs.sum(axis=0) + _SHARE_ANSWERS, rng)
        table = _dirichlet(said(votes, belongs) + prior_answers, rng)
        row, _ = normalised(logits(votes, share, table))
        if number >= _N_WARM_UP:
            yield share, table, row
