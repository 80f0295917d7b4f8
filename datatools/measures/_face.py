"""Where are chin, jaw, brows and cheeks, and how large is the face?

The points that the measures need, named, whichever scheme the landmarks are of. Where landmarks are
missing or form no face, they are placed in the finder's box as in an average face: enough for the colour
of cheeks, too little for a pose.
"""

from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools.anatomy import Anatomy, anatomy
from datatools.masks import Face, hull
from datatools.measures._reason import Reason

Points = NDArray[np.float64]  # (..., 2), x, y px
Number = TypeVar("Number", bound=np.generic)

_ERODE_FRAC = 0.05  # of the jaw's width: the hull of the points reaches the background at the cheeks
_PATCH_FRAC = 0.09  # radius of a disk of skin, of the jaw's width
_MIN_CHEEK_FRAC = 0.2  # of the jaw's width; on a narrower cheek the disk reaches past the face
_MIN_SEEN_FRAC = 0.5  # of the face's box must lie in the picture: less is a sliver, or corrupt points

# Of faces whose landmarks are right (London, MEBeauty and CelebAMask, 900 faces, profiles included), with
# room beside: corrupt points, another object's or another order's, leave these ranges.
_HEIGHT_TO_WIDTH = (0.4, 3.0)
_EYES_TO_WIDTH = (0.1, 0.8)
_BOX_TO_HULL = (0.4, 2.5)  # of the sides: a finder's box and the points in it are of one size

# Where an average face has its points in dlib's box, as fractions of its sides: medians of the faces above,
# made symmetric. MediaPipe's boxes hold the face alike within a tenth.
_JAW = ((0.03, 0.30), (0.06, 0.55), (0.12, 0.78), (0.28, 0.96), (0.5, 1.05))
_BROWS = ((0.12, 0.20), (0.26, 0.13))
_EYE, _EYE_CORNER, _LID = (0.295, 0.278), (0.22, 0.28), (0.26, 0.30)
_WING, _MOUTH = (0.41, 0.57), (0.32, 0.72)
_BROW, _NOSE_TIP = (0.5, 0.145), (0.5, 0.52)


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
    eyes: Points | None  # (2, 6, 2), the lids; None where they are only guessed
    outline: NDArray[np.float32]  # (n, 2), points whose hull is the face

    @property
    def is_guessed(self) -> bool:
        """Say whether the points are an average face's in the finder's box."""
        return self.eyes is None

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

    def seen_frac(self, shape: tuple[int, int]) -> float:
        """Give the share of the points' bounding box that lies in a picture (H, W)."""
        low, high = self.outline.min(axis=0), self.outline.max(axis=0)
        inside = np.clip(np.minimum(high, shape[::-1]) - np.maximum(low, 0), 0, None)
        return float(np.prod(inside) / np.prod(np.maximum(high - low, 1e-6)))

    def patch(self, shape: tuple[int, int], centre: Points) -> "Region":
        """Give a small disk of skin in a picture (H, W)."""
        radius = max(1, round(_PATCH_FRAC * self.width_px))
        # Far outside means corrupt landmarks; an empty window is what they get.
        x, y = np.clip(np.round(centre), -1e6, 1e6).astype(int).tolist()
        rows, columns = _window(y, radius, shape[0]), _window(x, radius, shape[1])
        dy = np.arange(rows.start, rows.stop)[:, None] - y
        dx = np.arange(columns.start, columns.stop)[None, :] - x
        return Region(rows, columns, dx * dx + dy * dy <= radius * radius)

    def inside(self, shape: tuple[int, int]) -> "Region":
        """Give the pixels of a picture (H, W) that lie well inside the face."""
        rows, columns = bounds(self.outline, shape)
        size = (rows.stop - rows.start, columns.stop - columns.start)
        if 0 in size:
            return Region(rows, columns, np.zeros(size, np.bool_))
        corner = np.array([columns.start, rows.start], np.float32)
        eroded_px = _ERODE_FRAC * self.width_px
        return Region(rows, columns, hull(self.outline - corner, size, eroded_px).array)


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """Some pixels of a picture: a window, and which of its pixels."""

    rows: slice
    columns: slice
    inside: NDArray[np.bool_]  # of the window's size

    def of(self, array: NDArray[Number]) -> NDArray[Number]:
        """Give the region's pixels (n, ...) of an array (H, W, ...)."""
        return array[self.rows, self.columns][self.inside]


def bounds(points: NDArray[np.floating], shape: tuple[int, int]) -> tuple[slice, slice]:
    """Give the window of a picture (H, W) that holds points (n, 2)."""
    low = np.clip(np.floor(points.min(axis=0)), 0, shape[::-1]).astype(int)
    high = np.clip(np.ceil(points.max(axis=0)) + 1, low, shape[::-1]).astype(int)
    return slice(int(low[1]), int(high[1])), slice(int(low[0]), int(high[0]))


