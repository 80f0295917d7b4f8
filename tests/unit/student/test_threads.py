"""Does torch get its number of threads back?"""

import pytest
import torch

from datatools.student.threads import flushed_denormals, n_cores, torch_threads


@pytest.mark.parametrize("wanted", [-1, 0, 1, 2])
def test_threads_hold_inside_the_block_alone(wanted: int) -> None:
    """At least one inside; outside what was there before."""
    before = torch.get_num_threads()
    with torch_threads(wanted):
        assert torch.get_num_threads() == max(1, wanted)
    assert torch.get_num_threads() == before


def test_there_is_a_core() -> None:
    """Every machine has one."""
    assert n_cores() >= 1


def test_denormals_are_zero_inside_the_block_alone() -> None:
    """Outside, numbers too small for full precision come back."""
    tiny = torch.full((1,), 1e-30)
    with flushed_denormals():
        inside = float(tiny * 1e-10)
    assert (inside, float(tiny * 1e-10) > 0) == (0.0, True)
