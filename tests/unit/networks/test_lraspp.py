"""LR-ASPP joins what a small and a large map say, and its gates weigh channels by the whole picture."""

import torch

from datatools.networks import lraspp
from datatools.networks.lraspp import LRASPP, Bottleneck, SqueezeExcite


def test_it_has_half_a_million_parameters() -> None:
    """The backbone of table 2 with a last stage of half the channels, and a head of 128."""
    assert lraspp.build().n_parameters() == 512_842


def test_the_backbone_keeps_an_eighth_and_a_sixteenth() -> None:
    """The last stage is dilated instead of halved once more."""
    network = LRASPP()
    low = network.low(torch.zeros(2, 3, 64, 96))
    assert low.shape == (2, 24, 8, 12)
    assert network.high(low).shape == (2, 288, 4, 6)


def test_a_bottleneck_adds_its_input_where_the_shapes_are_the_same() -> None:
    """With a last norm of 0 it gives what came in."""
    x = torch.randn(2, 8, 4, 4, generator=torch.Generator().manual_seed(0))
    for n_out, stride, is_same in ((8, 1, True), (8, 2, False), (12, 1, False)):
        block = Bottleneck(8, 16, n_out, 3, act=torch.nn.ReLU, stride=stride).eval()
        torch.nn.init.zeros_(block.layers[-1][1].weight)  # type: ignore[index]  # the last norm
        assert torch.equal(block(x), x) is is_same


def test_a_gate_is_a_quarter_as_wide() -> None:
    """Rounded to a multiple of 8, and down by a tenth at the most: 18 becomes 24."""
    widths = [SqueezeExcite(n).reduce.out_channels for n in (16, 72, 96, 240, 288)]
    assert widths == [8, 24, 24, 64, 72]
