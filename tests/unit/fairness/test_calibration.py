"""The audit's promises on simulated people: the short form of benchmarks/calibration.py."""

from pathlib import Path
from types import ModuleType

import pytest

from tests.benchmarks import load

_N = 400  # simulated audits; the standard error of a share near 5% is 1.1 points
_SEED = (12,)
_ONE, _FIVE = ("1", (10, 90)), ("5", (30, 170))


@pytest.fixture
def calibration(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Give the script; it imports its neighbour by name."""
    monkeypatch.syspath_prepend(str(Path(__file__).resolve().parents[3] / "benchmarks"))
    return load("calibration")


@pytest.mark.parametrize("case", [_ONE, _FIVE], ids=["ten people", "five pictures"])
def test_alike_groups_are_called_different_as_often_as_the_test_says(
    calibration: ModuleType, case: tuple[str, tuple[int, ...]]
) -> None:
    """In 5%, and intervals hold the truth in 95; a test of pictures is wrong where people have several."""
    found = calibration.shares(calibration.REST, case, _N, _SEED)
    assert found["rejected"] == pytest.approx(5, abs=3.5)
    assert found["family"] < 9
    assert found["value held"] == pytest.approx(95, abs=4)
    assert found["gap held"] > 92
    if case is _FIVE:
        assert found["Mann-Whitney"] > 15
        assert found["FHIBE-style"] > 15


def test_a_gap_as_large_as_the_margin_is_seldom_called_equivalent(calibration: ModuleType) -> None:
    """In 5% at most, though the study is large enough to call smaller ones so."""
    wrong = calibration.wrongly_equivalent(("1", (100, 100)), 0.03, 1, _N, _SEED)
    right = calibration.wrongly_equivalent(("1", (400, 400)), 0.03, 0, 100, _SEED)
    assert wrong < 8.5
    assert right > 95


def test_a_planned_gap_is_found_as_often_as_planned(calibration: ModuleType) -> None:
    """In 80%."""
    gap, found = calibration.planned_and_found(("1", (30, 170)), _N, _SEED)
    assert 0.03 < gap < 0.06
    assert found == pytest.approx(80, abs=7)
