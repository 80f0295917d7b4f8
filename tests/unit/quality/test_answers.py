"""Reviews give the chance of acceptance by expected IoU, or nothing."""

from pathlib import Path

import numpy as np
import pytest

from datatools.errors import DataError
from datatools.quality.answers import REVIEWS_FILE, AcceptCurve, accept_curve, read, write


def _curve() -> AcceptCurve:
    rng = np.random.default_rng(0)
    expected = rng.uniform(0.7, 0.99, 400)
    found = accept_curve(expected, rng.random(400) < 1 / (1 + np.exp(-(expected - 0.9) * 60)))
    assert found is not None
    return found


def test_the_curve_finds_where_people_begin_to_accept() -> None:
    """Half of the masks at 0.9, by the rule that made the answers."""
    found = _curve()
    assert found.iou_at(0.5) == pytest.approx(0.9, abs=0.01)
    assert found.iou_at(0.9) > found.iou_at(0.5)
    assert found.chance(np.array([found.iou_at(0.9)])) == pytest.approx(0.9)


def test_too_few_answers_or_wrong_ones_give_no_curve() -> None:
    """Four rejections; and people who accept what looks worse."""
    expected = np.linspace(0.7, 0.99, 20)
    assert accept_curve(expected, np.arange(20) >= 4) is None
    assert accept_curve(expected, np.arange(20) < 10) is None


def test_a_curve_is_kept_beside_the_model(tmp_path: Path) -> None:
    """And there is none before."""
    assert read(tmp_path) is None
    write(tmp_path, _curve())
    assert read(tmp_path) == _curve()


def test_a_broken_curve_is_refused(tmp_path: Path) -> None:
    """Another file under its name."""
    (tmp_path / REVIEWS_FILE).write_text('{"a": 1}')
    with pytest.raises(DataError, match="run `datatools quality --add-reviews` again"):
        read(tmp_path)
