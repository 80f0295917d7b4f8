"""Are there holes or dents where glasses sit? The face goes on behind them."""

from collections.abc import Sequence

import cv2
import numpy as np

from datatools.anatomy import anatomy
from datatools.masks import RGB, Face, Matte, disk
from datatools.refiners._evidence import doubtful, lift
from datatools.refiners._regions import MIN_WIDTH_PX, along, window_round
from datatools.tables import fingerprint

_ABOVE, _BELOW, _ASIDE = 0.22, 0.25, 0.58  # of the eyes' middle, in jaw widths
_CLOSE_FRAC = 0.1  # of the jaw's width: the half width of the dents that are closed
_THICK_FRAC = 0.03  # of the jaw's width: frames are thin, the matte's soft edge is mostly thinner
_MAX_CLOSE_PX = 40  # a 1,000 px face has no finer frame, and the kernel's cost grows with its square


class Glasses:
    """Raise doubtful pixels in holes and dents of the mask in a band across the eyes."""

    name = "glasses"

    def __init__(self, *, least: float = 0.15) -> None:
        self.least = least  # a matte at or below is certain of background
        self.fingerprint = fingerprint(self.name, 1, least)

    def refine(self, image: RGB, matte: Matte, faces: Sequence[Face]) -> Matte:  # noqa: ARG002  # Protocol
        parts = anatomy(faces[0]) if faces else None
        if parts is None or parts.width_px < MIN_WIDTH_PX:
            return matte
        middle = parts.eye_centres.mean(axis=0)
        window = window_round(middle, parts.width_px, matte.array.shape)
        if window is None:
            return matte
        thick_px = _THICK_FRAC * parts.width_px
        doubt = doubtful(matte, window, self.least, thick_px)
        if doubt is None:
            return matte
        width = parts.width_px
        down, across = along(parts.roll_deg, middle, window)
        band = (down > -_ABOVE * width) & (down < _BELOW * width) & (np.abs(across) < _ASIDE * width)
        asked = band & doubt
        if not asked.any():
            return matte
        reach = min(_MAX_CLOSE_PX, max(1, round(_CLOSE_FRAC * width)))
        person = (matte.array[window] > 0.5).astype(np.uint8)
        closed = cv2.morphologyEx(person, cv2.MORPH_CLOSE, disk(reach)) > 0
        return lift(matte, window, asked & closed, thick_px)


build = Glasses
