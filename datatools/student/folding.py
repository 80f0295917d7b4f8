"""Of which pieces is a folded network made?

Weights are computed in float64 and rounded once, when they become a layer.
"""

from typing import Literal

import torch
from torch import Tensor, nn

# How a PReLU is written: as itself, which OpenVINO fuses with the convolution before it, or as the larger
# of x and slope * x, which onnxruntime, whose PReLU is slow, computes in half the time.
Activation = Literal["prelu", "maximum"]

_LANES = 16  # float32 in a vector of AVX-512, and the block of onnxruntime's convolutions there


def affine(norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """Give a norm's scale and shift in eval mode; float64 (n,) each."""
    assert norm.running_mean is not None
    assert norm.running_var is not None
    scale = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
    return scale, norm.bias.double() - scale * norm.running_mean.double()


def scaled(weight: Tensor, scale: Tensor) -> Tensor:
    """Scale the outputs of a convolution's weight (n_out, n_in, kh, kw); float64."""
    return weight.double() * scale.view(-1, 1, 1, 1)


def padded(x: Tensor, dim: int) -> Tensor:
    """Append zeros along a dimension up to a multiple of the vector's length."""
    n = -x.shape[dim] % _LANES
    shape = [*x.shape[:dim], n, *x.shape[dim + 1 :]]
    return torch.cat([x, x.new_zeros(shape)], dim)


def conv(
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    stride: int = 1,
    padding: tuple[int, int] = (0, 0),
    dilation: int = 1,
    is_depthwise: bool = False,
) -> nn.Conv2d:
    """Make a convolution of a weight (n_out, n_in or 1, kh, kw)."""
    n_out, per_group, height, width = weight.shape
    groups = n_out if is_depthwise else 1
    made = nn.Conv2d(
        per_group * groups,
        n_out,
        (height, width),
        stride,
        padding,
        dilation,
        groups=groups,
        bias=bias is not None,
    )
    made.weight.copy_(weight)
    if made.bias is not None and bias is not None:
        made.bias.copy_(bias)
    return made


def per_channel(scale: Tensor, shift: Tensor | None = None) -> nn.Conv2d:
    """Make scale * x + shift as a depthwise 1x1 convolution."""
    return conv(scale.view(-1, 1, 1, 1), shift, is_depthwise=True)


class Maximum(nn.Module):
    """PReLU whose slopes are at most 1."""

    slope: Tensor

    def __init__(self, slope: Tensor) -> None:
        super().__init__()
        self.register_buffer("slope", slope.detach().float().view(-1, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return torch.maximum(x, x * self.slope)


def act(slope: Tensor, activation: Activation) -> nn.Module:
    """Make a PReLU of one slope a channel; one with a slope above 1 stays itself."""
    if activation == "maximum" and bool((slope <= 1).all()):
        return Maximum(slope)
    made = nn.PReLU(len(slope))
    made.weight.copy_(slope)
    return made


def block_diagonal(weights: list[Tensor]) -> Tensor:
    """Join 1x1 weights (n_i, m_i, 1, 1) into one of the concatenated inputs and outputs."""
    joined = weights[0].new_zeros(sum(len(w) for w in weights), sum(w.shape[1] for w in weights), 1, 1)
    row = column = 0
    for weight in weights:
        joined[row : row + len(weight), column : column + weight.shape[1]] = weight
        row, column = row + len(weight), column + weight.shape[1]
    return joined


def averaging(side: int, kernel: int) -> Tensor:
    """Give the weight of a convolution that averages side x side pixels of each colour; (3, 3, k, k)."""
    weight = torch.zeros(3, 3, kernel, kernel, dtype=torch.float64)
    for colour in range(3):
        weight[colour, colour, kernel - side :, kernel - side :] = 1 / side**2
    return weight
