"""What is ExtremeC3Net? The whole network, with the shape that every line yields.

Park et al., *ExtremeC3Net*, arXiv 1908.03093v3. B is the batch, H and W are the picture's height and
width (divisible by 4). One logit a pixel: person where it is above 0. 37,738 parameters.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from datatools.errors import UsageError
from datatools.student.backward import PReLU, RowConv

STRIDE = 4  # a side of the input is a multiple of this
_EPS = 1e-3  # of the batch norms that close a block or stand before a PReLU outside C3
_N_ENCODER_BLOCKS_4 = 1  # the paper's p: AdvancedC3 blocks on the second level
_N_ENCODER_BLOCKS_8 = 5  # the paper's q: on the third


def _conv(
    n_in: int,
    n_out: int,
    kernel: tuple[int, int],
    *,
    stride: int = 1,
    dilation: int = 1,
    is_depthwise: bool = False,
) -> nn.Conv2d:
    """Make a convolution without bias whose padding keeps the size (at stride 1)."""
    padding = tuple(dilation * (side - 1) // 2 for side in kernel)
    groups = n_in if is_depthwise else 1
    make = RowConv if is_depthwise and kernel[0] == 1 else nn.Conv2d
    return make(n_in, n_out, kernel, stride, (padding[0], padding[1]), dilation, groups=groups, bias=False)


class NormAct(nn.Module):
    """Batch norm and PReLU."""

    def __init__(self, n: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(n, eps=_EPS)
        self.act = PReLU(n)

    def forward(self, x: Tensor) -> Tensor:
        """Normalise and activate; the shape stays."""
        y: Tensor = self.act(self.norm(x))
        return y


class C3(nn.Sequential):
    """Concentrated-comprehensive convolution: dilation d, with the pixels between looked at first.

    A dilated convolution alone skips pixels; the two asymmetric depthwise convolutions before it
    gather what lies in its holes (section 3.1 of the paper).
    """

    def __init__(self, n_in: int, n_out: int, dilation: int) -> None:
        super().__init__()
        if dilation > 1:
            side = 2 * dilation - 1
            self.add_module("column", _conv(n_in, n_in, (side, 1), is_depthwise=True))
            self.add_module("column_norm", nn.BatchNorm2d(n_in))
            self.add_module("column_act", PReLU(n_in))
            self.add_module("row", _conv(n_in, n_in, (1, side), is_depthwise=True))
            self.add_module("row_norm", nn.BatchNorm2d(n_in))
        self.add_module("dilated", _conv(n_in, n_in, (3, 3), dilation=dilation, is_depthwise=True))
        self.add_module("pointwise", _conv(n_in, n_out, (1, 1)))


class AdvancedC3(nn.Module):
    """Three C3 of different dilations side by side, on a reduced number of channels.

    ``is_down``: the reduction is a 3x3 convolution of stride 2 and halves height and width.
    """

    def __init__(
        self,
        n_in: int,
        n_out: int,
        dilations: tuple[int, int, int],
        *,
        is_residual: bool = False,
        is_down: bool = False,
    ) -> None:
        super().__init__()
        n, rest = divmod(n_out, 3)
        self.is_residual = is_residual
        self.reduce = _conv(n_in, n, (3, 3), stride=2) if is_down else _conv(n_in, n, (1, 1))
        self.near = C3(n, n + rest, dilations[0])
        self.middle = C3(n, n, dilations[1])
        self.far = C3(n, n, dilations[2])
        self.close = NormAct(n_out)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, n_in, H, W) to (B, n_out, H, W), or to half of H and W."""
        small = self.reduce(x)  # (B, n_out // 3, H, W)
        y = torch.cat([self.near(small), self.middle(small), self.far(small)], 1)  # (B, n_out, H, W)
        closed: Tensor = self.close(x + y if self.is_residual else y)  # (B, n_out, H, W)
        return closed


def _pooled(x: Tensor) -> Tensor:
    """Halve height and width by averaging 2x2 pixels."""
    return F.avg_pool2d(x, 2)  # (B, n, H/2, W/2)


