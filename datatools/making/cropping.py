"""Where in a larger picture is the portrait, and is it whole?

Sizes are in heads: from the crown, which is the top of the mask above the face, to the chin.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools.masks import Face, Mask, hull

# From the crown to the lower border, in heads: a chin with a neck, shoulders, the chest, the waist.
FRAMINGS = {"head": 1.4, "shoulders": 2.0, "bust": 3.0, "half_body": 4.2}

_ABOVE_HEADS = (0.12, 0.45)  # between the upper border and the crown
_ASIDE_FRAC = 0.08  # the face is off the middle by up to this share of the width
_ZOOM = (0.92, 1.1)
_LEAST_ABOVE_HEADS = 0.04
_LEAST_SIDE_FRAC = 0.8  # of what was asked for, where the picture ends
_HEAD_PER_FACE = (0.9, 3.0)  # a finder's box is lower than the head; above 3 it is a raised arm, not hair
_AREA_FRAC = (0.12, 0.92)
_FACE_COVERED_FRAC = 0.9
_FACE_ERODE_FRAC = 0.08  # of the face's width: the hull of landmarks overshoots the face
_BODY_WIDTHS = 0.4  # of the face: the person at the lower border
_LARGEST_PIECE_FRAC = 0.9

Box = tuple[int, int, int, int]  # x0, y0, x1, y1 px, inside the picture


@dataclass(frozen=True, slots=True)
class Cut:
    """A crop's window, or why there is none."""

    box: Box | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Smallest crops worth keeping."""

    min_face_px: int  # height of the finder's box
    min_side_px: int


def cut(
    mask: Mask,
    faces: Sequence[Face],
    *,
    heads: float,
    aspect: float,
    limits: Limits,
    rng: np.random.Generator,
) -> Cut:
    """Place a window around the largest face, and judge what it shows.

    Args:
        mask: of the whole picture.
        faces: largest first.
        heads: from the crown to the lower border.
        aspect: width over height.
        limits: smallest crops.
        rng: shifts and scales the window a little.
    """
    if not faces:
        return Cut(None, "no face was found")
    face, (height_px, width_px) = faces[0], mask.array.shape
    if face.is_cut(width_px, height_px):
        return Cut(None, "the picture's border cuts the face")
    if face.box[3] - face.box[1] < limits.min_face_px:
        return Cut(None, f"the face is lower than {limits.min_face_px} px")
    if not _is_covered(mask, face):
        return Cut(None, "the mask misses the face")
    crown, chin = _head(mask, face)
    head_px = chin - crown
    if not _HEAD_PER_FACE[0] <= head_px / (face.box[3] - face.box[1]) <= _HEAD_PER_FACE[1]:
        return Cut(None, "the mask's head does not fit the face")
    box = _window(mask, face, crown, head_px, heads, aspect, rng)
    if box is None:
        return Cut(None, "the picture ends before the crop does")
    reason = _flaw(mask, faces, box, crown, head_px, limits)
    return Cut(None, reason) if reason else Cut(box, None)


def _outline(face: Face) -> NDArray[np.float32]:
    if face.landmarks is not None:
        return face.landmarks.points
    x0, y0, x1, y1 = face.box
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)


def _is_covered(mask: Mask, face: Face) -> bool:
    points = _outline(face)
    width = float(np.ptp(points[:, 0]))
    inner = hull(points, mask.array.shape, _FACE_ERODE_FRAC * width).array
    return bool(inner.any()) and float(mask.array[inner].mean()) >= _FACE_COVERED_FRAC


def _head(mask: Mask, face: Face) -> tuple[float, float]:
    """Give crown and chin, y px: the mask is followed upwards from the face's middle."""
    points = _outline(face)
    left, right = float(points[:, 0].min()), float(points[:, 0].max())
    columns = mask.array[:, max(0, int(left)) : int(right) + 1]
    start = int(points[:, 1].mean())
    # Three in ten columns: less is a strand, or an arm beside the head.
    gaps = np.flatnonzero(columns[: start + 1].mean(axis=1) < 0.3)
    crown = float(gaps[-1] + 1) if len(gaps) else 0.0
    return crown, float(points[:, 1].max())


def _window(
    mask: Mask,
    face: Face,
    crown: float,
    head_px: float,
    heads: float,
    aspect: float,
    rng: np.random.Generator,
) -> Box | None:
    """Give the window, moved and trimmed to lie in the picture; None where too little is left."""
    height_px, width_px = mask.array.shape
    above = float(rng.uniform(*_ABOVE_HEADS)) * head_px
    below = heads * float(rng.uniform(*_ZOOM)) * head_px
    wanted_height = above + below
    wanted_width = aspect * wanted_height
    aside = float(rng.uniform(-_ASIDE_FRAC, _ASIDE_FRAC)) * wanted_width
    top = max(0, round(crown - above))
    bottom = min(height_px, round(crown + below))
    width = min(width_px, round(wanted_width))
    middle = float(_outline(face)[:, 0].mean()) + aside
    left = min(max(0, round(middle - width / 2)), width_px - width)
    is_short = crown + below - bottom > (1 - _LEAST_SIDE_FRAC) * wanted_height
    if is_short or width < _LEAST_SIDE_FRAC * wanted_width:
        return None
    return left, top, left + width, bottom


def _flaw(
    mask: Mask, faces: Sequence[Face], box: Box, crown: float, head_px: float, limits: Limits
) -> str | None:
    """Say why a window is no portrait; None where it is one."""
    x0, y0, x1, y1 = box
    part = mask.array[y0:y1, x0:x1]
    face_px = faces[0].box[2] - faces[0].box[0]
    points = _outline(faces[0])
    area = float(part.mean())
    if min(x1 - x0, y1 - y0) < limits.min_side_px:
        return f"a side is shorter than {limits.min_side_px} px"
    if (points.min(axis=0) < (x0, y0)).any() or (points.max(axis=0) > (x1, y1)).any():
        return "the crop cuts the face"
    if crown - y0 < _LEAST_ABOVE_HEADS * head_px or part[0].any():
        return "the head touches the top"
    if any(_lies_in(face, box) for face in faces[1:]):
        return "several people"
    if not _AREA_FRAC[0] <= area <= _AREA_FRAC[1]:
        return "the mask is nearly empty or full"
    if np.count_nonzero(part[-1]) < _BODY_WIDTHS * face_px:
        return "there is no body below the face"
    if _largest_piece_frac(part) < _LARGEST_PIECE_FRAC:
        return "the mask is in pieces"
    return None


def _lies_in(face: Face, box: Box) -> bool:
    x, y = (face.box[0] + face.box[2]) / 2, (face.box[1] + face.box[3]) / 2
    return box[0] <= x < box[2] and box[1] <= y < box[3]


def _largest_piece_frac(mask: NDArray[np.bool_]) -> float:
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    areas = stats[1:, cv2.CC_STAT_AREA]
    return float(areas.max() / areas.sum())
