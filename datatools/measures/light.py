"""How much light is there, where does it come from, and is the face sharp in it?"""

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools.masks import RGB, Mask, disk
from datatools.measures._colour import Lab
from datatools.measures._face import FaceFrame

_SHARP_HEIGHT_PX = 96  # brows to chin; faces are scaled to it, so that size is no sharpness
_MIN_BACKGROUND_FRAC = 0.01  # of the picture; less is a rim, not a background
_GAP_FRAC = 0.02  # of the picture's longer side around the mask: its edge is of both
_MIN_PX = 20


def face_lightness(lab: Lab, frame: FaceFrame) -> float | None:
    """Give the median L* inside the face."""
    inside = frame.inside((lab.shape[0], lab.shape[1])).array
    return _median(lab, inside)


def side_light(lab: Lab, frame: FaceFrame) -> float | None:
    """Give the L* of the cheek on the picture's left minus that on its right; both must be in sight."""
    if not (frame.sees_cheek(0) and frame.sees_cheek(1)):
        return None
    shape = (lab.shape[0], lab.shape[1])
    left, right = (_median(lab, frame.patch(shape, centre)) for centre in frame.cheeks)
    return None if left is None or right is None else left - right


def back_light(lab: Lab, frame: FaceFrame, mask: Mask) -> float | None:
    """Give the background's mean L* minus the face's median L*; positive is light from behind."""
    gap_px = max(1, round(_GAP_FRAC * max(mask.array.shape)))
    grown = cv2.dilate(mask.array.astype(np.uint8), disk(gap_px))
    background, face = grown == 0, face_lightness(lab, frame)
    if face is None or background.mean() < _MIN_BACKGROUND_FRAC:
        return None
    return float(lab[..., 0][background].mean()) - face


def face_sharpness(image: RGB, frame: FaceFrame) -> float | None:
    """Give log10 of the Laplacian's variance over the luma's, inside the face at a fixed size.

    Divided by the luma's variance because a face with less contrast, by its light or by its skin, is
    not less sharp. A face smaller than the fixed size is scaled up and counts as blurred.
    """
    low = np.maximum(np.floor(frame.outline.min(axis=0)), 0).astype(int)
    high = np.minimum(np.ceil(frame.outline.max(axis=0)) + 1, (image.shape[1], image.shape[0])).astype(int)
    if (high - low).min() < 2:
        return None
    crop = image[low[1] : high[1], low[0] : high[0]]
    scale = _SHARP_HEIGHT_PX / frame.height_px
    size = (max(2, round(crop.shape[1] * scale)), max(2, round(crop.shape[0] * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    inside = frame.inside((image.shape[0], image.shape[1])).array[low[1] : high[1], low[0] : high[0]]
    face = cv2.resize(inside.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    luma = cv2.cvtColor(cv2.resize(crop, size, interpolation=way), cv2.COLOR_RGB2GRAY).astype(np.float64)
    if face.sum() < _MIN_PX or luma[face].var() == 0:
        return None
    detail = float(cv2.Laplacian(luma, cv2.CV_64F)[face].var())
    return float(np.log10(detail / luma[face].var())) if detail > 0 else None


def _median(lab: Lab, where: NDArray[np.bool_]) -> float | None:
    lightness = lab[..., 0][where]
    return float(np.median(lightness)) if len(lightness) >= _MIN_PX else None
