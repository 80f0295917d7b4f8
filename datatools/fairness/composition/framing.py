"""What can be read off a picture that is not the person: its background, its file, its mask's outline?

Background numbers come from outside the mask, which is first grown, so that neither face nor hair nor
their blurred edge is in them: no pixel of a person is read. Where a mask misses part of the person,
that part counts as background. Nothing here is measured on a face.
"""

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools.decoding import MAX_MEGAPIXELS, opened
from datatools.masks import RGB, Mask, disk

# Part of what makes a kept row stale: raise it when a number changes its meaning.
VERSION = 1

MASK_SHAPE: Mapping[str, str] = {
    "mask_area_frac": "area of the mask divided by the picture's",
    "mask_off_centre": "distance of the mask's centroid from the vertical middle line, in half widths",
    "mask_truncation_frac": "share of the picture's left, top and right border that is person",
    "mask_edge_complexity": "squared length of the outline inside the picture over 4 pi times the area",
}
BACKGROUND: Mapping[str, str] = {
    "background_lightness": "mean L* of the background",
    "background_green_red": "mean a* of the background",
    "background_blue_yellow": "mean b* of the background",
    "background_lightness_sd": "standard deviation of L* over the background",
    "background_colour_sd": "standard deviation of a* and b* together over the background",
    "background_top_light": "mean L* of the background's upper half minus its lower half",
    "background_complexity": "mean slope of L* over the background, a pixel of 256 being 1",
    "background_sharpness": "log10 of the variance of the Laplacian of L* over the background",
}
CAMERA: Mapping[str, str] = {
    "megapixels_log": "log10 of the picture's megapixels",
    "aspect": "log2 of width over height",
    "jpeg_step": "mean step of the JPEG's luma quantisation: how hard it was compressed",
    "exif_iso_log": "log10 of the sensitivity in the EXIF data",
    "exif_exposure_log": "log10 of the exposure time in seconds in the EXIF data",
    "exif_aperture": "f-number in the EXIF data",
    "exif_focal_mm": "focal length in mm in the EXIF data",
}

_SIDE_PX = 256  # of the picture's longer side: outlines and slopes do not grow with its size
_MARGIN_FRAC = 0.03  # of the longer side around the mask: the edge's blur is of both
_LEAST_FRAC = 0.01  # of the picture; less is a rim, not a background
_EXIF = {
    "exif_exposure_log": 0x829A,
    "exif_aperture": 0x829D,
    "exif_iso_log": 0x8827,
    "exif_focal_mm": 0x920A,
}
_EXIF_IFD = 0x8769


def framing(image: RGB, mask: Mask | None) -> dict[str, float]:
    """Measure a picture's mask and background; what cannot be measured is left out.

    Args:
        image: uint8 RGB (H, W, 3).
        mask: True is person, (H, W); None where there is none.
    """
    if mask is None or not mask.array.any():
        return {}
    scale = _SIDE_PX / max(mask.array.shape)
    height, width = (max(2, round(side * scale)) for side in mask.array.shape)
    soft = cv2.resize(mask.array.astype(np.float32), (width, height), interpolation=_way(scale))
    person = soft > 0.5
    found = _shape(person) if person.any() else {}
    small = np.asarray(cv2.resize(image, (width, height), interpolation=_way(scale)), np.uint8)
    return found | _background(small, soft > 0)


def _way(scale: float) -> int:
    return cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR


def _shape(person: NDArray[np.bool_]) -> dict[str, float]:
    width = person.shape[1]
    columns = np.arange(width) + 0.5
    weight = person.sum(axis=0)
    middle = float((columns * weight).sum() / weight.sum())
    border = np.concatenate([person[:, 0], person[0, 1:-1], person[:, -1]])
    return {
        "mask_area_frac": float(person.mean()),
        "mask_off_centre": abs(middle - width / 2) / (width / 2),
        "mask_truncation_frac": float(border.mean()),
        "mask_edge_complexity": _outline_px(person) ** 2 / (4 * np.pi * float(person.sum())),
    }


def _outline_px(person: NDArray[np.bool_]) -> float:
    """Give the length of all outlines, smoothed at the pixels' steps, without parts on the border."""
    framed = cv2.copyMakeBorder(person.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    # Steps of a pixel's grid count by how many neighbours differ: Crofton's formula in four directions.
    across = np.count_nonzero(framed[1:-1, 1:] != framed[1:-1, :-1])
    down = np.count_nonzero(framed[1:, 1:-1] != framed[:-1, 1:-1])
    falling = np.count_nonzero(framed[1:, 1:] != framed[:-1, :-1])
    rising = np.count_nonzero(framed[1:, :-1] != framed[:-1, 1:])
    return float(np.pi / 8 * (across + down + (falling + rising) / np.sqrt(2)))


def _background(image: RGB, person: NDArray[np.bool_]) -> dict[str, float]:
    margin = disk(max(1, round(_MARGIN_FRAC * max(person.shape))))
    outside = cv2.dilate(person.astype(np.uint8), margin) == 0
    if outside.mean() < _LEAST_FRAC:
        return {}
    unit = image.astype(np.float32) / np.float32(255)
    lab = np.asarray(cv2.cvtColor(unit, cv2.COLOR_RGB2LAB), np.float32)
    seen = lab[outside]
    lightness = lab[..., 0]
    # Slopes are taken where all their neighbours are background: none reaches over the person's edge.
    inner = cv2.erode(outside.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=0) > 0
    found = {
        "background_lightness": float(seen[:, 0].mean()),
        "background_green_red": float(seen[:, 1].mean()),
        "background_blue_yellow": float(seen[:, 2].mean()),
        "background_lightness_sd": float(seen[:, 0].std()),
        "background_colour_sd": float(np.hypot(seen[:, 1].std(), seen[:, 2].std())),
    }
    half = image.shape[0] // 2
    top, bottom = lightness[:half][outside[:half]], lightness[half:][outside[half:]]
    if top.size and bottom.size:
        found["background_top_light"] = float(top.mean() - bottom.mean())
    if inner.any():
        slopes = (cv2.Sobel(lightness, cv2.CV_32F, dx, dy, ksize=3) / 8 for dx, dy in ((1, 0), (0, 1)))
        found["background_complexity"] = float(np.hypot(*slopes)[inner].mean())
        detail = float(cv2.Laplacian(lightness, cv2.CV_32F)[inner].var())
        found["background_sharpness"] = float(np.log10(max(detail, 1e-6)))
    return found


def camera(path: Path) -> dict[str, float]:
    """Read what a picture's file says of the camera and of its making, without decoding the picture.

    Raises:
        ImageError: it is not a picture.
    """
    with opened(path, MAX_MEGAPIXELS) as image:
        found = {
            "megapixels_log": float(np.log10(image.width * image.height / 1e6)),
            "aspect": float(np.log2(image.width / image.height)),
        }
        tables = getattr(image, "quantization", None)
        if tables:
            found["jpeg_step"] = float(np.mean(tables[min(tables)]))
        exif = image.getexif().get_ifd(_EXIF_IFD)
    for name, tag in _EXIF.items():
        value = _number(exif.get(tag))
        if value is not None:
            found[name] = float(np.log10(value)) if name.endswith("_log") else value
    return found


def _number(value: object) -> float | None:
    """Give a positive EXIF number; cameras write zeros, tuples and text where they know nothing."""
    if isinstance(value, tuple) and value:
        value = value[0]
    try:
        number = float(value)  # type: ignore[arg-type]  # fractions of Pillow's own are numbers too
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return number if np.isfinite(number) and number > 0 else None
