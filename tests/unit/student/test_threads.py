"""Does torch get its number of threads back?"""

import pytest
import torch

from datatools.student.threads import n_cores, torch_threads


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
