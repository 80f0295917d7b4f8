"""Stages that judge the whole set keep some numbers of each picture, and none of what was seen in it."""

import numpy as np
import pytest

from datatools.stages.check import Settings as CheckSettings
from datatools.workspace import Workspace
from tests.stages import many

FEW, MANY = 2_000, 20_000
MOST_KIB_EACH = 1.5  # it was 14 in check and 4 in evaluate, while rows were objects

pytestmark = pytest.mark.slow


def _kib_each(peaks: dict[int, int]) -> float:
    return (peaks[MANY] - peaks[FEW]) / (MANY - FEW)


@pytest.fixture
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Workspace]:
    """Give an empty workspace for few and one for many pictures."""
    found = {n: Workspace(tmp_path_factory.mktemp("ws")) for n in (FEW, MANY)}
    for workspace in found.values():
        workspace.create()
    return found


def test_check_keeps_little_of_a_picture(folders: dict[int, Workspace]) -> None:
    """By all checks, near duplicates and those that go by the whole set among them."""
    peaks = {}
    for n, workspace in folders.items():
        ids = many.ingested(workspace, n)
        many.observed(workspace, ids, CheckSettings().checks, np.random.default_rng(0))
        peaks[n] = many.peak_kib(workspace, "check")
    assert _kib_each(peaks) < MOST_KIB_EACH


def test_parity_keeps_little_of_a_picture(folders: dict[int, Workspace]) -> None:
    """Between bands of what was measured, with one check."""
    peaks = {}
    for n, workspace in folders.items():
        rng = np.random.default_rng(0)
        ids = many.ingested(workspace, n)
        many.measured(workspace, ids, rng)
        many.observed(workspace, ids, ("mask_area",), rng)
        peaks[n] = many.peak_kib(
            workspace, "check", checks=("mask_area",), attributes=["picture_lightness:0"]
        )
    assert _kib_each(peaks) < MOST_KIB_EACH


def test_evaluate_keeps_little_of_a_picture(folders: dict[int, Workspace]) -> None:
    """Over so many replicates that two threads have full blocks of them, even with few pictures."""
    peaks = {}
    for n, workspace in folders.items():
        many.ingested(workspace, n, mask_source="human")
        many.scored(workspace, np.random.default_rng(0))
        peaks[n] = many.peak_kib(
            workspace,
            "evaluate",
            model="generated",
            metrics=["iou_fg_image", "boundary_iou"],
            replicates=4000,
        )
    assert _kib_each(peaks) < MOST_KIB_EACH
