"""Where are a face's jaw, brows, eyes, nose and chin, whichever scheme its landmarks are of?

Rules, checks and measurements ask here and never count points themselves, so that landmarks of dlib
and of MediaPipe serve them alike. Left and right are the picture's.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from datatools.masks import Face

Points = NDArray[np.float32]

IBUG68, MESH468 = "ibug68", "mesh468"

# Points of MediaPipe's mesh in the order of the iBUG scheme, chosen along MediaPipe's own contours (face
# oval, brows, eyes, lips). On 16 portraits their median distance from dlib's points was 1% of the jaw's
# width at eyes and mouth and 4% at the chin; on the cheeks, where both schemes place points along the
# outline as they like, up to 12%.
_MESH_AS_IBUG = (
    *(127, 234, 93, 132, 58, 172, 150, 176, 152, 400, 379, 397, 288, 361, 323, 454, 356),
    *(70, 63, 105, 66, 107, 336, 296, 334, 293, 300),
    *(168, 197, 5, 4, 240, 99, 2, 328, 460),
    *(33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380),
    *(61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181),
    *(78, 82, 13, 312, 308, 317, 14, 87),
)
_MAX_TURN_SIN = 0.98


@dataclass(frozen=True, slots=True, eq=False)
class Anatomy:
    """The parts of one face that its landmarks show; all points float32 (x, y) px."""

    jaw: Points  # (17, 2), from the left ear over the chin to the right ear
    brows: Points  # (10, 2), left to right
    nose: Points  # (9, 2): four down the bridge to the tip, then the wings from left to right
    left_eye: Points  # (6, 2)
    right_eye: Points  # (6, 2)
    mouth: Points  # (20, 2), outer lips then inner lips
    outline: Points  # (n, 2), all landmarks: their hull is the face as far as the scheme reaches

    @property
    def chin(self) -> Points:
        """Give the chin's lowest landmark (2,)."""
        return np.asarray(self.jaw[8], np.float32)

    @property
    def width_px(self) -> float:
        """Give the distance between the jaw's ends."""
        return float(np.linalg.norm(self.jaw[16] - self.jaw[0]))

    @property
    def height_px(self) -> float:
        """Give the distance from the brows' middle to the chin."""
        return float(np.linalg.norm(self.chin - self.brows.mean(axis=0)))

    @property
    def eye_centres(self) -> Points:
        """Give the middles of the left and the right eye (2, 2)."""
        return np.stack([self.left_eye.mean(axis=0), self.right_eye.mean(axis=0)]).astype(np.float32)

    @property
    def roll_deg(self) -> float:
        """Give the head's tilt in the picture; positive when the right eye is the lower one."""
        across = self.eye_centres[1] - self.eye_centres[0]
        return float(np.degrees(np.arctan2(across[1], across[0])))

    @property
    def yaw_deg(self) -> float:
        """Estimate how far the head is turned; positive when the nose points to the picture's right.

        A head seen from above is taken for a disc with the jaw's ends on its sides and the nose's tip
        on its rim: then the tip lies sin(yaw) half widths off the middle. Good for an order, not for
        degrees.
        """
        width = self.width_px
        if width == 0:
            return 0.0
        axis = (self.jaw[16] - self.jaw[0]) / width
        off = float((self.nose[3] - (self.jaw[0] + self.jaw[16]) / 2) @ axis)
        return float(np.degrees(np.arcsin(np.clip(2 * off / width, -_MAX_TURN_SIN, _MAX_TURN_SIN))))

    @property
    def down(self) -> Points:
        """Give the unit vector (2,) from the brows to the chin; the picture's down where they coincide."""
        way = self.chin - self.brows.mean(axis=0)
        length = float(np.linalg.norm(way))
        return np.asarray(way / length if length else [0.0, 1.0], np.float32)


def anatomy(face: Face) -> Anatomy | None:
    """Give a face's parts; None where it has no landmarks, or those of a scheme without a jaw."""
    if face.landmarks is None:
        return None
    points, scheme = face.landmarks.points, face.landmarks.scheme
    if scheme == MESH468 and len(points) == 468:
        ibug = points[list(_MESH_AS_IBUG)]
    elif scheme == IBUG68 and len(points) == 68:
        ibug = points
    else:
        return None
    return Anatomy(
        jaw=ibug[:17],
        brows=ibug[17:27],
        nose=ibug[27:36],
        left_eye=ibug[36:42],
        right_eye=ibug[42:48],
        mouth=ibug[48:68],
        outline=points,
    )
