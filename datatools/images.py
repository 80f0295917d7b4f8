"""How does a file become an RGB picture, or a mask, whatever the file is?

Pillow alone decodes: unlike OpenCV it raises on a truncated file, knows palettes and colour spaces,
and tells the size before any pixel is decoded, which is what stops decompression bombs.
"""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from datatools.errors import ImageError
from datatools.masks import RGB, Mask, Matte
from datatools.tables import write_bytes

MAX_MEGAPIXELS = 64.0  # phone cameras reach 50; 64 MP of RGB is 192 MB in memory
SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".ppm"})
_EXIF_ORIENTATION = 0x0112


@dataclass(frozen=True, slots=True)
class ReferenceMask:
    """A reference mask as read: person where ``mask`` is True, ``encoding`` is what the file held."""

    mask: Mask
    encoding: str  # binary01, binary255, soft, palette or labels


@contextmanager
def _opened(path: Path, max_megapixels: float) -> Iterator[Image.Image]:
    try:
        with warnings.catch_warnings():
            # The limit below replaces Pillow's own, which is a warning at one size, an error at another.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                megapixels = image.width * image.height / 1e6
                if megapixels > max_megapixels:
                    raise ImageError(
                        f"{path.name}: {image.width} x {image.height} px is {megapixels:.0f} "
                        f"megapixels, the limit is {max_megapixels:g}; scale it down or raise "
                        "max_megapixels"
                    )
                yield image
    except ImageError:
        raise
    except FileNotFoundError as error:
        raise ImageError(f"{path.name}: there is no such file") from error
    # Decoders raise whatever their format's code raises (struct.error, SyntaxError, OSError ...).
    except Exception as error:
        size = path.stat().st_size if path.is_file() else 0
        reason = "the file is empty" if size == 0 else str(error).replace(str(path), path.name)
        raise ImageError(f"{path.name}: not readable as a picture: {reason}") from error


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith(("I", "F")):  # 16-bit and wider: convert("RGB") would clip to white
        values = np.asarray(image, np.float64)
        top = 65535.0 if image.mode.startswith("I") else max(1.0, float(values.max()))
        image = Image.fromarray(np.clip(values / top * 255 + 0.5, 0, 255).astype(np.uint8))
    elif image.mode in {"LA", "La", "PA", "RGBA", "RGBa"} or "transparency" in image.info:
        # On white: transparent pixels hold arbitrary colours that nobody was meant to see.
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return image.convert("RGB")


def read_rgb(path: Path, max_megapixels: float = MAX_MEGAPIXELS) -> RGB:
    """Read a picture's first frame as RGB after EXIF rotation; uint8 (H, W, 3).

    16-bit grey is scaled, not clipped; transparency lies on white; CMYK is converted.

    Raises:
        ImageError: missing, empty, truncated, not a picture, or larger than ``max_megapixels``.
    """
    with _opened(path, max_megapixels) as image:
        upright = ImageOps.exif_transpose(image)
        return np.array(_to_rgb(upright), np.uint8)


def upright_size(path: Path, max_megapixels: float = MAX_MEGAPIXELS) -> tuple[int, int]:
    """Read width and height in px after EXIF rotation, from the header alone.

    Raises:
        ImageError: as ``read_rgb``, except that truncation is not seen.
    """
    with _opened(path, max_megapixels) as image:
        is_turned = image.getexif().get(_EXIF_ORIENTATION, 1) in {5, 6, 7, 8}
        return (image.height, image.width) if is_turned else (image.width, image.height)


def _mask_values(image: Image.Image) -> tuple[NDArray[np.int64], bool]:
    """Give one integer channel (H, W) scaled to 8 bit, and whether the file had a palette."""
    if image.mode == "P":
        return np.asarray(image, np.int64), True
    if image.mode in {"RGBA", "LA"}:
        alpha = np.asarray(image.getchannel("A"), np.int64)
        if alpha.min() < 255:  # a cut-out: the alpha is the mask
            return alpha, False
    if image.mode.startswith("I"):
        values = np.asarray(image, np.int64)
        return (values * 255 // 65535 if values.max() > 255 else values), False
    return np.asarray(image.convert("L"), np.int64), False


def read_reference_mask(path: Path, max_megapixels: float = MAX_MEGAPIXELS) -> ReferenceMask:
    """Read a reference mask and tell its encoding apart.

    {0, 1} is binary01 and person is 1; {0, 255} is binary255; a palette's or a label map's index 0 is
    background and every other index is person; anything else is soft alpha, person above 127.

    Raises:
        ImageError: as ``read_rgb``.
    """
    with _opened(path, max_megapixels) as image:
        values, has_palette = _mask_values(image)
    distinct = np.unique(values)
    if has_palette:
        return ReferenceMask(Mask(values > 0), "palette")
    if distinct[-1] <= 1:
        return ReferenceMask(Mask(values > 0), "binary01")
    if set(distinct.tolist()) <= {0, 255}:
        return ReferenceMask(Mask(values > 127), "binary255")
    # Few small integers are class indices (a parsing map), not alpha.
    if distinct[-1] < 32:
        return ReferenceMask(Mask(values > 0), "labels")
    return ReferenceMask(Mask(values > 127), "soft")


def _png(array: NDArray[np.uint8]) -> bytes:
    _, encoded = cv2.imencode(".png", array)
    return encoded.tobytes()


def write_matte(path: Path, matte: Matte) -> bytes:
    """Write a matte as 8-bit PNG, atomically; give the file's bytes."""
    data = _png(np.round(matte.array * 255).astype(np.uint8))
    write_bytes(path, data)
    return data


def write_mask(path: Path, mask: Mask) -> bytes:
    """Write a mask as 0/255 PNG, atomically; give the file's bytes."""
    data = _png(mask.array.astype(np.uint8) * np.uint8(255))
    write_bytes(path, data)
    return data


def _read_grey(path: Path) -> NDArray[np.uint8]:
    with _opened(path, MAX_MEGAPIXELS) as image:
        if image.mode != "L":
            raise ImageError(f"{path.name}: expected an 8-bit grey PNG, got mode {image.mode}")
        return np.array(image, np.uint8)


def read_matte(path: Path) -> Matte:
    """Read a matte that ``write_matte`` wrote.

    Raises:
        ImageError: unreadable or not 8-bit grey.
    """
    return Matte(_read_grey(path).astype(np.float32) / np.float32(255))


def read_mask(path: Path) -> Mask:
    """Read a mask that ``write_mask`` wrote.

    Raises:
        ImageError: unreadable or not 8-bit grey.
    """
    return Mask(_read_grey(path) > 127)


def to_jpeg(image: RGB, quality: int = 90) -> bytes:
    """Encode a picture as JPEG without metadata."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()
