"""Groups of one attribute compared with each other."""

import numpy as np
import pytest
from numpy.typing import NDArray

from datatools import plugins
from datatools.fairness.statistics.inference import Contrast, Draws, Rules, contrasts, resample
from datatools.fairness.statistics.pairs import pairwise
from datatools.fairness.statistics.resampling import Sample

_RULES = Rules(margin=0.01, alpha=0.05)
_DRAWS = Draws(n_bootstrap=1000, n_permutations=1000, seed=0)
_METRIC = plugins.build("metrics", "iou_fg_image")


def _people(n_people: int, seed: int, mean: float = 0.94) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(mean, 0.02, n_people)


def _pairs(*groups: NDArray[np.float64], n_shown: int | None = None) -> dict[tuple[int, int], Contrast]:
    values = np.concatenate(groups)
    columns = np.stack([values, np.ones_like(values)], axis=1)
    sizes = [len(group) for group in groups]
    stratum = np.repeat(np.arange(len(groups)), sizes)
    found = resample(Sample(_METRIC, columns, stratum), _DRAWS)
    told = contrasts(found, _METRIC.bounds, sizes, _RULES)[:n_shown]
    return pairwise(_METRIC, columns, stratum, found, told, sizes, _RULES, _DRAWS)


def test_a_pair_is_compared_as_if_nobody_else_were_there() -> None:
    """Two alike groups beside a third one that is far off."""
    alike, other, far = _people(20, 0), _people(25, 1), _people(40, 2, mean=0.7)
    found = _pairs(alike, other, far)
    alone, _ = contrasts(
        resample(
            Sample(
                _METRIC,
                np.stack([np.concatenate([alike, other]), np.ones(45)], axis=1),
                np.repeat([0, 1], [20, 25]),
            ),
            _DRAWS,
        ),
        _METRIC.bounds,
        [20, 25],
        _RULES,
    )
    assert found[0, 1].gap.value == pytest.approx(alone.gap.value)
    assert found[0, 1].p_value == pytest.approx(alone.p_value, abs=0.05)
    assert (found[0, 1].gap.low, found[0, 1].gap.high) == pytest.approx(
        (alone.gap.low, alone.gap.high), abs=0.003
    )
    assert (found[0, 2].p_value or 1.0) < 0.01


def test_every_pair_is_told_once_with_its_people() -> None:
    """In the groups' order."""
    found = _pairs(_people(8, 3), _people(9, 4), _people(10, 5))
    assert {pair: (c.n_people, c.n_rest) for pair, c in found.items()} == {
        (0, 1): (8, 9),
        (0, 2): (8, 10),
        (1, 2): (9, 10),
    }


def test_hidden_groups_are_in_no_pair() -> None:
    """They come last and are not compared."""
    assert list(_pairs(_people(8, 6), _people(9, 7), _people(4, 8), n_shown=2)) == [(0, 1)]
