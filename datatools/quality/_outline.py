"""Does the picture have an edge where the mask has one, and what shape is that edge?"""

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools.masks import RGB, disk

Bools = NDArray[np.bool_]
Floats = NDArray[np.float32]

_STEP_FRAC = 0.012  # of the root of the person's area: how far from the edge both sides are looked at
_WEAK_LAB = 8.0  # a difference of colour, CIELAB units, that is hard to see across a soft edge
_BINS = 12  # a channel, of the colour histograms

NAMES = (
    "area_frac",
    "outline",
    "raggedness",
    "n_pieces",
    "largest_frac",
    "holes_frac",
    "touch_bottom",
    "touch_top",
    "touch_sides",
    "edge_contrast",
    "edge_weak_frac",
    "edge_gradient",
    "edge_gradient_ratio",
    "colour_conflict",
    "colour_conflict_in",
    "colour_conflict_out",
    "clutter",
    "blur",
)


def measure(person: Bools, picture: RGB, lab: Floats) -> dict[str, float]:
    """Measure the outline of a mask (bool, (h, w)) on its picture (uint8, (h, w, 3), and in CIELAB)."""
    return _shape(person) | _contrast(person, picture, lab)


def _perimeter(person: Bools) -> float:
    across = np.count_nonzero(person[:, 1:] != person[:, :-1])
    return float(across + np.count_nonzero(person[1:] != person[:-1]))


def _shape(person: Bools) -> dict[str, float]:
    area = float(person.sum())
    side = area**0.5
    array = person.astype(np.uint8)
    n_labels, _, stats, _ = cv2.connectedComponentsWithStats(array, connectivity=8)
    background = (~person).astype(np.uint8)
    _, labels = cv2.connectedComponents(background, connectivity=4)
    rim = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    holes = ~np.isin(labels, np.unique(rim)) & ~person
    smooth = cv2.GaussianBlur(array.astype(np.float32), (0, 0), 0.03 * side, borderType=cv2.BORDER_REPLICATE)
    outline, smooth_outline = _perimeter(person), _perimeter(smooth > 0.5)
    return {
        "area_frac": area / person.size,
        "outline": outline / side,
        "raggedness": (outline - smooth_outline) / side,
        "n_pieces": float(n_labels - 1),
        "largest_frac": float(stats[1:, cv2.CC_STAT_AREA].max()) / area,
        "holes_frac": float(holes.sum()) / area,
        "touch_bottom": float(person[-1].mean()),
        "touch_top": float(person[0].mean()),
        "touch_sides": float((person[:, 0].mean() + person[:, -1].mean()) / 2),
    }


def _contrast(person: Bools, picture: RGB, lab: Floats) -> dict[str, float]:
    side = float(person.sum()) ** 0.5
    step = max(2, round(_STEP_FRAC * side))
    array = person.astype(np.uint8)
    inner = array - cv2.erode(array, disk(1), borderType=cv2.BORDER_REPLICATE)
    ys, xs = np.nonzero(inner)
    grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)
    gx, gy = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    gradient = np.hypot(gx, gy)
    found = {
        "clutter": float(gradient[~person].mean()) if not person.all() else np.nan,
        "blur": float(np.log1p(cv2.Laplacian(grey, cv2.CV_32F)[person].var())),
    }
    if not len(ys):
        return found
    window = (2 * step + 1, 2 * step + 1)
    share = cv2.blur(array.astype(np.float32), window)[ys, xs, None]
    inside = cv2.blur(lab * array[..., None], window)[ys, xs]
    outside = cv2.blur(lab, window)[ys, xs] - inside
    apart = np.linalg.norm(inside / np.maximum(share, 1e-3) - outside / np.maximum(1 - share, 1e-3), axis=1)
    near = cv2.dilate(gradient, disk(2))[ys, xs]
    ring = cv2.dilate(array, disk(4 * step)) != cv2.erode(
        array, disk(4 * step), borderType=cv2.BORDER_REPLICATE
    )
    found |= {
        "edge_contrast": float(np.median(apart)),
        "edge_weak_frac": float((apart < _WEAK_LAB).mean()),
        "edge_gradient": float(np.median(near)),
        "edge_gradient_ratio": float(gradient[ys, xs].mean() / max(1e-3, float(gradient[ring].mean()))),
    }
    return found | _colours(person, picture, step, ring)


def _colours(person: Bools, picture: RGB, step: int, ring: Bools) -> dict[str, float]:
    """Say how many pixels near the edge have a colour that is commoner on the other side."""
    array = person.astype(np.uint8)
    grown = cv2.dilate(array, disk(step), borderType=cv2.BORDER_REPLICATE)
    shrunk = cv2.erode(array, disk(step), borderType=cv2.BORDER_REPLICATE)
    band = grown != shrunk
    codes = (picture // np.uint8(-(-256 // _BINS))).astype(np.int32)
    index = (codes[..., 0] * _BINS + codes[..., 1]) * _BINS + codes[..., 2]
    tables = []
    for where in (ring & (shrunk > 0), ring & (grown == 0)):
        counts = np.bincount(index[where], minlength=_BINS**3).astype(np.float32)
        cube = cv2.GaussianBlur(counts.reshape(_BINS * _BINS, _BINS), (3, 1), 0).ravel() + 1e-3
        tables.append(cube / cube.sum())
    is_person = tables[0][index] > tables[1][index]
    n_band = max(1, int(band.sum()))
    return {
        "colour_conflict": float((is_person != person)[band].sum()) / n_band,
        "colour_conflict_in": float((~is_person & person & ring & ~band).sum()) / n_band,
        "colour_conflict_out": float((is_person & ~person & ring & ~band).sum()) / n_band,
    }