class Encoder(nn.Module):
    """Picture to the coarse feature: (B, 3, H, W) to (B, 112, H/4, W/4)."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(_conv(3, 24, (3, 3), stride=2), NormAct(24))
        self.join_2 = NormAct(24 + 3)
        self.down_4 = AdvancedC3(27, 48, (1, 2, 3), is_down=True)
        self.blocks_4 = nn.Sequential(
            *(AdvancedC3(48, 48, (1, 3, 4), is_residual=True) for _ in range(_N_ENCODER_BLOCKS_4))
        )
        self.join_4 = NormAct(48 + 48 + 3)
        self.widen = AdvancedC3(99, 56, (1, 3, 5))
        self.blocks_8 = nn.Sequential(
            *(AdvancedC3(56, 56, (2, 4, 8), is_residual=True) for _ in range(_N_ENCODER_BLOCKS_8))
        )
        self.join_8 = NormAct(56 + 56)

    def forward(self, image: Tensor) -> Tensor:
        """Give the coarse feature."""
        image_2 = _pooled(image)  # (B, 3, H/2, W/2)
        image_4 = _pooled(image_2)  # (B, 3, H/4, W/4)
        x = self.stem(image)  # (B, 24, H/2, W/2)
        x = self.join_2(torch.cat([x, image_2], 1))  # (B, 27, H/2, W/2)
        first = self.down_4(x)  # (B, 48, H/4, W/4)
        last = self.blocks_4(first)  # (B, 48, H/4, W/4)
        x = self.join_4(torch.cat([last, first, image_4], 1))  # (B, 99, H/4, W/4)
        first = self.widen(x)  # (B, 56, H/4, W/4)
        last = self.blocks_8(first)  # (B, 56, H/4, W/4)
        feature: Tensor = self.join_8(torch.cat([first, last], 1))  # (B, 112, H/4, W/4)
        return feature


def _check(image: Tensor) -> None:
    if image.ndim != 4 or image.shape[1] != 3 or image.shape[2] % STRIDE or image.shape[3] % STRIDE:
        raise UsageError(
            f"ExtremeC3Net takes (B, 3, H, W) with H and W divisible by {STRIDE}; got {tuple(image.shape)}"
        )


class CoarseNet(nn.Module):
    """The network of training stage 1: the encoder and one 1x1 convolution; a logit at H/4, W/4."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Encoder()
        self.classify = _conv(112, 1, (1, 1))

    def forward(self, image: Tensor) -> Tensor:
        """Map (B, 3, H, W) to coarse logits (B, 1, H/4, W/4).

        Raises:
            UsageError: the input is not of that shape.
        """
        _check(image)
        logit: Tensor = self.classify(self.encoder(image))  # (B, 1, H/4, W/4)
        return logit


class ExtremeC3Net(nn.Module):
    """The whole network: what the encoder says, sharpened by a shallow look at the picture."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Encoder()
        # Default eps, unlike the other norms outside C3: see the published weights.
        self.project = nn.Sequential(_conv(112, 24, (1, 1)), nn.BatchNorm2d(24))
        self.fine = nn.Sequential(
            _conv(3, 24, (3, 3), stride=2), AdvancedC3(24, 24, (2, 4, 8), is_residual=True)
        )
        self.join = NormAct(24)
        self.classify = _conv(24, 1, (1, 1))

    def forward(self, image: Tensor) -> Tensor:
        """Map (B, 3, H, W) to logits (B, 1, H, W); person where above 0.

        Raises:
            UsageError: the input is not of that shape.
        """
        _check(image)
        feature = self.encoder(image)  # (B, 112, H/4, W/4)
        coarse = _doubled(self.project(feature))  # (B, 24, H/2, W/2)
        detail = self.fine(image)  # (B, 24, H/2, W/2)
        both = self.join(coarse + detail)  # (B, 24, H/2, W/2)
        # The published order: double, then classify. The 1x1 convolution is linear and has no bias,
        # so it may go first, on a quarter of the pixels; the logits differ by rounding alone.
        return _doubled(self.classify(both))  # (B, 1, H, W)


def _doubled(x: Tensor) -> Tensor:
    """Double height and width, bilinear, corners aligned."""
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)  # (B, n, 2H, 2W)


def n_parameters(network: nn.Module) -> int:
    """Count the trainable numbers of a network."""
    return sum(parameter.numel() for parameter in network.parameters())
