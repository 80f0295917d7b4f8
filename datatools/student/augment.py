"""How does one training picture look different every time it is seen?

Geometry moves picture and mask together in one warp; what follows touches the colours alone. The
ranges are ours: the paper names the operations, not their strength.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

_SHIFT_FRAC = 0.1  # of the side, each way
_TURN_DEG = 15.0
_SCALE = 1.3  # largest; 1 / 1.3 is the smallest
_COLOUR = 0.35  # saturation, contrast and brightness go this far below and above 1
_BLUR_SIGMA_FRAC = 0.012  # of the side
_NOISE_STD = 10.0  # 8-bit values
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601, of RGB


def augment(
    pixels: NDArray[np.uint8], rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Give a random variant of a packed picture.

    Args:
        pixels: uint8 (S, S, 4), RGB and the mask (0 background, 255 person).
        rng: what decides.

    Returns:
        The picture, uint8 (S, S, 3), and its mask, uint8 (S, S), soft along the edge.
    """
    warped = _warp(pixels, rng)
    image = np.ascontiguousarray(warped[..., :3]).astype(np.float32)
    image = _colours(image, rng)
    if rng.random() < 0.5:
        image = _sharpness(image, rng)
    if rng.random() < 0.5:
        noise = rng.standard_normal(image.shape, np.float32)
        image = np.asarray(image + noise * np.float32(rng.uniform(0, _NOISE_STD)), np.float32)
    return np.clip(image + np.float32(0.5), 0, 255).astype(np.uint8), np.ascontiguousarray(warped[..., 3])


def _warp(pixels: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Shift, turn, scale and perhaps mirror; what comes in from outside repeats the border."""
    side = len(pixels)
    centre = (side - 1) / 2
    scale = float(np.exp(rng.uniform(-1, 1) * np.log(_SCALE)))
    turned = cv2.getRotationMatrix2D((centre, centre), rng.uniform(-_TURN_DEG, _TURN_DEG), scale)
    matrix = np.asarray(turned, np.float64)  # (2, 3)
    if rng.random() < 0.5:  # mirror the source's x before all else
        matrix[:, 2] += matrix[:, 0] * (side - 1)
        matrix[:, 0] *= -1
    matrix[:, 2] += rng.uniform(-_SHIFT_FRAC, _SHIFT_FRAC, 2) * side
    warped = cv2.warpAffine(
        pixels, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(warped, np.uint8)


def _colours(image: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Change saturation, contrast and brightness: one 3x4 matrix on every pixel."""
    saturation, contrast, brightness = rng.uniform(1 - _COLOUR, 1 + _COLOUR, 3)
    grey = float(image.mean(axis=(0, 1)) @ _LUMA)
    mix = saturation * np.eye(3) + (1 - saturation) * np.outer(np.ones(3), _LUMA)
    offset = np.full((3, 1), brightness * (1 - contrast) * grey)
    changed = cv2.transform(image, np.hstack([brightness * contrast * mix, offset]))
    return np.asarray(changed, np.float32)


def _sharpness(image: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Blur (amount below 0, at -1 wholly) or sharpen (above 0)."""
    sigma = rng.uniform(0.2, 1.0) * _BLUR_SIGMA_FRAC * len(image)
    amount = rng.uniform(-1, 1)
    blurred = cv2.GaussianBlur(image, (0, 0), max(sigma, 0.3))
    return np.asarray(cv2.addWeighted(image, 1 + amount, blurred, -amount, 0), np.float32)
