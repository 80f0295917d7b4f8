"""How dark is the skin of a face, in this light, and may one say so of this picture?

The individual typology angle, ITA = arctan((L* - 50) / b*) in degrees (Chardon et al. 1991, Skin
colour typology and suntanning pathways). Dermatologists read it under a standard light; a photograph
has its own light and its own camera, so here it says how dark the skin *looks*: a low sun, a blue
screen or a deep shadow moves it by tens of degrees. It is a band to compare by, no property of a person.

Where the picture itself shows that its colours or its light are off there is no value but a reason. The
limits were chosen on one half of the people of three data sets whose pictures were greyed, toned, tinted,
darkened and over-exposed, and judged on the other half: docs/measurements.md.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools.masks import RGB
from datatools.measures._colour import Lab
from datatools.measures._face import FaceFrame, Region, bounds
from datatools.measures._reason import Reading, Reason

_CLIPPED = (10, 250)  # a channel beyond these holds no colour: deep shadow, or shine
_MIDDLE_HALF = (25.0, 75.0)  # percentiles of L*: soft shadows, shine, hairs and pores are outside
_MIN_PX = 20
_ENOUGH_PX = 4000  # for a covariance

# Skin under white light has a hue between red and yellow and a moderate chroma (CIELAB).
_MIN_YELLOW = 3.0  # of b*
_HUE_DEG = (20.0, 72.0)
_CHROMA = (7.0, 40.0)
_MIN_SPREAD = 1.0  # of the face's a*, b* across its main axis: a toned picture has one hue alone
# The lightest quarter of what lies between the lids is the white of the eye, or skin where they are shut.
_EYE_LIGHTEST_PERCENTILE = 75.0
_EYE_MIN_RED = -3.0  # of a*: below is green light
_EYE_YELLOW = (-5.0, 15.0)  # of b*: below is blue light, above is orange
_EYE_TO_SKIN = 0.8  # of the chromas: as coloured as the cheeks is skin, between lids that are shut
# 99th percentile of the picture's L*. Six tenths of the light turn white into 81.8: below is a picture that
# may have lost so much, and then the angle is 30 degrees off.
_MIN_HIGHLIGHT = 82.0
_MAX_CLIPPED_SKIN = 0.2  # share of a cheek's pixels
_MAX_CLIPPED = 0.2  # share of the picture's pixels
_CLIPPED_PICTURE = 253  # of the largest channel
_MAX_SIDES_DEG = 35.0  # between the cheeks' angles
_STEP = 4  # the picture's own limits are read on every fourth row and column


@dataclass(frozen=True, slots=True)
class _Cheek:
    """The colour of one cheek: medians of its plain pixels, and the share that is clipped."""

    lightness: float
    red: float
    yellow: float
    clipped_frac: float

    @property
    def ita_deg(self) -> float:
        return float(np.degrees(np.arctan2(self.lightness - 50, self.yellow)))


def skin_ita_deg(image: RGB, lab: Lab, frame: FaceFrame, face: Region) -> Reading:
    """Give the mean ITA of the cheeks that are turned to the camera, or why it would mislead.

    ``face`` is the inside of the face, as ``frame.inside`` gives it.
    Not the forehead: hair and hats cover it, and on CelebAMask it follows the skin half as well.
    """
    seen = [side for side in (0, 1) if frame.sees_cheek(side)]
    if not seen:
        return Reason.TURNED
    cheeks = [_cheek(image, lab, frame, side) for side in seen]
    read = [cheek for cheek in cheeks if not isinstance(cheek, Reason)]
    if not read:
        return next(cheek for cheek in cheeks if isinstance(cheek, Reason))
    doubt = _of_picture(image, lab, face) or _of_skin(read, _eye_white(lab, frame))
    return float(np.mean([cheek.ita_deg for cheek in read])) if doubt is None else doubt


def _cheek(image: RGB, lab: Lab, frame: FaceFrame, side: int) -> _Cheek | Reason:
    patch = frame.patch((image.shape[0], image.shape[1]), frame.cheeks[side])
    pixels, colours = patch.of(image), patch.of(lab)
    if len(pixels) < _MIN_PX:
        return Reason.SMALL
    is_dark, is_shine = pixels.min(axis=1) < _CLIPPED[0], pixels.max(axis=1) > _CLIPPED[1]
    plain = colours[~(is_dark | is_shine)]
    if len(plain) < _MIN_PX:
        return Reason.BRIGHT if is_shine.sum() > is_dark.sum() else Reason.DARK
    low, high = np.percentile(plain[:, 0], _MIDDLE_HALF)
    middle = plain[(plain[:, 0] >= low) & (plain[:, 0] <= high)]
    lightness, red, yellow = np.median(middle, axis=0).tolist()
    return _Cheek(lightness, red, yellow, float(is_shine.mean()))


def _of_picture(image: RGB, lab: Lab, face: Region) -> Reason | None:
    """Give what is wrong with the picture's colours or its exposure, or None."""
    # Sampled, not averaged: a highlight is a few pixels.
    few = image[::_STEP, ::_STEP]
    if (few.max(axis=2) >= _CLIPPED_PICTURE).mean() > _MAX_CLIPPED:
        return Reason.BRIGHT
    if np.percentile(lab[::_STEP, ::_STEP, 0], 99) < _MIN_HIGHLIGHT:
        return Reason.DARK
    return Reason.GREY if _spread(lab, face) < _MIN_SPREAD else None


