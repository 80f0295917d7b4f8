"""How do sums over very many people vary over resamples, without drawing each of them?

The sum over n people drawn at random is normal but for its skewness, which is that of one person over
sqrt(n). Where that is small, sums are drawn from the normal distribution with the people's own covariance:
a replicate then costs as much for a million people as for a thousand. An end of an interval moves by less
than replicates in their thousands leave it uncertain (docs/statistics.md has the figures).
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from datatools.fairness.statistics.people import Floats

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Draw = Callable[[int, np.random.Generator], Floats]  # of replicates: sums (k, n_groups, n_rows)

MANY = 50_000  # people of a comparison; of fewer everybody is drawn
_MANY_IN_GROUP = 2_500  # of smaller groups everybody is drawn as well
# Of a sum. Normal draws make a studentised mean half as skewed again as it is: by the first term of the
# Edgeworth expansion 95% intervals' ends are off by (1.96^2 - 1) / 6 of this, under 0.05 standard errors.
_SKEWNESS = 0.1
_SKEWNESS_OF_SQUARES = 0.5  # it moves the ends by the square of the variance's own error only
_AT_ONCE = 65_536  # people whose deviations are in memory together


def are_large(features: Floats, is_square: Bools, starts: Ints, n_people: Ints) -> Bools:
    """Say of which groups sums over their people are as good as normal (n_groups,).

    Args:
        features: (k, n_people), sorted by group.
        is_square: (k,), features that the standard errors are made of.
        starts: (n_groups,), the place of each group's first person.
        n_people: (n_groups,).
    """
    found: Bools = (n_people >= _MANY_IN_GROUP) & (features.shape[1] > MANY)
    for group in np.flatnonzero(found):
        own = features[:, starts[group] : starts[group] + n_people[group]]
        found[group] = _skewness(own, is_square) <= np.sqrt(n_people[group])
    return found


def are_dealt_large(features: Floats, is_square: Bools, n_people: Ints) -> Bools:
    """Say for which groups sums over people dealt to them from all of ``features`` are as good as normal."""
    found: Bools = (n_people >= _MANY_IN_GROUP) & (features.shape[1] > MANY)
    if found.any():
        found &= _skewness(features, is_square) <= np.sqrt(n_people)
    return found


def drawn_again(features: Floats, starts: Ints, n_people: Ints) -> Draw:
    """Draw the sums of groups whose people are drawn with replacement within each group.

    The arguments are those of ``are_large``, of large groups alone.
    """
    parts = [features[:, start : start + n] for start, n in zip(starts, n_people, strict=True)]
    sums = np.stack([part.sum(axis=1) for part in parts], axis=1)
    roots = [np.sqrt(n) * _root(part) for part, n in zip(parts, n_people, strict=True)]

    def draw(n_rows: int, stream: np.random.Generator) -> Floats:
        normal = stream.standard_normal((len(roots), len(features), n_rows))
        found = np.stack([root @ one for root, one in zip(roots, normal, strict=True)], axis=1)
        return np.asarray(found + sums[..., None], np.float64)

    return draw


def dealt(features: Floats, n_people: Ints, is_large: Bools) -> Draw:
    """Deal people to groups at random; those of the groups that are not large one by one.

    Args:
        features: (k, n_people), in any order.
        n_people: (n_groups,), of all groups; they add up to all people.
        is_large: (n_groups,), one of them at least is.
    """
    n_all = features.shape[1]
    root, total = _root(features) * np.sqrt(n_all / (n_all - 1)), features.sum(axis=1)[:, None]
    few, many = np.flatnonzero(~is_large), np.flatnonzero(is_large)
    starts = np.cumsum(n_people[few]) - n_people[few]
    n_few, n_many = int(n_people[few].sum()), n_people[many].astype(np.float64)

    def draw(n_rows: int, stream: np.random.Generator) -> Floats:
        found = np.empty((len(features), len(n_people), n_rows))
        for row in range(n_rows if n_few else 0):
            taken = stream.choice(n_all, n_few, replace=False)
            found[:, few, row] = np.add.reduceat(features[:, taken], starts, axis=1)
        left = total - found[:, few].sum(axis=1)  # (k, n_rows), for the large groups
        normal = stream.standard_normal((len(many), len(features), n_rows))
        strayed = np.stack([np.sqrt(n) * (root @ one) for n, one in zip(n_many, normal, strict=True)], axis=1)
        share = (n_many / n_many.sum())[None, :, None]
        # What the groups get adds up to what is left: nobody is dealt twice.
        found[:, many] = share * (left - strayed.sum(axis=1))[:, None] + strayed
        return found

    return draw


def _skewness(features: Floats, is_square: Bools) -> float:
    """Give the largest skewness of a feature (k, n_people), in parts of what that of a sum may be."""
    largest = 0.0
    for row, limit in zip(features, np.where(is_square, _SKEWNESS_OF_SQUARES, _SKEWNESS), strict=True):
        deviation = row - row.mean()
        spread = np.sqrt((deviation**2).mean())
        if spread > 0:
            largest = max(largest, abs(float(((deviation / spread) ** 3).mean())) / limit)
    return largest


def _root(features: Floats) -> Floats:
    """Give a root (k, k) of the covariance of features (k, n_people); what does not vary has none at all."""
    varies = (features != features[:, :1]).any(axis=1)
    centre = np.where(varies, features.mean(axis=1), features[:, 0])[:, None]
    covariance = np.zeros((len(features), len(features)))
    for start in range(0, features.shape[1], _AT_ONCE):
        deviation = features[:, start : start + _AT_ONCE] - centre
        covariance += deviation @ deviation.T
    # Scaled to correlations first: columns of pixels and of fractions lie many orders of magnitude apart.
    spread = np.sqrt(np.diag(covariance) / features.shape[1])
    scale = np.where(spread > 0, spread, 1.0)
    values, vectors = np.linalg.eigh(covariance / features.shape[1] / np.outer(scale, scale))
    return np.asarray(spread[:, None] * vectors * np.sqrt(np.maximum(values, 0.0)), np.float64)
