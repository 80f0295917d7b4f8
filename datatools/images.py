"""How does a file become an RGB picture, or a mask, whatever the file is?

Pillow decodes: unlike OpenCV it raises on a truncated file, knows palettes and colour spaces, and tells
the size before any pixel is decoded, which is what stops decompression bombs. Only plain grey masks go
another way, see ``plain_png``.
"""

import functools
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from datatools import plain_png
from datatools.decoding import MAX_FILE_BYTES as MAX_FILE_BYTES
from datatools.decoding import MAX_MEGAPIXELS as MAX_MEGAPIXELS
from datatools.decoding import SUFFIXES as SUFFIXES
from datatools.decoding import UNREAD_SUFFIXES as UNREAD_SUFFIXES
from datatools.decoding import opened as opened
from datatools.decoding import upright
from datatools.errors import ImageError
from datatools.masks import RGB, Mask, Matte
from datatools.tables import write_bytes

_TOP_16_BIT = 65535
_VOID = 255  # in label maps, by the custom of Pascal VOC: not judged, hence not person
_MAX_CLASSES = 32  # a channel whose values all lie below this is a label map, not alpha
_JPEG_CHROMA_NOISE = 8
_MAX_PROFILE_BYTES = 4 << 20  # a printer's tables; cameras and screens need a hundredth of it
# Masks and mattes are flat nearly everywhere: unfiltered, such a file is a quarter larger and is read in a
# quarter of the time.
_FLAT = (
    *(cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_NONE),
    *(cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_DEFAULT),
    *(cv2.IMWRITE_PNG_COMPRESSION, 1),
)
_STRIP_PX = 1 << 22  # converted at once, so that the largest picture takes little more than its pixels


@dataclass(frozen=True, slots=True)
class ReferenceMask:
    """A reference mask as read: person where ``mask`` is True, ``encoding`` is what the file held."""

    mask: Mask
    encoding: str  # binary01, binary255, soft, palette or labels


