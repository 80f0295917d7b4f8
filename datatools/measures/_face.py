"""Where are chin, jaw, brows and cheeks, and how large is the face?

The one place of this package that knows the order of a scheme's points.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools.masks import Landmarks, Mask, hull

Points = NDArray[np.float64]  # (..., 2), x, y px

_ERODE_FRAC = 0.05  # of the jaw's width: the hull of the points reaches the background at the cheeks
_PATCH_FRAC = 0.09  # radius of a disk of skin, of the jaw's width
_MIN_CHEEK_FRAC = 0.2  # of the jaw's width; on a narrower cheek the disk reaches past the face


@dataclass(frozen=True, slots=True, eq=False)
class FaceFrame:
    """A face's named points, px in the picture; left and right are the picture's."""

    chin: Points
    jaw_left: Points
    jaw_right: Points
    brow: Points  # the middle between the brows' arches
    eye_left: Points
    eye_right: Points
    eye_corners: Points  # (2, 2), the outer ones
    nose_tip: Points
    mouth_corners: Points  # (2, 2)
    cheeks: Points  # (2, 2), centres of the skin below the eyes
    cheek_edges: Points  # (2, 2, 2): of each cheek, the wing of the nose and the jaw
    outline: NDArray[np.float32]  # (n, 2), points whose hull is the face

    @property
    def width_px(self) -> float:
        """Give the distance between the jaw's ends."""
        return float(np.linalg.norm(self.jaw_right - self.jaw_left))

    @property
    def height_px(self) -> float:
        """Give the distance from the brows to the chin."""
        return float(np.linalg.norm(self.chin - self.brow))

    @property
    def area_px(self) -> float:
        """Give the area of the points' hull."""
        return float(cv2.contourArea(cv2.convexHull(self.outline)))

    def sees_cheek(self, side: int) -> bool:
        """Say whether a cheek (0 left, 1 right) is turned to the camera enough to read its skin."""
        across = (self.jaw_right - self.jaw_left) / self.width_px
        nose, jaw = self.cheek_edges[side] @ across
        return bool(abs(jaw - nose) >= _MIN_CHEEK_FRAC * self.width_px)

    def patch(self, shape: tuple[int, int], centre: Points) -> NDArray[np.bool_]:
        """Give the pixels of a picture (H, W) in a small disk of skin."""
        canvas = np.zeros(shape, np.uint8)
        # Far outside means corrupt landmarks; clipping keeps OpenCV's fixed-point filler from overflowing.
        x, y = np.clip(np.round(centre), -1e4, 1e4).astype(int).tolist()
        cv2.circle(canvas, (x, y), max(1, round(_PATCH_FRAC * self.width_px)), (1,), -1)
        return canvas > 0

    def inside(self, shape: tuple[int, int]) -> Mask:
        """Give the pixels of a picture (H, W) that lie well inside the face."""
        return hull(self.outline, shape, _ERODE_FRAC * self.width_px)


def frame_of(landmarks: Landmarks) -> FaceFrame | None:
    """Name a face's points; None where the scheme has no jaw, or the points lie in one place."""
    if landmarks.scheme != "ibug68":
        return None
    p = landmarks.points.astype(np.float64)
    frame = FaceFrame(
        chin=p[8],
        jaw_left=p[0],
        jaw_right=p[16],
        brow=p[[19, 24]].mean(axis=0),
        eye_left=p[36:42].mean(axis=0),
        eye_right=p[42:48].mean(axis=0),
        eye_corners=p[[36, 45]],
        nose_tip=p[30],
        mouth_corners=p[[48, 54]],
        # Between lower lid, wing of the nose, corner of the mouth and jaw: above most beards.
        cheeks=np.stack([p[[41, 31, 48, 2]].mean(axis=0), p[[46, 35, 54, 14]].mean(axis=0)]),
        cheek_edges=p[[[31, 2], [35, 14]]],
        outline=landmarks.points,
    )
    return frame if min(frame.width_px, frame.height_px, frame.area_px) >= 1 else None
