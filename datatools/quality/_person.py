"""Do mask and face fit together, and how well lit are they?"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools.masks import Face, hull

Bools = NDArray[np.bool_]
Floats = NDArray[np.float32]

_HULL_ERODE_FRAC = 0.08  # of the face's width: the hull of the points overshoots the face (anchors)

NAMES = (
    "n_faces",
    "face_frac",
    "body_per_face",
    "face_off_mask",
    "head_room",
    "shoulders",
    "below_face",
    "face_light",
    "face_contrast",
    "second_face_off_mask",
    "light",
    "person_contrast",
)


def measure(person: Bools, lab: Floats, faces: Sequence[Face], scale: float) -> dict[str, float]:
    """Measure how a mask (bool, (h, w)) fits the faces.

    Args:
        person: the mask.
        lab: the picture in CIELAB, (h, w, 3).
        faces: in px of the whole picture.
        scale: (h, w) over the whole picture's size.
    """
    inside = cv2.mean(lab, person.astype(np.uint8))[:3]
    found = {"n_faces": float(len(faces)), "light": inside[0]}
    if not person.all():
        outside = cv2.mean(lab, (~person).astype(np.uint8))[:3]
        found["person_contrast"] = float(np.linalg.norm(np.subtract(inside, outside)))
    if not faces:
        return found
    found |= _face(person, lab[..., 0], faces[0], scale)
    others = [_off_mask(person, face, scale) for face in faces[1:]]
    if others:
        found["second_face_off_mask"] = max(others)
    return found


def _region(person: Bools, face: Face, scale: float) -> Bools:
    """Give the face's eroded hull, or the middle of its box, on the small copy."""
    x0, y0, x1, y1 = (v * scale for v in face.box)
    if face.landmarks is not None:
        points = (face.landmarks.points * scale).astype(np.float32)
        return hull(points, person.shape, erode_px=_HULL_ERODE_FRAC * (x1 - x0)).array
    dx, dy = (x1 - x0) / 4, (y1 - y0) / 4
    corners = np.array([[x0 + dx, y0 + dy], [x1 - dx, y0 + dy], [x1 - dx, y1 - dy], [x0 + dx, y1 - dy]])
    return hull(corners.astype(np.float32), person.shape).array


def _off_mask(person: Bools, face: Face, scale: float) -> float:
    """Give the share of a face that lies on background; 0 where none of it is in the picture."""
    region = _region(person, face, scale)
    return float((region & ~person).sum()) / max(1, int(region.sum()))


def _face(person: Bools, lightness: Floats, face: Face, scale: float) -> dict[str, float]:
    height = len(person)
    x0, y0, x1, y1 = (v * scale for v in face.box)
    wide, tall = max(1.0, x1 - x0), max(1.0, y1 - y0)
    region = _region(person, face, scale)
    found = {
        "face_frac": wide * tall / person.size,
        "body_per_face": float(np.log(max(1.0, float(person.sum())) / (wide * tall))),
        "face_off_mask": _off_mask(person, face, scale),
    }
    if region.any():
        found["face_light"] = float(lightness[region].mean())
        found["face_contrast"] = float(lightness[region].std())
    rows = np.flatnonzero(person.any(axis=1))
    found["head_room"] = float(y0 - rows[0]) / tall
    below = round(y1 + 0.5 * tall)
    if 0 <= below < height:
        found["shoulders"] = float(person[below].sum()) / wide
    chin = min(max(0, round(y1)), height)
    if chin < height:
        found["below_face"] = float(person[chin:].mean())
    return found
