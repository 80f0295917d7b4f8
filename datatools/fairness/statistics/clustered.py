"""What does a least-squares regression say when pictures of one person are not independent?

Errors may vary between pictures and go together within a person. The sandwich of summed residuals is too
small where a group has few people, so each person's residuals are first blown up by their own leverage
(CR2: Bell & McCaffrey 2002), and t has the degrees of freedom of the people who decide the coefficient
(Satterthwaite's, Pustejovsky & Tipton 2018, section 2.2): of 30 people against 170, about 33.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from datatools.fairness.statistics.intervals import LEVEL
from datatools.fairness.statistics.people import Floats

Ints = NDArray[np.int64]

CR0, CR2, CR3 = 0.0, 0.5, 1.0  # powers of a person's leverage
_NO_ROOM = 1e-8  # eigenvalue of 1 - leverage: the person alone decides a coefficient


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A regression coefficient with its clustered standard error; NaN is undefined."""

    value: float
    se: float
    dof: float

    def interval(self, level: float = LEVEL) -> tuple[float, float]:
        """Give the two-sided t interval."""
        if self.se == 0.0:
            return self.value, self.value
        reach = float(stats.t.ppf((1 + level) / 2, self.dof)) * self.se
        return self.value - reach, self.value + reach

    def p_value(self) -> float | None:
        """Test that the coefficient is 0, two-sided; None where its error is undefined."""
        if not np.isfinite(self.se):
            return None
        if self.se == 0.0:
            return 1.0 if self.value == 0.0 else 0.0
        return float(2 * stats.t.sf(abs(self.value) / self.se, self.dof))


class Clusters:
    """Pictures of the same person, gathered by how many there are."""

    def __init__(self, person: Ints) -> None:
        """Gather pictures.

        Args:
            person: (n_images,), any whole numbers.
        """
        _, code, counts = np.unique(person, return_inverse=True, return_counts=True)
        order = np.argsort(code, kind="stable")
        starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
        self.n_people = len(counts)
        self._by_size: list[tuple[Ints, Ints]] = []
        for size in np.unique(counts):
            people = np.flatnonzero(counts == size)
            self._by_size.append((people, order[starts[people][:, None] + np.arange(size)]))

    def __iter__(self) -> Iterator[tuple[Ints, Ints]]:
        """Give people (n,) and their pictures (n, size), one size after the other."""
        return iter(self._by_size)

    def sums(self, columns: Floats) -> Floats:
        """Sum columns (n_images, k) over each person's pictures (n_people, k)."""
        total = np.empty((self.n_people, columns.shape[1]))
        for people, pictures in self._by_size:
            total[people] = columns[pictures].sum(axis=1)
        return total


class Regression:
    """A least-squares fit of full rank."""

    def __init__(self, columns: Floats, values: Floats, clusters: Clusters) -> None:
        """Fit.

        Args:
            columns: (n_images, k), linearly independent, the intercept among them.
            values: (n_images,).
            clusters: which pictures show the same person.
        """
        self._columns, self._clusters = columns, clusters
        q, r = np.linalg.qr(columns)
        inverse = np.linalg.inv(r)
        self._q = q
        self._bread: Floats = inverse @ inverse.T
        self.coefficients: Floats = inverse @ (q.T @ values)
        self.residuals: Floats = values - columns @ self.coefficients

    def coefficient(self, place: int, power: float = CR2) -> Coefficient:
        """Give one coefficient with its standard error.

        Args:
            place: of its column.
            power: of the leverage: CR2, or CR0 (the plain sandwich) and CR3 (nearly the jackknife).
        """
        weight = self._columns @ self._bread[:, place]  # (n_images,), how much each picture moves it
        moved = np.empty(self._clusters.n_people)
        own = np.empty_like(moved)
        through = np.empty((self._clusters.n_people, self._columns.shape[1]))
        for people, pictures in self._clusters:
            blown = self._blown(pictures, weight[pictures], power)  # (n, size)
            moved[people] = np.einsum("ci,ci->c", blown, self.residuals[pictures])
            own[people] = np.einsum("ci,ci->c", blown, blown)
            through[people] = np.einsum("cik,ci->ck", self._q[pictures], blown)
        # Of errors that are alike and independent, the sandwich is a quadratic form with these moments.
        inner = through.T @ through
        trace = own.sum() - np.trace(inner)
        square = (own**2).sum() - 2 * (own * (through**2).sum(axis=1)).sum() + (inner**2).sum()
        dof = trace**2 / square if square > 0 else np.nan
        return Coefficient(
            float(self.coefficients[place]), float(np.sqrt((moved**2).sum())), float(max(dof, 1.0))
        )

    def without_each(self) -> Floats:
        """Give the coefficients without each person in turn (n_people, k), exactly and without refitting."""
        found = np.empty((self._clusters.n_people, len(self.coefficients)))
        for people, pictures in self._clusters:
            blown = self._blown(pictures, self.residuals[pictures], CR3)  # (n, size)
            pulled = np.einsum("cik,ci->ck", self._columns[pictures], blown)
            found[people] = self.coefficients - pulled @ self._bread
        return found

    def _blown(self, pictures: Ints, vectors: Floats, power: float) -> Floats:
        """Multiply vectors (n, size) of people with equally many pictures by (1 - leverage) ** -power."""
        if power == CR0:
            return vectors
        left, room = self._spaces[pictures.shape[1]]
        scale = np.where(room > _NO_ROOM, np.maximum(room, _NO_ROOM) ** -power, 0.0)
        along = (scale - 1.0) * np.einsum("cir,ci->cr", left, vectors)
        return np.asarray(vectors + np.einsum("cir,cr->ci", left, along), np.float64)

    @cached_property
    def _spaces(self) -> dict[int, tuple[Floats, Floats]]:
        """Give, for each number of pictures, the directions of people's leverage and 1 - leverage there.

        By the singular vectors of the few columns, not of the many pictures that one person may have.
        """
        found = {}
        for _, pictures in self._clusters:
            left, singular, _ = np.linalg.svd(self._q[pictures], full_matrices=False)  # (n, size, rank)
            found[pictures.shape[1]] = (left, 1.0 - singular**2)
        return found
