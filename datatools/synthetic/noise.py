"""Which random textures cover skin, cloth and walls?

Tiles that repeat without a seam, made once for a process by shaping white noise in the frequency
domain; looking a value up is one index operation.
"""

from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from datatools.synthetic.arrays import Floats, f32

SIDE = 512  # px of a tile


@cache
def tile(kind: str) -> Floats:
    """Give a tile (SIDE, SIDE) of mean 0 and standard deviation 1.

    ``cloud``: large soft shapes. ``swell``: the same without detail, for relief.
    ``grain``: fine dots. ``thread``: streaks along the first axis.
    """
    rng = np.random.default_rng([7, *kind.encode()])
    spectrum = np.fft.rfft2(rng.standard_normal((SIDE, SIDE)))
    fy = np.abs(np.fft.fftfreq(SIDE))[:, None] * SIDE
    fx = np.fft.rfftfreq(SIDE)[None, :] * SIDE
    radius = np.maximum(np.hypot(fx, fy), 1)
    gain = {
        "cloud": radius**-1.7 * (radius > 1.5),
        "swell": radius**-1.0 * (radius > 1.5) * np.exp(-0.5 * (radius / 9) ** 2),
        "grain": np.exp(-0.5 * ((radius - 90) / 50) ** 2),
        "thread": np.exp(-0.5 * (fy / 5) ** 2) * (fx > 6) / (1 + (fx / 90) ** 2),
    }[kind]
    field = np.fft.irfft2(spectrum * gain, (SIDE, SIDE))
    return f32((field - field.mean()) / field.std())


def look_up(kind: str, u: ArrayLike, v: ArrayLike, tile_size: float) -> Floats:
    """Give a tile's values at points (u, v); the tile repeats every ``tile_size``."""
    column = np.floor(f32(u) * (SIDE / tile_size)).astype(np.int64) & (SIDE - 1)
    row = np.floor(f32(v) * (SIDE / tile_size)).astype(np.int64) & (SIDE - 1)
    return f32(tile(kind)[row, column])
