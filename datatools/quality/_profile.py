"""How far from the mask's edge is the picture's own edge?

Across the mask's edge, along its normal, the colours of the picture change somewhere: where they change
most lies the picture's edge. Its distance from the mask's estimates the error of the outline, without any
teacher.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Floats = NDArray[np.float32]

_REACH_FRAC = 0.03  # of the root of the person's area: how far on either side is looked
_LEAST_REACH_PX = 3
_NEAR = 0.6  # of the reach: standard deviation of how far an edge is looked for, so that near ones win
_SMOOTH_PX = 0.8  # takes off noise of single pixels
_NORMAL_SMOOTH_PX = 2.5  # of the mask, so that its normal does not follow every step
_MARGIN_PX = 2  # at the picture's border the mask ends and the person does not
_LEAST_PIXELS = 10  # of an edge that can be measured

NAMES = ("edge_offset", "edge_offset_p90", "edge_on_peak", "edge_off_peak_frac")


def _normals(person: Bools, ys: NDArray[np.intp], xs: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Give the outward unit normals of the mask at its edge's pixels."""
    soft = cv2.GaussianBlur(
        person.astype(np.float32), (0, 0), _NORMAL_SMOOTH_PX, borderType=cv2.BORDER_REPLICATE
    )
    across, down = -cv2.Sobel(soft, cv2.CV_32F, 1, 0)[ys, xs], -cv2.Sobel(soft, cv2.CV_32F, 0, 1)[ys, xs]
    length = np.hypot(across, down) + 1e-6
    return np.asarray(across / length, np.float32), np.asarray(down / length, np.float32)


def measure(person: Bools, lab: Floats) -> dict[str, float]:
    """Measure the picture (CIELAB, (h, w, 3)) across the edge of a mask (bool, (h, w))."""
    side = float(person.sum()) ** 0.5
    array = person.astype(np.uint8)
    inner = array != cv2.erode(array, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_REPLICATE)
    inner[:_MARGIN_PX] = inner[-_MARGIN_PX:] = False
    inner[:, :_MARGIN_PX] = inner[:, -_MARGIN_PX:] = False
    ys, xs = np.nonzero(inner)
    if len(ys) < _LEAST_PIXELS:
        return {}
    across, down = _normals(person, ys, xs)
    reach = max(_LEAST_REACH_PX, round(_REACH_FRAC * side))
    steps = np.arange(-reach, reach + 1, dtype=np.float32)
    profiles = cv2.remap(
        cv2.GaussianBlur(lab, (0, 0), _SMOOTH_PX),
        np.asarray(xs[:, None] + across[:, None] * steps, np.float32),
        np.asarray(ys[:, None] + down[:, None] * steps, np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )  # (edge pixels, steps, 3)
    change = np.linalg.norm(np.diff(profiles, axis=1), axis=2)
    # Between two steps, from the line half a pixel outside the inner pixel, where the mask ends.
    at = (steps[1:] + steps[:-1]) / 2 - 0.5
    nearness = np.exp(-0.5 * (at / (_NEAR * reach)) ** 2)
    offset = np.abs(at[(change * nearness).argmax(axis=1)]) / side
    on_peak = change[:, np.abs(at) <= 1].max(axis=1) / np.maximum(change.max(axis=1), 1e-6)
    return {
        "edge_offset": float(offset.mean()),
        "edge_offset_p90": float(np.percentile(offset, 90)),
        "edge_on_peak": float(on_peak.mean()),
        "edge_off_peak_frac": float((on_peak < 0.5).mean()),
    }
