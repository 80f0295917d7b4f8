"""Train SINet: spatial squeeze modules, and a decoder that lets detail in only where it is in doubt.

Park, Sjösund, Yoo, Monet, Bang and Kwak, *SINet* (WACV 2020, arXiv 1911.09099v4). B is the batch, H and
W are the picture's height and width (divisible by 8). One logit a pixel: person where it is above 0.
86,684 parameters; with a second class, as in the paper, 226 more: its 86.9 K.
"""

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from datatools.networks._shapes import check_input
from datatools.student.architecture import Architecture
from datatools.student.extremec3net import NormAct

STRIDE = 8  # a side of the input is a multiple of this; of 32 in the paper
_EPS = 1e-3  # of every batch norm
_TITLE = "SINet"

Branch = tuple[int, int]  # kernel of the depthwise convolution, and the pooling before it

# The paper's table of S2-modules; at a quarter and at an eighth of the picture's size.
_BRANCHES_4: tuple[tuple[Branch, Branch], ...] = (((3, 1), (5, 1)), ((3, 1), (3, 1)))
_BRANCHES_8: tuple[tuple[Branch, Branch], ...] = (
    ((3, 1), (5, 1)),
    ((3, 1), (3, 1)),
    ((5, 1), (3, 2)),
    ((5, 2), (3, 4)),
    ((3, 1), (3, 1)),
    ((5, 1), (5, 1)),
    ((3, 2), (3, 4)),
    ((3, 1), (5, 2)),
)


