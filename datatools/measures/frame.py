"""How much of the person does the picture's frame hold?"""

import cv2
import numpy as np

from datatools.masks import Mask
from datatools.measures._face import FaceFrame


def face_cut_frac(frame: FaceFrame, shape: tuple[int, int]) -> float:
    """Give the share of the face's hull that lies outside a picture (H, W)."""
    corners = cv2.convexHull(frame.outline)
    height, width = shape
    # Pixel centres lie on whole numbers, so the picture reaches half a pixel beyond them.
    border = np.array(
        [(-0.5, -0.5), (width - 0.5, -0.5), (width - 0.5, height - 0.5), (-0.5, height - 0.5)], np.float32
    )
    inside_px, _ = cv2.intersectConvexConvex(corners, border[:, None])
    # Rounded: the areas of single-precision corners agree to six digits.
    return float(np.clip(np.round(1 - inside_px / frame.area_px, 5), 0.0, 1.0))


def border_frac(mask: Mask) -> float:
    """Give the share of the picture's top and sides that the person touches.

    The bottom does not count: a portrait ends there.
    """
    array = mask.array
    touched = np.concatenate([array[0], array[1:, 0], array[1:, -1]])
    return float(touched.mean())
