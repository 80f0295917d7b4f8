"""What can be read off a portrait in pixels, without asking anybody and without guessing who it is?

Every number is measured on the picture, its largest face's landmarks and, where there is one, the
person's mask. Lightness is CIE L* (0 black, 100 white, D65). A number that cannot be measured, or that
would mislead, is absent and has a reason instead. None of them names a group of people: they are cut at
stated edges, as bands.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from datatools.masks import RGB, Face, Landmarks, Mask
from datatools.measures._colour import Lab, lab_of
from datatools.measures._face import FaceFrame, Region, frame_of
from datatools.measures._reason import Reading, Reason
from datatools.measures.frame import border_frac, face_cut_frac
from datatools.measures.light import (
    back_light,
    background_complexity,
    background_of,
    face_lightness,
    face_sharpness,
    side_light,
)
from datatools.measures.outline import edge_contrast, hair_below_chin, shoulder_lightness
from datatools.measures.pose import pose
from datatools.measures.skin import skin_ita_deg

__all__ = ["DEFINITIONS", "NEEDS_FACE", "NEEDS_MASK", "VERSION", "Measures", "Reason", "measure"]

# Part of what makes a kept measurement stale: raise it when a number changes its meaning.
VERSION = 3

DEFINITIONS: Mapping[str, str] = {
    "picture_lightness": "mean L* of the whole picture",
    "face_frac": "area of the landmarks' hull divided by the picture's",
    "face_cut_frac": "share of the landmarks' hull that lies outside the picture",
    "face_yaw_deg": "turn of the head, positive towards the picture's right, from six landmarks; a proxy",
    "face_pitch_deg": "nod of the head, positive where the chin is lifted, from six landmarks; a rough proxy",
    "face_roll_deg": "tilt of the line between the eyes, positive clockwise",
    "face_lightness": "median L* inside the face",
    "face_side_light": "L* of the cheek on the picture's left minus that on its right",
    "face_sharpness": "log10 of the Laplacian's variance over the luma's, at a face 96 px high; a proxy",
    "face_ita_deg": "individual typology angle of the skin of the cheeks; depends on the light",
    "back_light": "mean L* of the background minus the face's median L*",
    "background_complexity": "mean gradient of L* in the background, per px of a picture 256 px long",
    "edge_contrast": "median colour difference (CIE76) across the mask's edge",
    "border_frac": "share of the picture's top and sides that the mask touches",
    "hair_below_chin": "how far the mask hangs below the chin beside the face, in face heights, at most 0.5",
    "shoulder_lightness": "median L* of the mask below the chin",
}
NEEDS_MASK = frozenset(
    {
        "back_light",
        "background_complexity",
        "edge_contrast",
        "border_frac",
        "hair_below_chin",
        "shoulder_lightness",
    }
)
_OF_MASK_ALONE = frozenset({"background_complexity", "edge_contrast", "border_frac"})
NEEDS_FACE = frozenset(DEFINITIONS) - _OF_MASK_ALONE - {"picture_lightness"}
# What an average face in the finder's box does not tell.
_NEEDS_LANDMARKS = (
    "face_cut_frac",
    "face_yaw_deg",
    "face_pitch_deg",
    "face_roll_deg",
    "face_side_light",
    "hair_below_chin",
)

# All but sharpness are relative to the face or the picture: more pixels tell no more, and cost.
_LIMIT_PX = 250_000


@dataclass(frozen=True, slots=True)
class Measures:
    """What was read off a picture: each name of ``DEFINITIONS`` is in one of the two."""

    values: dict[str, float]
    invalid: dict[str, Reason]  # why there is no value
    is_guessed: bool  # the face's points are an average face's in the finder's box


def measure(image: RGB, face: Face | None, mask: Mask | None) -> Measures:
    """Measure one picture.

    Args:
        image: uint8 RGB (H, W, 3).
        face: the largest; None where none was found.
        mask: True is person, (H, W); None where there is none.
    """
    whole = image
    image, face, mask = _bounded(image, face, mask)
    lab = lab_of(image)
    frame = Reason.NO_FACE if face is None else frame_of(face, (image.shape[0], image.shape[1]))
    found: dict[str, Reading] = {"picture_lightness": float(lab[..., 0].mean())}
    if isinstance(frame, Reason):
        found |= dict.fromkeys(NEEDS_FACE, frame)
    region = None if isinstance(frame, Reason) else frame.inside((image.shape[0], image.shape[1]))
    if not isinstance(frame, Reason) and region is not None:
        found |= _of_face(image, lab, frame, region)
        found["face_sharpness"] = face_sharpness(whole, whole.shape[0] / image.shape[0], frame, region)
    if mask is None:
        found |= dict.fromkeys(NEEDS_MASK, Reason.NO_MASK)
    else:
        found |= _of_mask(lab, mask, frame, region)
    if not isinstance(frame, Reason) and frame.is_guessed:
        found |= dict.fromkeys(_NEEDS_LANDMARKS, Reason.NO_LANDMARKS)
    ordered = {name: found[name] for name in DEFINITIONS}
    return Measures(
        values={name: value for name, value in ordered.items() if not isinstance(value, Reason)},
        invalid={name: value for name, value in ordered.items() if isinstance(value, Reason)},
        is_guessed=not isinstance(frame, Reason) and frame.is_guessed,
    )


def _of_face(image: RGB, lab: Lab, frame: FaceFrame, face: Region) -> dict[str, Reading]:
    turned = pose(frame)
    return {
        "face_frac": frame.area_px / (image.shape[0] * image.shape[1]),
        "face_cut_frac": face_cut_frac(frame, (image.shape[0], image.shape[1])),
        "face_yaw_deg": turned.yaw_deg,
        "face_pitch_deg": turned.pitch_deg,
        "face_roll_deg": turned.roll_deg,
        "face_lightness": face_lightness(lab, face),
        "face_side_light": side_light(lab, frame),
        "face_ita_deg": skin_ita_deg(image, lab, frame, face),
    }


def _of_mask(lab: Lab, mask: Mask, frame: FaceFrame | Reason, face: Region | None) -> dict[str, Reading]:
    background = background_of(mask)
    found: dict[str, Reading] = {
        "background_complexity": background_complexity(lab, background),
        "edge_contrast": edge_contrast(lab, mask),
        "border_frac": border_frac(mask),
    }
    if not isinstance(frame, Reason) and face is not None:
        found["back_light"] = back_light(lab, face, background)
        found["hair_below_chin"] = hair_below_chin(frame, mask)
        found["shoulder_lightness"] = shoulder_lightness(lab, frame, mask)
    return found


def _bounded(image: RGB, face: Face | None, mask: Mask | None) -> tuple[RGB, Face | None, Mask | None]:
    """Scale a large picture and all that lies on it down to the limit."""
    height, width = image.shape[:2]
    if height * width <= _LIMIT_PX:
        return image, face, mask
    scale = (_LIMIT_PX / (height * width)) ** 0.5
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    # Down to half the side linear interpolation misses no pixel, in a tenth of the time.
    way = cv2.INTER_LINEAR if scale >= 0.5 else cv2.INTER_AREA
    small = np.asarray(cv2.resize(image, size, interpolation=way), np.uint8)
    if face is not None:
        x0, y0, x1, y1 = (side * scale for side in face.box)
        face = dataclasses.replace(face, box=(x0, y0, x1, y1))
    if face is not None and face.landmarks is not None:
        # A point names a pixel's centre, a box its corners.
        points = (face.landmarks.points + 0.5) * np.float32(scale) - 0.5
        moved = Landmarks(points.astype(np.float32), face.landmarks.scheme)
        face = dataclasses.replace(face, landmarks=moved)
    if mask is not None:
        bits = cv2.resize(mask.array.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
        mask = Mask(bits.astype(bool))
    return small, face, mask
