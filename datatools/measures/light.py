"""How much light is there, where does it come from, and is the face sharp in it?"""

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools.masks import RGB, Mask, disk
from datatools.measures._colour import Lab
from datatools.measures._face import FaceFrame, Region
from datatools.measures._reason import Reading, Reason

_SHARP_HEIGHT_PX = 96  # brows to chin; faces are scaled to it, so that size is no sharpness
_MIN_BACKGROUND_FRAC = 0.01  # of the picture; less is a rim, not a background
_GAP_FRAC = 0.02  # of the picture's longer side around the mask: its edge is of both
_COMPLEX_SIDE_PX = 256  # longer side at which a background's detail is read: resolution is no complexity
_MIN_PX = 20


def face_lightness(lab: Lab, face: Region) -> Reading:
    """Give the median L* inside the face."""
    return _median(face.of(lab[..., 0]))


def side_light(lab: Lab, frame: FaceFrame) -> Reading:
    """Give the L* of the cheek on the picture's left minus that on its right; both must be in sight."""
    if not (frame.sees_cheek(0) and frame.sees_cheek(1)):
        return Reason.TURNED
    shape = (lab.shape[0], lab.shape[1])
    left, right = (_median(frame.patch(shape, centre).of(lab[..., 0])) for centre in frame.cheeks)
    if isinstance(left, Reason) or isinstance(right, Reason):
        return Reason.SMALL
    return left - right


def background_of(mask: Mask) -> NDArray[np.bool_] | None:
    """Give the pixels that are surely behind the person; None where they are a rim at most."""
    # At a quarter of the size the gap is as wide, and the dilation costs a fiftieth.
    height, width = mask.array.shape
    size = (max(1, width // 4), max(1, height // 4))
    small = cv2.resize(mask.array.astype(np.uint8), size, interpolation=cv2.INTER_AREA)
    gap_px = max(1, round(_GAP_FRAC * max(size)))
    grown = cv2.dilate(small, disk(gap_px))
    full = cv2.resize(grown, (width, height), interpolation=cv2.INTER_NEAREST)
    background = (full == 0) & ~mask.array
    return background if background.mean() >= _MIN_BACKGROUND_FRAC else None


def back_light(lab: Lab, face: Region, background: NDArray[np.bool_] | None) -> Reading:
    """Give the background's mean L* minus the face's median L*; positive is light from behind."""
    own = face_lightness(lab, face)
    if background is None:
        return Reason.NO_BACKGROUND
    return own if isinstance(own, Reason) else float(lab[..., 0][background].mean()) - own


def background_complexity(lab: Lab, background: NDArray[np.bool_] | None) -> Reading:
    """Give the mean length of the gradient of L* in the background, at a picture 256 px long."""
    if background is None:
        return Reason.NO_BACKGROUND
    height, width = background.shape
    scale = _COMPLEX_SIDE_PX / max(height, width)
    size = (max(2, round(width * scale)), max(2, round(height * scale)))
    lightness = cv2.resize(np.ascontiguousarray(lab[..., 0]), size, interpolation=cv2.INTER_AREA)
    across, down = (cv2.Sobel(lightness, cv2.CV_32F, *order, scale=1 / 8) for order in ((1, 0), (0, 1)))
    steep = cv2.magnitude(across, down)
    # A pixel counts where all of its neighbourhood is background: the person's edge is no background.
    inside = cv2.resize(background.astype(np.uint8) * np.uint8(255), size, interpolation=cv2.INTER_AREA)
    whole = cv2.erode((inside == 255).astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=1) > 0
    return float(steep[whole].mean()) if whole.sum() >= _MIN_PX else Reason.NO_BACKGROUND


def face_sharpness(image: RGB, times: float, frame: FaceFrame, face: Region) -> Reading:
    """Give log10 of the Laplacian's variance over the luma's, inside the face at a fixed size.

    The picture has ``times`` the side of the one that frame and face lie in: detail is lost in the small one.
    Divided by the luma's variance because a face with less contrast, by its light or by its skin, is
    not less sharp. A face smaller than the fixed size is scaled up and counts as blurred.
    """
    if min(face.inside.shape) < 2:
        return Reason.SMALL
    rows, columns = (
        slice(round(part.start * times), round(part.stop * times)) for part in (face.rows, face.columns)
    )
    crop, scale = image[rows, columns], _SHARP_HEIGHT_PX / frame.height_px
    size = tuple(max(2, round(side * scale)) for side in face.inside.shape[::-1])
    way = cv2.INTER_AREA if scale < times else cv2.INTER_LINEAR  # down or up from the whole picture
    inside = cv2.resize(face.inside.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    luma = cv2.resize(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY), size, interpolation=way).astype(np.float64)
    if inside.sum() < _MIN_PX:
        return Reason.SMALL
    detail, contrast = float(cv2.Laplacian(luma, cv2.CV_64F)[inside].var()), float(luma[inside].var())
    return float(np.log10(detail / contrast)) if detail > 0 and contrast > 0 else Reason.FLAT


def _median(lightness: NDArray[np.float32]) -> Reading:
    return float(np.median(lightness)) if len(lightness) >= _MIN_PX else Reason.SMALL
