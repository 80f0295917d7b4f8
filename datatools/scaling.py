"""How is an array made smaller, however thin the picture is?"""

import cv2
import numpy as np
from numpy.typing import NDArray


def scaled_down(
    array: NDArray[np.uint8] | NDArray[np.float32], scale: float
) -> NDArray[np.uint8] | NDArray[np.float32]:
    """Scale an array (H, W) or (H, W, C) down; each side keeps at least one pixel."""
    height, width = (round(side * scale) for side in array.shape[:2])
    if min(height, width) < 1:
        size = (max(1, width), max(1, height))
        small = cv2.resize(array, size, interpolation=cv2.INTER_AREA)
    else:
        small = cv2.resize(array, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return small.astype(np.uint8) if array.dtype == np.uint8 else small.astype(np.float32)
