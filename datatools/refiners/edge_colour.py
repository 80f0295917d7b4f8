"""Where exactly does the person end? The colours on either side decide, in a band round the edge.

In the band, the matte's own opinion and the likelihood of the pixel's colour under the colours that
lie near it, well inside the person and well outside, give a prior; a random walk that the picture's
edges hold back decides. From coarse to fine: twice at half the size, where the second look learns the
colours anew from where the first put the edge, then once at the full size. Chosen by measurement:
docs/benchmarks/refiners.md.
"""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools.masks import RGB, Face, Mask, Matte, edge_band
from datatools.refiners._random_walk import random_walk
from datatools.scaling import scaled_down
from datatools.tables import fingerprint

_Number = TypeVar("_Number", np.uint8, np.float32)
Floats = NDArray[np.float32]

_WORK_SIDE_PX = 1024  # finer than any teacher's matte, and a 48-megapixel photo takes a second
_MAX_BAND_FRAC = 6 / 512  # half width, of the picture's longer side
_BAND_PER_TRANSITION = 1.5
_AGAIN_FRAC = 7 / 800  # half width of the later looks' bands at most, of the picture's longer side
_SOFT_PER_BAND = 5 / 7  # a later look's matte: the mask so far, blurred by this part of its band
_WINDOW_PER_BAND = 2  # colours are taken from this many half widths around
_PRIOR_WEIGHT = 0.2
_SURE = 0.02  # a matte's opinion counts as no surer than this ...
_MAX_COLOUR_LOGIT = 3.0  # ... and the colours' as no surer than that: 95%
_COLOUR_NOISE = 600.0  # variance added to each channel (0-255): two dozen grey levels mean nothing
_MAPPED_PER_ROW = 1024
_LEAST_SHARE = 0.02  # of a window: fewer pixels of a side have no distribution
_PAIRS = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))


def transition_px(matte: Floats, within_px: int) -> float:
    """Give the half width of the ramp from background to person: how precisely the matte knows its edge."""
    person = matte > 0.5
    cracks = np.count_nonzero(person[:, 1:] != person[:, :-1]) + np.count_nonzero(person[1:] != person[:-1])
    if not cracks:
        return 0.0
    # A square reaches further at its corners than a disk, and costs a tenth.
    square = np.ones((2 * within_px + 1, 2 * within_px + 1), np.uint8)
    array = person.view(np.uint8)
    near = cv2.dilate(array, square) != cv2.erode(array, square)
    ramp = (matte > 0.05) & (matte < 0.95) & near
    # Cracks between pixels measure a line of random direction 4 / pi too long.
    return float(np.count_nonzero(ramp)) / (cracks * np.pi / 4) / 2


def _shrunk(array: NDArray[_Number], scale: float) -> NDArray[_Number]:
    if scale >= 1:
        return array
    return np.asarray(scaled_down(array, scale), array.dtype)


