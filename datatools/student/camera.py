"""What do light, colour and the camera do to a training picture?

Light is changed by factors and powers of the 8-bit values: in their logarithm, by amounts drawn evenly
about 0. So a dark skin and a light one see the same relative changes, and each becomes darker as often as
lighter. The usual linear contrast, which pulls values towards or from the picture's mean, would not do: in
front of a bright wall it drives dark skin to black and leaves light skin where it is. Saturation and hue
keep the luma.
"""

import math
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools.student.strength import Strength

_LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601, of RGB
# RGB to the same standard's Y and the two colour differences of YIQ, in whose plane hue is an angle.
_YIQ = np.array([_LUMA, [0.5959, -0.2746, -0.3213], [0.2115, -0.5227, 0.3112]])
_RGB = np.linalg.inv(_YIQ)
_MIDDLE = 0.5  # of the 8-bit range: the value that contrast leaves as it is
_FIELD_PX = 16  # a light's field is computed at this side
_GAIN_ONE = 80  # 8-bit value of a field that means factor 1: up to 3.2 fits
_NOISE_PX = 256  # offsets each way into the table
_NOISE_UNIT = 30  # 8-bit values of the table that are one standard deviation
_QUALITY = (25, 80)  # JPEG
_ERASED_FRAC = (0.05, 0.25)  # of the side


def relit(image: NDArray[np.uint8], rng: np.random.Generator, strength: Strength) -> NDArray[np.uint8]:
    """Change light and colours; uint8 (T, T, 3) to the same."""
    if rng.random() < strength.light_p:
        image = _lit_from_a_side(image, rng, strength)
    gain = _factor(strength.brightness, rng)
    if rng.random() < strength.exposure_p:
        gain *= _factor(strength.exposure, rng)
    power = 1 + strength.contrast * rng.uniform(-1, 1)
    table = (np.arange(256) / 255) ** power * 255 + 0.5
    image = np.asarray(cv2.LUT(image, table.astype(np.uint8)), np.uint8)
    # All that is linear is one matrix, so that values are cut at white once.
    matrix = _mixing(rng, strength) * (_casts(rng, strength) * gain * _MIDDLE ** (1 - power))
    return np.asarray(cv2.transform(image, matrix), np.uint8)


def photographed(
    image: NDArray[np.uint8], mask: NDArray[np.uint8], rng: np.random.Generator, strength: Strength
) -> NDArray[np.uint8]:
    """Blur, coarsen, sharpen, erase, add noise and compress; uint8 (T, T, 3) to the same."""
    side = len(image)
    if rng.random() < strength.blur_p:
        image = _blurred(image, strength.blur_frac * side * rng.uniform(0.2, 1))
    if rng.random() < strength.coarse_p:
        small = round(side / strength.coarse ** rng.random())
        reduced = cv2.resize(image, (small, small), interpolation=cv2.INTER_AREA)
        image = np.asarray(cv2.resize(reduced, (side, side), interpolation=cv2.INTER_LINEAR), np.uint8)
    if rng.random() < strength.sharpen_p:
        amount = strength.sharpen * rng.random()
        soft = _blurred(image, 0.006 * side)
        image = np.asarray(cv2.addWeighted(image, 1 + amount, soft, -amount, 0), np.uint8)
    if rng.random() < strength.erase_p:
        image = _erased(image, mask, rng)
    if rng.random() < strength.noise_p:
        y, x = rng.integers(0, _NOISE_PX, 2)
        share = strength.noise_std / _NOISE_UNIT * rng.uniform(-1, 1)
        noise = _noise(side)[y : y + side, x : x + side]
        image = np.asarray(cv2.addWeighted(image, 1, noise, share, -128 * share), np.uint8)
    if rng.random() < strength.jpeg_p:
        image = _compressed(image, int(rng.integers(*_QUALITY)))
    return image


