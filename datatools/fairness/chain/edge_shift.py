"""Does one mask's edge lie outside or inside another's, and how far?

Overlap measures take too much and too little for the same. The edge shift has a sign: a mask that is
drawn 2 px wider all round has a shift of +2 px against the other.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools.errors import MaskError
from datatools.masks import Mask
from datatools.metrics._counts import band_width_px

_Pixels = NDArray[np.bool_]  # (H, W)
_CROSS = np.asarray(cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3)), np.uint8)


def edge_shift_px(mask: Mask, against: Mask) -> float | None:
    """Give the mean signed distance of a mask's edge from another's, px, outward positive.

    Averaged over both edges, so that exchanging the masks changes the sign alone. Only the parts of the
    edges that lie within the boundary band (2% of the diagonal, as in boundary IoU) of the other edge
    count: a missing arm is under-segmentation and no habit of the hand. The picture's border is no edge.
    None where no parts of the edges are that near.

    Raises:
        MaskError: the masks differ in size.
    """
    if mask.array.shape != against.array.shape:
        raise MaskError(f"masks to compare have one shape; got {mask.array.shape} and {against.array.shape}")
    height, width = mask.array.shape
    reach = band_width_px(height, width)
    edge, other = _edge(mask.array), _edge(against.array)
    if not edge.any() or not other.any():
        return None
    around = _box(edge | other)
    edge, other = edge[around], other[around]
    ours = _offsets_px(edge, other, against.array[around])
    theirs = _offsets_px(other, edge, mask.array[around])
    ours, theirs = ours[np.abs(ours) <= reach], theirs[np.abs(theirs) <= reach]
    if not len(ours) or not len(theirs):
        return None
    return float(ours.mean() - theirs.mean()) / 2


def _edge(array: _Pixels) -> _Pixels:
    """Give the pixels that have a 4-neighbour outside the mask; the picture's border is no edge."""
    bits = array.astype(np.uint8)
    return np.asarray(cv2.erode(bits, _CROSS, borderType=cv2.BORDER_REPLICATE) != bits)


def _box(array: _Pixels) -> tuple[slice, slice]:
    """Give the rows and columns between which all that is True lies."""
    rows, columns = (np.flatnonzero(array.any(axis=axis)) for axis in (1, 0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _offsets_px(edge: _Pixels, other: _Pixels, inside_other: _Pixels) -> NDArray[np.float64]:
    """Give each edge pixel's signed distance from the other mask's nearest one (n,), outside positive."""
    away = cv2.distanceTransform((~other).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[edge]
    # Squares of these distances are whole numbers; the last digits of OpenCV depend on its threads.
    away_px = np.sqrt(np.rint(np.square(away, dtype=np.float64)))
    return np.where(inside_other[edge], -away_px, away_px)
