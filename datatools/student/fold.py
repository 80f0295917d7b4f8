"""Which network gives the same logits as a trained one with less work?

For inference alone: what training needs and a constant network does not is multiplied into the
convolutions. Of ExtremeC3Net:

- a norm behind a convolution goes into its weights and bias, and the closing norm of a block into the
  pointwise convolutions before it; what is left (a norm between two PReLU, the scale of a residual) is a
  depthwise 1x1 convolution, which runtimes fuse with the PReLU behind it;
- the picture's average pooling rides in the stem's convolution, and the fine branch's first reduction in
  the convolution before it: both are linear and meet no padding in between;
- a 1x1 convolution of concatenated maps becomes a sum of convolutions of each;
- the 1x1 classifier goes before the last doubling;
- channels inside C3 blocks are padded with zeros to whole vectors.

The dilated 3x3 depthwise and the pointwise convolution behind it stay two: their product is a dense 3x3
convolution of six times the work.
"""

import copy

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from datatools.student.extremec3net import C3, AdvancedC3, ExtremeC3Net, NormAct
from datatools.student.folding import (
    Activation,
    act,
    affine,
    averaging,
    block_diagonal,
    conv,
    padded,
    per_channel,
    scaled,
)


def fold(network: nn.Module, activation: Activation = "prelu") -> nn.Module:
    """Give a network in eval mode with the same logits up to rounding; the one given stays as it is.

    A network other than ExtremeC3Net is copied: the runtimes themselves fold a norm that stands right
    behind its convolution.
    """
    with torch.no_grad():
        folded = (
            FoldedC3Net(network, activation) if isinstance(network, ExtremeC3Net) else copy.deepcopy(network)
        )
    return folded.eval().requires_grad_(False)


def _norm_act(
    module: NormAct, activation: Activation, first: int = 0, last: int | None = None
) -> nn.Sequential:
    """Make norm and PReLU of some of a NormAct's channels."""
    scale, shift = affine(module.norm)
    channels = slice(first, last)
    return nn.Sequential(
        per_channel(scale[channels], shift[channels]), act(module.act.weight[channels], activation)
    )


def _depthwise(c3: C3, name: str, norm: str | None = None) -> nn.Conv2d:
    """Fold a C3's depthwise convolution with the norm behind it, on padded channels."""
    old = c3.get_submodule(name)
    assert isinstance(old, nn.Conv2d)
    weight, bias = old.weight.double(), None
    if norm is not None:
        behind = c3.get_submodule(norm)
        assert isinstance(behind, nn.BatchNorm2d)
        scale, bias = affine(behind)
        weight, bias = scaled(weight, scale), padded(bias, 0)
    assert not isinstance(old.padding, str)
    padding = (old.padding[0], old.padding[1])
    return conv(padded(weight, 0), bias, padding=padding, dilation=old.dilation[0], is_depthwise=True)


def _looking(c3: C3, activation: Activation) -> nn.Sequential:
    """Fold a C3 without its pointwise convolution."""
    layers: list[nn.Module] = []
    if hasattr(c3, "column"):
        slope = c3.get_parameter("column_act.weight")
        layers = [
            _depthwise(c3, "column", "column_norm"),
            act(padded(slope, 0), activation),
            _depthwise(c3, "row", "row_norm"),
        ]
    return nn.Sequential(*layers, _depthwise(c3, "dilated"))


class _Block(nn.Module):
    """An AdvancedC3 behind its reduction: (B, n, H, W), padded, to (B, n_out, H, W)."""

    def __init__(self, block: AdvancedC3, activation: Activation) -> None:
        super().__init__()
        scale, shift = affine(block.close.norm)
        branches = [block.near, block.middle, block.far]
        self.look = nn.ModuleList([_looking(branch, activation) for branch in branches])
        weights = [branch.get_parameter("pointwise.weight").double() for branch in branches]
        sides = [len(weight) for weight in weights]
        parts = list(zip(weights, torch.split(scale, sides), torch.split(shift, sides), strict=True))
        weights = [padded(scaled(weight, factor), 1) for weight, factor, _ in parts]
        self.residual = per_channel(scale) if block.is_residual else None
        # Without a residual one dense convolution of all three saves a pass over the maps; with one, the
        # sum is that pass.
        self.pointwise = (
            nn.ModuleList([conv(w, part[2]) for w, part in zip(weights, parts, strict=True)])
            if block.is_residual
            else nn.ModuleList([conv(block_diagonal(weights), shift)])
        )
        self.act = act(block.close.act.weight, activation)

    def forward(self, small: Tensor, x: Tensor) -> Tensor:
        seen = [look(small) for look in self.look]  # 3 x (B, n, H, W)
        if self.residual is None:
            y = self.pointwise[0](torch.cat(seen, 1))  # (B, n_out, H, W)
        else:
            mixed = [mix(part) for mix, part in zip(self.pointwise, seen, strict=True)]
            y = torch.cat(mixed, 1) + self.residual(x)  # (B, n_out, H, W)
        closed: Tensor = self.act(y)
        return closed


