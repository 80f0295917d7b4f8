"""What is a mask, a matte, a face, and which geometry do we do on them?

Arrays are checked once, at construction; everything behind the door may trust them. Points and boxes
are (x, y) px in the frame of the picture after EXIF rotation; arrays are indexed [y, x].
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools.errors import MaskError

RGB = NDArray[np.uint8]  # (H, W, 3), 0-255, after EXIF rotation


@dataclass(frozen=True, slots=True, eq=False)
class Mask:
    """A binary mask: bool, (H, W), True is person."""

    array: NDArray[np.bool_]

    def __post_init__(self) -> None:
        if self.array.dtype != np.bool_ or self.array.ndim != 2 or 0 in self.array.shape:
            raise MaskError(
                f"a mask is a non-empty bool array (H, W); got {self.array.dtype} {self.array.shape}"
            )

    @property
    def area_frac(self) -> float:
        """Give the fraction of pixels that are person."""
        return float(self.array.mean())


@dataclass(frozen=True, slots=True, eq=False)
class Matte:
    """A soft mask: float32, (H, W), 0 is background, 1 is person."""

    array: NDArray[np.float32]

    def __post_init__(self) -> None:
        array = self.array
        if array.dtype != np.float32 or array.ndim != 2 or 0 in array.shape:
            raise MaskError(f"a matte is a non-empty float32 array (H, W); got {array.dtype} {array.shape}")
        low, high = float(array.min()), float(array.max())
        if not (low >= 0.0 and high <= 1.0):  # written so that NaN fails
            raise MaskError(f"a matte holds values in [0, 1]; got {low} to {high}")

    def threshold(self, at: float = 0.5) -> Mask:
        """Cut the matte into a mask: True where the value is above ``at``."""
        return Mask(self.array > at)


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """Face landmarks: float32 (n, 2), (x, y) px, in the point order of ``scheme``."""

    points: NDArray[np.float32]
    scheme: str

    def __post_init__(self) -> None:
        points = self.points
        if points.dtype != np.float32 or points.ndim != 2 or points.shape[1:] != (2,):
            raise MaskError(f"landmarks are float32 (n, 2); got {points.dtype} {points.shape}")
        if not len(points) or not np.isfinite(points).all():
            raise MaskError(f"landmarks {self.scheme} need at least one point and finite numbers")


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A face that a finder saw: its box, perhaps its landmarks and the finder's confidence."""

    box: tuple[float, float, float, float]  # x0, y0, x1, y1 px; may reach outside the picture
    landmarks: Landmarks | None
    score: float | None

    @property
    def area_px(self) -> float:
        """Give the area of the box."""
        x0, y0, x1, y1 = self.box
        return max(0.0, x1 - x0) * max(0.0, y1 - y0)

    def is_cut(self, width_px: int, height_px: int) -> bool:
        """Say whether the box, or a landmark, lies outside a picture of this size."""
        corners = np.array(self.box, np.float32).reshape(2, 2)
        points = corners if self.landmarks is None else np.vstack([corners, self.landmarks.points])
        return bool((points < 0).any() or (points > [width_px, height_px]).any())


def hull(points: NDArray[np.float32], shape: tuple[int, int], erode_px: float = 0.0) -> Mask:
    """Fill the convex hull of points (n, 2) on a canvas (H, W), then erode it.

    Points outside the canvas are allowed; the hull is clipped.
    """
    canvas = np.zeros(shape, np.uint8)
    # Far outside means corrupt landmarks; clipping keeps OpenCV's fixed-point filler from overflowing.
    corners = np.clip(cv2.convexHull(points), -1e4, 1e4)
    cv2.fillConvexPoly(canvas, np.round(corners).astype(np.int32), (1,))
    if erode_px >= 1:
        canvas = cv2.erode(canvas, disk(round(erode_px)), borderValue=0).astype(np.uint8)
    return Mask(canvas.astype(bool))


def disk(radius_px: int) -> NDArray[np.uint8]:
    """Give the pixels within ``radius_px`` of the centre; uint8 0 or 1, side 2 * radius_px + 1.

    Euclidean, unlike OpenCV's ellipse, which reaches further along one axis than along the other.
    """
    offset = np.arange(-radius_px, radius_px + 1)
    return (offset[:, None] ** 2 + offset**2 <= radius_px**2).astype(np.uint8)


def edge_band(mask: Mask, half_width_px: int) -> Mask:
    """Give the pixels within ``half_width_px`` of the mask's edge (dilation minus erosion).

    The picture's border is no edge: a body that leaves the picture does not end there.
    """
    kernel = disk(half_width_px)
    array = mask.array.astype(np.uint8)
    grown = cv2.dilate(array, kernel, borderType=cv2.BORDER_REPLICATE)
    shrunk = cv2.erode(array, kernel, borderType=cv2.BORDER_REPLICATE)
    return Mask(grown != shrunk)


def iou(first: Mask, second: Mask) -> float:
    """Give intersection over union of two masks of one shape; 1.0 when both are empty."""
    if first.array.shape != second.array.shape:
        raise MaskError(f"masks to compare have one shape; got {first.array.shape} and {second.array.shape}")
    union = int(np.count_nonzero(first.array | second.array))
    return int(np.count_nonzero(first.array & second.array)) / union if union else 1.0
