"""Where exactly does the person end? Colour decides, in a narrow band round the matte's edge."""

from collections.abc import Sequence
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools.masks import RGB, Face, Mask, Matte, edge_band
from datatools.tables import fingerprint

_Number = TypeVar("_Number", np.uint8, np.float32)

_WORK_SIDE_PX = 1024  # finer than any teacher's matte, and a 48-megapixel photo takes a second


class EdgeGrabcut:
    """Cut the band round the matte's edge by GrabCut (Rother et al. 2004), then decide every pixel.

    It acts on soft mattes only: a matte of zeros and ones has nothing left to decide, which is also why
    a second application changes nothing.
    """

    name = "edge_grabcut"

    def __init__(self, *, band_frac: float = 6 / 512, n_iterations: int = 3) -> None:
        self.band_frac = band_frac  # half width of the band, of the picture's longer side
        self.n_iterations = n_iterations
        self.fingerprint = fingerprint(self.name, 1, band_frac, n_iterations)

    def refine(self, image: RGB, matte: Matte, faces: Sequence[Face]) -> Matte:  # noqa: ARG002  # Protocol
        if not ((matte.array > 0) & (matte.array < 1)).any():
            return matte
        scale = min(1.0, _WORK_SIDE_PX / max(matte.array.shape))
        coarse = Mask(_shrunk(matte.array, scale) > 0.5)
        half_width_px = max(1, round(self.band_frac * max(coarse.array.shape)))
        band = edge_band(coarse, half_width_px).array
        if not band.any():
            return matte
        cut = grabcut(_shrunk(image, scale), coarse.array, band, self.n_iterations)
        if scale < 1:
            full = (matte.array.shape[1], matte.array.shape[0])
            cut = cv2.resize(cut.astype(np.float32), full, interpolation=cv2.INTER_LINEAR) > 0.5
            band = cv2.resize(band.astype(np.uint8), full, interpolation=cv2.INTER_NEAREST) > 0
        return Matte(np.where(band, cut, matte.array > 0.5).astype(np.float32))


def _shrunk(array: NDArray[_Number], scale: float) -> NDArray[_Number]:
    small = cv2.resize(array, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(small, array.dtype)


def grabcut(
    image: RGB, person: NDArray[np.bool_], band: NDArray[np.bool_], n_iterations: int
) -> NDArray[np.bool_]:
    """Give the mask (H, W) after GrabCut decided the band; outside it ``person`` stands."""
    labels = np.where(
        band,
        np.where(person, cv2.GC_PR_FGD, cv2.GC_PR_BGD),
        np.where(person, cv2.GC_FGD, cv2.GC_BGD),
    ).astype(np.uint8)
    if (labels == cv2.GC_FGD).sum() < 5 or (labels == cv2.GC_BGD).sum() < 5:  # fewer than its colours
        return person
    background, foreground = np.zeros((1, 65)), np.zeros((1, 65))
    # Its k-means starts at random; the state is the calling thread's own, so this holds under threads.
    cv2.setRNGSeed(1)
    unused = (0, 0, 1, 1)  # the rectangle of another mode
    cv2.grabCut(image, labels, unused, background, foreground, n_iterations, cv2.GC_INIT_WITH_MASK)
    return np.asarray((labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD))


build = EdgeGrabcut
