"""Can groups be told from nuisances?"""

import numpy as np
import pytest
from scipy import stats
from sklearn.kernel_ridge import KernelRidge
from sklearn.metrics import roc_auc_score

from datatools.fairness.composition import nuisance
from datatools.fairness.composition.nuisance import Floats, Ints, Told, auc_of, prepared, tell


def _study(
    n_people: int, effect: float, rng: np.random.Generator, n_groups: int = 2
) -> tuple[dict[str, Floats], Ints]:
    group = np.concatenate([np.arange(n_groups), rng.integers(0, n_groups, n_people - n_groups)])
    features = {name: rng.lognormal(size=n_people) for name in ("a", "b", "c")}
    features["a"] = features["a"] * np.exp(effect * (group == 0))
    features["b"][rng.random(n_people) < 0.2] = np.nan
    return features, group.astype(np.int64)


def _told(features: dict[str, Floats], group: Ints, seed: int = 0, n: int = 199) -> Told:
    told = tell(features, group, n, np.random.default_rng(seed))
    assert told is not None
    return told


def test_a_planted_nuisance_is_found_and_named() -> None:
    """It carries the prediction, the others do not."""
    told = _told(*_study(300, 1.5, np.random.default_rng(0)))
    assert told.p_value == 1 / 200
    assert (told.auc.value or 0) > 0.75
    assert told.auc_drops["a"] > 5 * max(abs(told.auc_drops["b"]), abs(told.auc_drops["c"]))
    assert (told.balanced_accuracy.value or 0) > told.expected_balanced_accuracy + 0.1


def test_absent_nuisances_are_found_as_often_as_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """About one in twenty; benchmarks/composition_calibration.py has 400 studies."""
    monkeypatch.setattr(nuisance, "_auc_drops", lambda *_: {})  # what takes most of the time
    rng = np.random.default_rng(1)
    p_values = [_told(*_study(60, 0.0, rng), seed=i, n=39).p_value for i in range(80)]
    assert np.mean(np.array(p_values) <= 0.05) <= 0.1
    assert stats.kstest(p_values, "uniform").pvalue > 0.01


def test_the_mean_auc_is_that_of_scikit_learn() -> None:
    """One group against the rest, averaged; its influences add up to nothing."""
    rng = np.random.default_rng(0)
    group, scores = rng.integers(0, 3, 200), np.round(rng.normal(size=(200, 3)), 1)
    auc, influence = auc_of(scores, group)
    each = [roc_auc_score(group == k, scores[:, k]) for k in range(3)]
    assert auc == pytest.approx(np.mean(each))
    assert influence.sum() == pytest.approx(0, abs=1e-12)


def test_the_influences_give_the_aucs_spread() -> None:
    """As studies of the same people show it (DeLong et al. 1988)."""
    rng = np.random.default_rng(0)
    group = np.repeat([0, 1], 100)
    found = []
    for _ in range(400):
        scores = rng.normal(size=200) + 0.8 * group
        found.append(auc_of(np.stack([-scores, scores], axis=1), group))
    expected = np.std([auc for auc, _ in found])
    assert np.mean([np.sqrt((i**2).sum()) for _, i in found]) == pytest.approx(expected, rel=0.1)


def test_the_smoother_is_kernel_ridge_regression(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scikit-learn's, on the groups' centred indicators."""
    monkeypatch.setattr(nuisance, "N_ROUNDS", 1)
    features, group = _study(80, 1.0, np.random.default_rng(0))
    _, x = prepared(features)
    fold = np.random.default_rng(0).permutation(np.arange(80) % nuisance.N_FOLDS)
    labels = np.eye(2)[group]
    expected = np.zeros((80, 2))
    for number in range(nuisance.N_FOLDS):
        train, test = fold != number, fold == number
        shares = labels[train].mean(axis=0)
        model = KernelRidge(alpha=nuisance.RIDGE, kernel="rbf", gamma=0.5 / x.shape[1])
        expected[test] = model.fit(x[train], (labels[train] - shares) / shares).predict(x[test])
    told = _told(features, group)
    assert told.auc.value == pytest.approx(auc_of(expected, group)[0])


def test_features_are_ranks_and_missing_numbers_are_told() -> None:
    """Any rising change of a number gives the same columns; what never varies gives none."""
    values = np.array([1.0, 5.0, np.nan, 3.0])
    names, x = prepared({"a": values, "flat": np.ones(4), "unknown": np.full(4, np.nan)})
    assert names == ["a", "a"]
    _, other = prepared({"a": np.exp(values), "flat": np.ones(4)})
    assert np.array_equal(x, other)
    assert np.allclose(x.std(axis=0), 1.0)


def test_nothing_is_told_where_no_nuisance_varies() -> None:
    """All pictures have one size."""
    group = np.array([0, 1] * 20)
    assert tell({"flat": np.ones(40)}, group, 99, np.random.default_rng(0)) is None


def test_groups_that_a_nuisance_gives_away_are_told_for_certain() -> None:
    """An AUC of 1 has no interval around it."""
    group = np.array([0, 1] * 50)
    told = _told({"a": group.astype(np.float64)}, group)
    assert (told.auc.value, told.auc.low, told.auc.high) == (1.0, 1.0, 1.0)


def test_the_same_seed_gives_the_same_test() -> None:
    """Folds, deals and all."""
    features, group = _study(60, 0.5, np.random.default_rng(0), n_groups=3)
    first, again = (_told(features, group, seed=3) for _ in range(2))
    assert (first.auc, first.p_value, first.auc_drops) == (again.auc, again.p_value, again.auc_drops)
