"""What do two masks of one picture have to say to each other, as whole numbers of pixels?

These are the sufficient statistics that the scores table keeps: every metric is computed from them
afterwards, without reading a mask again.
"""

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools.errors import MaskError
from datatools.masks import Mask
from datatools.metrics._planes import (
    Words,
    counted,
    grid,
    outlines,
    places,
    planes,
    shrunk,
    unpacked,
)
from datatools.metrics._zones import ZONES, ZoneMap

Bits = NDArray[np.uint8]  # (H, W), 0 or 1

BAND_FRAC = 0.02  # of the picture's diagonal: Cheng et al. 2021, Boundary IoU, section 4.1
EDGE_TOLERANCE_PX = 3
EDGE_TOLERANCES_PX = (1, EDGE_TOLERANCE_PX, 5)
EDGE_TOLERANCE_FRAC = 0.008  # of the picture's diagonal: the contour measure of DAVIS (Perazzi et al. 2016)

# Part of what makes a row of the scores table stale: raise it when a count changes its meaning.
COUNTS_VERSION = 2


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
    edge_pred_hit_1px: int
    edge_ref_hit_1px: int
    edge_pred_hit_5px: int
    edge_ref_hit_5px: int
    edge_rel_px: int
    edge_pred_hit_rel: int
    edge_ref_hit_rel: int
    fp_band: int
    fn_band: int
    ref_hair: int | None = None
    fp_hair: int | None = None
    fn_hair: int | None = None
    ref_face: int | None = None
    fp_face: int | None = None
    fn_face: int | None = None
    ref_neck: int | None = None
    fp_neck: int | None = None
    fn_neck: int | None = None
    ref_shoulders: int | None = None
    fp_shoulders: int | None = None
    fn_shoulders: int | None = None


def _bits(mask: Mask) -> Bits:
    return np.ascontiguousarray(mask.array).view(np.uint8)


def band_width_px(height_px: int, width_px: int) -> int:
    """Give the half width of the boundary band of a picture of this size; at least 1 px."""
    return max(1, round(BAND_FRAC * math.hypot(height_px, width_px)))


def edge_tolerance_px(height_px: int, width_px: int) -> int:
    """Give the tolerance of contours that grows with the picture: 8 px at 600 x 800."""
    return math.ceil(EDGE_TOLERANCE_FRAC * math.hypot(height_px, width_px))


@functools.lru_cache(maxsize=256)
def _ring(radius_px: int, row_bits: int) -> NDArray[np.int64]:
    """Give the steps (n, 1) to the pixels within a radius but not within one px less, in bits of a plane."""
    offset = np.arange(-radius_px, radius_px + 1)
    squared = offset[:, None] ** 2 + offset**2
    down, right = np.nonzero((squared > (radius_px - 1) ** 2) & (squared <= radius_px**2))
    return ((down - radius_px) * row_bits + right - radius_px)[:, None]


def _met(contour: Words, other: Words, row_bits: int, tolerances_px: Sequence[int]) -> list[int]:
    """Count the pixels of a contour that lie within each tolerance of the other one (Euclidean).

    A contour has few pixels and most are near the other one: looking around each, further and further,
    costs a tenth of a distance transform.
    """
    there = unpacked(other)
    left = places(contour)
    n_pixels = len(left)
    left = left[~there[left]]
    n_met = [n_pixels - len(left)]  # within 0 px, 1 px ...
    for radius in range(1, max(tolerances_px) + 1):
        if len(left):
            left = left[~there[left + _ring(radius, row_bits)].any(axis=0)]
        n_met.append(n_pixels - len(left))
    return [n_met[tolerance] for tolerance in tolerances_px]


def resized(mask: Mask, shape: tuple[int, int]) -> Mask:
    """Give the mask at another size (H, W) by its nearest pixels; the same object when it fits."""
    if mask.array.shape == shape:
        return mask
    scaled = cv2.resize(_bits(mask), (shape[1], shape[0]), interpolation=cv2.INTER_NEAREST)
    return Mask(scaled.astype(bool))


def _by_zone(pred: Mask, ref: Mask, zones: ZoneMap) -> dict[str, int]:
    wrong = np.flatnonzero(pred.array ^ ref.array)  # few beside all pixels
    errors = np.bincount(2 * zones.ravel()[wrong] + ref.array.ravel()[wrong], minlength=2 * (1 + len(ZONES)))
    counts: dict[str, int] = {}
    for number, zone in enumerate(ZONES, start=1):
        counts[f"ref_{zone}"] = int(np.count_nonzero((zones == number) & ref.array))
        counts[f"fp_{zone}"], counts[f"fn_{zone}"] = errors[2 * number : 2 * number + 2].tolist()
    return counts