def _factor(largest: float, rng: np.random.Generator) -> float:
    """Draw between 1 / largest and largest, evenly in the logarithm."""
    return float(largest ** rng.uniform(-1, 1))


def _casts(rng: np.random.Generator, strength: Strength) -> NDArray[np.float64]:
    """Draw a factor for each channel; (3,). A grey keeps its luma, nearly."""
    logs = math.log(strength.cast) * rng.uniform(-1, 1, 3)
    return np.asarray(np.exp(logs - logs @ _LUMA), np.float64)


def _mixing(rng: np.random.Generator, strength: Strength) -> NDArray[np.float64]:
    """Draw the matrix that changes saturation and hue; (3, 3)."""
    saturation = 1 + strength.saturation * rng.uniform(-1, 1)
    if rng.random() < strength.grey_p:
        saturation = 0.0
    angle = math.radians(strength.hue_deg * rng.uniform(-1, 1))
    cos, sin = saturation * math.cos(angle), saturation * math.sin(angle)
    turned = np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]])
    return np.asarray(_RGB @ turned @ _YIQ, np.float64)


def _lit_from_a_side(
    image: NDArray[np.uint8], rng: np.random.Generator, strength: Strength
) -> NDArray[np.uint8]:
    """Let a light or a shadow fall on the picture from one side, along a soft or a hard line."""
    side = len(image)
    angle, line = rng.uniform(0, 2 * math.pi), rng.uniform(-0.5, 0.5)
    hardness = 10 ** rng.uniform(-0.2, 1.1)  # 1 is a gradient across the picture, 10 a shadow's edge
    at = np.linspace(-1, 1, _FIELD_PX)
    across = np.tanh(hardness * (at * math.cos(angle) + at[:, None] * math.sin(angle) - line))
    tint = 1 + 0.15 * rng.uniform(-1, 1, 3)  # a lamp and the sky differ in colour
    log_gain = math.log(strength.light) * rng.random() * across[..., None] * tint  # (16, 16, 3)
    field = np.minimum(np.exp(log_gain) * _GAIN_ONE, 255).astype(np.uint8)
    gains = cv2.resize(field, (side, side), interpolation=cv2.INTER_CUBIC)
    return np.asarray(cv2.multiply(image, gains, scale=1 / _GAIN_ONE), np.uint8)


def _blurred(image: NDArray[np.uint8], sigma_px: float) -> NDArray[np.uint8]:
    reach = max(1, math.ceil(2.5 * sigma_px))
    return np.asarray(cv2.GaussianBlur(image, (2 * reach + 1, 2 * reach + 1), max(sigma_px, 0.3)), np.uint8)


@cache
def _noise(side: int) -> NDArray[np.uint8]:
    """Draw normal noise about 128 once, for crops of a side; uint8 (256 + T, 256 + T, 3)."""
    values = np.random.default_rng(0).standard_normal((_NOISE_PX + side, _NOISE_PX + side, 3), np.float32)
    return np.asarray(np.clip(values * _NOISE_UNIT + 128.5, 0, 255), np.uint8)


def _compressed(image: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    _, coded = cv2.imencode(
        ".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    decoded = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
    return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), np.uint8)


def _erased(image: NDArray[np.uint8], mask: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Fill a rectangle with noise, if it lies on one side of the mask's edge: no edge is hidden."""
    side = len(image)
    width, height = (rng.uniform(*_ERASED_FRAC, 2) * side).astype(int).tolist()
    left, top = int(rng.integers(side - width + 1)), int(rng.integers(side - height + 1))
    place = np.s_[top : top + height, left : left + width]
    if width * height == 0 or (mask[place].min() <= 127 < mask[place].max()):
        return image
    noise = _noise(side)[place].astype(np.float32) - 128
    image = image.copy()
    image[place] = np.clip(rng.uniform(0, 255, 3) + noise * rng.uniform(0, 1.5), 0, 255)
    return image