def _colour_evidence(
    colours: Floats, sides: Sequence[NDArray[np.bool_]], places: NDArray[np.intp], radius_px: int
) -> Floats:
    """Give how much likelier colours are among those of one side around them than among the other's.

    Args:
        colours: float32 (H, W, 3).
        sides: two of (H, W), the pixels whose colours make a normal distribution.
        places: (n,), the pixels to say it of, as numbers in (H * W).
        radius_px: half side of the window around each.

    Returns:
        The logarithm of the likelihood ratio (n,); 0 where a side has too few pixels to say.
    """
    # Every step-th pixel: 7 x 7 or more of a window say what its colours are, at a fraction of the cost.
    step = max(1, radius_px // 3)
    reach = 2 * max(1, round(radius_px / step)) + 1
    some = np.ascontiguousarray(colours[::step, ::step])
    # Squares, and each channel by the one before it; in a fourth channel what there is of them.
    powers = (some, some * some, some * some[..., [2, 0, 1]])
    layers = [cv2.cvtColor(power, cv2.COLOR_RGB2RGBA) for power in powers]  # the fourth is 1
    # In rows: OpenCV maps no more than 32,767 pixels a side.
    n_rows = -(-len(places) // _MAPPED_PER_ROW)
    at = np.zeros((2, n_rows * _MAPPED_PER_ROW), np.float32)
    at[:, : len(places)] = np.divmod(places, colours.shape[1])
    at_y, at_x = at.reshape(2, n_rows, _MAPPED_PER_ROW) / step  # in the grid of the taken pixels
    shown = colours.reshape(-1, 3).take(places, axis=0).T

    def window_means(layer: cv2.typing.MatLike) -> Floats:
        """Average float32 (h, w, 4) over the windows of the asked pixels: (4, n)."""
        means = cv2.boxFilter(layer, -1, (reach, reach), borderType=cv2.BORDER_CONSTANT)
        found = cv2.remap(means, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.ascontiguousarray(found.reshape(-1, 4)[: len(places)].T, np.float32)

    evidence, is_known = np.zeros(len(places), np.float32), np.ones(len(places), np.bool_)
    for sign, side in zip((1, -1), sides, strict=True):
        own = np.ascontiguousarray(side[::step, ::step]).view(np.uint8)
        held = [window_means(cv2.copyTo(layer, own)) for layer in layers]  # 0 where it is another's
        share = held[0][3]
        is_known &= share > _LEAST_SHARE
        sums, squares, products = (total[:3] / np.maximum(share, np.float32(1e-6)) for total in held)
        spread = {(c, c): squares[c] - sums[c] ** 2 + _COLOUR_NOISE for c in range(3)}
        for c in range(3):
            before = (c - 1) % 3
            spread[c, before] = spread[before, c] = products[c] - sums[c] * sums[before]
        distance, determinant = _mahalanobis(spread, shown - sums)
        evidence -= np.float32(sign / 2) * (distance + np.log(np.maximum(determinant, 1)))
    return np.where(is_known, evidence, np.float32(0))


def _mahalanobis(spread: Mapping[tuple[int, int], Floats], off: Sequence[Floats]) -> tuple[Floats, Floats]:
    """Give off' inv(spread) off and det(spread) of n symmetric 3 x 3 matrices, by cofactors.

    Ten times as fast as numpy's general inverse on matrices this small.
    """
    cofactors = {
        (a, b): spread[(a + 1) % 3, (b + 1) % 3] * spread[(a + 2) % 3, (b + 2) % 3]
        - spread[(a + 1) % 3, (b + 2) % 3] * spread[(a + 2) % 3, (b + 1) % 3]
        for a, b in _PAIRS
    }
    determinant, form = np.zeros_like(off[0]), np.zeros_like(off[0])
    for b in range(3):
        determinant += spread[0, b] * cofactors[0, b]
    for a, b in _PAIRS:
        form += np.float32(1 if a == b else 2) * off[a] * off[b] * cofactors[a, b]
    return np.asarray(form / np.maximum(determinant, 1), np.float32), determinant


class EdgeColour:
    """Decide the band round a soft matte's edge by colour, then every other pixel by the matte.

    The band is as wide as the matte is unsure, so that a teacher that knows its edge is hardly moved.
    A matte of zeros and ones leaves nothing to decide: a second application changes nothing.
    """

    name = "edge_colour"

    def __init__(self) -> None:
        self.fingerprint = fingerprint(self.name, 5)

    def refine(self, image: RGB, matte: Matte, faces: Sequence[Face]) -> Matte:  # noqa: ARG002  # Protocol
        if not ((matte.array > 0) & (matte.array < 1)).any():
            return matte
        scale = min(1.0, _WORK_SIDE_PX / max(matte.array.shape))
        picture, soft = _shrunk(image, scale), _shrunk(matte.array, scale)
        side_px = max(soft.shape)
        ramp_px = transition_px(soft, max(1, round(2 * _MAX_BAND_FRAC * side_px)))
        half_px = min(_MAX_BAND_FRAC * side_px, _BAND_PER_TRANSITION * ramp_px)
        if round(half_px) < 1:
            return matte
        coarse = _shrunk(picture, 0.5)
        chance = decide_band(coarse, _shrunk(soft, 0.5), max(1, round(half_px / 2)))
        half_px = min(half_px, _AGAIN_FRAC * side_px)
        for shown, part in ((coarse, 0.5), (picture, 1.0)):
            sigma = _SOFT_PER_BAND * half_px * part
            so_far = _resized((chance > 0.5).astype(np.float32), shown.shape)
            blurred = cv2.GaussianBlur(so_far, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
            soft = np.asarray(blurred, np.float32)
            chance = decide_band(shown, soft, max(1, round(half_px * part)))
        return Matte((_resized(chance, matte.array.shape) > 0.5).astype(np.float32))


def _resized(chance: Floats, shape: tuple[int, ...]) -> Floats:
    size = (shape[1], shape[0])
    if size == chance.shape[::-1]:
        return chance
    return np.asarray(cv2.resize(chance, size, interpolation=cv2.INTER_LINEAR), np.float32)


def decide_band(image: RGB, matte: Floats, half_px: int) -> Floats:
    """Give the chance of person: by colour within ``half_px`` of the matte's edge, else 0 or 1."""
    person = matte > 0.5
    band = edge_band(Mask(person), half_px).array
    left, top, width, height = cv2.boundingRect(band.view(np.uint8))
    if not width:  # nobody, or everybody, at this size
        return person.astype(np.float32)
    radius_px = _WINDOW_PER_BAND * half_px
    # Only the band's surroundings matter; in a large picture that is often a small part.
    window = (
        slice(max(0, top - radius_px), top + height + radius_px),
        slice(max(0, left - radius_px), left + width + radius_px),
    )
    near, inner = band[window], person[window]
    places = np.flatnonzero(near)
    colours = cv2.GaussianBlur(image[window], (0, 0), 0.7).astype(np.float32)
    evidence = _colour_evidence(colours, (inner & ~near, ~inner & ~near), places, radius_px)
    evidence = np.clip(evidence, -_MAX_COLOUR_LOGIT, _MAX_COLOUR_LOGIT)
    opinion = np.clip(matte[window].ravel().take(places), _SURE, 1 - _SURE)
    prior = np.asarray(1 / (1 + np.exp(-evidence) * (1 - opinion) / opinion), np.float32)
    chance = person.astype(np.float32)
    chance[window] = random_walk(image[window], inner, near, prior, _PRIOR_WEIGHT)
    return chance


build = EdgeColour
