"""How light and of which colour are pixels, as people see them?"""

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools.masks import RGB

Lab = NDArray[np.float32]  # (..., 3): L* 0 to 100, a* green to red, b* blue to yellow


def lab_of(image: RGB) -> Lab:
    """Give CIELAB under D65 of sRGB pixels (H, W, 3)."""
    return np.asarray(cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)