def _depthwise(n: int, kernel: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(n, n, kernel, stride, kernel // 2, groups=n, bias=False)


def _pointwise(n_in: int, n_out: int, groups: int = 1) -> nn.Conv2d:
    return nn.Conv2d(n_in, n_out, 1, groups=groups, bias=False)


def _doubled(x: Tensor) -> Tensor:
    """Double height and width, bilinear, corners aligned."""
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)  # (B, n, 2H, 2W)


class Gate(nn.Module):
    """Squeeze and excitation: each channel times a number that all of the picture decides.

    It ends in a PReLU where others have a sigmoid, so the factor is not bounded. ``ratio`` 1: one layer.
    """

    def __init__(self, n: int, ratio: int) -> None:
        super().__init__()
        sizes = (n, n) if ratio == 1 else (n, n // ratio, n)
        layers = [(nn.Linear(a, b), nn.PReLU(b)) for a, b in pairwise(sizes)]
        self.layers = nn.Sequential(*(layer for pair in layers for layer in pair))

    def forward(self, x: Tensor) -> Tensor:
        """Weigh the channels; the shape stays."""
        factor: Tensor = self.layers(x.mean((2, 3)))  # (B, n)
        return x * factor[:, :, None, None]  # (B, n, H, W)


class Down(nn.Sequential):
    """Halve height and width by a depthwise separable convolution with a gate in its middle."""

    def __init__(self, n_in: int, n_out: int, ratio: int) -> None:
        super().__init__(
            _depthwise(n_in, 3, stride=2),  # (B, n_in, H/2, W/2)
            Gate(n_in, ratio),  # (B, n_in, H/2, W/2)
            _pointwise(n_in, n_out),  # (B, n_out, H/2, W/2)
            NormAct(n_out),  # (B, n_out, H/2, W/2)
        )


class S2Block(nn.Module):
    """Spatial squeeze block: look at a pooled picture, and give the answer at the size that came in.

    Pooling by s widens what a small kernel sees s times, at 1 / s² of the work (section 3.1).
    """

    def __init__(self, n_in: int, n_out: int, kernel: int, pool: int) -> None:
        super().__init__()
        self.pool = pool
        self.depthwise = _depthwise(n_in, kernel)
        self.act = NormAct(n_in)
        self.pointwise = _pointwise(n_in, n_out)
        self.norm = nn.BatchNorm2d(n_out, eps=_EPS)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, n_in, H, W) to (B, n_out, H, W)."""
        size = x.shape[2:]
        if self.pool > 1:  # windows that reach over the edge are the mean of what is inside
            x = F.avg_pool2d(x, self.pool, ceil_mode=True)  # (B, n_in, H/s, W/s)
        x = self.pointwise(self.act(self.depthwise(x)))  # (B, n_out, H/s, W/s)
        if self.pool > 1:
            x = F.interpolate(x, size, mode="bilinear", align_corners=True)  # (B, n_out, H, W)
        y: Tensor = self.norm(x)  # (B, n_out, H, W)
        return y


class S2Module(nn.Module):
    """Two S2-blocks of different sight side by side, on half of the channels each."""

    def __init__(self, n_in: int, n_out: int, branches: tuple[Branch, Branch]) -> None:
        super().__init__()
        half = n_out // 2
        self.is_residual = n_in == n_out
        self.reduce = _pointwise(n_in, half, groups=2)
        self.first = S2Block(half, half, *branches[0])
        self.second = S2Block(half, half, *branches[1])
        self.close = NormAct(n_out)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, n_in, H, W) to (B, n_out, H, W)."""
        small = self.reduce(x)  # (B, n_out / 2, H, W)
        # Shuffle: the two groups of the 1x1 convolution take turns, so that both blocks see both.
        small = small.unflatten(1, (2, -1)).transpose(1, 2).flatten(1, 2)  # (B, n_out / 2, H, W)
        y = torch.cat([self.first(small), self.second(small)], 1)  # (B, n_out, H, W)
        closed: Tensor = self.close(x + y if self.is_residual else y)  # (B, n_out, H, W)
        return closed


def _modules(n_in: int, n_out: int, branches: tuple[tuple[Branch, Branch], ...]) -> nn.Sequential:
    widths = [n_in] + [n_out] * (len(branches) - 1)
    return nn.Sequential(*(S2Module(n, n_out, pair) for n, pair in zip(widths, branches, strict=True)))


class Encoder(nn.Module):
    """Picture to a first, small answer, and the features of a quarter of its size."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 12, 3, 2, 1, bias=False), NormAct(12))
        self.down_4 = Down(12, 16, ratio=1)
        self.modules_4 = _modules(16, 48, _BRANCHES_4)
        self.join_4 = NormAct(48 + 16)
        self.down_8 = Down(64, 48, ratio=2)
        self.modules_8 = _modules(48, 96, _BRANCHES_8)
        self.join_8 = NormAct(96 + 48)
        self.classify = _pointwise(144, 1)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Map (B, 3, H, W) to logits (B, 1, H/8, W/8) and features (B, 48, H/4, W/4)."""
        x = self.stem(image)  # (B, 12, H/2, W/2)
        first = self.down_4(x)  # (B, 16, H/4, W/4)
        feature = self.modules_4(first)  # (B, 48, H/4, W/4)
        x = self.join_4(torch.cat([first, feature], 1))  # (B, 64, H/4, W/4)
        first = self.down_8(x)  # (B, 48, H/8, W/8)
        last = self.modules_8(first)  # (B, 96, H/8, W/8)
        x = self.join_8(torch.cat([first, last], 1))  # (B, 144, H/8, W/8)
        return self.classify(x), feature  # (B, 1, H/8, W/8), (B, 48, H/4, W/4)


class CoarseSINet(nn.Module):
    """The encoder alone, its answer doubled to the size of the coarse phase's masks."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Encoder()

    def forward(self, image: Tensor) -> Tensor:
        """Map (B, 3, H, W) to coarse logits (B, 1, H/4, W/4).

        Raises:
            UsageError: the input is not of that shape.
        """
        check_input(image, _TITLE, STRIDE)
        answer, _ = self.encoder(image)  # (B, 1, H/8, W/8)
        return _doubled(answer)  # (B, 1, H/4, W/4)


class SINet(nn.Module):
    """The whole network: the encoder's answer, and detail let in where the answer is in doubt."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = Encoder()
        self.answer_norm = nn.BatchNorm2d(1, eps=_EPS)
        self.detail = nn.Sequential(_pointwise(48, 1), NormAct(1))
        self.both_norm = nn.BatchNorm2d(1, eps=_EPS)
        self.sharpen = nn.Conv2d(1, 1, 3, padding=1, bias=False)

    def forward(self, image: Tensor) -> Tensor:
        """Map (B, 3, H, W) to logits (B, 1, H, W); person where above 0.

        Raises:
            UsageError: the input is not of that shape.
        """
        check_input(image, _TITLE, STRIDE)
        answer, feature = self.encoder(image)  # (B, 1, H/8, W/8), (B, 48, H/4, W/4)
        answer = self.answer_norm(_doubled(answer))  # (B, 1, H/4, W/4)
        # Information blocking (section 3.2): 1 minus the larger of the two classes' probabilities, which
        # for one logit z is the sigmoid of -|z|. Where the answer is sure, detail could only spoil it.
        doubt = torch.sigmoid(-answer.abs())  # (B, 1, H/4, W/4)
        both = answer + doubt * self.detail(feature)  # (B, 1, H/4, W/4)
        both = self.both_norm(_doubled(both))  # (B, 1, H/2, W/2)
        logit: Tensor = self.sharpen(_doubled(both))  # (B, 1, H, W)
        return logit


def build() -> Architecture:
    """Give the network to train."""
    return Architecture(
        "sinet",
        _TITLE,
        lambda is_coarse: CoarseSINet() if is_coarse else SINet(),
        stride=STRIDE,
        has_coarse=True,
    )
