"""A folded network gives the logits of the one that was trained."""

import copy

import pytest
import torch
from torch import nn

from datatools.student.extremec3net import ExtremeC3Net
from datatools.student.fold import fold
from datatools.student.folding import Activation, Maximum
from tests.unit.student.exports import inputs, lively


@pytest.fixture(scope="module")
def network() -> nn.Module:
    """Give a network whose norms and slopes all differ."""
    torch.manual_seed(1)
    return lively(ExtremeC3Net(), seed=1)


@pytest.mark.parametrize("activation", ["prelu", "maximum"])
@pytest.mark.parametrize("size", [(64, 64), (48, 80)])
def test_the_logits_are_the_same(network: nn.Module, activation: Activation, size: tuple[int, int]) -> None:
    """Up to rounding, at the picture's border too."""
    image = torch.randn(2, 3, *size, generator=torch.Generator().manual_seed(2))
    with torch.inference_mode():
        torch.testing.assert_close(fold(network, activation)(image), network(image), rtol=1e-4, atol=1e-4)


def test_no_norm_is_left(network: nn.Module) -> None:
    """Each went into a convolution."""
    assert not any(isinstance(module, nn.BatchNorm2d) for module in fold(network).modules())


def test_the_network_stays_as_it_is(network: nn.Module) -> None:
    """Folding is for a copy."""
    before = copy.deepcopy(network.state_dict())
    folded = fold(network)
    assert not any(parameter.requires_grad for parameter in folded.parameters())
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())


def test_a_slope_above_one_stays_a_prelu() -> None:
    """The larger of x and slope * x would be another function."""
    torch.manual_seed(3)
    network = lively(ExtremeC3Net(), seed=3)
    assert isinstance(network, ExtremeC3Net)
    with torch.no_grad():
        network.join.act.weight[0] = 1.5
    folded = fold(network, "maximum")
    kinds = {type(module) for module in folded.modules() if isinstance(module, nn.PReLU | Maximum)}
    assert kinds == {nn.PReLU, Maximum}
    image = torch.from_numpy(inputs(1))
    with torch.inference_mode():
        torch.testing.assert_close(folded(image), network(image), rtol=1e-4, atol=1e-4)


def test_another_network_is_copied() -> None:
    """The runtimes fold what they can themselves."""
    network = nn.Sequential(nn.Conv2d(3, 1, 1), nn.BatchNorm2d(1))
    folded = fold(network)
    assert folded is not network
    assert not folded.training
    assert network.training
