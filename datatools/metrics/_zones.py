"""Where in a picture are the hair, the face, the neck and the shoulders of the largest face's person?

Zones are places relative to the face, not parts that somebody outlined: an error in the hair's zone lies
where hair is expected. They are the same for the reference and for every prediction, so that errors of
several models can be compared. Lengths are in units of the face's size, the larger of jaw width and the
height from the brows to the chin, of which one shrinks as a head turns.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools.anatomy import Anatomy, Points, anatomy
from datatools.masks import Face

ZoneMap = NDArray[np.uint8]  # (H, W): 0 is elsewhere, else 1 + the place in ZONES
ZONES = ("hair", "face", "neck", "shoulders")

_MIN_SIZE_PX = 12.0  # below, a landmark's error is as large as the parts that it shows
_HEIGHT_TO_WIDTH = (0.4, 3.0)  # of faces of every pose; other landmarks form no face
_FOREHEAD = 0.3  # of the height from brows to chin: the hairline is about half of it above the brows
# x from the face's middle line, y from the brows (above) or from the chin (below), in sizes of the face.
_HAIR_ABOVE, _HAIR_ASIDE = 1.3, 1.2
_NECK_BELOW, _NECK_ASIDE = 0.5, 0.6
_SHOULDERS_BELOW, _SHOULDERS_ASIDE = 2.0, 2.0
_FAR_PX = 1e4  # further outside, OpenCV's fixed-point filler overflows


def zoned_face(faces: Sequence[Face] | None) -> Face | None:
    """Give the face that zones lie around, the largest; None where its landmarks show no jaw."""
    if not faces or (parts := anatomy(faces[0])) is None:
        return None
    width_px, height_px = parts.width_px, parts.height_px
    if max(width_px, height_px) < _MIN_SIZE_PX:
        return None
    low, high = _HEIGHT_TO_WIDTH
    return faces[0] if low * width_px <= height_px <= high * width_px else None


def zone_map(face: Face, picture: tuple[int, int], shape: tuple[int, int]) -> ZoneMap | None:
    """Draw a face's zones.

    Args:
        face: as ``zoned_face`` gives it, in px of its picture.
        picture: the picture's height and width.
        shape: the map's, which may be another size of the same picture.

    Returns:
        The map, or None where the face lies outside the picture.
    """
    parts = anatomy(face)
    assert parts is not None
    scale = np.array([shape[1] / picture[1], shape[0] / picture[0]])
    drawn = np.zeros(shape, np.uint8)
    for zone in ("shoulders", "neck", "hair", "face"):  # the face last: it lies over what it touches
        # A pixel's centre is half a pixel inside: without the shift, scaling would move the zones.
        corners = (_outline(parts, zone) + 0.5) * scale - 0.5
        corners = np.round(np.clip(corners, -_FAR_PX, _FAR_PX)).astype(np.int32)
        cv2.fillConvexPoly(drawn, cv2.convexHull(corners), (1 + ZONES.index(zone),))
    return drawn if (drawn == 1 + ZONES.index("face")).any() else None


def _outline(parts: Anatomy, zone: str) -> Points:
    """Give points (n, 2) px whose hull is a zone."""
    down, size_px = parts.down, max(parts.width_px, parts.height_px)
    brow, chin = parts.brows.mean(axis=0), parts.chin
    if zone == "face":
        return np.concatenate([parts.jaw, parts.brows - _FOREHEAD * parts.height_px * down])
    if zone == "hair":
        return _box(brow - _HAIR_ABOVE * size_px * down, chin, down, _HAIR_ASIDE * size_px)
    below, aside = (_NECK_BELOW, _NECK_ASIDE) if zone == "neck" else (_SHOULDERS_BELOW, _SHOULDERS_ASIDE)
    return _box(chin, chin + below * size_px * down, down, aside * size_px)


def _box(top: Points, bottom: Points, down: Points, aside_px: float) -> Points:
    """Give the corners (4, 2) of a rectangle along the face's middle line."""
    aside = aside_px * np.array([down[1], -down[0]], np.float32)
    return np.stack([top - aside, top + aside, bottom + aside, bottom - aside])