def _window(middle: int, radius: int, end: int) -> slice:
    start = min(max(0, middle - radius), end)
    return slice(start, max(start, min(end, middle + radius + 1)))


def frame_of(face: Face, shape: tuple[int, int]) -> FaceFrame | Reason:
    """Name a face's points in a picture (H, W); guessed from its box where the landmarks are of no use."""
    parts = anatomy(face)
    frame = None if parts is None else _of_anatomy(parts)
    if frame is not None and not _is_face(frame, face):
        frame = None
    if frame is None:
        frame = _of_box(face)
    if frame is None:
        return Reason.NO_LANDMARKS if parts is None else Reason.NO_SUCH_FACE
    return frame if frame.seen_frac(shape) >= _MIN_SEEN_FRAC else Reason.OUTSIDE


def _of_anatomy(parts: Anatomy) -> FaceFrame:
    # What both schemes see: the mesh alone reaches over the forehead, and faces must be of one size.
    shown = (parts.jaw, parts.brows, parts.nose, parts.left_eye, parts.right_eye, parts.mouth)
    jaw, brows, nose, left, right, mouth = (points.astype(np.float64) for points in shown)
    wings, corners, lids, sides = nose[[4, 8]], mouth[[0, 6]], np.stack([left[5], right[4]]), jaw[[2, 14]]
    return FaceFrame(
        chin=jaw[8],
        jaw_left=jaw[0],
        jaw_right=jaw[16],
        brow=brows[[2, 7]].mean(axis=0),
        eye_left=left.mean(axis=0),
        eye_right=right.mean(axis=0),
        eye_corners=np.stack([left[0], right[3]]),
        nose_tip=nose[3],
        mouth_corners=corners,
        cheeks=_cheeks(lids, wings, corners, sides),
        cheek_edges=np.stack([wings, sides], axis=1),
        eyes=np.stack([left, right]),
        outline=np.vstack(shown),
    )


def _cheeks(lids: Points, wings: Points, corners: Points, sides: Points) -> Points:
    """Give the middles of lower lid, wing of the nose, corner of the mouth and jaw: above most beards."""
    return np.asarray(np.stack([lids, wings, corners, sides]).mean(axis=0))


def _of_box(face: Face) -> FaceFrame | None:
    """Place an average face in the finder's box; None where the box is a point."""
    low, high = np.array(face.box[:2], np.float64), np.array(face.box[2:], np.float64)
    if not (np.isfinite([low, high]).all() and ((high - low) >= 2).all()):
        return None

    def pair(at: tuple[float, float]) -> Points:
        mirrored = np.array([at, (1 - at[0], at[1])])
        return np.asarray(low + mirrored * (high - low))

    def middle(at: tuple[float, float]) -> Points:
        return np.asarray(low + np.array(at) * (high - low))

    wings, corners, lids, sides = pair(_WING), pair(_MOUTH), pair(_LID), pair(_JAW[1])
    return FaceFrame(
        chin=middle(_JAW[4]),
        jaw_left=pair(_JAW[0])[0],
        jaw_right=pair(_JAW[0])[1],
        brow=middle(_BROW),
        eye_left=pair(_EYE)[0],
        eye_right=pair(_EYE)[1],
        eye_corners=pair(_EYE_CORNER),
        nose_tip=middle(_NOSE_TIP),
        mouth_corners=corners,
        cheeks=_cheeks(lids, wings, corners, sides),
        cheek_edges=np.stack([wings, sides], axis=1),
        eyes=None,
        outline=np.vstack([pair(at) for at in (*_JAW, *_BROWS)]).astype(np.float32),
    )


def _is_face(frame: FaceFrame, face: Face) -> bool:
    """Say whether points lie as in a face, and where the finder saw one."""
    if min(frame.width_px, frame.height_px) < 1 or frame.area_px < 1:
        return False
    down = (frame.chin - frame.brow) / frame.height_px
    eyes = (frame.eye_left + frame.eye_right) / 2
    mouth = frame.mouth_corners.mean(axis=0)
    order = np.array([frame.brow, eyes, mouth, frame.chin]) @ down
    across = (frame.jaw_right - frame.jaw_left) / frame.width_px
    apart = float((frame.eye_right - frame.eye_left) @ across) / frame.width_px
    low, high = frame.outline.min(axis=0), frame.outline.max(axis=0)
    sides = np.array(face.box[2:]) - np.array(face.box[:2])
    ratio = sides / np.maximum(high - low, 1e-6)
    middle = (low + high) / 2
    return bool(
        (np.diff(order) > 0).all()
        and _HEIGHT_TO_WIDTH[0] <= frame.height_px / frame.width_px <= _HEIGHT_TO_WIDTH[1]
        and _EYES_TO_WIDTH[0] <= apart <= _EYES_TO_WIDTH[1]
        and (ratio >= _BOX_TO_HULL[0]).all()
        and (ratio <= _BOX_TO_HULL[1]).all()
        and (middle >= face.box[:2]).all()
        and (middle <= face.box[2:]).all()
    )
