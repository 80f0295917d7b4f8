"""Which boxes does a single-shot detector see, given the raw numbers that it puts out?

The detectors of MediaPipe give, for each of a fixed grid of anchors, a logit and a box with key points
as offsets from the anchor (Bazarevsky et al. 2019, BlazeFace, sections 3.2 and 3.3).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_MAX_LOGIT = 80.0  # beyond, exp leaves float32


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """One object: all coordinates in fractions of the detector's square input."""

    box: Floats  # (4,), x0, y0, x1, y1
    points: Floats  # (k, 2), key points
    score: float  # in (0, 1)


def anchors(side_px: int, layers: tuple[tuple[int, int], ...]) -> Floats:
    """Give the anchors' centres (n, 2) in fractions of the input.

    Args:
        side_px: of the square input.
        layers: for each feature map its stride in px and how many anchors share a cell.
    """
    found = []
    for stride, per_cell in layers:
        cells = -(-side_px // stride)
        centre = (np.arange(cells) + 0.5) / cells
        grid = np.stack(np.meshgrid(centre, centre), axis=-1).reshape(-1, 2)  # row by row, x first
        found.append(np.repeat(grid, per_cell, axis=0))
    return np.concatenate(found).astype(np.float32)


def decode(
    offsets: Floats, logits: Floats, centres: Floats, side_px: int, min_score: float
) -> list[Detection]:
    """Give the detections of at least ``min_score``, surest first, overlapping ones still apart.

    Args:
        offsets: (n, 4 + 2k) px: centre x, centre y, width, height, then key points x, y.
        logits: (n,).
        centres: (n, 2), the anchors.
        side_px: of the square input.
        min_score: in (0, 1).
    """
    scores = 1 / (1 + np.exp(-np.clip(logits, -_MAX_LOGIT, _MAX_LOGIT)))
    (chosen,) = np.nonzero(scores >= min_score)
    chosen = chosen[np.argsort(-scores[chosen], kind="stable")]
    found = []
    for index in chosen.tolist():
        raw = offsets[index] / side_px
        centre, size = raw[:2] + centres[index], raw[2:4]
        box = np.concatenate([centre - size / 2, centre + size / 2]).astype(np.float32)
        points = raw[4:].reshape(-1, 2) + centres[index]
        found.append(Detection(box, points.astype(np.float32), float(scores[index])))
    return found


def _overlap(box: Floats, others: Floats) -> NDArray[np.float64]:
    """Give the IoU of a box (4,) with each of the others (n, 4)."""
    low, high = np.maximum(box[:2], others[:, :2]), np.minimum(box[2:], others[:, 2:])
    inside = np.maximum(high - low, 0).prod(axis=1)
    areas = np.maximum(others[:, 2:] - others[:, :2], 0).prod(axis=1)
    area = float(np.maximum(box[2:] - box[:2], 0).prod())
    union = np.maximum(area + areas - inside, 1e-12)
    return np.asarray(inside / union, np.float64)


def merge(detections: list[Detection], min_overlap: float) -> list[Detection]:
    """Average the detections that overlap the surest one, weighted by score; then go on with the rest.

    Averaging instead of dropping the less sure ones keeps a face's box steady (BlazeFace, section 3.4).
    """
    left, found = list(detections), []
    while left:
        near = _overlap(left[0].box, np.stack([one.box for one in left])) > min_overlap
        near[0] = True  # a box without area overlaps nothing, itself included
        group = [one for one, is_near in zip(left, near, strict=True) if is_near]
        weights = np.array([one.score for one in group], np.float32)
        box = np.average([one.box for one in group], axis=0, weights=weights)
        points = np.average([one.points for one in group], axis=0, weights=weights)
        found.append(Detection(box.astype(np.float32), points.astype(np.float32), group[0].score))
        left = [one for one, is_near in zip(left, near, strict=True) if not is_near]
    return found
