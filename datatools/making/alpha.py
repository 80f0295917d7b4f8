"""How is a person cut out softly: how much of each edge pixel is person, and in which colour?

Inside and outside the mask stay as they are; closed-form matting decides in a band along its edge, and a
guard keeps the mask's own edge where the result does not explain the picture better.
"""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools.errors import MaskError
from datatools.making.closed_form import closed_form
from datatools.making.colour import foreground, near_colours
from datatools.masks import RGB, Mask, Matte, edge_band, iou

Method = Literal["closed_form", "mask"]

_BAND_FRAC = 0.01  # of the shorter side, to each side of the edge: 6 px at 600
_MAX_BAND_PX = 16  # memory and time of the solver grow faster than the band
_WIDE_BANDS = 3  # so many times as far, where a matte says neither person nor background (hair)
_UNSURE = (0.1, 0.9)
_PRIOR_WEIGHT = 1e-3  # beside a window's weight of about 1
_MAX_WORSE = 1.05  # unexplained light beside that of the plain edge: a tie is no harm
_MIN_IOU = 0.96  # with the mask: below, the edge has run away
_FEATHER_PX = 0.8  # of a mask's own edge


@dataclass(frozen=True, slots=True, eq=False)
class Cutout:
    """A person's alpha, and their own colour everywhere; ``remark`` says why the guard acted."""

    alpha: Matte
    colour: RGB
    method: Method
    remark: str | None


def cut_out(image: RGB, mask: Mask, matte: Matte | None = None) -> Cutout:
    """Cut a person out of a picture, mixed pixels unmixed.

    Args:
        image: the picture.
        mask: the person.
        matte: a teacher's opinion, which widens the band where it is unsure; hair, mostly.

    Raises:
        MaskError: the shapes differ, or nobody is in the mask.
    """
    if mask.array.shape != image.shape[:2] or (matte is not None and matte.array.shape != mask.array.shape):
        raise MaskError(f"picture, mask and matte have one shape; got {image.shape[:2]}, {mask.array.shape}")
    if not mask.array.any():
        raise MaskError("a person to cut out has at least one pixel; the mask is empty")
    band = _band(mask, matte)
    prior = mask.array.astype(np.float64) if matte is None else matte.array.astype(np.float64)
    found = Matte(closed_form(image, mask.array, band, prior[band], _PRIOR_WEIGHT))
    plain = _feathered(mask)
    remark = _doubt(image, mask, band, plain, found)
    alpha = found if remark is None else plain
    return Cutout(alpha, foreground(image, alpha), "closed_form" if remark is None else "mask", remark)


def _band(mask: Mask, matte: Matte | None) -> NDArray[np.bool_]:
    half_px = _half_px(mask.array.shape)
    near = edge_band(mask, half_px).array
    if matte is None:
        return near
    unsure = (matte.array > _UNSURE[0]) & (matte.array < _UNSURE[1])
    return near | (edge_band(mask, _WIDE_BANDS * half_px).array & unsure)


def _half_px(shape: tuple[int, ...]) -> int:
    return min(_MAX_BAND_PX, max(2, round(_BAND_FRAC * min(shape))))


def _feathered(mask: Mask) -> Matte:
    soft = cv2.GaussianBlur(mask.array.astype(np.float32), (0, 0), _FEATHER_PX)
    return Matte(np.clip(soft, 0, 1).astype(np.float32))


def _doubt(image: RGB, mask: Mask, band: NDArray[np.bool_], plain: Matte, found: Matte) -> str | None:
    """Say why a solution is not trusted; None where it is."""
    kept = iou(found.threshold(), mask)
    if kept < _MIN_IOU:
        return f"matting moved the edge: IoU with the mask {kept:.3f}"
    if band.any() and _unexplained(image, found, band) > _MAX_WORSE * _unexplained(image, plain, band):
        return "matting explains the picture worse than the mask's own edge"
    return None


def _unexplained(image: RGB, alpha: Matte, where: NDArray[np.bool_]) -> float:
    """Give how far the picture is from its nearby person and background colours mixed by alpha, 0-1."""
    share = alpha.array[..., None]
    seen = np.asarray(image / 255, np.float32)
    side_px = 2 * _half_px(where.shape) + 3
    person, ground = near_colours(seen, share, side_px)
    return float(np.abs(seen - share * person - (1 - share) * ground)[where].mean())