@functools.lru_cache(maxsize=16)  # the pictures of one camera share one profile
def _to_srgb(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """Give the transform from an embedded profile to sRGB; None where there is nothing to do."""
    if len(profile) > _MAX_PROFILE_BYTES:
        return None
    try:
        embedded = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space = embedded.profile.xcolor_space.strip()
        if space != mode or "sRGB" in ImageCms.getProfileDescription(embedded):
            return None
        return ImageCms.buildTransform(embedded, ImageCms.createProfile("sRGB"), mode, "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None  # a broken profile says nothing: the numbers are taken as sRGB, as browsers do


def _managed(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert RGB or CMYK to sRGB by an embedded profile; otherwise give the picture back."""
    if profile is None or image.mode not in {"RGB", "CMYK"}:
        return image
    transform = _to_srgb(profile, image.mode)
    return image if transform is None else transform.apply(image)


def _strips(height: int, width: int) -> Iterator[slice]:
    """Give the rows of a picture in parts of bounded size."""
    n_rows = max(1, _STRIP_PX // width)
    return (slice(top, min(top + n_rows, height)) for top in range(0, height, n_rows))


def _scaled_to_8_bit(image: Image.Image) -> NDArray[np.uint8]:
    """Give one wide channel (16 or 32 bit, or float) as uint8; Pillow's convert would clip it.

    NaN is black, infinity as bright as the brightest finite value.
    """
    values = np.asarray(image)
    top = float(_TOP_16_BIT) if image.mode.startswith("I") else 1.0
    strips = list(_strips(*values.shape))
    for rows in strips:
        part = values[rows]
        top = max(top, float(part.max(where=np.isfinite(part), initial=0)))
    scaled = np.empty(values.shape, np.uint8)
    for rows in strips:
        part = np.nan_to_num(values[rows].astype(np.float64), nan=0, posinf=top, neginf=0)
        scaled[rows] = (np.clip(part / top, 0, 1) * 255 + 0.5).astype(np.uint8)
    return scaled


def _to_rgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if image.mode in {"LA", "La", "PA", "RGBA", "RGBa"} or "transparency" in image.info:
        # On white: transparent pixels hold arbitrary colours that nobody was meant to see.
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image).convert("RGB")
    image = _managed(image, profile)
    return image if image.mode == "RGB" else image.convert("RGB")


def read_rgb(path: Path, max_megapixels: float = MAX_MEGAPIXELS) -> RGB:
    """Read a picture's first frame as RGB after EXIF rotation; uint8 (H, W, 3).

    16-bit channels are scaled, not clipped; transparency lies on white; CMYK, and RGB with a profile
    other than sRGB, are converted to sRGB.

    Raises:
        ImageError: missing, empty, truncated, not a picture, or larger than ``max_megapixels``.
    """
    with opened(path, max_megapixels) as image:
        turned = upright(image)
        if turned.mode.startswith(("I", "F")):
            turned = Image.fromarray(_scaled_to_8_bit(turned))
        rgb = np.empty((turned.height, turned.width, 3), np.uint8)
        for rows in _strips(*rgb.shape[:2]):
            whole = rows.stop - rows.start == turned.height
            part = _to_rgb(turned if whole else turned.crop((0, rows.start, turned.width, rows.stop)))
            # Pillow keeps four bytes a pixel; handing them over as they are takes half of np.array's time.
            padded = np.frombuffer(part.tobytes("raw", "RGBX"), np.uint8).reshape(part.height, part.width, 4)
            cv2.cvtColor(padded, cv2.COLOR_RGBA2RGB, dst=rgb[rows])
        return rgb


def _mask_channel(image: Image.Image) -> NDArray[np.uint8]:
    """Give a mask file's one channel (H, W) at 8 bit: indices, grey values or alpha."""
    if image.mode == "P":
        return np.array(image, np.uint8)
    if image.mode in {"RGBA", "LA"}:
        alpha = np.array(image.getchannel("A"), np.uint8)
        if alpha.min() < 255:  # a cut-out: the alpha is the mask
            return alpha
        image = image.convert("RGB")
    if image.mode.startswith(("I", "F")):
        values = np.asarray(image)
        # 16-bit files of class indices or of 0 and 1 are not scaled.
        is_small = image.mode.startswith("I") and values.min() >= 0 and values.max() <= 255
        return values.astype(np.uint8) if is_small else _scaled_to_8_bit(image)
    if image.mode == "RGB":
        return _colour_indices(np.array(image, np.uint8))
    return np.array(image.convert("L"), np.uint8)


def _colour_indices(colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Give a grey RGB mask's grey channel, or a colour-coded one's indices with black as 0.

    Raises:
        ImageError: so many colours that it is a photograph.
    """
    red, green, blue = (colours[..., channel] for channel in range(3))  # ten times as fast as along the axis
    low, high = np.minimum(np.minimum(red, green), blue), np.maximum(np.maximum(red, green), blue)
    if int((high - low).max()) <= _JPEG_CHROMA_NOISE:
        return np.ascontiguousarray(colours[..., 1])
    strips = list(_strips(*low.shape))
    distinct = np.empty(0, np.uint32)
    for rows in strips:
        flat = _codes(colours[rows]).ravel()
        is_start = np.append(True, flat[1:] != flat[:-1])  # of a run: a mask has few, and sorting is slow
        distinct = np.union1d(distinct, flat[is_start])
        if len(distinct) > _MAX_CLASSES:
            raise ImageError(f"expected a mask, got a picture of {len(distinct)} colours or more")
    indices = np.empty(low.shape, np.uint8)
    for rows in strips:
        indices[rows] = np.searchsorted(distinct, _codes(colours[rows])) + int(distinct[0] != 0)
    return indices


def _codes(colours: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Give each colour of a strip as one number."""
    red, green, blue = (colours[..., channel].astype(np.uint32) for channel in range(3))
    return np.asarray(red << 16 | green << 8 | blue, np.uint32)


def read_reference_mask(path: Path, max_megapixels: float = MAX_MEGAPIXELS) -> ReferenceMask:
    """Read a reference mask and tell its encoding apart.

    {0, 1} is binary01 and person is 1; {0, 255} is binary255; in a palette or a label map (class
    indices, colours, or one level beside 0) every index but 0 is person, and 255 beside other indices is
    void; anything else, and every JPEG of more than 0 and 255, is soft alpha, person above 127.

    Raises:
        ImageError: as ``read_rgb``, or a photograph in place of a mask.
    """
    has_palette = is_lossy = False
    values = plain_png.read(path, max_megapixels)
    if values is None:
        with opened(path, max_megapixels) as image:
            has_palette = image.mode == "P"
            is_lossy = image.format in {"JPEG", "MPO"}
            values = _mask_channel(upright(image))
    levels = _levels(values)
    classes = levels - {0, _VOID}
    if not has_palette:
        if levels <= {0, 255}:
            return ReferenceMask(_above_half(values), "binary255")
        if is_lossy:  # small values are its noise, not classes
            return ReferenceMask(_above_half(values), "soft")
        if levels <= {0, 1}:
            return ReferenceMask(Mask(values > 0), "binary01")
        is_label_map = max(classes) < _MAX_CLASSES or (len(levels) == 2 and 0 in levels)
        if not is_label_map:
            return ReferenceMask(_above_half(values), "soft")
    person = (values > 0) & (values != _VOID) if classes else values > 0
    return ReferenceMask(Mask(person), "palette" if has_palette else "labels")


def _levels(values: NDArray[np.uint8]) -> set[int]:
    """Give the different values of a channel."""
    top, n_other = int(values.max()), cv2.countNonZero(values)
    if cv2.sumElems(values)[0] == top * n_other:  # two levels, as nearly all masks have: no other is as high
        return {top} if n_other in {0, values.size} else {0, top}
    histogram = cv2.calcHist([values], [0], None, [256], [0, 256])  # ten times as fast as np.unique
    return set(np.flatnonzero(histogram).tolist())


def _above_half(values: NDArray[np.uint8]) -> Mask:
    """Give a mask that is True above 127; it takes the memory of ``values``."""
    return Mask(np.right_shift(values, 7, out=values).view(np.bool_))


def _png(array: NDArray[np.uint8], options: Sequence[int] = ()) -> bytes:
    _, encoded = cv2.imencode(".png", array, options)
    return encoded.tobytes()


def write_matte(path: Path, matte: Matte) -> bytes:
    """Write a matte as 8-bit PNG, atomically; give the file's bytes."""
    data = _png(np.round(matte.array * 255).astype(np.uint8), _FLAT)
    write_bytes(path, data)
    return data


def write_mask(path: Path, mask: Mask) -> bytes:
    """Write a mask as 0/255 PNG, atomically; give the file's bytes."""
    data = _png(mask.array.astype(np.uint8) * np.uint8(255), _FLAT)
    write_bytes(path, data)
    return data


def _read_grey(path: Path) -> NDArray[np.uint8]:
    values = plain_png.read(path, MAX_MEGAPIXELS)
    if values is not None:
        return values
    with opened(path, MAX_MEGAPIXELS) as image:
        if image.mode != "L":
            raise ImageError(f"expected an 8-bit grey PNG, got mode {image.mode}")
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
    return _above_half(_read_grey(path))


def scaled(image: RGB, side_px: int) -> RGB:
    """Scale a picture down to at most ``side_px`` on its longer side; a smaller one stays as it is."""
    scale = side_px / max(image.shape[:2])
    if scale >= 1:
        return image
    size = [max(1, round(side * scale)) for side in (image.shape[1], image.shape[0])]
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def to_jpeg(image: RGB, quality: int = 90) -> bytes:
    """Encode a picture as JPEG without metadata."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def to_png(image: NDArray[np.uint8]) -> bytes:
    """Encode a picture, RGB, RGBA or grey (H, W, 3), (H, W, 4) or (H, W), as PNG without metadata."""
    if image.ndim == 2:
        return _png(image)
    order = cv2.COLOR_RGBA2BGRA if image.shape[2] == 4 else cv2.COLOR_RGB2BGR
    return _png(np.asarray(cv2.cvtColor(image, order), np.uint8))
