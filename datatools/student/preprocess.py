"""How does a picture become the input of a student, and its logits a matte?"""

import math
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from datatools.errors import UsageError
from datatools.masks import RGB
from datatools.student.extremec3net import STRIDE

Resize = Literal["bilinear", "area"]
_INTERPOLATION = {"bilinear": cv2.INTER_LINEAR, "area": cv2.INTER_AREA}


@dataclass(frozen=True, slots=True, kw_only=True)
class Preprocessing:
    """What was done to the pictures a student was trained on; goes with its weights.

    ``mean`` and ``std`` are 8-bit values in ``channel_order``; the input is
    ((picture - mean) / std) / divisor.
    """

    size_px: int  # the picture is squeezed into a square of this side
    channel_order: Literal["RGB", "BGR"]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    divisor: float
    resize: Resize

    def __post_init__(self) -> None:
        if self.size_px <= 0 or self.size_px % STRIDE:
            raise UsageError(f"expected an input size that {STRIDE} divides, got size_px {self.size_px}")
        if self.channel_order not in {"RGB", "BGR"} or self.resize not in _INTERPOLATION:
            raise UsageError(
                f"expected channels RGB or BGR and a resize among {sorted(_INTERPOLATION)}; "
                f"got {self.channel_order!r} and {self.resize!r}"
            )
        numbers = (*self.mean, *self.std, self.divisor)
        if len(self.mean) != 3 or len(self.std) != 3 or not all(map(math.isfinite, numbers)):
            raise UsageError(f"expected three finite means and deviations, got {self.mean} and {self.std}")

    def squeeze(self, image: RGB) -> NDArray[np.float32]:
        """Resize a picture to the square; float32 (size, size, 3), RGB, 0-255, not rounded."""
        side = (self.size_px, self.size_px)
        resized = cv2.resize(image.astype(np.float32), side, interpolation=_INTERPOLATION[self.resize])
        return np.asarray(resized, np.float32)

    def normalise(self, images: Tensor) -> Tensor:
        """Turn RGB pictures (B, H, W, 3), 0-255, into the network's input (B, 3, H, W) float32.

        The memory stays channels-last, which convolutions on a CPU like best.
        """
        pixels = images.float()
        if self.channel_order == "BGR":
            pixels = pixels.flip(-1)
        mean = torch.tensor(self.mean, device=images.device)  # (3,)
        scale = torch.tensor(self.std, device=images.device) * self.divisor  # (3,)
        return ((pixels - mean) / scale).permute(0, 3, 1, 2)  # (B, 3, H, W)

    def prepare(self, image: RGB) -> Tensor:
        """Turn one picture of any size into the network's input (1, 3, size, size)."""
        return self.normalise(torch.from_numpy(self.squeeze(image))[None])
