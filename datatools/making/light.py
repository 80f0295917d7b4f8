"""How is a person's light fitted to a new background?

By the difference between the two *backgrounds*, not by moving the person to the new one's mean: a dark
face stays a dark face, and only what the light changed is changed. A part of the difference, within
bounds, because a background's colour is its paint as well as its light.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools.masks import RGB

_SHARE = 0.4  # of the difference between the backgrounds
_MAX_GAIN = 1.2  # of L*, and its inverse
_MAX_TINT = 5.0  # of a* and b*, at mid grey and above
_MID_GREY = 50.0  # L*; darker colours are tinted less, so that black stays black


_GREY_CHROMA = 3.0  # mean of |a*| + |b*|: JPEG leaves a black-and-white picture less


@dataclass(frozen=True, slots=True)
class Light:
    """What is done to a person's colours: a factor of L*, and shifts of a* and b*."""

    gain: float
    tint_a: float
    tint_b: float


def _lab(image: RGB) -> NDArray[np.float32]:
    """Give CIELAB, L* 0-100; float32 (H, W, 3)."""
    return np.asarray(cv2.cvtColor(np.asarray(image / 255, np.float32), cv2.COLOR_RGB2LAB), np.float32)


def is_grey(image: RGB) -> bool:
    """Say whether a picture is black and white."""
    return float(np.abs(_lab(image)[..., 1:]).sum(axis=2).mean()) < _GREY_CHROMA


def greyed(image: RGB) -> RGB:
    """Give a picture in black and white; uint8 (H, W, 3)."""
    return np.repeat(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2).astype(np.uint8)


def between(old: RGB, is_old: NDArray[np.bool_], new: RGB, is_new: NDArray[np.bool_]) -> Light:
    """Give the change of light from one background to another.

    Args:
        old: the picture that the person was in.
        is_old: (H, W), True where it is background.
        new: the new picture.
        is_new: (H, W), True where its background will be seen.
    """
    if not is_old.any() or not is_new.any():
        return Light(1.0, 0.0, 0.0)
    before, after = _lab(old)[is_old].mean(axis=0), _lab(new)[is_new].mean(axis=0)
    ratio = (float(after[0]) + _MID_GREY) / (float(before[0]) + _MID_GREY)
    tint = np.clip(_SHARE * (after[1:] - before[1:]), -_MAX_TINT, _MAX_TINT)
    return Light(float(np.clip(ratio**_SHARE, 1 / _MAX_GAIN, _MAX_GAIN)), float(tint[0]), float(tint[1]))


def relit(colour: RGB, light: Light) -> RGB:
    """Change a person's colours as the light changed; uint8 (H, W, 3)."""
    lab = _lab(colour)
    depth = np.minimum(lab[..., 0] / _MID_GREY, 1)
    lab[..., 0] = np.minimum(lab[..., 0] * light.gain, 100)
    lab[..., 1] += light.tint_a * depth
    lab[..., 2] += light.tint_b * depth
    rgb = cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)
    return np.round(np.clip(rgb, 0, 1) * 255).astype(np.uint8)
