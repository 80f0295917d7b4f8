"""Which small functions on arrays do all parts of the renderer share?"""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float32]


def f32(values: ArrayLike) -> Floats:
    """Give values as float32."""
    return np.asarray(values, np.float32)


def smoothstep(low: ArrayLike, high: ArrayLike, values: ArrayLike) -> Floats:
    """Rise from 0 at ``low`` to 1 at ``high`` with flat ends; falls where ``high`` is the smaller."""
    start = f32(low)
    t = np.clip((f32(values) - start) / (f32(high) - start), 0, 1)
    return f32(t * t * (3 - 2 * t))


def bump(x: ArrayLike, centre: ArrayLike, width: ArrayLike) -> Floats:
    """Give a Gaussian of height 1 and standard deviation ``width``."""
    t = (f32(x) - f32(centre)) / f32(width)
    return f32(np.exp(-0.5 * t * t))


def normalised(vectors: Floats) -> Floats:
    """Scale vectors (..., 3) to length 1."""
    length = np.sqrt(np.einsum("...i,...i->...", vectors, vectors))
    return f32(vectors / np.maximum(length, 1e-9)[..., None])


def rotation(yaw_deg: float, pitch_deg: float, roll_deg: float) -> Floats:
    """Give the rotation (3, 3) that turns a head.

    Positive yaw turns the face to the picture's right, positive pitch lifts the chin, positive roll
    tips the top of the head to the picture's left.
    """
    yaw, pitch, roll = np.radians([yaw_deg, -pitch_deg, roll_deg])
    about_y = [[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]]
    about_x = [[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]]
    about_z = [[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]]
    return f32(np.array(about_z) @ np.array(about_y) @ np.array(about_x))


def srgb(red: int, green: int, blue: int) -> tuple[float, float, float]:
    """Give linear light (0-1) of an sRGB colour (0-255); IEC 61966-2-1."""
    values = np.array([red, green, blue]) / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return float(linear[0]), float(linear[1]), float(linear[2])


def mix(first: ArrayLike, second: ArrayLike, weight: ArrayLike) -> Floats:
    """Blend linearly: ``first`` where the weight is 0, ``second`` where it is 1."""
    t = f32(weight)
    return f32(f32(first) * (1 - t) + f32(second) * t)


_CURVE_STEPS = 1024


@cache
def _curve_table(knots: tuple[tuple[float, float], ...]) -> Floats:
    """Sample a piecewise cubic through knots at even steps."""
    xs, ys = np.array(knots, np.float64).T
    where = np.linspace(xs[0], xs[-1], _CURVE_STEPS + 1)
    piece = np.clip(np.searchsorted(xs, where, side="right") - 1, 0, len(xs) - 2)
    slopes = np.diff(ys) / np.diff(xs)
    tangents = np.concatenate([[slopes[0]], (slopes[:-1] + slopes[1:]) / 2, [slopes[-1]]])
    tangents[1:-1][slopes[:-1] * slopes[1:] <= 0] = 0  # no overshoot at an extreme
    width = np.diff(xs)[piece]
    t = (where - xs[piece]) / width
    left = (1 + 2 * t) * (1 - t) ** 2 * ys[piece] + t * (1 - t) ** 2 * width * tangents[piece]
    right = t * t * (3 - 2 * t) * ys[piece + 1] + t * t * (t - 1) * width * tangents[piece + 1]
    return f32(np.append(left + right, ys[-1]))  # one more, for the upper neighbour of the last


def curve(at: ArrayLike, knots: Sequence[tuple[float, float]]) -> Floats:
    """Follow a smooth curve through (x, y) knots with rising x; level beyond the first and the last."""
    table = _curve_table(tuple(knots))
    low, high = knots[0][0], knots[-1][0]
    place = np.clip((f32(at) - np.float32(low)) * np.float32(_CURVE_STEPS / (high - low)), 0, _CURVE_STEPS)
    index = place.astype(np.int32)
    start = table[index]
    return f32(start + (table[index + 1] - start) * (place - index))
