"""What is the gap between people who are alike in the confounders?

Each person of the group is compared with the three people of the rest whose propensity, the chance of
belonging to the group that the confounders give, is nearest, within a fifth of its spread (Austin 2011);
people may be compared more than once, and those without anybody near are left out. What differs within
a match is taken out by a regression on the propensity among the rest (Abadie & Imbens 2011), and the
error counts how often each was used (Abadie & Imbens 2006, theorem 7). No curve is assumed for the
metric, which is what it adds to the regression.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.spatial import cKDTree
from scipy.special import expit

from datatools.fairness.statistics.intervals import LEVEL
from datatools.fairness.statistics.people import Floats

N_MATCHES = 3
_CALIPER_SD = 0.2  # of the propensity's logit
_N_LIKE = 2  # people of the rest whose spread around each other is the noise
_MOST_NEAR = 64  # people of the rest who are looked at as somebody's peer
_RIDGE = 1.0  # on columns of unit spread: as one person who says that each has no effect
_MAX_STEPS, _STEP_LIMIT = 50, 1e-8
_UNBALANCED_SD = 0.25  # a mean that differs by more is not alike (Stuart 2010)


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """The gap between matched people."""

    value: float
    low: float
    high: float
    n_matched: int  # people of the group
    n_used: int  # people of the rest, each once
    n_images: int  # of all of them
    unbalanced: NDArray[np.bool_]  # (k,), columns in which the matched people still differ


def match(
    values: Floats,
    columns: Floats,
    is_in: NDArray[np.bool_],
    n_images: Floats,
    *,
    min_matched: int,
    min_used: int,
) -> Matched | None:
    """Compare each person of a group with those who are like them.

    Args:
        values: (n_people,), the metric's mean over a person's pictures.
        columns: (n_people, k), the confounders.
        is_in: (n_people,), the group.
        n_images: (n_people,), pictures of each, to be counted alone.
        min_matched: fewer people of the group with a match give None.
        min_used: and so do fewer people of the rest to match them with.
    """
    score = _propensity(columns, is_in)
    caliper = _CALIPER_SD * float(score.std())
    own, rest = np.flatnonzero(is_in), np.flatnonzero(~is_in)
    if len(rest) <= max(_N_LIKE, min_used):
        return None
    near, share = _nearest(score[own], score[rest], caliper)  # (n_own, N_MATCHES) each
    has_match = share.sum(axis=1) > 0
    used: Floats = np.bincount(near.ravel(), share.ravel(), len(rest)).astype(np.float64)
    n_matched, n_used = int(has_match.sum()), int((used > 0).sum())
    if n_matched < max(2, min_matched) or n_used < max(2, min_used):
        return None
    near, share, own = near[has_match], share[has_match], own[has_match]
    slope = _slope(score[rest], values[rest], used)
    level = values - slope * score  # what is left when the propensity's own effect is out
    differences = level[own] - (share * level[rest][near]).sum(axis=1)
    value = float(differences.mean())
    again = used**2 - np.bincount(near.ravel(), share.ravel() ** 2, len(rest))  # what reuse adds
    noise = _noise(score[rest], level[rest])
    variance = (((differences - value) ** 2).sum() + (again * noise).sum()) / n_matched**2
    n_effective = used.sum() ** 2 / (used**2).sum()
    dof = max(1.0, min(n_matched, n_effective) - 1)
    reach = float(stats.t.ppf((1 + LEVEL) / 2, dof) * np.sqrt(max(variance, 0.0)))
    spread = columns.std(axis=0)
    apart = np.abs(columns[own].mean(axis=0) - used @ columns[rest] / n_matched)
    n_pictures = int(n_images[own].sum() + n_images[rest][used > 0].sum())
    return Matched(
        value,
        value - reach,
        value + reach,
        n_matched,
        n_used,
        n_pictures,
        apart > _UNBALANCED_SD * np.where(spread > 0, spread, np.inf),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Peers:
    """People of a group, each beside one person of the rest who is like them; nobody is in two pairs."""

    own: NDArray[np.int64]  # (n_pairs,) places of the group's people
    peer: NDArray[np.int64]  # (n_pairs,) of those of the rest


def peers(columns: Floats, is_in: NDArray[np.bool_]) -> Peers:
    """Pair people of a group with people of the rest, to be looked at side by side.

    As in ``match``, the two of a pair are near each other in propensity; of those who are, the nearest in
    the confounders themselves (Rosenbaum & Rubin 1985), which is what an eye sees.

    Args:
        columns: (n_people, k), the confounders.
        is_in: (n_people,), the group; some people are in it, and some are not.
    """
    score = _propensity(columns, is_in)
    caliper = _CALIPER_SD * float(score.std())
    spread = columns.std(axis=0)
    x = columns / np.where(spread > 0, spread, 1.0)
    own, rest = np.flatnonzero(is_in), np.flatnonzero(~is_in)
    ranks = list(range(1, min(_MOST_NEAR, len(rest)) + 1))
    found = cKDTree(x[rest]).query(x[own], k=ranks)
    distance, near = np.asarray(found[0]), np.asarray(found[1])  # (n_own, n_near) each
    is_like = np.abs(score[own][:, None] - score[rest][near]) <= caliper
    free_own, free_rest = np.ones(len(own), bool), np.ones(len(rest), bool)
    pairs: list[tuple[int, int]] = []
    for place in np.argsort(distance, axis=None, kind="stable"):
        one, rank = divmod(int(place), len(ranks))
        other = int(near[one, rank])
        if is_like[one, rank] and free_own[one] and free_rest[other]:
            free_own[one] = free_rest[other] = False
            pairs.append((int(own[one]), int(rest[other])))
    made = np.array(pairs, np.int64).reshape(-1, 2)
    return Peers(made[:, 0], made[:, 1])


def _propensity(columns: Floats, is_in: NDArray[np.bool_]) -> Floats:
    """Give the logit of belonging to the group (n_people,), by ridge logistic regression."""
    spread = columns.std(axis=0)
    x = (columns - columns.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    x = np.concatenate([np.ones((len(x), 1)), x], axis=1)
    penalty = np.full(x.shape[1], _RIDGE)
    penalty[0] = 0.0
    beta = np.zeros(x.shape[1])
    beta[0] = np.log(is_in.mean() / (1 - is_in.mean()))
    for _ in range(_MAX_STEPS):
        chance = expit(x @ beta)
        gradient = x.T @ (is_in - chance) - penalty * beta
        hessian = (x * (chance * (1 - chance))[:, None]).T @ x + np.diag(penalty)
        step = np.linalg.solve(hessian, gradient)
        beta = beta + step
        if np.abs(step).max() < _STEP_LIMIT:
            break
    return np.asarray(x @ beta, np.float64)


def _nearest(own: Floats, rest: Floats, caliper: float) -> tuple[NDArray[np.int64], Floats]:
    """Give the places in ``rest`` of each own person's match, and their shares; a row sums to 1 or 0."""
    n_near = min(N_MATCHES, len(rest))
    # A list of ranks keeps the shape (n_own, n_near), also where one is near.
    distance, near = cKDTree(rest[:, None]).query(own[:, None], k=list(range(1, n_near + 1)))
    inside = np.asarray(distance <= caliper, np.float64)
    return np.asarray(near, np.int64), inside / np.maximum(inside.sum(axis=1, keepdims=True), 1.0)


def _slope(score: Floats, values: Floats, used: Floats) -> float:
    """Fit the values' slope on the propensity among those who were used, as often as they were."""
    total = used.sum()
    centred = score - (used @ score) / total
    square = float(used @ centred**2)
    return float((used * centred) @ values) / square if square > 0 else 0.0


def _noise(score: Floats, level: Floats) -> Floats:
    """Give the rest's own variance (n_rest,), from the people next to each in propensity."""
    _, near = cKDTree(score[:, None]).query(score[:, None], k=_N_LIKE + 1)
    around = level[near]  # (n_rest, 3): a person and the two next to them
    return np.asarray(around.var(axis=1, ddof=1), np.float64)
