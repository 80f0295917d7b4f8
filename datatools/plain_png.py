"""What does a healthy 8-bit grey PNG hold?

Masks are such files, and OpenCV decodes them with a fraction of Pillow's work around it. Whatever is not
exactly that (another format, a palette, an orientation, damage) is left to Pillow, which knows it or says
what is wrong: OpenCV would fill up a damaged file and say nothing.
"""

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools.errors import DataError
from datatools.outside import regular

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEAD = struct.Struct(">2I5B")
_GREY_8_BIT = (8, 0, 0, 0, 0)  # depth, colour type, compression, filter method, no interlacing
_MAX_SIDE_PX = 32_767  # as in ``decoding``, which says so
_MAX_BYTES = 80 << 20  # of 64 megapixels that do not compress
_WITHOUT_EFFECT = frozenset({b"IHDR", b"IDAT", b"pHYs", b"tEXt", b"tIME"})


def read(path: Path, max_megapixels: float) -> NDArray[np.uint8] | None:
    """Decode a file; uint8 (H, W), or None where it is no healthy plain grey PNG of at most that size."""
    try:
        data = regular.read(path, _MAX_BYTES)
    except (OSError, DataError):
        return None
    size = _checked_size(data)
    if size is None or size[0] * size[1] / 1e6 > max_megapixels or max(size) > _MAX_SIDE_PX:
        return None
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    return None if decoded is None else np.asarray(decoded, np.uint8)


def is_one(data: bytes) -> bool:
    """Say whether a file's bytes are a healthy plain grey PNG, as far as can be told without decoding it."""
    return _checked_size(data) is not None


def _checked_size(data: bytes) -> tuple[int, int] | None:
    """Give width and height where every part of the file is there and as it was written."""
    if not data.startswith(_SIGNATURE):
        return None
    size: tuple[int, int] | None = None
    start = len(_SIGNATURE)
    while len(data) >= start + 12:
        length, kind = struct.unpack_from(">I4s", data, start)
        end = start + 8 + length
        if len(data) < end + 4 or zlib.crc32(data[start + 4 : end]) != struct.unpack_from(">I", data, end)[0]:
            return None
        if kind == b"IEND":
            return size
        if kind not in _WITHOUT_EFFECT:
            return None
        if kind == b"IHDR":
            if length != _HEAD.size:
                return None
            width, height, *form = _HEAD.unpack_from(data, start + 8)
            if tuple(form) != _GREY_8_BIT or not width or not height:
                return None
            size = (width, height)
        start = end + 4
    return None
