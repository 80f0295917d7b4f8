"""The intervals hold the planted errors and shares as often as they say."""

import numpy as np

from datatools.fairness.labels.dawid_skene import fit
from datatools.fairness.labels.label_posterior import Bounds, LabelPosterior, sample
from tests.unit.fairness.crowds import Floats, confusions, crowd


def _holds(bounds: Bounds, truth: Floats) -> float:
    return float(np.mean((bounds.low <= truth) & (truth <= bounds.high)))


def test_intervals_hold_what_was_planted() -> None:
    """A short form of benchmarks/consensus_calibration.py: 40 crowds, nominal 95%."""
    held = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        right = rng.uniform(0.7, 0.95, 4).tolist()
        seen = crowd(500, [0.5, 0.3, 0.2], confusions(right, 3, rng), rng)
        votes = seen.votes()
        found = sample(votes, fit(votes), 150, rng)
        accuracy = np.einsum("k,akk->a", seen.shares, seen.confusion)
        held.append(
            [
                _holds(found.confusion, seen.confusion),
                _holds(found.accuracy, accuracy),
                _holds(found.shares, seen.shares),
            ]
        )
    confusion, accuracy, shares = np.mean(held, axis=0)
    assert 0.91 < confusion < 0.98  # 1,440 cells; the error of the share is 1 to 2 points
    assert 0.90 < accuracy <= 1.0  # 160
    assert 0.88 < shares <= 1.0  # 120


def _drawn(n_units: int) -> LabelPosterior:
    rng = np.random.default_rng(1)
    votes = crowd(n_units, [0.6, 0.4], confusions([0.9, 0.8, 0.8], 2, rng), rng).votes()
    return sample(votes, fit(votes), 100, rng)


def test_more_answers_give_narrower_intervals() -> None:
    """Sixteen times the answers, about a quarter of the width."""
    few, many = (np.mean(drawn.accuracy.high - drawn.accuracy.low) for drawn in (_drawn(200), _drawn(3200)))
    assert 0.12 < many / few < 0.5


def test_a_mean_lies_within_its_interval() -> None:
    """Within 0 and 1, too."""
    found = _drawn(100)
    for bounds in (found.shares, found.confusion, found.accuracy):
        assert ((bounds.low >= 0) & (bounds.low <= bounds.mean)).all()
        assert ((bounds.mean <= bounds.high) & (bounds.high <= 1)).all()
