"""How do a metric, its standard error and its gaps vary over resamples of people?

A metric is a function of sums over people, so a replicate is a row of weights and thousands of
replicates are one matrix product. Beside the sums we carry their second moments, which give every
replicate its own standard error by the delta method: that is what studentised intervals and
permutation tests need (Efron & Tibshirani 1993, section 12.5; Chung & Romano 2013).
"""

import dataclasses
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from datatools.fairness.statistics.drawing import Ints, Strata, differs
from datatools.fairness.statistics.people import Floats
from datatools.metrics import Metric

_STEP_FRAC = 1e-6  # of the central difference: between rounding (1e-16) and curvature


@dataclass(frozen=True, slots=True, eq=False)
class Statistics:
    """Of each group, (..., n_groups): value, standard error, gap to everybody else, its standard error."""

    value: Floats
    se: Floats
    gap: Floats
    gap_se: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """Of each group, (..., n_groups): value and standard error."""

    value: Floats
    se: Floats


class Sample:
    """The people of a comparison: their columns and the group (0 to n_groups - 1) that each is in."""

    def __init__(self, metric: Metric, columns: Floats, group: Ints) -> None:
        """Sort people by group, so that a group is a slice.

        Args:
            metric: what is compared.
            columns: (n_people, k), a person's sums.
            group: (n_people,), every number from 0 to its maximum at least once.
        """
        self._strata = Strata(group)
        self.n_people: Ints = self._strata.n_people
        self.bounds = metric.bounds
        self._formula = _Formula(metric, columns[self._strata.order].T, self._strata)

    def observed(self) -> Statistics:
        """Give the statistics of the people as they are."""
        found = _empty(Statistics, len(self.n_people), 1)
        self._formula.compare(self._strata.sums(self._formula.features)[..., None], found, slice(0, 1))
        return Statistics(found.value[0], found.se[0], found.gap[0], found.gap_se[0])

    def bootstrap(self, n_replicates: int, rng: np.random.Generator) -> Statistics:
        """Draw people with replacement within each group; arrays (n_replicates, n_groups)."""
        found = _empty(Statistics, len(self.n_people), n_replicates)
        formula = self._formula
        self._strata.bootstrap(
            formula.features,
            n_replicates,
            rng,
            lambda rows, sums: formula.compare(sums, found, rows),
            formula.is_square,
        )
        return found

    def permute(self, n_replicates: int, rng: np.random.Generator) -> Statistics:
        """Deal the groups' labels to people at random; arrays (n_replicates, n_groups)."""
        found = _empty(Statistics, len(self.n_people), n_replicates)
        formula = self._formula
        self._strata.permute(
            formula.features,
            n_replicates,
            rng,
            lambda rows, sums: formula.compare(sums, found, rows),
            formula.is_square,
        )
        return found


class SampleOfMany:
    """People as in ``Sample``, under several metrics: each replicate draws them once for all."""

    def __init__(self, metrics: Sequence[Metric], columns: Sequence[Floats], group: Ints) -> None:
        """Sort people by group.

        Args:
            metrics: what is estimated.
            columns: for each metric (n_people, k), a person's sums.
            group: (n_people,), every number from 0 to its maximum at least once.
        """
        self._strata = Strata(group)
        self.n_people: Ints = self._strata.n_people
        order = self._strata.order
        self._formulas = [
            _Formula(m, c[order].T, self._strata) for m, c in zip(metrics, columns, strict=True)
        ]
        self._features: Floats = np.concatenate([formula.features for formula in self._formulas])
        ends = np.cumsum([len(formula.features) for formula in self._formulas])
        self._parts = [slice(end - len(f.features), end) for f, end in zip(self._formulas, ends, strict=True)]

    def observed(self) -> list[Values]:
        """Give each metric's values of the people as they are."""
        found = [_empty(Values, len(self.n_people), 1) for _ in self._formulas]
        self._fill(self._strata.sums(self._features)[..., None], found, slice(0, 1))
        return [Values(values.value[0], values.se[0]) for values in found]

    def bootstrap(self, n_replicates: int, rng: np.random.Generator) -> list[Values]:
        """Draw people with replacement within each group; for each metric (n_replicates, n_groups)."""
        found = [_empty(Values, len(self.n_people), n_replicates) for _ in self._formulas]
        self._strata.bootstrap(
            self._features,
            n_replicates,
            rng,
            lambda rows, sums: self._fill(sums, found, rows),
            np.concatenate([formula.is_square for formula in self._formulas]),
        )
        return found

    def _fill(self, sums: Floats, found: Sequence[Values], rows: slice) -> None:
        for formula, part, values in zip(self._formulas, self._parts, found, strict=True):
            formula.estimate(sums[part], values, rows)