def _of_skin(cheeks: list[_Cheek], white: NDArray[np.float64] | None) -> Reason | None:
    """Give what is wrong with the colour of the skin, by itself and beside the white of the eyes, or None."""
    red = float(np.mean([cheek.red for cheek in cheeks]))
    yellow = float(np.mean([cheek.yellow for cheek in cheeks]))
    chroma, hue_deg = np.hypot(red, yellow), np.degrees(np.arctan2(yellow, red))
    if white is not None and _is_tinted(float(white[1]), float(white[2]), float(chroma)):
        return Reason.TINTED
    if chroma < _CHROMA[0]:
        return Reason.GREY
    if yellow < _MIN_YELLOW or chroma > _CHROMA[1] or not _HUE_DEG[0] <= hue_deg <= _HUE_DEG[1]:
        return Reason.TINTED
    if max(cheek.clipped_frac for cheek in cheeks) > _MAX_CLIPPED_SKIN:
        return Reason.BRIGHT
    angles = [cheek.ita_deg for cheek in cheeks]
    return Reason.UNEVEN if max(angles) - min(angles) > _MAX_SIDES_DEG else None


def _is_tinted(red: float, yellow: float, skin_chroma: float) -> bool:
    """Say whether the eyes' white has a colour that no white has; skin between shut lids is none."""
    is_white = np.hypot(red, yellow) <= _EYE_TO_SKIN * skin_chroma
    return red < _EYE_MIN_RED or yellow < _EYE_YELLOW[0] or (bool(is_white) and yellow > _EYE_YELLOW[1])


def _spread(lab: Lab, face: Region) -> float:
    """Give the standard deviation of the face's a*, b* across the direction in which they vary most."""
    colours = face.of(lab)[:, 1:].astype(np.float64)
    colours = colours[:: max(1, len(colours) // _ENOUGH_PX)]
    if len(colours) < _MIN_PX:
        return 0.0
    return float(np.sqrt(max(np.linalg.eigvalsh(np.cov(colours.T))[0], 0.0)))


def _eye_white(lab: Lab, frame: FaceFrame) -> NDArray[np.float64] | None:
    """Give the median L*, a*, b* of the lightest pixels between the lids; None where they are too few."""
    if frame.eyes is None:
        return None
    rows, columns = bounds(frame.eyes.reshape(-1, 2), (lab.shape[0], lab.shape[1]))
    window = lab[rows, columns]
    between = np.zeros(window.shape[:2], np.uint8)
    corner = np.array([columns.start, rows.start])
    for lids in frame.eyes:
        points = np.clip(np.round(lids - corner), -1e4, 1e4).astype(np.int32)
        cv2.fillPoly(between, [points], (1,))
    colours = window[between > 0]
    if len(colours) < _MIN_PX:
        return None
    light = colours[colours[:, 0] >= np.percentile(colours[:, 0], _EYE_LIGHTEST_PERCENTILE)]
    return np.asarray(np.median(light, axis=0), np.float64)
