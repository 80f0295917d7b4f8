"""What does somebody see in a panel: a picture, the edge of its mask, tones to compare with?

As data URIs: a panel needs no file of its own, and shows a picture upright without its metadata.
"""

import base64
from pathlib import Path

import cv2
import numpy as np

from datatools import images
from datatools.asking.pictures import mask_at, outline
from datatools.asking.task import COLOURS

_SIDE_PX = 640
_TONE_PX = 64


def portrait(image: Path, mask: Path | None) -> str:
    """Give a picture, with the edge of a mask where one is given.

    Raises:
        ImageError: the picture or the mask cannot be read.
    """
    shown = images.scaled(images.read_rgb(image), _SIDE_PX)
    if mask is not None:
        edge = outline(mask_at(images.read_mask(mask), shown.shape[:2]))
        shown = np.where(edge[..., 3:] > 0, edge[..., :3], shown)
    return _uri("jpeg", images.to_jpeg(shown))


def tones() -> str:
    """Give the Monk tones side by side with their numbers."""
    row = np.zeros((_TONE_PX, _TONE_PX * len(COLOURS), 3), np.uint8)
    for place, (value, colour) in enumerate(COLOURS.items()):
        left = place * _TONE_PX
        rgb = tuple(bytes.fromhex(colour.removeprefix("#")))
        row[:, left : left + _TONE_PX] = rgb
        ink = (0, 0, 0) if sum(rgb) > 3 * 110 else (255, 255, 255)
        number = str(int(value.removeprefix("monk_")))
        cv2.putText(row, number, (left + 6, _TONE_PX - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.6, ink, 1, cv2.LINE_AA)
    return _uri("png", images.to_png(row))


def _uri(kind: str, data: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
