"""How do a metric, its standard error and its gaps vary over resamples of people?

A metric is a function of sums over people, so a replicate is a row of weights and thousands of
replicates are one matrix product. Beside the sums we carry their second moments, which give every
replicate its own standard error by the delta method: that is what studentised intervals and
permutation tests need (Efron & Tibshirani 1993, section 12.5; Chung & Romano 2013).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datatools.fairness.people import Floats
from datatools.metrics import Metric

Ints = NDArray[np.int64]

_CHUNK_NUMBERS = 2_000_000  # of a chunk's weights: 16 MB, which keeps memory flat whatever the replicates
_STEP_FRAC = 1e-6  # of the central difference: between rounding (1e-16) and curvature


@dataclass(frozen=True, slots=True, eq=False)
class Statistics:
    """Of each group, (..., n_groups): value, standard error, gap to everybody else, its standard error."""

    value: Floats
    se: Floats
    gap: Floats
    gap_se: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Moments:
    """Sums over each group's people of their columns, and the covariance of those sums."""

    sums: Floats  # (..., n_groups, k)
    covariance: Floats  # (..., n_groups, k, k)


class Sample:
    """The people of a comparison: their columns and the group (0 to n_groups - 1) that each is in."""

    def __init__(self, metric: Metric, columns: Floats, group: Ints) -> None:
        """Sort people by group, so that a group is a slice.

        Args:
            metric: what is compared.
            columns: (n_people, k), a person's sums.
            group: (n_people,), every number from 0 to its maximum at least once.
        """
        order = np.argsort(group, kind="stable")
        self._metric = metric
        self._columns = columns[order]
        self.n_people: Ints = np.bincount(group)
        self._starts: Ints = np.concatenate([[0], np.cumsum(self.n_people)[:-1]])
        # Centred before they are squared: the covariance is then a small number, not a difference of large.
        self._centre: Floats = columns.mean(axis=0)
        centred = self._columns - self._centre
        products = centred[:, :, None] * centred[:, None, :]
        self._features: Floats = np.concatenate([self._columns, products.reshape(len(columns), -1)], axis=1)
        has_spread = self.n_people > 1
        n_others = has_spread.sum() - has_spread
        self._rest_undefined: Floats = np.where(n_others > 0, 0.0, np.nan)[:, None, None]
        sums = np.add.reduceat(self._columns, self._starts, axis=0)
        self._own_steps = _steps(sums)
        self._rest_steps = _steps(sums.sum(axis=0) - sums)

    def observed(self) -> Statistics:
        """Give the statistics of the people as they are."""
        return self._statistics(np.add.reduceat(self._features, self._starts, axis=0))

    def bootstrap(self, n_replicates: int, rng: np.random.Generator) -> Statistics:
        """Draw people with replacement within each group; arrays (n_replicates, n_groups)."""
        return _joined(self._statistics(sums) for sums in self._bootstrap_sums(n_replicates, rng))

    def permute(self, n_replicates: int, rng: np.random.Generator) -> Statistics:
        """Deal the groups' labels to people at random; arrays (n_replicates, n_groups)."""
        return _joined(self._statistics(sums) for sums in self._permuted_sums(n_replicates, rng))

    def _bootstrap_sums(self, n_replicates: int, rng: np.random.Generator) -> Iterator[Floats]:
        for n_rows in self._chunks(n_replicates):
            sums = np.empty((n_rows, len(self.n_people), self._features.shape[1]))
            for group, (start, n) in enumerate(zip(self._starts, self.n_people, strict=True)):
                drawn = rng.integers(0, n, (n_rows, n)) + n * np.arange(n_rows)[:, None]
                weights = np.bincount(drawn.ravel(), minlength=n_rows * n).reshape(n_rows, n)
                sums[:, group] = weights.astype(np.float64) @ self._features[start : start + n]
            yield sums

    def _permuted_sums(self, n_replicates: int, rng: np.random.Generator) -> Iterator[Floats]:
        for n_rows in self._chunks(n_replicates):
            places = np.tile(np.arange(len(self._columns)), (n_rows, 1))
            dealt = self._features[rng.permuted(places, axis=1)]
            yield np.add.reduceat(dealt, self._starts, axis=1)

    def _chunks(self, n_replicates: int) -> Iterator[int]:
        numbers_per_row = self._features.size + len(self.n_people) * self._features.shape[1]
        at_once = max(1, _CHUNK_NUMBERS // numbers_per_row)
        for done in range(0, n_replicates, at_once):
            yield min(at_once, n_replicates - done)

    def _statistics(self, feature_sums: Floats) -> Statistics:
        """Turn sums (..., n_groups, k + k * k) into statistics (..., n_groups)."""
        own = self._moments(feature_sums)
        value, se = self._value_and_se(own, self._own_steps)
        # A group of one person has no covariance of its own; beside others that have, it adds none.
        known = np.nan_to_num(own.covariance, nan=0.0)
        rest = _Moments(
            own.sums.sum(axis=-2, keepdims=True) - own.sums,
            known.sum(axis=-3, keepdims=True) - known + self._rest_undefined,
        )
        rest_value, rest_se = self._value_and_se(rest, self._rest_steps)
        return Statistics(value, se, value - rest_value, np.hypot(se, rest_se))

    def _moments(self, feature_sums: Floats) -> _Moments:
        k = self._columns.shape[1]
        n = self.n_people.astype(np.float64)[:, None]
        sums = feature_sums[..., :k]
        centred = sums - n * self._centre
        products = feature_sums[..., k:].reshape(*feature_sums.shape[:-1], k, k)
        spread = products - centred[..., :, None] * centred[..., None, :] / n[..., None]
        # One person alone shows no spread: undefined, not zero.
        unbiased = np.where(n > 1, n / np.maximum(n - 1, 1), np.nan)
        return _Moments(sums, spread * unbiased[..., None])

    def _value_and_se(self, moments: _Moments, steps: Floats) -> tuple[Floats, Floats]:
        gradient = np.empty_like(moments.sums)
        for j in range(moments.sums.shape[-1]):
            step = np.zeros_like(steps)
            step[:, j] = steps[:, j]
            ahead, behind = (self._metric.value(moments.sums + sign * step) for sign in (1, -1))
            gradient[..., j] = (ahead - behind) / (2 * steps[:, j])
        variance = np.einsum("...i,...ij,...j->...", gradient, moments.covariance, gradient)
        return self._metric.value(moments.sums), np.sqrt(np.maximum(variance, 0.0))


def _steps(sums: Floats) -> Floats:
    """Give the step of each group's central differences (n_groups, k), never 0."""
    scale = np.abs(sums)
    return _STEP_FRAC * np.where(scale > 0, scale, 1.0)


def _joined(parts: Iterator[Statistics]) -> Statistics:
    chunks = list(parts)
    names = ("value", "se", "gap", "gap_se")
    return Statistics(*(np.concatenate([getattr(chunk, name) for chunk in chunks]) for name in names))
