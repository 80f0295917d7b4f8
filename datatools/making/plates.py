"""Which part of a picture can stand behind somebody else, once its own person is gone?

The best window is one whose hole, where its person was, the new person covers. The rest of the hole is
painted over from its rim; where too much would have to be, there is no plate.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools.masks import RGB, Mask, disk

_SMALL_PX = 96  # longer side at which windows are compared
_LOOK_PX = 256  # longer side of the picture in which windows are looked for
_PAINT_PX = 220  # longer side at which the hole is painted: paint is smooth anyway
_TRIES = 40
_ZOOM = (0.6, 1.0)  # of the largest window
_MAX_ENLARGED = 2.0
_HOLE_FRAC = 0.04  # of the longer side: at 0.025 single strands of hair stayed beside the mask
_REACH_PX = 3  # of the painter, at its size
_SOME = 0.3  # of a small pixel: it counts
_SOFT_PX = 2  # sigma of the change from paint to picture


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a picture, perhaps mirrored, and how much of what will be seen of it must be painted."""

    box: tuple[int, int, int, int]  # x0, y0, x1, y1 px
    is_mirrored: bool
    painted_frac: float


def hole(mask: Mask) -> Mask:
    """Give the pixels that show a picture's own person, or may."""
    radius = max(1, round(_HOLE_FRAC * max(mask.array.shape)))
    # Shrunk first: a disk of 20 px is slow, and its rim need not be exact.
    grown = cv2.dilate(mask.array.astype(np.uint8), disk(min(radius, 4)))
    grown = cv2.blur(grown.astype(np.float32), (2 * radius + 1, 2 * radius + 1))
    return Mask(np.asarray(grown > 0.02, np.bool_))


def best_window(taken: Mask, cover: Mask, rng: np.random.Generator) -> Window | None:
    """Give the window of which least must be painted; None where the picture is too small.

    Args:
        taken: the hole of the picture that becomes the background.
        cover: the new person, at the new picture's size.
        rng: proposes windows.
    """
    height, width = taken.array.shape
    aspect = cover.array.shape[1] / cover.array.shape[0]
    largest = (min(width, height * aspect), min(height, width / aspect))  # width, height
    if cover.array.shape[0] > _MAX_ENLARGED * _ZOOM[1] * largest[1]:
        return None
    scale = _SMALL_PX / max(cover.array.shape)
    size = (max(1, round(cover.array.shape[1] * scale)), max(1, round(cover.array.shape[0] * scale)))
    covered = _some(cover.array.astype(np.float32), size)
    shrink = min(1.0, _LOOK_PX / max(height, width))
    small = (max(1, round(shrink * width)), max(1, round(shrink * height)))
    little = np.asarray(
        cv2.resize(taken.array.astype(np.float32), small, interpolation=cv2.INTER_AREA), np.float32
    )
    best: Window | None = None
    for _ in range(_TRIES):
        zoom = max(float(rng.uniform(*_ZOOM)), cover.array.shape[0] / (_MAX_ENLARGED * largest[1]))
        w, h = max(1, int(zoom * largest[0])), max(1, int(zoom * largest[1]))
        x, y = int(rng.integers(width - w + 1)), int(rng.integers(height - h + 1))
        is_mirrored = bool(rng.random() < 0.5)
        left, top = int(shrink * x), int(shrink * y)
        bottom, right = max(top + 1, round(shrink * (y + h))), max(left + 1, round(shrink * (x + w)))
        gap = _some(little[top:bottom, left:right], size)
        gap = gap[:, ::-1] if is_mirrored else gap
        seen = ~covered
        painted = float((gap & seen).sum() / max(1, seen.sum()))
        if best is None or painted < best.painted_frac:
            best = Window((x, y, x + w, y + h), is_mirrored, painted)
        if painted == 0:
            break
    return best


def _some(share: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.bool_]:
    small = cv2.resize(share, size, interpolation=cv2.INTER_AREA)
    return np.asarray(small > _SOME, np.bool_)


def plate(image: RGB, taken: Mask, window: Window, size: tuple[int, int]) -> RGB:
    """Cut a window out, paint its hole over, and bring it to ``size`` (width, height) px."""
    x0, y0, x1, y1 = window.box
    part, gap = image[y0:y1, x0:x1], taken.array[y0:y1, x0:x1].astype(np.uint8)
    if window.is_mirrored:
        part, gap = part[:, ::-1], gap[:, ::-1]
    shrinks = size[0] < x1 - x0
    whole = cv2.resize(part, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    if not gap.any() or gap.all():
        return np.asarray(whole, np.uint8)
    scale = min(1.0, _PAINT_PX / max(size))
    small = (max(1, round(size[0] * scale)), max(1, round(size[1] * scale)))
    # Every pixel that shows a part of the hole is painted: one that is half person leaves a trace.
    little_gap = (cv2.resize(gap.astype(np.float32), small, interpolation=cv2.INTER_AREA) > 0).astype(
        np.uint8
    )
    little = cv2.resize(part, small, interpolation=cv2.INTER_AREA)
    painted = cv2.inpaint(little, cv2.dilate(little_gap, disk(1)), _REACH_PX, cv2.INPAINT_TELEA)
    painted = cv2.resize(painted, size, interpolation=cv2.INTER_LINEAR)
    share = cv2.resize(gap.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
    # Grown by what the blur takes: the hole itself is paint alone.
    share = cv2.GaussianBlur(cv2.dilate(share, disk(2 * _SOFT_PX)), (0, 0), _SOFT_PX)[..., None]
    return np.round(np.clip(share * painted + (1 - share) * whole, 0, 255)).astype(np.uint8)
