"""Which pixels certainly belong to a face?"""

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools.anatomy import anatomy
from datatools.masks import Face, Mask, hull

# The hull of the 68 points overshoots the cheeks; 8% of the jaw's width brings it inside (measured on
# portraits with human masks: forced in whole, the hull harmed seven pictures for each it helped).
_ERODE_FRAC = 0.08
# A detector's box reaches past the cheeks and into the background at its corners.
_BOX_WIDTH_FRAC, _BOX_HEIGHT_FRAC = 0.6, 0.8
Floats = NDArray[np.float64]

_WORK_SIDE_PX = 192  # a seed needs no finer outline, and eroding a 3,000 px face would take seconds


def _outline(face: Face) -> NDArray[np.float32]:
    """Give points (n, 2) px whose hull is the face: its landmarks, else an ellipse in its box."""
    if face.landmarks is not None and len(face.landmarks.points) >= 3:
        return face.landmarks.points
    x0, y0, x1, y1 = face.box
    turn = np.linspace(0, 2 * np.pi, 36, endpoint=False)
    radius = np.array([_BOX_WIDTH_FRAC * (x1 - x0) / 2, _BOX_HEIGHT_FRAC * (y1 - y0) / 2])
    circle = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    return np.asarray(circle * radius + [(x0 + x1) / 2, (y0 + y1) / 2], np.float32)


def _width_px(face: Face, points: NDArray[np.float32]) -> float:
    """Give the jaw's width; without a jaw, the side of the square that the hull would fill."""
    parts = anatomy(face)
    if parts is not None:
        return parts.width_px
    return float(np.sqrt(cv2.contourArea(cv2.convexHull(points))))


def face_seed(face: Face, shape: tuple[int, int]) -> Mask:
    """Give the pixels of a picture (H, W) that lie well inside the face; none if it lies outside."""
    points = _outline(face)
    canvas = np.zeros(shape, np.bool_)
    low = np.maximum(np.floor(points.min(axis=0)), 0).astype(int)
    high = np.minimum(np.ceil(points.max(axis=0)) + 1, (shape[1], shape[0])).astype(int)
    width_px, height_px = (high - low).tolist()
    if width_px <= 0 or height_px <= 0:
        return Mask(canvas)
    scale = min(1.0, _WORK_SIDE_PX / max(width_px, height_px))
    # A pixel's centre is half a pixel inside: without the shift, scaling would move the hull.
    small = (points - low + 0.5) * scale - 0.5
    # The margin keeps the picture's border from counting as the hull's edge or hiding it.
    erode_px = _ERODE_FRAC * _width_px(face, points) * scale
    margin = int(np.ceil(erode_px)) + 1
    work = (max(1, round(height_px * scale)) + 2 * margin, max(1, round(width_px * scale)) + 2 * margin)
    inner = hull((small + margin).astype(np.float32), work, erode_px).array[margin:-margin, margin:-margin]
    region = cv2.resize(inner.astype(np.uint8), (width_px, height_px), interpolation=cv2.INTER_NEAREST)
    canvas[low[1] : high[1], low[0] : high[0]] = region > 0
    return Mask(canvas)


MIN_WIDTH_PX = 12.0  # of a jaw: below, a landmark's error is as large as the parts that it shows
Window = tuple[slice, slice]


def window_round(
    point: NDArray[np.float32], reach_px: float, shape: tuple[int, int], step: int = 1
) -> Window | None:
    """Give every ``step``-th pixel of a picture (H, W) near a point; None where that lies outside."""
    x, y = (float(value) for value in point)
    x0, x1 = max(0, int(x - reach_px)), min(shape[1], int(np.ceil(x + reach_px)) + 1)
    y0, y1 = max(0, int(y - reach_px)), min(shape[0], int(np.ceil(y + reach_px)) + 1)
    return (slice(y0, y1, step), slice(x0, x1, step)) if x0 < x1 and y0 < y1 else None


def along(tilt_deg: float, origin: NDArray[np.float32], window: Window) -> tuple[Floats, Floats]:
    """Give the way in px from a point to each pixel of a window: down a tilted axis, and to its right."""
    tilt = np.radians(tilt_deg)
    rows, columns = np.ogrid[window]
    x, y = columns - float(origin[0]), rows - float(origin[1])
    return y * np.cos(tilt) - x * np.sin(tilt), x * np.cos(tilt) + y * np.sin(tilt)
