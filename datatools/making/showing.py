"""How is a matte shown: as a mask, a cut-out, or the person before another background?"""

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools import images
from datatools.errors import UsageError
from datatools.masks import RGB, Matte

Kind = Literal["mask", "matte", "cutout", "composite"]
Plate = Callable[[RGB], RGB]  # a picture to the background that takes its place, of its size

_BLUR_FRAC = 0.03  # standard deviation of the blur, of the longer side
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def plate(background: str) -> Plate:
    """Make the background of composites.

    Args:
        background: a colour as #rrggbb, blur, or the path of a picture, which is cut to each size.

    Raises:
        UsageError: it is none of these.
        ImageError: the picture cannot be read.
    """
    if background == "blur":
        return _blurred
    if _COLOUR.fullmatch(background):
        colour = np.frombuffer(bytes.fromhex(background[1:]), np.uint8)
        return lambda image: np.broadcast_to(colour, image.shape)
    if not Path(background).is_file():
        raise UsageError(f"expected a background #rrggbb, blur or the path of a picture; got {background!r}")
    picture = images.read_rgb(Path(background))
    return lambda image: _cut(picture, image.shape[1], image.shape[0])


def _blurred(image: RGB) -> RGB:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), _BLUR_FRAC * max(image.shape[:2])), np.uint8)


def _cut(picture: RGB, width_px: int, height_px: int) -> RGB:
    """Scale a picture until it covers the size, and cut the middle out of it."""
    scale = max(width_px / picture.shape[1], height_px / picture.shape[0])
    picture = _middle(picture, math.ceil(width_px / scale) + 2, math.ceil(height_px / scale) + 2)
    size = (max(width_px, round(picture.shape[1] * scale)), max(height_px, round(picture.shape[0] * scale)))
    large = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    x, y = (size[0] - width_px) // 2, (size[1] - height_px) // 2
    return np.asarray(large[y : y + height_px, x : x + width_px], np.uint8)


def _middle(picture: RGB, width_px: int, height_px: int) -> RGB:
    """Cut away what would not be seen, so that of a thread no more is scaled than is needed."""
    x, y = max(0, (picture.shape[1] - width_px) // 2), max(0, (picture.shape[0] - height_px) // 2)
    return picture[y : y + height_px, x : x + width_px]


def shown(kind: Kind, image: RGB, matte: Matte, behind: Plate) -> NDArray[np.uint8]:
    """Show a matte: uint8 (H, W) for mask and matte, (H, W, 4) for a cut-out, (H, W, 3) for a composite."""
    soft = np.round(matte.array * 255).astype(np.uint8)
    if kind == "mask":
        return matte.threshold().array.astype(np.uint8) * np.uint8(255)
    if kind == "matte":
        return soft
    if kind == "cutout":
        return np.dstack([image, soft])
    share = matte.array[..., None]
    return np.asarray(np.round(share * image + (1 - share) * behind(image)), np.uint8)
