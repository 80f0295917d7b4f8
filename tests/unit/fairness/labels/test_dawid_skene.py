"""The truth behind answers, and how annotators err, are recovered; an independent package agrees."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datatools.fairness.labels.dawid_skene import Model, entropy_bits, expectation_maximisation, fit
from datatools.fairness.labels.votes import cast
from tests.golden.dawid_skene import CASES, N_ITERATIONS
from tests.golden.dawid_skene import __file__ as golden_script
from tests.unit.fairness.crowds import Crowd, confusions, crowd


def _crowd(n_units: int, seed: int, answered_frac: float = 1.0) -> Crowd:
    rng = np.random.default_rng(seed)
    right = [0.95, 0.85, 0.7, 0.6, 0.5]
    return crowd(n_units, [0.5, 0.3, 0.2], confusions(right, 3, rng), rng, answered_frac)


def _right_frac(seen: Crowd, model: Model) -> float:
    best = model.posterior.argmax(axis=1)[seen.votes().row_of]
    return float(np.mean(best == seen.truth))


def _majority_right_frac(seen: Crowd) -> float:
    """Give the share that the majority vote gets right; a tie is right by its chance."""
    votes = seen.votes()
    shares = votes.shares()[votes.row_of]
    is_most = shares == shares.max(axis=1, keepdims=True)
    return float(np.mean(is_most[np.arange(len(seen.truth)), seen.truth] / is_most.sum(axis=1)))


@pytest.mark.parametrize("number", range(len(CASES)))
def test_posteriors_equal_crowd_kits(number: int) -> None:
    """Iteration by iteration, without a prior; crowd-kit 1.4.2's figures lie in tests/golden."""
    seed, n_units, shares, right, answered_frac = CASES[number]
    expected = json.loads(Path(golden_script).with_suffix(".json").read_text("utf-8"))[number]
    assert expected["seed"] == seed
    rng = np.random.default_rng(seed)
    n_values = len(shares)
    votes = crowd(n_units, shares, confusions(right, n_values, rng), rng, answered_frac).votes()
    none = np.zeros((n_values, n_values))
    found = expectation_maximisation(votes, none, max_iterations=N_ITERATIONS)
    np.testing.assert_allclose(found.posterior[votes.row_of], expected["posterior"], atol=2e-9)


def test_planted_confusions_are_recovered() -> None:
    """With 5,000 units to within two points of 100."""
    seen = _crowd(5000, seed=1)
    found = fit(seen.votes())
    assert found.has_converged
    assert np.abs(found.confusion - seen.confusion).max() < 0.03
    assert np.abs(found.shares - seen.shares).max() < 0.02


def test_the_consensus_beats_the_majority_vote() -> None:
    """Paired over simulated crowds; the interval of the difference leaves 0 out."""
    crowds = [_crowd(300, seed) for seed in range(20)]
    gains = np.array([_right_frac(seen, fit(seen.votes())) - _majority_right_frac(seen) for seen in crowds])
    standard_error = gains.std(ddof=1) / np.sqrt(len(gains))
    assert gains.mean() - 2.1 * standard_error > 0.01


def test_the_pooled_prior_helps_annotators_with_few_answers() -> None:
    """Thirty annotators with about 30 answers each: their errors come out closer to the truth."""

    def error(strength: float, seed: int) -> float:
        rng = np.random.default_rng(seed)
        seen = crowd(300, [0.5, 0.3, 0.2], confusions([0.8] * 30, 3, rng), rng, 0.1)
        return float(np.sqrt(np.mean((fit(seen.votes(), strength=strength).confusion - seen.confusion) ** 2)))

    pooled = [error(10.0, seed) for seed in range(5)]
    alone = [error(0.1, seed) for seed in range(5)]
    assert np.mean(pooled) < 0.6 * np.mean(alone)


def _log_loss(seen: Crowd, model: Model) -> float:
    posterior = model.posterior[seen.votes().row_of]
    return float(-np.log(np.maximum(posterior[np.arange(len(seen.truth)), seen.truth], 1e-9)).mean())


