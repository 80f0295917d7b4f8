"""What does a camera make of the light: exposure, lens, sensor noise and the tone curve?"""

import cv2
import numpy as np

from datatools.masks import RGB
from datatools.synthetic.arrays import Floats, f32
from datatools.synthetic.scene import Scene


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
    grain = rng.standard_normal((height, width, 3), np.float32)
    grain = 0.6 * grain + 0.4 * grain.mean(axis=2, keepdims=True) * np.sqrt(3)
    noisy = exposed + scene.noise * (0.25 + np.sqrt(np.clip(exposed, 0, 1))) * 0.6 * grain
    # A shoulder instead of clipping: 0.7 and below stay, 1.6 becomes white.
    shoulder = np.where(noisy > 0.7, 0.7 + 0.3 * np.tanh((noisy - 0.7) / 0.42), noisy)
    linear = np.clip(shoulder, 0, 1)
    linear = linear * (0.86 + 0.14 * np.minimum(1, linear / 0.18))  # deeper shadows, as cameras' curves have
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.asarray(np.round(encoded * 255), np.uint8)
