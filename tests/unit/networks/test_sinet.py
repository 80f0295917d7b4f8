"""SINet has the paper's size, and its decoder adds detail only where the first answer is in doubt."""

import torch
from torch import Tensor

from datatools.networks import sinet
from datatools.networks.sinet import Encoder, Gate, S2Block, S2Module, SINet


def inputs(*shape: int) -> Tensor:
    """Give random numbers that are the same each time."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(0))


def test_it_has_the_papers_number_of_parameters() -> None:
    """86.9 thousand with two classes."""
    n_parameters = sinet.build().n_parameters()
    assert n_parameters == 86_684
    # A second class: 1x1 convolutions, norms and slopes, and the last convolution.
    n_second_class = (144 + 48) + 7 + 27
    assert round((n_parameters + n_second_class) / 1000, 1) == 86.9


def test_the_encoder_gives_an_answer_and_the_features_of_a_quarter() -> None:
    """At an eighth of the size the answer, at a quarter what the decoder looks back at."""
    answer, feature = Encoder()(torch.zeros(2, 3, 64, 96))
    assert (answer.shape, feature.shape) == ((2, 1, 8, 12), (2, 48, 16, 24))


def test_detail_changes_nothing_where_the_answer_is_sure() -> None:
    """Information blocking: a logit of 50 leaves no doubt, one of 0 leaves half."""
    network = SINet().eval()
    image = inputs(1, 3, 64, 64)
    seen = []
    with torch.inference_mode():
        for sureness in (50.0, 0.0):
            network.answer_norm.weight.zero_()
            network.answer_norm.bias.fill_(sureness)
            before = network(image)
            network.detail[0].weight.mul_(-3)  # type: ignore[operator]  # a convolution
            seen.append(torch.allclose(network(image), before, atol=1e-6))
    assert seen == [True, False]


def test_a_squeezed_block_sees_further() -> None:
    """A 3x3 kernel behind pooling by 4 reaches over 12 pixels, and more where it is enlarged again."""
    widths = []
    for pool in (1, 4):
        image = inputs(1, 2, 32, 32).requires_grad_()
        S2Block(2, 2, 3, pool).eval()(image)[0, :, 16, 16].sum().backward()
        assert image.grad is not None
        widths.append(int((image.grad.abs().sum((0, 1, 2)) > 0).sum()))
    assert widths[0] == 3
    assert widths[1] >= 12


def test_both_blocks_see_both_groups() -> None:
    """Without the shuffle each would see one half of the channels alone."""
    image = inputs(1, 8, 8, 8).requires_grad_()
    module = S2Module(8, 8, ((3, 1), (3, 1))).eval()
    module.is_residual = False
    module(image)[:, :4].sum().backward()
    assert image.grad is not None
    assert (image.grad.abs().sum((0, 2, 3)) > 0).tolist() == [True] * 8


def test_a_gate_weighs_channels_by_all_of_the_picture() -> None:
    """A pixel far away changes the factor of every pixel alike."""
    gate = Gate(4, 2)
    x = inputs(1, 4, 8, 8).abs()
    changed = x.clone()
    changed[..., 0, 0] += 5
    factors = [gate(each)[..., 4:, 4:] / each[..., 4:, 4:] for each in (x, changed)]
    for factor in factors:
        torch.testing.assert_close(factor, factor[..., :1, :1].expand_as(factor))
    assert not torch.allclose(factors[0], factors[1])


def test_a_map_that_pooling_does_not_divide_is_pooled_to_its_edge() -> None:
    """At 112 px an eighth is 14 pixels; a constant stays one, at the edge too."""
    block = S2Block(2, 2, 3, 4).eval()
    torch.nn.init.zeros_(block.depthwise.weight)
    block.depthwise.weight.data[:, :, 1, 1] = 1
    answer = block(torch.full((1, 2, 14, 14), 3.0))
    torch.testing.assert_close(answer, answer[..., :1, :1].expand_as(answer))
    assert SINet().eval()(torch.zeros(1, 3, 112, 112)).shape == (1, 1, 112, 112)