def test_many_ordered_values_do_not_melt_into_each_other() -> None:
    """Ten tones with about ten pictures each: better than the vote, and less sure where it is wrong."""
    near = np.eye(10) * 0.7 + (np.eye(10, k=1) + np.eye(10, k=-1)) * 0.15
    near /= near.sum(axis=1, keepdims=True)
    found = []
    for seed in range(15):
        seen = crowd(100, [0.1] * 10, np.tile(near, (3, 1, 1)), np.random.default_rng(seed))
        alone = expectation_maximisation(seen.votes(), np.zeros((10, 10)))
        model = fit(seen.votes(), is_ordinal=True)
        gain = _right_frac(seen, model) - _majority_right_frac(seen)
        found.append([gain, _log_loss(seen, model), _log_loss(seen, alone)])
    gain, loss, loss_alone = np.mean(found, axis=0)
    assert gain > 0
    assert loss < 0.6 * loss_alone


def test_classes_keep_their_names() -> None:
    """The diagonal stays the largest of its row though one annotator is wrong more often than right."""
    rng = np.random.default_rng(4)
    seen = crowd(1000, [0.5, 0.5], confusions([0.9, 0.85, 0.8, 0.3], 2, rng), rng)
    found = fit(seen.votes())
    assert (found.confusion[:3].argmax(axis=2) == [0, 1]).all()
    assert (found.confusion[3].argmax(axis=1) == [1, 0]).all()


def test_the_likelihood_never_falls() -> None:
    """More iterations explain the answers better."""
    votes = _crowd(200, seed=5).votes()
    none = np.zeros((3, 3))
    values = [expectation_maximisation(votes, none, max_iterations=n).log_likelihood for n in range(1, 12)]
    assert (np.diff(values) >= -1e-9).all()


def test_a_fit_that_does_not_settle_says_so() -> None:
    """Two iterations are too few."""
    found = expectation_maximisation(_crowd(200, seed=6).votes(), np.zeros((3, 3)), max_iterations=2)
    assert (found.n_iterations, found.has_converged) == (2, False)


def test_renaming_annotators_changes_nothing() -> None:
    """They have no order."""
    seen = _crowd(200, seed=7)
    turned = Crowd(seen.shares, seen.confusion, seen.truth, seen.unit, 4 - seen.annotator, seen.value)
    first, second = seen.votes(), turned.votes()
    np.testing.assert_allclose(
        fit(first).posterior[first.row_of], fit(second).posterior[second.row_of], atol=1e-6
    )


def test_every_unit_twice_leaves_the_fit_as_it_was() -> None:
    """Without a prior; the likelihood counts each."""
    seen = _crowd(150, seed=8)
    twice = cast(
        np.concatenate([seen.unit, seen.unit + 150]),
        np.tile(seen.annotator, 2),
        np.tile(seen.value, 2),
        300,
        5,
        3,
    )
    none = np.zeros((3, 3))
    once, doubled = (
        expectation_maximisation(votes, none, max_iterations=30) for votes in (seen.votes(), twice)
    )
    np.testing.assert_allclose(doubled.confusion, once.confusion, atol=1e-9)
    assert doubled.log_likelihood == pytest.approx(2 * once.log_likelihood)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=40))
def test_whatever_was_said_the_posterior_is_a_probability(said: list[tuple[int, int, int]]) -> None:
    """Few answers, one annotator alone, values that nobody gave."""
    unit, annotator, value = np.array(said, np.int64).T
    numbers, unit = np.unique(unit, return_inverse=True)
    found = fit(cast(unit, annotator, value, len(numbers), 4, 3), is_ordinal=True)
    assert np.isfinite(found.log_likelihood)
    np.testing.assert_allclose(found.posterior.sum(axis=1), 1.0)
    np.testing.assert_allclose(found.confusion.sum(axis=2), 1.0)


def test_entropy_is_counted_in_bits() -> None:
    """A fair coin has one, a certain value none."""
    assert entropy_bits(np.array([[0.5, 0.5], [1.0, 0.0]])).tolist() == [1.0, 0.0]
