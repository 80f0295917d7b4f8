"""Where exactly does the person end? The colours on either side decide, in a band round the edge.

In the band, the matte's own opinion and the likelihood of the pixel's colour under the colours that
lie near it, well inside the person and well outside, give a prior; a random walk that the picture's
edges hold back decides. Chosen by measurement: docs/benchmarks/refiners.md.
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools.masks import RGB, Face, Mask, Matte, edge_band
from datatools.refiners._random_walk import random_walk
from datatools.tables import fingerprint

_Number = TypeVar("_Number", np.uint8, np.float32)

_WORK_SIDE_PX = 1024  # finer than any teacher's matte, and a 48-megapixel photo takes a second
_MAX_BAND_FRAC = 6 / 512  # half width, of the picture's longer side
_BAND_PER_TRANSITION = 1.5
_WINDOW_PER_BAND = 3  # colours are taken from this many half widths around
_PRIOR_WEIGHT = 0.1
_SURE = 0.02  # a matte's opinion counts as no surer than this ...
_MAX_COLOUR_LOGIT = 3.0  # ... and the colours' as no surer than that: 95%
_COLOUR_NOISE = 600.0  # variance added to each channel (0-255): two dozen grey levels mean nothing
_MAPPED_PER_ROW = 1024
_PAIRS = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))


def transition_px(matte: NDArray[np.float32], within_px: int) -> float:
    """Give the half width of the ramp from background to person: how precisely the matte knows its edge."""
    person = matte > 0.5
    cracks = np.count_nonzero(person[:, 1:] != person[:, :-1]) + np.count_nonzero(person[1:] != person[:-1])
    if not cracks:
        return 0.0
    ramp = (matte > 0.05) & (matte < 0.95) & edge_band(Mask(person), within_px).array
    # Cracks between pixels measure a line of random direction 4 / pi too long.
    return float(np.count_nonzero(ramp)) / (cracks * np.pi / 4) / 2


def _shrunk(array: NDArray[_Number], scale: float) -> NDArray[_Number]:
    if scale >= 1:
        return array
    small = cv2.resize(array, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(small, array.dtype)


def _log_likelihood(
    colours: NDArray[np.float32], members: NDArray[np.bool_], asked: NDArray[np.bool_], radius_px: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Give the log density of each asked pixel's colour among the members' colours around it.

    Args:
        colours: float32 (H, W, 3).
        members: (H, W), the pixels whose colours make the normal distribution.
        asked: (H, W), the n pixels to give a density for.
        radius_px: half side of the window.

    Returns:
        Log densities (n,), and whether there were members enough to say so (n,).
    """
    # Every step-th pixel: 17 x 17 or more of a window's say what its colours are, at a fraction of the cost.
    step = max(1, radius_px // 8)
    some, weight = colours[::step, ::step], members[::step, ::step, None].astype(np.float32)
    reach = 2 * max(1, round(radius_px / step)) + 1
    rows, columns = np.nonzero(asked)
    at = np.stack([columns, rows]) / step  # the asked pixels, in the grid of those
    # In rows: OpenCV maps no more than 32,767 pixels a side.
    n_rows = -(-len(rows) // _MAPPED_PER_ROW)
    padded = np.pad(at.astype(np.float32), ((0, 0), (0, n_rows * _MAPPED_PER_ROW - len(rows))))
    at_x, at_y = padded.reshape(2, n_rows, _MAPPED_PER_ROW)

    def window_means(layers: NDArray[np.float32]) -> NDArray[np.float64]:
        """Average float32 (h, w, 4) over the windows of the asked pixels: (4, n)."""
        means = cv2.boxFilter(layers, -1, (reach, reach), borderType=cv2.BORDER_CONSTANT)
        found = cv2.remap(means, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return found.reshape(-1, 4)[: len(rows)].T.astype(np.float64)

    held = some * weight
    *sums, share = window_means(np.concatenate([held, weight], axis=2))
    is_enough = share > 0.02
    share = np.maximum(share, 1e-6)
    mean = [total / share for total in sums]  # each (n,)
    squares = window_means(np.concatenate([held * some, weight], axis=2))
    products = window_means(np.concatenate([held * np.roll(some, 1, axis=2), weight], axis=2))
    spread = {(c, c): squares[c] / share - mean[c] ** 2 + _COLOUR_NOISE for c in range(3)}
    for c in range(3):  # the roll paired each channel with the one before it
        before = (c - 1) % 3
        spread[c, before] = spread[before, c] = products[c] / share - mean[c] * mean[before]
    off = [colours[..., c][asked].astype(np.float64) - mean[c] for c in range(3)]
    distance, determinant = _mahalanobis(spread, off)
    return -0.5 * (distance + np.log(np.maximum(determinant, 1.0))), is_enough


def _mahalanobis(
    spread: Mapping[tuple[int, int], NDArray[np.float64]], off: Sequence[NDArray[np.float64]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give off' inv(spread) off and det(spread) of n symmetric 3 x 3 matrices, by cofactors.

    Ten times as fast as numpy's general inverse on matrices this small.
    """
    cofactors = {
        (a, b): spread[(a + 1) % 3, (b + 1) % 3] * spread[(a + 2) % 3, (b + 2) % 3]
        - spread[(a + 1) % 3, (b + 2) % 3] * spread[(a + 2) % 3, (b + 1) % 3]
        for a, b in _PAIRS
    }
    determinant = sum((spread[0, b] * cofactors[0, b] for b in range(3)), np.zeros_like(off[0]))
    form = sum(
        ((1 if a == b else 2) * off[a] * off[b] * cofactors[a, b] for a, b in _PAIRS), np.zeros_like(off[0])
    )
    return form / np.maximum(determinant, 1.0), determinant


class EdgeColour:
    """Decide the band round a soft matte's edge by colour, then every other pixel by the matte.

    The band is as wide as the matte is unsure, so that a teacher that knows its edge is hardly moved.
    A matte of zeros and ones leaves nothing to decide: a second application changes nothing.
    """

    name = "edge_colour"

    def __init__(self) -> None:
        self.fingerprint = fingerprint(self.name, 3)

    def refine(self, image: RGB, matte: Matte, faces: Sequence[Face]) -> Matte:  # noqa: ARG002  # Protocol
        if not ((matte.array > 0) & (matte.array < 1)).any():
            return matte
        scale = min(1.0, _WORK_SIDE_PX / max(matte.array.shape))
        small = _shrunk(matte.array, scale)
        widest_px = _MAX_BAND_FRAC * max(small.shape)
        ramp_px = transition_px(small, max(1, round(2 * widest_px)))
        half_px = round(min(widest_px, _BAND_PER_TRANSITION * ramp_px))
        if half_px < 1:
            return matte
        chance = decide_band(_shrunk(image, scale), small, half_px)
        if scale < 1:
            full = (matte.array.shape[1], matte.array.shape[0])
            chance = np.asarray(cv2.resize(chance, full, interpolation=cv2.INTER_LINEAR), np.float32)
        return Matte((chance > 0.5).astype(np.float32))


def decide_band(image: RGB, matte: NDArray[np.float32], half_px: int) -> NDArray[np.float32]:
    """Give the chance of person: by colour within ``half_px`` of the matte's edge, else 0 or 1."""
    person = matte > 0.5
    band = edge_band(Mask(person), half_px).array
    radius_px = _WINDOW_PER_BAND * half_px
    rows, columns = np.nonzero(band)
    # Only the band's surroundings matter; in a large picture that is often a small part.
    window = (
        slice(max(0, int(rows.min()) - radius_px), int(rows.max()) + radius_px + 1),
        slice(max(0, int(columns.min()) - radius_px), int(columns.max()) + radius_px + 1),
    )
    colours = cv2.GaussianBlur(image[window].astype(np.float32), (0, 0), 0.7)
    near, inner = band[window], person[window]
    inside, enough_inside = _log_likelihood(np.asarray(colours, np.float32), inner & ~near, near, radius_px)
    outside, enough_outside = _log_likelihood(
        np.asarray(colours, np.float32), ~inner & ~near, near, radius_px
    )
    evidence = np.clip(inside - outside, -_MAX_COLOUR_LOGIT, _MAX_COLOUR_LOGIT)
    evidence[~(enough_inside & enough_outside)] = 0.0
    opinion = np.clip(matte[window][near].astype(np.float64), _SURE, 1 - _SURE)
    prior = 1 / (1 + np.exp(-(np.log(opinion / (1 - opinion)) + evidence)))
    chance = person.astype(np.float32)
    chance[window] = random_walk(image[window], inner, near, prior, _PRIOR_WEIGHT)
    return chance


build = EdgeColour
