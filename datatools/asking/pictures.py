"""What does an annotator see of a picture and of the mask under review?

Upright, at most so many pixels on the longer side, without metadata, named by the sample id alone: file
names of data sets often give the label away. A mask is two layers to lay over its picture.
"""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools import images
from datatools.asking.task import Picture
from datatools.masks import Mask, disk
from datatools.tables import write_bytes

_LINE_PX = 2  # of either colour, in the scaled picture
_VEIL_OPACITY = 0.75  # dark enough to see the mask's edge, light enough to see what it leaves out


def photo_name(sample_id: str) -> str:
    """Give the path of a picture below the page's folder."""
    return f"pictures/{sample_id}.jpg"


def layer_name(sample_id: str, layer: str) -> str:
    """Give the path of a mask's layer, outline or veil, below the page's folder."""
    return f"masks/{sample_id}_{layer}.png"


def write(folder: Path, picture: Picture, side_px: int) -> None:
    """Write a picture and the layers of its mask.

    Raises:
        ImageError: the picture or the mask cannot be read.
    """
    image = images.read_rgb(picture.image)
    mask = None if picture.mask is None else images.read_mask(picture.mask)
    photo = images.scaled(image, side_px)
    write_bytes(folder / photo_name(picture.sample_id), images.to_jpeg(photo))
    if mask is not None:
        small = mask_at(mask, photo.shape[:2])
        for layer, drawn in (("outline", outline(small)), ("veil", veil(small))):
            write_bytes(folder / layer_name(picture.sample_id, layer), images.to_png(drawn))


def mask_at(mask: Mask, shape: tuple[int, ...]) -> Mask:
    """Scale a mask to the (height, width, ...) of a picture, in pixels."""
    soft = cv2.resize(
        mask.array.astype(np.uint8) * np.uint8(255), (shape[1], shape[0]), interpolation=cv2.INTER_AREA
    )
    return Mask(np.asarray(soft > 127))


def outline(mask: Mask) -> NDArray[np.uint8]:
    """Draw a mask's edge, transparent elsewhere; uint8 RGBA (H, W, 4).

    White inside and black outside: one of the two is seen on any picture, and the edge lies between them.
    """
    person = mask.array.astype(np.uint8)
    brush = disk(_LINE_PX)
    # The picture's border is no edge: a body that leaves the picture does not end there.
    inside = mask.array & (cv2.erode(person, brush, borderType=cv2.BORDER_REPLICATE) == 0)
    outside = ~mask.array & (cv2.dilate(person, brush, borderType=cv2.BORDER_REPLICATE) > 0)
    drawn = np.zeros((*mask.array.shape, 4), np.uint8)
    drawn[inside] = 255
    drawn[outside] = (0, 0, 0, 255)
    return drawn


def veil(mask: Mask) -> NDArray[np.uint8]:
    """Darken everything outside a mask; uint8 RGBA (H, W, 4), black of some opacity."""
    drawn = np.zeros((*mask.array.shape, 4), np.uint8)
    drawn[~mask.array, 3] = round(255 * _VEIL_OPACITY)
    return drawn