AREAS = ("tp", "fp", "fn", "tn")


def areas(pred: Mask, ref: Mask) -> dict[str, int]:
    """Count ``AREAS`` alone, which most metrics are made of, in a fraction of the time of ``count``.

    Raises:
        MaskError: the masks differ in size.
    """
    _check_sizes(pred, ref)
    bits = [np.ascontiguousarray(mask.array).view(np.uint8) for mask in (pred, ref)]
    n_pred, n_ref = map(cv2.countNonZero, bits)
    tp = cv2.countNonZero(cv2.bitwise_and(*bits))
    fp, fn = n_pred - tp, n_ref - tp
    return dict(zip(AREAS, (tp, fp, fn, ref.array.size - tp - fp - fn), strict=True))


def _check_sizes(pred: Mask, ref: Mask) -> None:
    if pred.array.shape != ref.array.shape:
        raise MaskError(
            f"expected a prediction of the reference's size {ref.array.shape}, got {pred.array.shape}"
        )


def count(pred: Mask, ref: Mask, zones: ZoneMap | None = None) -> Counts:
    """Count the agreements and errors of a predicted mask against a reference of the same size.

    Args:
        pred: the prediction.
        ref: the reference.
        zones: of the reference's size; None: no face is known, and the zones have no counts.

    Raises:
        MaskError: the masks, or the zones, differ in size; see ``resized``.
    """
    _check_sizes(pred, ref)
    if zones is not None and zones.shape != ref.array.shape:
        raise MaskError(f"expected zones of the reference's size {ref.array.shape}, got {zones.shape}")
    height_px, width_px = ref.array.shape
    band_px = band_width_px(height_px, width_px)
    relative_px = edge_tolerance_px(height_px, width_px)
    tolerances_px = (*EDGE_TOLERANCES_PX, relative_px)
    where = grid(height_px, width_px, max(band_px, *tolerances_px), band_px)
    rows = where.rows()
    inside = where.inside[rows]
    framed = planes([pred.array, ref.array], where)
    contours = outlines(framed, where)
    shrunk_p, shrunk_r, shrunk_rest = shrunk(
        np.concatenate([framed, framed[1:] ^ where.inside]), band_px, where
    )
    p, r = masks = framed[:, rows] & inside

    # As in the published measure, a mask that reaches the picture's border has a contour there.
    core = where.core[rows]
    band_p, band_r = p & ~(shrunk_p & core), r & ~(shrunk_r & core)
    wrong = p ^ r
    wrong_near = wrong & ~(shrunk_r | shrunk_rest)  # the picture's border is no edge
    together = [band_p, band_r, p & r, band_p & band_r, wrong_near, wrong_near & p]
    n_pred, n_ref, edge_pred, edge_ref, n_band_p, n_band_r, tp, band_tp, n_near, fp_band = counted(
        np.concatenate([masks, contours[:, rows], together])
    )
    fp, fn = n_pred - tp, n_ref - tp
    pred_1, pred_3, pred_5, pred_relative = _met(contours[0], contours[1], where.row_bits, tolerances_px)
    ref_1, ref_3, ref_5, ref_relative = _met(contours[1], contours[0], where.row_bits, tolerances_px)
    by_zone = {} if zones is None else _by_zone(pred, ref, zones)

    return Counts(
        tp=tp,
        fp=fp,
        fn=fn,
        tn=height_px * width_px - tp - fp - fn,
        band_px=band_px,
        band_tp=band_tp,
        band_union=n_band_p + n_band_r - band_tp,
        edge_tolerance_px=EDGE_TOLERANCE_PX,
        edge_pred=edge_pred,
        edge_pred_hit=pred_3,
        edge_ref=edge_ref,
        edge_ref_hit=ref_3,
        edge_pred_hit_1px=pred_1,
        edge_ref_hit_1px=ref_1,
        edge_pred_hit_5px=pred_5,
        edge_ref_hit_5px=ref_5,
        edge_rel_px=relative_px,
        edge_pred_hit_rel=pred_relative,
        edge_ref_hit_rel=ref_relative,
        fp_band=fp_band,
        fn_band=n_near - fp_band,
        **by_zone,
    )
