"""How dark is the skin of a face, in this light?

The individual typology angle, ITA = arctan((L* - 50) / b*) in degrees (Chardon et al. 1991, Skin
colour typology and suntanning pathways). Dermatologists read it under a standard light; a photograph
has its own light and its own camera, so here it says how dark the skin *looks*: a low sun, a blue
screen or a deep shadow moves it by tens of degrees. It is a band to compare by, no property of a person.
"""

import numpy as np

from datatools.masks import RGB
from datatools.measures._colour import Lab
from datatools.measures._face import FaceFrame

_CLIPPED = (10, 250)  # a channel beyond these holds no colour: deep shadow, or shine
_MIDDLE_HALF = (25.0, 75.0)  # percentiles of L*: soft shadows, shine, hairs and pores are outside
_MIN_PX = 20
_MIN_YELLOW = 3.0  # of b*: skin has 5 to 25; less is a black-and-white picture, or blue light


def skin_ita_deg(image: RGB, lab: Lab, frame: FaceFrame) -> float | None:
    """Give the mean ITA of the cheeks that are turned to the camera; None where none can be read.

    Not the forehead: hair and hats cover it, and on CelebAMask it follows the skin half as well.
    """
    shape = (image.shape[0], image.shape[1])
    angles = []
    for side, centre in enumerate(frame.cheeks):
        chosen = frame.patch(shape, centre)
        pixels, colours = image[chosen], lab[chosen]
        is_plain = (pixels.min(axis=1) >= _CLIPPED[0]) & (pixels.max(axis=1) <= _CLIPPED[1])
        angle = _ita_deg(colours[is_plain])
        if angle is not None and frame.sees_cheek(side):
            angles.append(angle)
    return float(np.mean(angles)) if angles else None


def _ita_deg(colours: Lab) -> float | None:
    """Give the ITA of a patch of skin (n, 3); None where it is too small, or grey or blue as no skin is."""
    if len(colours) < _MIN_PX:
        return None
    low, high = np.percentile(colours[:, 0], _MIDDLE_HALF)
    middle = colours[(colours[:, 0] >= low) & (colours[:, 0] <= high)]
    lightness, _, yellow = np.median(middle, axis=0)
    return float(np.degrees(np.arctan((lightness - 50) / yellow))) if yellow >= _MIN_YELLOW else None