class _Reduced(nn.Module):
    """An AdvancedC3 with its own reduction."""

    def __init__(self, block: AdvancedC3, activation: Activation) -> None:
        super().__init__()
        stride, old = block.reduce.stride[0], block.reduce
        padding = (old.kernel_size[0] // 2, old.kernel_size[1] // 2)
        self.reduce = conv(padded(old.weight, 0), stride=stride, padding=padding)
        self.block = _Block(block, activation)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.block(self.reduce(x), x)
        return y


class FoldedC3Net(nn.Module):
    """ExtremeC3Net for inference: the steps of ``extremec3net.py``, folded as this module's page says."""

    def __init__(self, network: ExtremeC3Net, activation: Activation) -> None:
        super().__init__()
        encoder = network.encoder
        convolution, norm_act = encoder.stem
        assert isinstance(convolution, nn.Conv2d)
        assert isinstance(norm_act, NormAct)
        scale, shift = affine(norm_act.norm)
        # With stride 2 and padding 1 the kernel's last two rows and columns are the pixels of a pooling.
        self.stem = conv(
            torch.cat([scaled(convolution.weight, scale), averaging(2, 3)]),
            torch.cat([shift, shift.new_zeros(3)]),
            stride=2,
            padding=(1, 1),
        )
        self.stem_act = act(torch.cat([norm_act.act.weight, torch.ones(3)]), activation)
        self.join_2 = _norm_act(encoder.join_2, activation)
        self.down_4 = _Reduced(encoder.down_4, activation)
        self.blocks_4 = nn.Sequential(*(_Reduced(_c3(block), activation) for block in encoder.blocks_4))
        self._join_4(encoder.join_4, encoder.widen.reduce.weight, activation)
        self.widen = _Block(encoder.widen, activation)
        self.blocks_8 = nn.Sequential(*(_Reduced(_c3(block), activation) for block in encoder.blocks_8))
        self._decoder(network, activation)

    def _join_4(self, join: NormAct, reduce: Tensor, activation: Activation) -> None:
        """Make the reduction of (last, first, image_4) a sum of three, each behind its norm and PReLU."""
        scale, shift = affine(join.norm)
        self.image_4 = nn.Sequential(
            conv(scaled(averaging(4, 4), scale[96:]), shift[96:], stride=4),
            act(join.act.weight[96:], activation),
        )
        self.last_4, self.first_4 = _norm_act(join, activation, 0, 48), _norm_act(join, activation, 48, 96)
        weight = padded(reduce, 0)
        self.reduce_last = conv(weight[:, :48])
        self.reduce_first = conv(weight[:, 48:96])
        self.reduce_image = conv(weight[:, 96:])

    def _decoder(self, network: ExtremeC3Net, activation: Activation) -> None:
        """Make the last norm part of both of its inputs, and the projection a sum of two."""
        projection, norm = network.project
        assert isinstance(projection, nn.Conv2d)
        assert isinstance(norm, nn.BatchNorm2d)
        scale, shift = affine(norm)
        join_scale, join_shift = affine(network.join.norm)
        weight = scaled(projection.weight, scale * join_scale)
        # A constant stays itself when it is enlarged, so the shift may go before the doubling.
        self.project_first = conv(weight[:, :56], shift * join_scale + join_shift)
        self.project_last = conv(weight[:, 56:])
        join = network.encoder.join_8
        self.first_8, self.last_8 = _norm_act(join, activation, 0, 56), _norm_act(join, activation, 56)
        look, block = network.fine
        assert isinstance(look, nn.Conv2d)
        assert isinstance(block, AdvancedC3)
        pointwise = block.reduce.weight[:, :, 0, 0].double()
        reduced = torch.einsum("om,mikl->oikl", pointwise, look.weight.double())
        self.fine_small = conv(padded(reduced, 0), stride=2, padding=(1, 1))
        self.fine_image = conv(look.weight, stride=2, padding=(1, 1))
        self.fine = _Block(block, activation)
        self.fine_scale = per_channel(join_scale)
        self.join = act(network.join.act.weight, activation)
        self.classify = conv(network.classify.weight)

    def forward(self, image: Tensor) -> Tensor:
        """Map (B, 3, H, W) to logits (B, 1, H, W); H and W divisible by 4."""
        x = self.join_2(self.stem_act(self.stem(image)))  # (B, 27, H/2, W/2)
        first = self.down_4(x)  # (B, 48, H/4, W/4)
        last = self.blocks_4(first)  # (B, 48, H/4, W/4)
        small = self.reduce_last(self.last_4(last)) + self.reduce_first(self.first_4(first))
        small = small + self.reduce_image(self.image_4(image))  # (B, 32, H/4, W/4): 18 and zeros
        first = self.widen(small, small)  # (B, 56, H/4, W/4)
        last = self.blocks_8(first)  # (B, 56, H/4, W/4)
        coarse = self.project_first(self.first_8(first)) + self.project_last(self.last_8(last))
        detail = self.fine(self.fine_small(image), self.fine_image(image))  # (B, 24, H/2, W/2)
        both = self.join(_doubled(coarse) + self.fine_scale(detail))  # (B, 24, H/2, W/2)
        return _doubled(self.classify(both))  # (B, 1, H, W)


def _c3(module: nn.Module) -> AdvancedC3:
    assert isinstance(module, AdvancedC3)
    return module


def _doubled(x: Tensor) -> Tensor:
    """Double height and width, bilinear, corners aligned."""
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)  # (B, n, 2H, 2W)
