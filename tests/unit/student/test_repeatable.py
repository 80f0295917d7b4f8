"""Torch is held to one result where that is wanted, and let go afterwards."""

import os

import pytest
import torch

from datatools.student.architecture import EXTREMEC3NET
from datatools.student.repeatable import fixed_order, new_network


@pytest.mark.parametrize(
    ("device", "is_wanted", "expected"),
    [("cpu", False, True), ("cuda", False, False), ("cuda", True, True)],
)
def test_a_fixed_order_is_kept_on_a_cpu_and_where_it_is_wanted(
    monkeypatch: pytest.MonkeyPatch, device: str, is_wanted: bool, expected: bool
) -> None:
    """Inside the block alone."""
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", "kept")
    with fixed_order(torch.device(device), is_wanted=is_wanted):
        assert torch.are_deterministic_algorithms_enabled() is expected
    assert not torch.are_deterministic_algorithms_enabled()
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == "kept"


def test_cublas_is_told_where_nobody_has_told_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Torch refuses its products otherwise."""
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", "")  # so that it is as before after the test
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG")
    with fixed_order(torch.device("cuda"), is_wanted=True):
        assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"


def test_first_weights_come_from_seed_and_phase() -> None:
    """Whatever torch drew before."""
    torch.manual_seed(5)
    first, again, other = (
        new_network(EXTREMEC3NET, seed, 0, is_coarse=True).state_dict()["encoder.stem.0.weight"]
        for seed in (1, 1, 2)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
