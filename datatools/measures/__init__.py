"""What can be read off a portrait in pixels, without asking anybody and without guessing who it is?

Every number is measured on the picture, its largest face's landmarks and, where there is one, the
person's mask. Lightness is CIE L* (0 black, 100 white, D65). A number that cannot be measured is
absent. None of them names a group of people: they are cut at stated edges, as bands.
"""

import dataclasses
from collections.abc import Mapping

import cv2
import numpy as np

from datatools.masks import RGB, Face, Landmarks, Mask
from datatools.measures._colour import Lab, lab_of
from datatools.measures._face import FaceFrame, frame_of
from datatools.measures.light import back_light, face_lightness, face_sharpness, side_light
from datatools.measures.outline import edge_contrast, hair_below_chin, shoulder_lightness
from datatools.measures.pose import pose
from datatools.measures.skin import skin_ita_deg

__all__ = ["DEFINITIONS", "NEEDS_MASK", "VERSION", "measure"]

# Part of what makes a kept measurement stale: raise it when a number changes its meaning.
VERSION = 1

DEFINITIONS: Mapping[str, str] = {
    "picture_lightness": "mean L* of the whole picture",
    "face_frac": "area of the landmarks' hull divided by the picture's",
    "face_yaw_deg": "turn of the head, positive towards the picture's right, from six landmarks; a proxy",
    "face_roll_deg": "tilt of the line between the eyes, positive clockwise",
    "face_lightness": "median L* inside the face",
    "face_side_light": "L* of the cheek on the picture's left minus that on its right",
    "face_sharpness": "log10 of the Laplacian's variance over the luma's, at a face 96 px high; a proxy",
    "face_ita_deg": "individual typology angle of the skin of the cheeks; depends on the light",
    "back_light": "mean L* of the background minus the face's median L*",
    "edge_contrast": "median colour difference (CIE76) across the mask's edge",
    "hair_below_chin": "how far the mask hangs below the chin beside the face, in face heights, at most 0.5",
    "shoulder_lightness": "median L* of the mask below the chin",
}
NEEDS_MASK = frozenset({"back_light", "edge_contrast", "hair_below_chin", "shoulder_lightness"})

_LIMIT_PX = 1_000_000  # every measure is relative to the face or the picture: more pixels tell no more


def measure(image: RGB, face: Face | None, mask: Mask | None) -> dict[str, float]:
    """Measure one picture; what cannot be measured is left out.

    Args:
        image: uint8 RGB (H, W, 3).
        face: the largest; None where none was found.
        mask: True is person, (H, W); None where there is none.
    """
    image, face, mask = _bounded(image, face, mask)
    lab = lab_of(image)
    frame = None if face is None else frame_of(face)
    found: dict[str, float | None] = {"picture_lightness": float(lab[..., 0].mean())}
    if frame is not None:
        found |= _of_face(image, lab, frame)
    if mask is not None:
        found["edge_contrast"] = edge_contrast(lab, mask)
    if mask is not None and frame is not None:
        found["back_light"] = back_light(lab, frame, mask)
        found["hair_below_chin"] = hair_below_chin(frame, mask)
        found["shoulder_lightness"] = shoulder_lightness(lab, frame, mask)
    return {name: value for name, value in found.items() if value is not None and np.isfinite(value)}


def _of_face(image: RGB, lab: Lab, frame: FaceFrame) -> dict[str, float | None]:
    turned = pose(frame)
    return {
        "face_frac": frame.area_px / (image.shape[0] * image.shape[1]),
        "face_yaw_deg": turned.yaw_deg,
        "face_roll_deg": turned.roll_deg,
        "face_lightness": face_lightness(lab, frame),
        "face_side_light": side_light(lab, frame),
        "face_sharpness": face_sharpness(image, frame),
        "face_ita_deg": skin_ita_deg(image, lab, frame),
    }


def _bounded(image: RGB, face: Face | None, mask: Mask | None) -> tuple[RGB, Face | None, Mask | None]:
    """Scale a large picture and all that lies on it down to the limit."""
    height, width = image.shape[:2]
    if height * width <= _LIMIT_PX:
        return image, face, mask
    scale = (_LIMIT_PX / (height * width)) ** 0.5
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    if face is not None and face.landmarks is not None:
        # A point names a pixel's centre; boxes are not read here.
        points = (face.landmarks.points + 0.5) * np.float32(scale) - 0.5
        moved = Landmarks(points.astype(np.float32), face.landmarks.scheme)
        face = dataclasses.replace(face, landmarks=moved)
    if mask is not None:
        bits = cv2.resize(mask.array.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
        mask = Mask(bits.astype(bool))
    return small, face, mask
