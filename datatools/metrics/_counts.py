"""What do two masks of one picture have to say to each other, as whole numbers of pixels?

These are the sufficient statistics that the scores table keeps: every metric is computed from them
afterwards, without reading a mask again.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools.errors import MaskError
from datatools.masks import Mask, disk

Bits = NDArray[np.uint8]  # (H, W), 0 or 1

BAND_FRAC = 0.02  # of the picture's diagonal: Cheng et al. 2021, Boundary IoU, section 4.1
EDGE_TOLERANCE_PX = 3
_CROSS = np.asarray(cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3)), np.uint8)

# Part of what makes a row of the scores table stale: raise it when a count changes its meaning.
COUNTS_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """The pixel counts of a row of the scores table; see ``records.Score`` for each."""

    tp: int
    fp: int
    fn: int
    tn: int
    band_px: int
    band_tp: int
    band_union: int
    edge_tolerance_px: int
    edge_pred: int
    edge_pred_hit: int
    edge_ref: int
    edge_ref_hit: int
    fp_band: int
    fn_band: int


def _bits(mask: Mask) -> Bits:
    return np.ascontiguousarray(mask.array).view(np.uint8)


def _square(half_width_px: int) -> Bits:
    # OpenCV filters a square in rows and columns: its cost does not grow with the width, a disk's does.
    return np.ones((2 * half_width_px + 1, 2 * half_width_px + 1), np.uint8)


def _both(first: Bits, second: Bits) -> int:
    return cv2.countNonZero(cv2.bitwise_and(first, second))


def _inner_band(mask: Bits, half_width_px: int) -> Bits:
    """Give the mask's pixels within the width of its contour (chessboard distance).

    As in the published measure, a mask that reaches the picture's border has a contour there.
    """
    shrunk = cv2.erode(mask, _square(half_width_px), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return np.asarray(mask - shrunk, np.uint8)


def _contour(mask: Bits) -> Bits:
    """Give the mask's pixels that have a 4-neighbour outside; the picture's border is no contour."""
    shrunk = cv2.erode(mask, _CROSS, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(mask - shrunk, np.uint8)


def _edge_zone(mask: Bits, half_width_px: int) -> Bits:
    """Give the pixels on both sides of the mask's edge; the picture's border is no edge."""
    square = _square(half_width_px)
    grown = cv2.dilate(mask, square, borderType=cv2.BORDER_REPLICATE)
    shrunk = cv2.erode(mask, square, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(grown - shrunk, np.uint8)


def band_width_px(height_px: int, width_px: int) -> int:
    """Give the half width of the boundary band of a picture of this size; at least 1 px."""
    return max(1, round(BAND_FRAC * math.hypot(height_px, width_px)))


def resized(mask: Mask, shape: tuple[int, int]) -> Mask:
    """Give the mask at another size (H, W) by its nearest pixels; the same object when it fits."""
    if mask.array.shape == shape:
        return mask
    scaled = cv2.resize(_bits(mask), (shape[1], shape[0]), interpolation=cv2.INTER_NEAREST)
    return Mask(scaled.astype(bool))


def count(pred: Mask, ref: Mask) -> Counts:
    """Count the agreements and errors of a predicted mask against a reference of the same size.

    Raises:
        MaskError: the masks differ in size; see ``resized``.
    """
    if pred.array.shape != ref.array.shape:
        raise MaskError(
            f"expected a prediction of the reference's size {ref.array.shape}, got {pred.array.shape}"
        )
    p, r = _bits(pred), _bits(ref)
    tp, n_pred, n_ref = _both(p, r), cv2.countNonZero(p), cv2.countNonZero(r)
    fp, fn = n_pred - tp, n_ref - tp

    band_px = band_width_px(*p.shape)
    band_p, band_r = _inner_band(p, band_px), _inner_band(r, band_px)
    band_tp = _both(band_p, band_r)

    contour_p, contour_r = _contour(p), _contour(r)
    near = disk(EDGE_TOLERANCE_PX)

    zone_r = _edge_zone(r, band_px)
    wrong_near = np.asarray(cv2.bitwise_and(cv2.bitwise_xor(p, r), zone_r), np.uint8)
    fp_band = _both(wrong_near, p)

    return Counts(
        tp=tp,
        fp=fp,
        fn=fn,
        tn=p.size - tp - fp - fn,
        band_px=band_px,
        band_tp=band_tp,
        band_union=cv2.countNonZero(band_p) + cv2.countNonZero(band_r) - band_tp,
        edge_tolerance_px=EDGE_TOLERANCE_PX,
        edge_pred=cv2.countNonZero(contour_p),
        edge_pred_hit=_both(contour_p, np.asarray(cv2.dilate(contour_r, near), np.uint8)),
        edge_ref=cv2.countNonZero(contour_r),
        edge_ref_hit=_both(contour_r, np.asarray(cv2.dilate(contour_p, near), np.uint8)),
        fp_band=fp_band,
        fn_band=cv2.countNonZero(wrong_near) - fp_band,
    )
