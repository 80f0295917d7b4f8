"""The network has the published size and maps pictures to logits of their own size."""

import pytest
import torch

from datatools.errors import UsageError
from datatools.student.extremec3net import CoarseNet, Encoder, ExtremeC3Net, n_parameters


def test_it_has_the_published_number_of_parameters() -> None:
    """The whole network has 37,738 parameters."""
    assert n_parameters(ExtremeC3Net()) == 37_738


def test_logits_have_the_size_of_the_input() -> None:
    """Height and width need not be equal."""
    assert ExtremeC3Net()(torch.zeros(2, 3, 32, 48)).shape == (2, 1, 32, 48)


def test_the_coarse_network_answers_at_a_quarter_of_the_size() -> None:
    """Stage 1 trains the encoder against small targets."""
    assert CoarseNet()(torch.zeros(2, 3, 32, 48)).shape == (2, 1, 8, 12)


def test_the_encoder_of_the_coarse_network_fits_the_whole_one() -> None:
    """Stage 2 begins with the encoder that stage 1 trained."""
    whole = ExtremeC3Net()
    whole.encoder.load_state_dict(CoarseNet().encoder.state_dict())
    assert set(whole.encoder.state_dict()) == set(Encoder().state_dict())


def test_every_parameter_gets_a_gradient() -> None:
    """No part of the network is left out of the forward pass."""
    network = ExtremeC3Net()
    network(torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))).square().sum().backward()
    assert [name for name, p in network.named_parameters() if p.grad is None] == []


@pytest.mark.parametrize("shape", [(1, 3, 30, 32), (1, 3, 32, 30), (1, 4, 32, 32), (3, 32, 32)])
def test_an_input_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    """A size that 4 does not divide would silently give other logits; the message names the shape."""
    for network in (ExtremeC3Net(), CoarseNet()):
        with pytest.raises(UsageError, match="divisible by 4"):
            network(torch.zeros(shape))
