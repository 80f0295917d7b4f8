"""Which conditions, up to three together, pick out pictures that do worse than the others?

Every condition and every pair is looked at; triples grow from the pairs that look worst (a beam). A slice
is held against all other pictures by the generalised least-squares t of its indicator, where two pictures
of one person are alike to a degree that is the same everywhere: differences between pictures of one person
count for more than those between people. Which scores are dealt to whom then moves nothing but a sum over
each slice, one matrix product for all, so that the whole search can be made again on dealt scores.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datatools.fairness.statistics.people import Floats

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

_BEAM = 30  # pairs that grow into triples
_MOST_FRAC = 0.5  # of the pictures: more are no slice but the rule
_FLAT = 1e-12  # spread of scores that do not differ
_MOST_ALIKE = 0.95  # copies of one picture are 1, which has no inverse
_MIN_POOL = 10  # people with equally many pictures who deal scores among themselves alone


@dataclass(frozen=True, slots=True, eq=False)
class Conditions:
    """Conditions that a slice may be made of."""

    texts: tuple[str, ...]
    holds: Bools  # (n_images, n_conditions)
    family: Ints  # (n_conditions,): of one family, at most one is in a slice


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """What one search found."""

    members: tuple[tuple[int, ...], ...]  # of each slice, its conditions
    t: Floats  # (n_slices,), positive is worse than the rest
    largest: float  # t on either side, the most extreme of all that was looked at
    worst: float  # the largest t
    n_looked: int


class Search:
    """All slices of some pictures, ready to be held against many sets of scores."""

    def __init__(
        self,
        conditions: Conditions,
        person: Ints,
        depth: int,
        *,
        alike: float,
        min_people: int,
        min_images: int,
    ) -> None:
        """Lay out the slices.

        Args:
            conditions: what slices are made of, of pictures in the order of ``person``.
            person: (n_images,), rising, every number from 0 on.
            depth: conditions in a slice, at most; 1 to 3.
            alike: correlation between two pictures of one person, from 0 to less than 1.
            min_people: in a slice, and outside of it.
            min_images: in a slice; half of all pictures at most are one.
        """
        self._conditions, self._depth = conditions, depth
        self._min_people, self._min_images = min_people, min_images
        self._n_own: Floats = np.bincount(person).astype(np.float64)
        self._person = person
        self._starts = np.concatenate([[0], np.cumsum(self._n_own)[:-1]]).astype(np.int64)
        # The inverse correlation of a person's pictures: v -> (v - shrink * sum of own v) / (1 - alike).
        n_others = self._n_own[person] - 1
        self._alike = alike
        self._shrink: Floats = alike / (1 + n_others * alike)  # (n_images,)
        self._weight: Floats = 1 / (1 + n_others * alike)  # (n_images,), the inverse's row sums
        self._holds = conditions.holds.astype(np.float64)
        self._first, self._second = _pairs(person, self._starts, self._n_own)
        self._both = self._holds[self._first] * self._holds[self._second]  # (n_pairs, n_conditions)
        everything = np.ones((len(person), 1))
        self._one = self._layer(everything, np.ones((1, len(conditions.texts)), bool))
        family = conditions.family
        self._two: _Layer | None = None
        if depth > 1:
            self._two = self._layer(self._holds, np.triu(family[:, None] != family[None, :], 1))

    def rank(self, values: Floats, least: float = np.inf) -> Ranked:
        """Hold every slice against the other pictures.

        Args:
            values: (n_images,), higher is better.
            least: slices of a larger t are listed, the largest first.
        """
        values = self._whitened(values)
        one = self._t(self._one, values)
        layers: list[tuple[Floats, Sequence[tuple[int, ...]]]] = [(one, [()])]
        n_conditions = len(self._conditions.texts)
        if self._two is not None:
            two = self._t(self._two, values)
            layers.append((two, [(number,) for number in range(n_conditions)]))
            if self._depth > 2:
                pairs = self._beam(two)
                if pairs:
                    layers.append((self._triples(pairs, values), pairs))
        members: list[tuple[int, ...]] = []
        kept: list[float] = []
        for t, parents in layers:
            for place, condition in np.argwhere(np.nan_to_num(t, nan=-np.inf) > least):
                members.append((*parents[place], int(condition)))
                kept.append(float(t[place, condition]))
        order = np.argsort(-np.array(kept), kind="stable")
        seen = np.concatenate([t[np.isfinite(t)] for t, _ in layers])
        return Ranked(
            tuple(members[place] for place in order),
            np.array(kept)[order],
            float(np.abs(seen).max()) if len(seen) else 0.0,
            float(seen.max()) if len(seen) else 0.0,
            len(seen),
        )

    def pictures(self, members: Iterable[int]) -> Bools:
        """Give the pictures of a slice (n_images,)."""
        return np.asarray(self._conditions.holds[:, sorted(members)].all(axis=1), bool)

    def is_large(self, pictures: Bools) -> bool:
        """Say whether pictures are enough, and of enough people, to be compared."""
        n_people = len(np.unique(self._person[pictures]))
        return bool(pictures.sum() >= self._min_images and n_people >= self._min_people)

    def _beam(self, two: Floats) -> list[tuple[int, ...]]:
        t = np.where(np.isfinite(two), two, -np.inf)
        best = np.argsort(-t, axis=None, kind="stable")[:_BEAM]
        places = np.stack(np.unravel_index(best, t.shape), axis=1)
        return [(int(i), int(j)) for i, j in places if np.isfinite(t[i, j])]

    def _triples(self, parents: Sequence[tuple[int, ...]], values: Floats) -> Floats:
        family = self._conditions.family
        columns = np.stack([self.pictures(pair) for pair in parents], axis=1)
        pairs = np.array(parents)
        allowed = (family[pairs][:, :, None] != family[None, None, :]).all(axis=1)
        # The same triple grows from up to three pairs: it is looked at once.
        seen: set[tuple[int, ...]] = set()
        for place, pair in enumerate(parents):
            for condition in np.flatnonzero(allowed[place]):
                triple = tuple(sorted((*pair, int(condition))))
                if triple in seen:
                    allowed[place, condition] = False
                seen.add(triple)
        return self._t(self._layer(columns.astype(np.float64), allowed), values)

    def _layer(self, parents: Floats, allowed: Bools) -> "_Layer":
        """Lay out slices that add one condition to each of ``parents`` (n_images, n_parents)."""
        n_in = parents.T @ self._holds
        is_large = (n_in >= self._min_images) & (n_in <= _MOST_FRAC * len(self._person)) & allowed
        for place in np.flatnonzero(is_large.any(axis=1)):
            inside = np.add.reduceat(parents[:, place, None] * self._holds, self._starts, axis=0)
            people_in, people_out = (inside > 0).sum(axis=0), (inside < self._n_own[:, None]).sum(axis=0)
            is_large[place] &= (people_in >= self._min_people) & (people_out >= self._min_people)
        both = parents[self._first] * parents[self._second]  # (n_pairs, n_parents)
        within = (both * self._shrink[self._first, None]).T @ self._both
        from_mean = (parents * self._weight[:, None]).T @ self._holds
        information = (n_in - within) / (1 - self._alike) - from_mean**2 / self._weight.sum()
        return _Layer(parents, np.where(is_large & (information > _FLAT), information, np.nan))

    def _t(self, layer: "_Layer", whitened: Floats) -> Floats:
        """Give t of each slice (n_parents, n_conditions), positive is worse; NaN where it is too small."""
        sums = (layer.parents * whitened[:, None]).T @ self._holds
        return np.asarray(-sums / np.sqrt(layer.information), np.float64)

    def _whitened(self, values: Floats) -> Floats:
        """Give the inverse correlation times values (n_images,), centred and of unit variance."""
        centred = values - (self._weight @ values) / self._weight.sum()
        spread = float(centred.std())
        if spread <= _FLAT:
            return np.zeros_like(centred)
        own = np.bincount(self._person, centred)[self._person]
        return np.asarray((centred - self._shrink * own) / (1 - self._alike) / spread, np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class _Layer:
    """Slices of one more condition than their parents, and what does not depend on the scores."""

    parents: Floats  # (n_images, n_parents)
    information: Floats  # (n_parents, n_conditions): 1 / variance of a gap; NaN where a slice is too small


def correlation(values: Floats, person: Ints) -> float:
    """Give the correlation between two pictures of one person (Fisher's, over all pairs), at least 0.

    Args:
        values: (n_images,).
        person: (n_images,), rising, every number from 0 on.
    """
    n_own = np.bincount(person)
    n_pairs = float((n_own * (n_own - 1)).sum())
    centred = values - values.mean()
    square = float(centred @ centred)
    if n_pairs == 0 or square <= _FLAT:
        return 0.0
    own = np.bincount(person, centred)
    return float(np.clip((own @ own - square) / n_pairs / (square / len(values)), 0.0, _MOST_ALIKE))


def _pairs(person: Ints, starts: Ints, n_own: Floats) -> tuple[Ints, Ints]:
    """Give all ordered pairs of pictures of one person, each with itself too."""
    counts = n_own.astype(np.int64)[person]
    first = np.repeat(np.arange(len(person)), counts)
    place = np.arange(len(first)) - np.repeat(np.cumsum(counts) - counts, counts)
    return first, starts[person][first] + place


def deal(values: Floats, person: Ints, rng: np.random.Generator) -> Floats:
    """Deal people's scores to people who have as many pictures, and within people to their pictures.

    People whose number of pictures few others share deal among each other: who has more pictures than
    they got scores for uses them again.
    """
    n_own = np.bincount(person)
    starts = np.concatenate([[0], np.cumsum(n_own)[:-1]])
    sizes, n_people = np.unique(n_own, return_counts=True)
    dealt = np.empty_like(values)
    for size in sizes[n_people >= _MIN_POOL]:
        pictures = starts[n_own == size, None] + np.arange(size)  # (n_pool, size)
        dealt[pictures] = rng.permuted(values[rng.permutation(pictures)], axis=1)
    rare = np.flatnonzero(np.isin(n_own, sizes[n_people < _MIN_POOL]))
    for taker, giver in zip(rare, rng.permutation(rare), strict=True):
        given = rng.permutation(values[starts[giver] : starts[giver] + n_own[giver]])
        dealt[starts[taker] : starts[taker] + n_own[taker]] = np.resize(given, n_own[taker])
    return dealt
