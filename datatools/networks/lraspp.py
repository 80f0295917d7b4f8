"""Train LR-ASPP on MobileNetV3-Small: what the field takes where a small network is wanted.

Howard et al., *Searching for MobileNetV3* (ICCV 2019, arXiv 1905.02244): the backbone is table 2, the
head section 6.4, with its output stride of 16 and its last stage of half the channels. B is the batch, H
and W are the picture's height and width (divisible by 16). One logit a pixel: person where it is above
0. 512,842 parameters; all learn from nothing, for no weights of ImageNet come with this toolkit.
"""

import torch.nn.functional as F
from torch import Tensor, nn

from datatools.networks._shapes import check_input
from datatools.student.architecture import Architecture

STRIDE = 16  # a side of the input is a multiple of this
_TITLE = "LR-ASPP on MobileNetV3-Small"
_N_LOW = 24  # channels at an eighth of the size
_N_HEAD = 128  # section 6.4


def _norm(n: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(n, eps=1e-3, momentum=0.01)


def _unit(
    n_in: int,
    n_out: int,
    kernel: int = 1,
    *,
    stride: int = 1,
    dilation: int = 1,
    is_depthwise: bool = False,
    act: type[nn.Module] | None = None,
) -> nn.Sequential:
    """Convolve without bias, normalise and perhaps activate."""
    groups = n_in if is_depthwise else 1
    padding = dilation * (kernel // 2)
    convolution = nn.Conv2d(n_in, n_out, kernel, stride, padding, dilation, groups=groups, bias=False)
    return nn.Sequential(convolution, _norm(n_out), *([act()] if act else []))


class SqueezeExcite(nn.Module):
    """Each channel times a number from 0 to 1 that all of the picture decides."""

    def __init__(self, n: int) -> None:
        super().__init__()
        # A quarter, rounded to 8 and never down by more than a tenth, as in the authors' code.
        small = max(8, (n // 4 + 4) // 8 * 8)
        small = small + 8 if small < 0.9 * n / 4 else small
        self.reduce = nn.Conv2d(n, small, 1)
        self.expand = nn.Conv2d(small, n, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Weigh the channels; the shape stays."""
        all_over = x.mean((2, 3), keepdim=True)  # (B, n, 1, 1)
        factor = F.hardsigmoid(self.expand(F.relu(self.reduce(all_over))))  # (B, n, 1, 1)
        return x * factor  # (B, n, H, W)


class Bottleneck(nn.Module):
    """Inverted residual: widen, look around within each channel, weigh the channels, narrow."""

    def __init__(
        self,
        n_in: int,
        n_wide: int,
        n_out: int,
        kernel: int,
        *,
        act: type[nn.Module],
        has_gate: bool = True,
        stride: int = 1,
        dilation: int = 1,
    ) -> None:
        super().__init__()
        self.is_residual = stride == 1 and n_in == n_out
        widen = [_unit(n_in, n_wide, act=act)] if n_wide != n_in else []
        look = _unit(n_wide, n_wide, kernel, stride=stride, dilation=dilation, is_depthwise=True, act=act)
        gate = [SqueezeExcite(n_wide)] if has_gate else []
        self.layers = nn.Sequential(*widen, look, *gate, _unit(n_wide, n_out))

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, n_in, H, W) to (B, n_out, H, W), or to half of H and W."""
        y: Tensor = self.layers(x)  # (B, n_out, H, W)
        return x + y if self.is_residual else y


class LRASPP(nn.Module):
    """The backbone at an eighth and a sixteenth of the size, and the head that joins the two."""

    def __init__(self) -> None:
        super().__init__()
        relu, swish = nn.ReLU, nn.Hardswish
        self.low = nn.Sequential(
            _unit(3, 16, 3, stride=2, act=swish),  # (B, 16, H/2, W/2)
            Bottleneck(16, 16, 16, 3, act=relu, stride=2),  # (B, 16, H/4, W/4)
            Bottleneck(16, 72, _N_LOW, 3, act=relu, has_gate=False, stride=2),  # (B, 24, H/8, W/8)
            Bottleneck(_N_LOW, 88, _N_LOW, 3, act=relu, has_gate=False),  # (B, 24, H/8, W/8)
        )
        self.high = nn.Sequential(
            Bottleneck(_N_LOW, 96, 40, 5, act=swish, stride=2),  # (B, 40, H/16, W/16)
            Bottleneck(40, 240, 40, 5, act=swish),  # (B, 40, H/16, W/16)
            Bottleneck(40, 240, 40, 5, act=swish),  # (B, 40, H/16, W/16)
            Bottleneck(40, 120, 48, 5, act=swish),  # (B, 48, H/16, W/16)
            Bottleneck(48, 144, 48, 5, act=swish),  # (B, 48, H/16, W/16)
            # The stage that halves once more in a classifier is dilated here, at half the channels.
            Bottleneck(48, 288, 48, 5, act=swish, dilation=2),  # (B, 48, H/16, W/16)
            Bottleneck(48, 288, 48, 5, act=swish, dilation=2),  # (B, 48, H/16, W/16)
            Bottleneck(48, 288, 48, 5, act=swish, dilation=2),  # (B, 48, H/16, W/16)
            _unit(48, 288, act=swish),  # (B, 288, H/16, W/16)
        )
        self.head = _unit(288, _N_HEAD, act=relu)
        self.gate = nn.Conv2d(288, _N_HEAD, 1, bias=False)
        self.classify_high = nn.Conv2d(_N_HEAD, 1, 1)
        self.classify_low = nn.Conv2d(_N_LOW, 1, 1)

    def forward(self, image: Tensor) -> Tensor:
        """Map (B, 3, H, W) to logits (B, 1, H, W); person where above 0.

        Raises:
            UsageError: the input is not of that shape.
        """
        check_input(image, _TITLE, STRIDE)
        low = self.low(image)  # (B, 24, H/8, W/8)
        high = self.high(low)  # (B, 288, H/16, W/16)
        # The paper pools 49 x 49 windows of maps of 64 x 128; a portrait's map is smaller than one window.
        gate = self.gate(high.mean((2, 3), keepdim=True)).sigmoid()  # (B, 128, 1, 1)
        # 1x1 convolutions and bilinear enlarging change places freely: this order has less to enlarge.
        logit = self.classify_high(self.head(high) * gate)  # (B, 1, H/16, W/16)
        logit = _enlarged(logit, 2) + self.classify_low(low)  # (B, 1, H/8, W/8)
        return _enlarged(logit, 8)  # (B, 1, H, W)


def _enlarged(x: Tensor, factor: int) -> Tensor:
    return F.interpolate(x, scale_factor=factor, mode="bilinear", align_corners=False)


def _make(is_coarse: bool) -> nn.Module:
    assert not is_coarse  # Architecture.check refuses such a phase
    return LRASPP()


def build() -> Architecture:
    """Give the network to train; it has no coarse phase."""
    return Architecture("lraspp", _TITLE, _make, stride=STRIDE)
