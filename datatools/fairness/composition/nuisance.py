"""Can an attribute be told from the background or the camera alone? A test of a data set, not of people.

If it can, groups were photographed under different conditions, and a model, or an audit, may mistake
the conditions for the people. The features are numbers about background and file; no pixel of a person
is among them (``framing``). The predictor is kernel ridge regression on the groups' indicators, cross-
validated, thrown away afterwards. Its smoother does not depend on the labels, so that dealing them to
people a thousand times over costs one matrix product.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.linalg import cho_factor, cho_solve
from sklearn.metrics.pairwise import rbf_kernel

from datatools.fairness.estimates import Interval

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

N_FOLDS = 5
N_ROUNDS = 2  # of folds, whose scores are added up: one round's luck is a point of AUC
# Chosen on the two classes of 502 portraits and seen again on 1,983 others (docs/composition.md).
RIDGE = 3.0
_WIDTH = 0.5  # of the kernel: gamma times the number of columns
MAX_PEOPLE = 2_000  # drawn at random from more: the standard error of an AUC is then below 1 point
_N_DEALS_OF_A_FEATURE = 3
_Z = 1.959963984540054
_CHUNK_COLUMNS = 2_000  # of dealt labels in one product: 32 MB at the most people


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """How well groups are told from nuisances, out of fold, beside labels dealt at random."""

    auc: Interval
    expected_auc: float
    balanced_accuracy: Interval
    expected_balanced_accuracy: float
    p_value: float
    auc_drops: dict[str, float]  # by nuisance


def prepared(features: Mapping[str, Floats]) -> tuple[list[str], Floats]:
    """Give comparable columns: ranks from -1 to 1, the middle where a number is missing, and that it is.

    Args:
        features: each (n_people,), NaN where missing.

    Returns:
        The feature that each column is of, and the columns (n_people, n_columns) of unit variance.
    """
    names, columns = [], []
    for name, values in features.items():
        is_known = np.isfinite(values)
        if not is_known.any():
            continue
        ranks = np.zeros(len(values))
        ranks[is_known] = 2 * (stats.rankdata(values[is_known]) - 0.5) / is_known.sum() - 1
        for column in (ranks, (~is_known).astype(np.float64)):
            if np.ptp(column) > 0:
                names.append(name)
                columns.append((column - column.mean()) / column.std())
    return names, np.stack(columns, axis=1) if columns else np.empty((len(next(iter(features.values()))), 0))


def tell(
    features: Mapping[str, Floats], group: Ints, n_permutations: int, rng: np.random.Generator
) -> Told | None:
    """Test whether people's groups can be told from nuisances; None where no nuisance varies.

    Args:
        features: each (n_people,), NaN where missing.
        group: (n_people,), every number from 0 to its maximum at least once; two groups or more.
        n_permutations: how often labels are dealt to people.
        rng: makes the folds and deals.
    """
    names, x = prepared(features)
    if not names:
        return None
    n_people, n_groups = len(group), int(group.max()) + 1
    folds = [rng.permutation(np.arange(n_people) % N_FOLDS) for _ in range(N_ROUNDS)]
    smoothers = _smoothers(x, folds)
    scores = _scores(smoothers, _indicators(group[:, None], n_groups))[:, 0]
    auc, influence = auc_of(scores, group)
    recall = _recalls(scores[:, None], group[:, None])[0]
    dealt_auc, dealt_accuracy = _dealt(smoothers, group, n_permutations, rng)
    n_as_high = int((dealt_auc >= auc - 1e-12).sum())
    sizes = np.bincount(group)
    spread = float(np.sqrt((recall * (1 - recall) / sizes).sum()) / n_groups)
    accuracy = float(recall.mean())
    return Told(
        # DeLong's error takes the predictor as given; labels dealt at random show how far it strays itself.
        auc=_logit_interval(auc, max(float(np.sqrt((influence**2).sum())), float(dealt_auc.std()))),
        expected_auc=float(dealt_auc.mean()),
        balanced_accuracy=Interval(
            value=accuracy, low=max(0.0, accuracy - _Z * spread), high=min(1.0, accuracy + _Z * spread)
        ),
        expected_balanced_accuracy=float(dealt_accuracy.mean()),
        p_value=(1 + n_as_high) / (n_permutations + 1),
        auc_drops=_auc_drops(names, x, folds, group, auc, rng),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Smoother:
    """What turns the training people's labels into the test people's scores."""

    train: Ints
    test: Ints
    weights: Floats  # (n_test, n_train)


def _smoothers(x: Floats, folds: Sequence[Ints]) -> list[_Smoother]:
    kernel = rbf_kernel(x, gamma=_WIDTH / x.shape[1])
    found = []
    for train, test in _parts(folds):
        ridged = kernel[np.ix_(train, train)] + RIDGE * np.eye(len(train))
        weights = cho_solve(cho_factor(ridged, lower=True), kernel[np.ix_(train, test)]).T
        found.append(_Smoother(train, test, weights))
    return found


def _parts(folds: Sequence[Ints]) -> list[tuple[Ints, Ints]]:
    """Give the people to learn from and to tell, of every fold of every round."""
    return [
        (np.flatnonzero(fold != number), np.flatnonzero(fold == number))
        for fold in folds
        for number in range(N_FOLDS)
    ]


def _indicators(groups: Ints, n_groups: int) -> Floats:
    """Give (n_people, n_deals, n_groups): 1 where a person is in the group."""
    return np.asarray(groups[..., None] == np.arange(n_groups), np.float64)


def _scores(smoothers: Sequence[_Smoother], labels: Floats) -> Floats:
    """Give out-of-fold scores, of the shape of ``labels`` (n_people, n_deals, n_groups).

    A group's mean over the training people is taken off before and not put back: scores of different
    folds are then comparable, and the largest of them is the guess that favours no large group.
    """
    n_people, n_deals, n_groups = labels.shape
    found = np.zeros_like(labels)
    for smoother in smoothers:
        own = labels[smoother.train]
        shares = own.mean(axis=0)
        centred = ((own - shares) / np.maximum(shares, 1 / n_people)).reshape(len(own), -1)
        found[smoother.test] += (smoother.weights @ centred).reshape(-1, n_deals, n_groups)
    return found


def auc_of(scores: Floats, group: Ints) -> tuple[float, Floats]:
    """Give the mean over groups of the AUC of one group against the rest, and each person's influence.

    The influences' sum of squares is its variance (DeLong et al. 1988).

    Args:
        scores: (n_people, n_groups).
        group: (n_people,).
    """
    n_people, n_groups = scores.shape
    values, influence = [], np.zeros(n_people)
    for number in range(n_groups):
        is_in = group == number
        n_in, n_out = int(is_in.sum()), int((~is_in).sum())
        placement = np.empty(n_people)
        ranks = stats.rankdata(scores[:, number])
        placement[is_in] = (ranks[is_in] - stats.rankdata(scores[is_in, number])) / n_out
        placement[~is_in] = 1 - (ranks[~is_in] - stats.rankdata(scores[~is_in, number])) / n_in
        auc = float(placement[is_in].mean())
        values.append(auc)
        influence += (placement - auc) / np.where(is_in, n_in, n_out) / n_groups
    return float(np.mean(values)), influence


def _recalls(scores: Floats, groups: Ints) -> Floats:
    """Give the share of each group that is told right, (n_deals, n_groups)."""
    is_right = scores.argmax(axis=2) == groups
    return np.stack(
        [(is_right & (groups == k)).sum(axis=0) / (groups == k).sum(axis=0) for k in range(scores.shape[2])],
        axis=1,
    )


def _dealt(
    smoothers: Sequence[_Smoother], group: Ints, n_permutations: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Give the AUC and the balanced accuracy of labels dealt to people at random, (n_permutations,)."""
    n_groups = int(group.max()) + 1
    sizes = np.bincount(group)
    at_once = max(1, _CHUNK_COLUMNS // n_groups)
    aucs, accuracies = [], []
    for done in range(0, n_permutations, at_once):
        n_deals = min(at_once, n_permutations - done)
        groups = rng.permuted(np.tile(group, (n_deals, 1)), axis=1).T
        scores = _scores(smoothers, _indicators(groups, n_groups))
        accuracies.append(_recalls(scores, groups).mean(axis=1))
        total = np.zeros(n_deals)
        for number in range(n_groups):
            ranks = stats.rankdata(scores[..., number], axis=0)
            n_in, n_out = sizes[number], len(group) - sizes[number]
            above = np.where(groups == number, ranks, 0).sum(axis=0) - n_in * (n_in + 1) / 2
            total += above / (n_in * n_out)
        aucs.append(total / n_groups)
    return np.concatenate(aucs), np.concatenate(accuracies)


def _logit_interval(value: float, se: float) -> Interval:
    """Give the interval on the logit scale, which keeps it inside 0 and 1."""
    if not 0 < value < 1:
        return Interval(value=value, low=value, high=value)
    logit, half = np.log(value / (1 - value)), _Z * se / (value * (1 - value))
    low, high = (float(1 / (1 + np.exp(-end))) for end in (logit - half, logit + half))
    return Interval(value=value, low=low, high=high)


def _auc_drops(
    names: Sequence[str], x: Floats, folds: Sequence[Ints], group: Ints, auc: float, rng: np.random.Generator
) -> dict[str, float]:
    """Give the AUC that is lost when a nuisance of the test people is dealt to them at random."""
    labels = _indicators(group[:, None], int(group.max()) + 1)[:, 0]
    gamma = _WIDTH / x.shape[1]
    models = []
    for train, test in _parts(folds):
        shares = labels[train].mean(axis=0)
        centred = (labels[train] - shares) / np.maximum(shares, 1 / len(group))
        ridged = rbf_kernel(x[train], gamma=gamma) + RIDGE * np.eye(len(train))
        models.append((train, test, cho_solve(cho_factor(ridged, lower=True), centred)))
    drops: dict[str, float] = {}
    for name in dict.fromkeys(names):
        columns = np.array([place for place, other in enumerate(names) if other == name])
        lost = []
        for _ in range(_N_DEALS_OF_A_FEATURE):
            scores = np.zeros_like(labels)
            for train, test, weights in models:
                shuffled = x[test]
                shuffled[:, columns] = shuffled[np.ix_(rng.permutation(len(test)), columns)]
                scores[test] += rbf_kernel(shuffled, x[train], gamma=gamma) @ weights
            lost.append(auc - auc_of(scores, group)[0])
        drops[name] = float(np.mean(lost))
    return drops
