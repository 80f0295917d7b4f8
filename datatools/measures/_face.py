"""Where are chin, jaw, brows and cheeks, and how large is the face?

The points that the measures need, named, whichever scheme the landmarks are of.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools.anatomy import anatomy
from datatools.masks import Face, Mask, hull

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


def frame_of(face: Face) -> FaceFrame | None:
    """Name a face's points; None without landmarks that show a jaw, or where they lie in one place."""
    parts = anatomy(face)
    if parts is None:
        return None
    # What both schemes see: the mesh alone reaches over the forehead, and faces must be of one size.
    shown = (parts.jaw, parts.brows, parts.nose, parts.left_eye, parts.right_eye, parts.mouth)
    jaw, brows, nose, left, right, mouth = (points.astype(np.float64) for points in shown)
    wings, corners, lids, sides = nose[[4, 8]], mouth[[0, 6]], (left[5], right[4]), jaw[[2, 14]]
    frame = FaceFrame(
        chin=jaw[8],
        jaw_left=jaw[0],
        jaw_right=jaw[16],
        brow=brows[[2, 7]].mean(axis=0),
        eye_left=left.mean(axis=0),
        eye_right=right.mean(axis=0),
        eye_corners=np.stack([left[0], right[3]]),
        nose_tip=nose[3],
        mouth_corners=corners,
        # Between lower lid, wing of the nose, corner of the mouth and jaw: above most beards.
        cheeks=np.stack([lids, wings, corners, sides]).mean(axis=0),
        cheek_edges=np.stack([wings, sides], axis=1),
        outline=np.vstack(shown),
    )
    return frame if min(frame.width_px, frame.height_px, frame.area_px) >= 1 else None
