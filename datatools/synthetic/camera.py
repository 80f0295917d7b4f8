"""What does a camera make of the light: exposure, lens, sensor noise and the tone curve?"""

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools.masks import RGB
from datatools.synthetic.arrays import Floats, f32
from datatools.synthetic.scene import Scene

_STEPS = 1 << 14  # of the tone curve


def develop(scene: Scene, light: Floats) -> RGB:
    """Turn linear light (H, W, 3), 1 is white, into an sRGB picture."""
    rng = np.random.default_rng([scene.seed, 2])
    height, width = light.shape[:2]
    sharp = cv2.GaussianBlur(light, (0, 0), max(0.3, scene.blur_frac * width))
    quarter = cv2.resize(light, (width // 4, height // 4), interpolation=cv2.INTER_AREA)
    glow = cv2.resize(cv2.GaussianBlur(quarter, (0, 0), width * 0.01), (width, height))
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    dark = 1 - scene.vignette * 0.45 * (0.5 * (x * x + y * y)) ** 1.3
    exposed = (0.96 * sharp + 0.04 * glow) * dark[..., None] * scene.light.level
    exposed = exposed * (1 + 0.04 * scene.light.warmth * f32([1, 0, -1]))
    # Shot noise grows with the square root of the light; a dim picture is amplified, noise and all.
    grain = 0.6 * rng.standard_normal((height, width, 3), np.float32)
    grain += 0.4 * rng.standard_normal((height, width, 1), np.float32)  # most of it is in the brightness
    noisy = exposed + scene.noise * (0.25 + np.sqrt(np.clip(exposed, 0, 1))) * 0.6 * grain
    # A shoulder instead of clipping: 0.7 and below stay, white is far away.
    over = np.maximum(noisy - 0.7, 0)
    shoulder = np.minimum(noisy, 0.7) + 0.3 * over / (over + 0.3)
    index = np.clip(shoulder * (_STEPS - 1) + 0.5, 0, _STEPS - 1).astype(np.int32)
    return np.asarray(_tone_curve()[index], np.uint8)


@cache
def _tone_curve() -> NDArray[np.uint8]:
    """Give the sRGB value of linear light at even steps from 0 to 1, with a camera's deeper shadows."""
    linear = np.linspace(0, 1, _STEPS)
    linear = linear * (0.86 + 0.14 * np.minimum(1, linear / 0.18))
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.round(encoded * 255).astype(np.uint8)
