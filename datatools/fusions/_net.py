"""Which network corrects a committee, and what does it see?

Each teacher has a weight, and the committee's word is the weighted mean of its logits. The network is
shown the picture beside the logits and adds a correction to that word: untrained it is the mean. Missing
teachers are a channel of zeros and a flag, so one network serves every part of its committee. The
correction is computed at a working size and added at the picture's own, so the detail of the mattes is
kept.
"""

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from datatools.masks import RGB, Matte

LONGER_PX = 320  # of the working size
_MULTIPLE_PX = 16  # of both sides: the network halves them four times
_LOGIT_LIMIT = 4.6  # a matte of 0.01 and of 0.99: beyond it 8 bits say nothing
_CHANNELS = (24, 32, 48, 64)
_GREY, _CONTRAST = 0.45, 3.0  # the pictures' mean and one over a third of their range


def _block(n_in: int, n_out: int, *, stride: int = 1, dilation: int = 1) -> nn.Sequential:
    conv = nn.Conv2d(n_in, n_out, 3, stride, dilation, dilation, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(n_out), nn.ReLU(inplace=True))


class FusionNet(nn.Module):
    """A small U-Net at half the working size: (n, 3 + 2 t, H, W) -> correction (n, 1, H, W), t teachers."""

    def __init__(self, n_teachers: int) -> None:
        super().__init__()
        c = _CHANNELS
        self.stem = _block(4 * (3 + 2 * n_teachers), c[0])  # (n, 24, H/2, W/2)
        self.down = nn.ModuleList(
            nn.Sequential(_block(c[i], c[i + 1], stride=2), _block(c[i + 1], c[i + 1])) for i in range(3)
        )
        self.context = nn.Sequential(_block(c[3], c[3], dilation=2), _block(c[3], c[3], dilation=4))
        self.reduce = nn.ModuleList(nn.Conv2d(c[i + 1], c[i], 1) for i in range(3))
        self.up = nn.ModuleList(_block(c[i], c[i]) for i in range(3))
        self.head = nn.Conv2d(c[0], 4, 3, padding=1)
        self.weights = nn.Parameter(torch.zeros(n_teachers))  # logarithms of the votes' weights
        nn.init.zeros_(self.head.weight)
        if self.head.bias is not None:
            nn.init.zeros_(self.head.bias)

    def forward(self, seen: Tensor) -> Tensor:
        skips = [self.stem(F.pixel_unshuffle(seen, 2))]
        for down in self.down:
            skips.append(down(skips[-1]))
        x = skips[-1] + self.context(skips[-1])  # (n, 64, H/16, W/16)
        for i in (2, 1, 0):
            size = skips[i].shape[2:]
            x = F.interpolate(self.reduce[i](x), size=size, mode="bilinear", align_corners=False) + skips[i]
            x = self.up[i](x)
        correction: Tensor = F.pixel_shuffle(self.head(x), 2)
        return correction

    def votes(self, present: Tensor) -> Tensor:
        """Give each teacher's share of the vote, (n, t), among those that are present (float (n, t))."""
        weights = torch.exp(self.weights) * present
        return weights / weights.sum(1, keepdim=True)

    def fused(self, stack: Tensor, present: Tensor) -> Tensor:
        """Give the corrected logits (n, 1, h, w) of uint8 stacks (n, 3 + t, h, w), see ``stacked``."""
        word = (logits(stack[:, 3:].float() / 255) * self.votes(present)[:, :, None, None]).sum(
            1, keepdim=True
        )
        fused: Tensor = word + self(inputs(stack, present))
        return fused


def working_size(height_px: int, width_px: int) -> tuple[int, int]:
    """Give the size (height, width) that a picture is corrected at."""
    scale = LONGER_PX / max(height_px, width_px)
    height, width = (max(1, round(side * scale / _MULTIPLE_PX)) for side in (height_px, width_px))
    return height * _MULTIPLE_PX, width * _MULTIPLE_PX


def stacked(image: RGB, mattes: Mapping[str, Matte], teachers: Sequence[str]) -> NDArray[np.uint8]:
    """Scale a picture and its mattes to the working size: uint8 (h, w, 3 + t), a missing matte is 0."""
    height, width = working_size(*image.shape[:2])
    planes = [image, *(_bytes(mattes[name]) if name in mattes else None for name in teachers)]
    size = (width, height)
    shrinks = height * width < image.shape[0] * image.shape[1]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    scaled = [
        np.zeros((height, width), np.uint8) if plane is None else cv2.resize(plane, size, interpolation=how)
        for plane in planes
    ]
    return np.dstack(scaled)


def _bytes(matte: Matte) -> NDArray[np.uint8]:
    return np.round(matte.array * 255).astype(np.uint8)


def logits(probabilities: Tensor) -> Tensor:
    """Give the logits of probabilities, clipped: a teacher that is quite sure cannot outshout the others."""
    return torch.logit(probabilities, eps=1e-6).clamp(-_LOGIT_LIMIT, _LOGIT_LIMIT)


def inputs(stack: Tensor, present: Tensor) -> Tensor:
    """Make what the network sees.

    Args:
        stack: uint8 (n, 3 + t, h, w), see ``stacked``.
        present: float (n, t), 1 where the teacher's matte is there.

    Returns:
        float32 (n, 3 + 2 t, h, w).
    """
    values = stack.float() / 255
    heard = present[:, :, None, None]
    flags = heard.expand(-1, -1, *stack.shape[2:])
    seen = torch.cat([(values[:, :3] - _GREY) * _CONTRAST, logits(values[:, 3:]) * heard / 3, flags], 1)
    return seen.contiguous(memory_format=torch.channels_last)
