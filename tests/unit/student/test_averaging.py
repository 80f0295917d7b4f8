"""The average of the weights forgets what is old."""

import math

import pytest
import torch
from torch import nn

from datatools.student import averaging


def test_a_young_average_follows_at_once_and_an_old_one_slowly() -> None:
    """Nine tenths of the second weights; after many steps the time constant's share."""
    network = nn.BatchNorm1d(1)
    average = averaging.begun(network)
    with torch.no_grad():
        network.weight.fill_(2.0)
    averaging.add(average, network, 0, 50.0)
    assert average["weight"].item() == pytest.approx(1.9)
    averaging.add(average, network, 10**6, 50.0)
    assert average["weight"].item() == pytest.approx(2 - 0.1 * math.exp(-1 / 50))


def test_it_is_a_copy_and_counts_like_the_network() -> None:
    """Whole numbers are not averaged."""
    network = nn.BatchNorm1d(1)
    average = averaging.begun(network)
    assert network.num_batches_tracked is not None
    network.num_batches_tracked.fill_(7)
    averaging.add(average, network, 3, 50.0)
    assert average["num_batches_tracked"].item() == 7
