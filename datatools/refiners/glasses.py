"""Are there holes or dents where glasses sit? The face goes on behind them."""

from collections.abc import Sequence

import cv2
import numpy as np

from datatools.masks import RGB, Face, Matte, disk
from datatools.refiners._evidence import doubt_near, lift
from datatools.refiners._regions import along
from datatools.tables import fingerprint

_ABOVE, _BELOW, _ASIDE = 0.22, 0.25, 0.58  # of the eyes' middle, in jaw widths
_CLOSE_FRAC = 0.1  # of the jaw's width: the half width of the dents that are closed
_THICK_FRAC = 0.03  # of the jaw's width: frames are thin, the matte's soft edge is mostly thinner


class Glasses:
    """Raise doubtful pixels in holes and dents of the mask in a band across the eyes."""

    name = "glasses"

    def __init__(self, *, least: float = 0.15) -> None:
        self.least = least  # a matte at or below is certain of background
        self.fingerprint = fingerprint(self.name, 2, least)

    def refine(self, image: RGB, matte: Matte, faces: Sequence[Face]) -> Matte:  # noqa: ARG002  # Protocol
        doubt = doubt_near(
            matte,
            faces,
            lambda parts: parts.eye_centres.mean(axis=0),
            reach=1.0,
            least=self.least,
            thick_frac=_THICK_FRAC,
        )
        if doubt is None:
            return matte
        width = doubt.parts.width_px
        down, across = along(doubt.parts.roll_deg, doubt.centre, doubt.window)
        band = (down > -_ABOVE * width) & (down < _BELOW * width) & (np.abs(across) < _ASIDE * width)
        asked = band & doubt.pixels
        if not asked.any():
            return matte
        reach = max(1, round(_CLOSE_FRAC * width / doubt.step))
        person = (matte.array[doubt.window] > 0.5).astype(np.uint8)
        closed = cv2.morphologyEx(person, cv2.MORPH_CLOSE, disk(reach)) > 0
        return lift(matte, doubt, asked & closed)


build = Glasses
