"""What does the person's mask show: its edge, what hangs beside the face, what covers the shoulders?"""

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools.masks import Mask
from datatools.measures._colour import Lab
from datatools.measures._face import FaceFrame
from datatools.measures._reason import Reading, Reason

_REACH_FRAC = 0.01  # of the picture's longer side: how far from the edge a side's colour is taken
_MIN_EDGE_PX = 20
_EDGE_SIDE_PX = 250  # of the longer side, at least, on which the edge is read
# Beside the jaw: beyond the ears, which reach about a tenth of the face's width out, and within hair.
_BESIDE_FRAC = (0.12, 0.3)
# Shoulders begin a third of a face below the chin or lower: further down hair cannot be told from them.
_MAX_BELOW = 0.5  # in face heights
_MIN_ROOM = 0.1  # a picture that ends sooner below the chin does not show it
_SHOULDER_DROP, _SHOULDER_REACH = 0.6, 1.5  # below the chin in face heights; sideways in face widths
_MIN_SHOULDER_PX = 100


def edge_contrast(lab: Lab, mask: Mask) -> Reading:
    """Give the median colour difference (CIE76) between the two sides of the mask's edge.

    A side's colour is the mean of its pixels near the edge. The picture's border is no edge.
    """
    # Every n-th pixel: a median over the whole edge does not need them all, and averages nothing across it.
    step = max(1, max(mask.array.shape) // _EDGE_SIDE_PX)
    reach = max(1, round(_REACH_FRAC * max(mask.array.shape) / step))
    lab = np.ascontiguousarray(lab[::step, ::step])
    person = mask.array[::step, ::step].astype(np.float32)
    edge = person - cv2.erode(person, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_REPLICATE) > 0
    if edge.sum() < _MIN_EDGE_PX:
        return Reason.NO_EDGE
    rows, columns = np.nonzero(edge)
    inner, outer = _mean_near(lab, person, reach), _mean_near(lab, 1 - person, reach)
    difference = inner[rows, columns] - outer[rows, columns]
    return float(np.median(np.linalg.norm(difference, axis=1)))


def _mean_near(lab: Lab, weight: NDArray[np.float32], reach: int) -> Lab:
    """Average the weighted pixels in a square around each pixel."""
    side = (2 * reach + 1, 2 * reach + 1)
    sums = cv2.boxFilter(lab * weight[..., None], -1, side, normalize=False)
    count = cv2.boxFilter(weight, -1, side, normalize=False)
    return np.asarray(sums / np.maximum(count, 1e-6)[..., None], np.float32)


def hair_below_chin(frame: FaceFrame, mask: Mask) -> Reading:
    """Give how far below the chin the mask hangs beside the face, in face heights, -1 to 0.5.

    In each column beside the jaw, followed down from the eyes until the background; the longer side
    counts. Negative: it ends above the chin, or there is nothing beside the face. 0.5, or the picture's
    bottom, means that far or further: there hair meets shoulders, and a mask does not tell them apart.
    A veil counts as hair.
    """
    height_px, chin_y = frame.height_px, float(frame.chin[1])
    eyes_y = (frame.eye_left[1] + frame.eye_right[1]) / 2
    start, mouth = (round(y) for y in (eyes_y, float(frame.mouth_corners[:, 1].mean())))
    bottom = min(round(chin_y + _MAX_BELOW * height_px), mask.array.shape[0] - 1)
    if start < 0 or start >= mouth or bottom < chin_y + _MIN_ROOM * height_px:
        return Reason.NO_ROOM
    near, far = (frac * frame.width_px for frac in _BESIDE_FRAC)
    left_x, right_x = sorted((frame.jaw_left[0], frame.jaw_right[0]))
    sides = []
    for first, last in ((left_x - far, left_x - near), (right_x + near, right_x + far)):
        columns = mask.array[start : bottom + 1, max(0, round(first)) : max(0, round(last) + 1)]
        if columns.shape[1] >= max(1, (far - near) / 2):
            ends = [_end(column, mouth - start) for column in columns.T]
            sides.append((float(np.median(ends)) + start - chin_y) / height_px)
    return float(np.clip(max(sides), -1.0, _MAX_BELOW)) if sides else Reason.NO_ROOM


def _end(column: NDArray[np.bool_], before: int) -> int:
    """Give where the mask ends that begins before row ``before``; 0 where none does."""
    begins = int(np.argmax(column))
    if not column[begins] or begins >= before:
        return 0
    is_gap = ~column[begins:]
    return begins + int(np.argmax(is_gap)) if is_gap.any() else len(column) - 1


def shoulder_lightness(lab: Lab, frame: FaceFrame, mask: Mask) -> Reading:
    """Give the median L* of the mask below the chin: dark clothes, dark hair or bare skin."""
    top = max(0, round(frame.chin[1] + _SHOULDER_DROP * frame.height_px))
    reach = _SHOULDER_REACH * frame.width_px
    left, right = (max(0, round(frame.chin[0] + sign * reach)) for sign in (-1, 1))
    lightness = lab[top:, left : right + 1, 0][mask.array[top:, left : right + 1]]
    return float(np.median(lightness)) if len(lightness) >= _MIN_SHOULDER_PX else Reason.NO_ROOM
