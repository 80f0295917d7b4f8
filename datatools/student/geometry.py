"""Where in a training picture does the person end up?

Picture, mask and matte move together. The mask is resampled as the 8-bit values it is, never cut here: a
soft edge keeps the half-way line where it belongs, a cut one would be moved by up to half a pixel and
make stairs.
"""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools.student.strength import Strength


def warped(
    pixels: NDArray[np.uint8], rng: np.random.Generator, size_px: int, strength: Strength
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    """Mirror, stretch, turn, scale and shift a packed picture at random.

    What comes in from outside repeats the border, and so does the mask: a coat goes on as a coat. (The
    border mirrored put heads upside down above heads.) A head that the top cuts stays cut: hair does not
    go on as a column.

    Args:
        pixels: uint8 (S, S, 5), RGB, mask, matte.
        rng: what decides.
        size_px: T, the result's side.
        strength: how far.

    Returns:
        The picture, uint8 (T, T, 3), the mask and the matte, uint8 (T, T).
    """
    side = len(pixels)
    four, matte = np.empty((side, side, 4), np.uint8), np.empty((side, side), np.uint8)
    # OpenCV wants four channels at most; this copy takes a sixth of numpy's time.
    cv2.mixChannels([pixels], [four, matte], [0, 0, 1, 1, 2, 2, 3, 3, 4, 4])
    if side >= 2 * size_px:  # so much smaller, and bilinear interpolation would skip pixels
        side = size_px
        four, matte = (
            np.asarray(cv2.resize(array, (side, side), interpolation=cv2.INTER_AREA), np.uint8)
            for array in (four, matte)
        )
    is_cut = bool(four[0, :, 3].max() > 127)
    matrix = _matrix(side, size_px, is_cut, rng, strength)
    four, matte = (_moved(array, matrix, size_px) for array in (four, matte))
    mask = cv2.extractChannel(four, 3)
    return np.asarray(cv2.cvtColor(four, cv2.COLOR_RGBA2RGB), np.uint8), np.asarray(mask, np.uint8), matte


def _moved(array: NDArray[np.uint8], matrix: NDArray[np.float64], size_px: int) -> NDArray[np.uint8]:
    moved = cv2.warpAffine(
        array, matrix, (size_px, size_px), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(moved, np.uint8)


def _matrix(
    source_px: int, size_px: int, is_cut: bool, rng: np.random.Generator, strength: Strength
) -> NDArray[np.float64]:
    """Draw the map from the source's pixels (x, y) to the result's; (2, 3)."""
    is_flipped = rng.random() < strength.flip_p
    turn, scale, aspect, shift_x, shift_y = rng.uniform(-1, 1, 5).tolist()
    angle = math.radians(turn * strength.turn_deg)
    scale = strength.zoom**scale if scale > 0 else strength.shrink**scale
    factor = scale * size_px / source_px
    wide = factor * strength.aspect ** (aspect / 2) * (-1 if is_flipped else 1)
    high = factor * strength.aspect ** (-aspect / 2)
    cos, sin = math.cos(angle), math.sin(angle)
    turned = np.array([[cos * wide, -sin * high], [sin * wide, cos * high]])
    shift = np.array([shift_x, shift_y]) * strength.shift_frac
    if is_cut:
        shift[1] = min(shift[1], (high * source_px / size_px - 1) / 2)  # the source's top is above ours
    # Pixel i covers [i, i + 1): the middle is at (n - 1) / 2 in either picture.
    middle = np.full(2, (source_px - 1) / 2)
    return np.column_stack([turned, (size_px - 1) / 2 + shift * size_px - turned @ middle])
