"""How is the head turned, nodded and tilted?"""

from dataclasses import dataclass

import numpy as np

from datatools.measures._face import FaceFrame

# Nose tip, chin, outer corners of the eyes, corners of the mouth (picture's left first) of an average
# head, in units that cancel: x to the right, y down, z to the camera. The widely used six points, but 1.5
# times as deep: with their own depths the turns of rendered heads came out 1.5 times too large.
_HEAD = np.array(
    [(0, 0, 0), (0, 330, -98), (-225, -170, -203), (225, -170, -203), (-150, 150, -188), (150, 150, -188)],
    np.float64,
)
_TO_AFFINE = np.linalg.pinv(_HEAD - _HEAD.mean(axis=0))  # (3, 6)


@dataclass(frozen=True, slots=True)
class Pose:
    """A head's turn, nod and tilt in degrees."""

    yaw_deg: float  # positive: the nose points to the picture's right
    pitch_deg: float  # positive: the chin is lifted
    roll_deg: float  # positive: clockwise in the picture


def pose(frame: FaceFrame) -> Pose:
    """Estimate turn, nod and tilt from six points, as if the camera were far away.

    The least-squares affine map of the average head to the picture has the rotation's first two rows,
    scaled (DeMenthon & Davis 1995, equation 6).
    """
    seen = np.vstack([frame.nose_tip, frame.chin, frame.eye_corners, frame.mouth_corners])
    fit = _TO_AFFINE @ (seen - seen.mean(axis=0))  # (3, 2)
    eyes = frame.eye_right - frame.eye_left
    # What the head's axes add along the line between the eyes, and across it: a tilt is no turn.
    along = eyes / max(float(np.linalg.norm(eyes)), 1e-6)
    across = np.array([-along[1], along[0]])
    return Pose(
        yaw_deg=_out_of_plane_deg(fit @ along),
        pitch_deg=-_out_of_plane_deg(fit @ across),
        roll_deg=float(np.degrees(np.arctan2(eyes[1], eyes[0]))),
    )


def _out_of_plane_deg(axis: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    """Give how far an axis of the picture (3,), in the head's frame, points at the camera."""
    return float(np.degrees(np.arctan2(axis[2], np.hypot(axis[0], axis[1]))))
