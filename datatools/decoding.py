"""Which files does Pillow decode, within which limits, and which way up are they?

A file is read whole and judged before Pillow sees it, so that no decoder waits for a pipe, maps a file that
somebody shortens meanwhile, or works for minutes on a few bytes. Metadata that is broken says nothing; it
costs no picture.
"""

import logging
import re
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from datatools.errors import DataError, ImageError
from datatools.outside import containers, regular
from datatools.outside.names import shown

MAX_MEGAPIXELS = 64.0  # phone cameras reach 50; 64 MP of RGB is 192 MB in memory
_MAX_WEBP_MEGAPIXELS = 40.0  # its decoder holds a picture five times
MAX_SIDE_PX = 32_767  # OpenCV's functions that move pixels count them in 16 bits
MAX_FILE_BYTES = 256 << 20  # 64 MP at four bytes a pixel, uncompressed
SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jfif", ".mpo", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".ppm", ".pgm"}
)
# Pictures that are not decoded here. Camera raw files are TIFF containers: Pillow would take the
# thumbnail in them for the picture.
UNREAD_SUFFIXES = frozenset(
    {".heic", ".heif", ".avif", ".jxl", ".jp2", ".psd", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".raf"}
)
# Named, so that no file reaches a decoder nobody meant (PostScript runs a program, for one).
_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "PPM")

# ``max_megapixels`` takes its place: Pillow's own limit warns at one size and raises at another, and a
# warning cannot be silenced in threads.
Image.MAX_IMAGE_PIXELS = None
# What is odd in a file is told as its row's error, not printed by whichever thread reads it; a worker's
# warnings come with the path of the module.
warnings.filterwarnings("ignore", category=UserWarning, module=r"(.*[/\\])?PIL[./\\]")
logging.getLogger("PIL").addHandler(logging.NullHandler())

_ORIENTATION, _SHORT = 0x0112, 3
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_PNG_WORDS = re.compile(rb"eXIf|[iz]TXt|tEXt")
_XMP_ORIENTATION = re.compile(rb'tiff:Orientation(?:="|>)([0-9])')


@contextmanager
def opened(path: Path, max_megapixels: float) -> Iterator[Image.Image]:
    """Open a file as a picture; whatever goes wrong in the block too becomes an ImageError.

    Raises:
        ImageError: missing, no regular file, not a picture, or too large in pixels, bytes or work.
    """
    if path.suffix.lower() in UNREAD_SUFFIXES:
        raise ImageError(f"{shown(path.name)}: {path.suffix} files are not read; save it as JPEG or PNG")
    with _opened(_read(path), shown(path.name), max_megapixels) as image:
        yield image


def orientation(data: bytes, name: str) -> int:
    """Give the number by which a file's EXIF or XMP says how its picture is turned, 1 to 8; 1: it is upright.

    Raises:
        ImageError: as ``opened``; ``name`` is the file's, for the message.
    """
    with _opened(data, shown(name), MAX_MEGAPIXELS) as image:
        if image.format == "PNG" and _PNG_WORDS.search(data, data.find(b"IDAT")):
            image.load()  # what is said may stand behind the pixels
        # Pillow turns TIFF while loading, and so knows.
        found = image.getexif().get(_ORIENTATION) if image.format == "TIFF" else _orientation(image)
        return found if found in _TURNS else 1


@contextmanager
def _opened(data: bytes, name: str, max_megapixels: float) -> Iterator[Image.Image]:
    try:
        containers.check(data)
        with Image.open(BytesIO(data), formats=_FORMATS) as image:
            _require_size(image, max_megapixels)
            yield image
    except UnidentifiedImageError as error:
        raise ImageError(f"{name}: {_what_it_is(data)}") from error
    except ImageError as error:
        raise ImageError(f"{name}: {error}") from error
    # Decoders raise whatever their format's code raises (struct.error, SyntaxError, OSError ...).
    except Exception as error:
        raise ImageError(f"{name}: not readable as a picture: {error}") from error


def _read(path: Path) -> bytes:
    try:
        return regular.read(path, MAX_FILE_BYTES)
    except FileNotFoundError as error:
        raise ImageError(f"{shown(path.name)}: there is no such file") from error
    except OSError as error:
        raise ImageError(f"{shown(path.name)}: cannot be read: {error.strerror}") from error
    except DataError as error:
        raise ImageError(str(error)) from error


def _require_size(image: Image.Image, max_megapixels: float) -> None:
    megapixels = image.width * image.height / 1e6
    limit = min(max_megapixels, _MAX_WEBP_MEGAPIXELS) if image.format == "WEBP" else max_megapixels
    if megapixels > limit:
        raise ImageError(
            f"{image.width} x {image.height} px is {megapixels:.0f} megapixels, the limit is {limit:g}; "
            "scale it down"
        )
    if max(image.size) > MAX_SIDE_PX:
        raise ImageError(
            f"{image.width} x {image.height} px has a side of more than {MAX_SIDE_PX} px; scale it down"
        )
    if min(image.size) < 1:
        raise ImageError(f"{image.width} x {image.height} px, a picture has at least one pixel")


def _what_it_is(data: bytes) -> str:
    if not data:
        return "the file is empty"
    if data[4:8] == b"ftyp":
        return "a HEIC, AVIF or video file under another name; save it as JPEG or PNG"
    return f"not a picture in one of the formats {', '.join(_FORMATS)}"


def upright(image: Image.Image) -> Image.Image:
    """Turn a picture as its EXIF or XMP orientation says; an orientation that is none turns nothing."""
    image.load()  # Pillow itself turns TIFF while loading
    turn = None if image.format == "TIFF" else _TURNS.get(_orientation(image))
    if turn is None:
        return image
    turned = image.transpose(turn)
    image.close()  # its pixels are no longer needed, and may be a quarter of a gigabyte
    return turned


def _orientation(image: Image.Image) -> int:
    """Give the orientation; read here, since Pillow turns every value of the tag into a number first."""
    exif = image.info.get("exif")
    if exif is None and "Raw profile type exif" in image.info:  # as ImageMagick writes it
        try:
            exif = bytes.fromhex("".join(str(image.info["Raw profile type exif"]).split("\n")[3:]))
        except ValueError:
            exif = None
    found = _of_exif(exif.removeprefix(b"Exif\0\0")) if isinstance(exif, bytes) else None
    if found is None:
        xmp = image.info.get("XML:com.adobe.xmp") or image.info.get("xmp") or b""
        match = _XMP_ORIENTATION.search(xmp.encode("utf-8", "replace") if isinstance(xmp, str) else xmp)
        found = int(match[1]) if match else None
    return found or 1


def _of_exif(exif: bytes) -> int | None:
    """Give the tag of the first directory; None where it is not there, or not one number."""
    order = "<" if exif.startswith(b"II") else ">"
    try:
        (place,) = struct.unpack_from(order + "I", exif, 4)
        (n_entries,) = struct.unpack_from(order + "H", exif, place)
        for number in range(n_entries):
            tag, kind, count, value = struct.unpack_from(order + "HHIH", exif, place + 2 + 12 * number)
            if tag == _ORIENTATION:
                return int(value) if kind == _SHORT and count == 1 else None
    except struct.error:  # cut off
        return None
    return None
