"""What can be seen of a mask's quality without a human mask?

Four sources: whether the teachers agree, with each other and with the final mask; whether they are sure;
whether the picture has an edge where the mask has one; and whether mask and face fit together. All of it is
measured on a small copy of the picture and in proportion to the person, so that resolution plays no part.
A feature that is undefined (no face, one teacher) is left out.
"""

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools.masks import RGB, Face, Mask, Matte
from datatools.quality import _outline, _person, _profile, _teachers

VERSION = 2  # of the features: a model fitted on others does not apply
WORK_SIDE_PX = 320

NAMES = (*_teachers.NAMES, *_outline.NAMES, *_profile.NAMES, *_person.NAMES)


def features(
    image: RGB, faces: Sequence[Face], mattes: Mapping[str, Matte], mask: Mask
) -> dict[str, float] | None:
    """Give a mask's features by name; None where the mask is empty, because then there is nothing to see.

    Args:
        image: uint8 (H, W, 3).
        faces: largest first, px of the picture.
        mattes: the teachers' mattes (H, W), by teacher.
        mask: the final mask (H, W).
    """
    height, width = mask.array.shape
    scale = min(1.0, WORK_SIDE_PX / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))

    def small(array: NDArray[np.float32] | NDArray[np.uint8]) -> NDArray[np.float32]:
        return np.asarray(cv2.resize(array, size, interpolation=cv2.INTER_AREA), np.float32)

    person = small(mask.array.astype(np.uint8) * np.uint8(255)) > 127
    if not person.any():
        return None
    softs = [small(mattes[name].array) for name in sorted(mattes)]
    picture = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    found = _teachers.measure(person, softs)
    lab = np.asarray(cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)
    found |= _outline.measure(person, picture, lab)
    found |= _profile.measure(person, lab)
    found |= _person.measure(person, lab, faces, scale)
    return {name: round(float(value), 6) for name, value in found.items() if np.isfinite(value)}
