"""A threshold is chosen for the group that fares worst on the val split."""

import numpy as np
import pytest

from datatools.ablating.thresholds import PERCENTS, best, ious_by_percent
from datatools.masks import Mask, Matte
from datatools.student.groups import Groups


def test_iou_at_each_threshold_is_that_of_the_cut_matte() -> None:
    """As if each threshold had been tried alone; the reference may be larger than the matte."""
    rng = np.random.default_rng(0)
    matte = Matte(np.round(rng.random((12, 10)), 3).astype(np.float32))
    reference = Mask(rng.random((12, 10)) > 0.5)
    expected = []
    for percent in PERCENTS:
        cut = matte.array > np.float32(percent / 100)
        expected.append((cut & reference.array).sum() / (cut | reference.array).sum())
    assert ious_by_percent(matte, reference) == pytest.approx(expected, abs=0.02)
    large = Mask(np.kron(reference.array, np.ones((2, 2), bool)))
    assert ious_by_percent(matte, large) == pytest.approx(ious_by_percent(matte, reference))


def test_an_empty_picture_is_right_where_nobody_is_seen() -> None:
    """No person in either mask counts 1, as in the metric."""
    matte = Matte(np.full((4, 4), 0.32, np.float32))
    found = ious_by_percent(matte, Mask(np.zeros((4, 4), np.bool_)))
    assert found.tolist() == [0.0 if percent < 32 else 1.0 for percent in PERCENTS]


def _ious(dark: float) -> np.ndarray:
    """Make IoU of 40 pictures: the light ones are best at 0.5, the dark ones at ``dark``, and worse."""
    at = np.array(PERCENTS) / 100
    light = 0.95 - (at - 0.5) ** 2
    return np.stack([light if number % 2 else 0.8 - (at - dark) ** 2 for number in range(40)])


def test_the_worst_group_chooses() -> None:
    """Not the mean; where it is too few people, the mean."""
    people = [str(number) for number in range(40)]
    groups = Groups.made(("dark", "light"), [number % 2 for number in range(40)], people)
    assert best(_ious(0.3), groups, 5) == pytest.approx(0.35, abs=0.051)
    assert best(_ious(0.3), groups, 5) < best(_ious(0.5), groups, 5) == 0.5
    assert best(_ious(0.3), groups, 30) == pytest.approx(0.4)


def test_of_equal_thresholds_the_usual_one_is_kept() -> None:
    """Nothing speaks for another."""
    assert best(np.ones((6, len(PERCENTS))), Groups.unknown(6), 5) == 0.5
