"""Sums over very many people, drawn from their normal distribution."""

import os

import numpy as np
import pytest
from numpy.typing import NDArray

from datatools.fairness.statistics import normal_sums
from datatools.fairness.statistics.mean_value import MeanValue
from datatools.fairness.statistics.normal_sums import are_dealt_large, are_large, dealt, drawn_again
from datatools.fairness.statistics.resampling import Sample, Statistics

_N = 5_000
_SIZES = np.array([_N, _N + 400, 30])
_IS_SQUARE = np.array([False, False, True])
_STARTS = np.cumsum(_SIZES) - _SIZES
_N_REPLICATES = 2_000


@pytest.fixture(autouse=True)
def _few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(normal_sums, "MANY", 10_000)


def _people(n: int) -> NDArray[np.float64]:
    """Give people with one to five pictures each, whose errors are skewed."""
    rng = np.random.default_rng(0)
    n_images = rng.integers(1, 6, n)
    wrong = 0.05 * rng.lognormal(0, 0.6, n) * n_images
    return np.stack([n_images - wrong, n_images.astype(np.float64)])


def _sample() -> Sample:
    return Sample(MeanValue(), _people(int(_SIZES.sum())).T, np.repeat(np.arange(3), _SIZES))


def _features(n: int) -> NDArray[np.float64]:
    """Give columns and a square, as ``resampling`` sums them."""
    columns = _people(n)
    return np.concatenate([columns, (columns[:1] - columns[:1].mean()) ** 2])


def test_large_groups_are_those_of_many_people_whose_sums_are_hardly_skewed() -> None:
    """One in a thousand who differs greatly makes sums that are not normal."""
    features = _features(int(_SIZES.sum()))
    assert are_large(features, _IS_SQUARE, _STARTS, _SIZES).tolist() == [True, True, False]
    assert are_dealt_large(features, _IS_SQUARE, _SIZES).tolist() == [True, True, False]
    rare = np.zeros((1, int(_SIZES.sum())))
    rare[0, ::1_000] = 1.0
    assert not are_large(rare, _IS_SQUARE[:1], _STARTS, _SIZES).any()
    assert not are_dealt_large(rare, _IS_SQUARE[:1], _SIZES).any()


def test_a_square_may_be_more_skewed_than_what_is_compared() -> None:
    """It is a part of standard errors alone."""
    features = np.random.default_rng(0).exponential(size=(1, int(_SIZES.sum()))) ** 3
    assert are_large(features, np.array([True]), _STARTS, _SIZES).tolist() == [True, True, False]
    assert not are_large(features, np.array([False]), _STARTS, _SIZES).any()


def test_of_fewer_people_everybody_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Audits of ordinary size are not approximated."""
    monkeypatch.setattr(normal_sums, "MANY", int(_SIZES.sum()))
    features = _features(int(_SIZES.sum()))
    assert not are_large(features, _IS_SQUARE, _STARTS, _SIZES).any()
    assert not are_dealt_large(features, _IS_SQUARE, _SIZES).any()


def test_drawn_sums_have_the_means_and_covariances_of_people_drawn_again() -> None:
    """Of n people: n times those of one."""
    features = _features(int(_SIZES.sum()))[:, : _SIZES[0]]
    found = drawn_again(features, np.array([0]), _SIZES[:1])(40_000, np.random.default_rng(1))[:, 0]
    covariance = _SIZES[0] * np.cov(features, bias=True)
    spread = np.sqrt(np.diag(covariance))
    assert (found.mean(axis=1) - features.sum(axis=1)) / spread == pytest.approx(0, abs=0.03)
    assert np.cov(found) / np.outer(spread, spread) == pytest.approx(
        covariance / np.outer(spread, spread), abs=0.04
    )


def test_dealt_sums_add_up_to_everybody_and_vary_as_dealing_does() -> None:
    """Small groups are dealt person by person, large ones share what is left."""
    features = _features(int(_SIZES.sum()))
    is_large = np.array([True, True, False])
    found = dealt(features, _SIZES, is_large)(4_000, np.random.default_rng(1))
    assert found.sum(axis=1) == pytest.approx(np.repeat(features.sum(axis=1)[:, None], 4_000, axis=1))
    frac = _SIZES / _SIZES.sum()
    variance = np.outer(features.var(axis=1, ddof=1), _SIZES * (1 - frac))
    assert found.var(axis=2) / variance == pytest.approx(1, abs=0.12)
    strayed = found.mean(axis=2) - np.outer(features.sum(axis=1), frac)
    assert strayed / np.sqrt(variance) == pytest.approx(0, abs=0.07)


def test_what_does_not_vary_within_a_group_has_no_spread() -> None:
    """Not even that of a rounded mean."""
    features = np.stack([np.full(_N, 0.1), np.random.default_rng(0).random(_N)])
    found = drawn_again(features, np.array([0]), np.array([_N]))(50, np.random.default_rng(0))
    assert np.ptp(found[0]) == 0
    assert np.ptp(found[1]) > 0


@pytest.mark.parametrize("how", ["bootstrap", "permute"])
def test_quantiles_are_those_of_people_drawn_one_by_one(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within what replicates leave uncertain, for two large groups and one of thirty people."""
    sample = _sample()

    def quantiles(seed: int) -> NDArray[np.float64]:
        found: Statistics = getattr(sample, how)(_N_REPLICATES, np.random.default_rng(seed))
        t = (found.gap - (seen.gap if how == "bootstrap" else 0.0)) / found.gap_se
        return np.asarray(np.quantile(t, [0.025, 0.5, 0.975], axis=0))

    seen = sample.observed()
    fast = quantiles(1)
    monkeypatch.setattr(normal_sums, "MANY", 10**9)
    slow = quantiles(2)
    assert (fast == slow).sum() == 0
    assert fast[:, :2] == pytest.approx(slow[:, :2], abs=0.2)
    assert fast[:, 2] == pytest.approx(slow[:, 2], abs=0.5)


def test_blocks_of_large_groups_do_not_depend_on_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each block has its own stream, as where people are drawn one by one."""
    sample = _sample()
    several = sample.permute(500, np.random.default_rng(3)).gap
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert np.array_equal(sample.permute(500, np.random.default_rng(3)).gap, several)