class _Formula:
    """One metric's features of people, and the way from sums of them to statistics."""

    def __init__(self, metric: Metric, columns: Floats, strata: Strata) -> None:
        """Prepare the features.

        Args:
            metric: what is computed.
            columns: (k, n_people), in the order of the strata.
            strata: the groups.
        """
        self._metric = metric
        self._k = len(columns)
        self._pairs = list(itertools.combinations_with_replacement(range(self._k), 2))
        # Centred before they are squared: the covariance is then a small number, not a difference of large.
        # What is the same for everybody has no spread at all, not even that of a rounded mean.
        centre = np.where(differs(columns), columns.mean(axis=1), columns[:, 0])[:, None]
        centred = columns - centre
        products = [centred[i] * centred[j] for i, j in self._pairs]
        self.features: Floats = np.concatenate([columns, products])
        self.is_square = np.arange(len(self.features)) >= self._k
        n = strata.n_people
        self._n: Floats = n.astype(np.float64)[:, None]
        self._centre: Floats = centre[:, :, None] * self._n  # (k, n_groups, 1)
        has_spread = n > 1
        self._unbiased: Floats = np.where(has_spread, n / np.maximum(n - 1, 1), 0.0)[:, None]
        # One person alone shows no spread: undefined, not zero. Beside others that do, it adds none.
        self._undefined: Floats = np.where(has_spread, 0.0, np.nan)[:, None]
        n_others = has_spread.sum() - has_spread
        self._rest_undefined: Floats = np.where(n_others > 0, 0.0, np.nan)[:, None]
        sums = strata.sums(columns)
        self._own_steps = _steps(sums)
        self._rest_steps = _steps(sums.sum(axis=1, keepdims=True) - sums)

    def estimate(self, sums: Floats, found: Values | Statistics, rows: slice) -> tuple[Floats, Floats]:
        """Fill in values and standard errors of replicates; their sums are (n_features, n_groups, n_rows).

        Returns:
            The sums' own covariances (k * (k + 1) / 2, n_groups, n_rows), and the squared standard errors.
        """
        own, covariance = sums[: self._k], sums[self._k :]
        centred = own - self._centre
        for moment, (i, j) in zip(covariance, self._pairs, strict=True):
            moment -= centred[i] * centred[j] / self._n
            moment *= self._unbiased
        value, variance = self._value_and_variance(own, covariance, self._own_steps)
        variance += self._undefined
        found.value[rows] = value.T
        found.se[rows] = np.sqrt(variance).T
        return covariance, variance

    def compare(self, sums: Floats, found: Statistics, rows: slice) -> None:
        """Fill in all statistics of replicates, from sums as in ``estimate``."""
        covariance, own_variance = self.estimate(sums, found, rows)
        own = sums[: self._k]
        rest = own.sum(axis=1, keepdims=True) - own
        of_rest = covariance.sum(axis=1, keepdims=True) - covariance
        value, variance = self._value_and_variance(rest, of_rest, self._rest_steps)
        variance += self._rest_undefined
        found.gap[rows] = found.value[rows] - value.T
        found.gap_se[rows] = np.sqrt(own_variance + variance).T

    def _value_and_variance(self, sums: Floats, covariance: Floats, steps: Floats) -> tuple[Floats, Floats]:
        """Give the metric of sums (k, n_groups, n_rows), and its variance by the delta method."""
        seen = np.moveaxis(sums, 0, -1)
        value = self._metric.value(seen)
        gradient = []
        for column, step in zip(sums, steps, strict=True):
            kept = column.copy()
            column += step
            ahead = self._metric.value(seen)
            np.subtract(kept, step, out=column)
            behind = self._metric.value(seen)
            column[:] = kept
            gradient.append((ahead - behind) / (2 * step))
        variance = np.zeros_like(value)
        for moment, (i, j) in zip(covariance, self._pairs, strict=True):
            part = gradient[i] * gradient[j] * moment
            variance += part if i == j else 2 * part
        return value, np.maximum(variance, 0.0)


def _steps(sums: Floats) -> Floats:
    """Give the steps of central differences, never 0, for sums (k, n_groups): (k, n_groups, 1)."""
    scale = np.abs(sums)
    return (_STEP_FRAC * np.where(scale > 0, scale, 1.0))[..., None]


_Kind = TypeVar("_Kind", Statistics, Values)


def _empty(kind: type[_Kind], n_groups: int, n_replicates: int) -> _Kind:
    """Make arrays (n_replicates, n_groups) whose columns lie together: replicates are read by group."""
    return kind(**{f.name: np.empty((n_groups, n_replicates)).T for f in dataclasses.fields(kind)})
