"""Which doubtful pixels above the brows are hair, or a hat? Those that look like what surely is."""

from collections.abc import Sequence

import numpy as np

from datatools.anatomy import anatomy
from datatools.masks import RGB, Face, Matte
from datatools.refiners._evidence import THICK_FRAC, doubtful, recover
from datatools.refiners._regions import MIN_WIDTH_PX, along, face_seed, window_round
from datatools.tables import fingerprint

_REACH = 1.4  # from the brows' middle, in jaw widths: hair and most hats


class Hair:
    """Recover doubtful pixels above the brows by the colours of the head around the face.

    Whatever the teachers are sure of there lends its colours, so that hats and head scarves count as
    hair does.
    """

    name = "hair"

    def __init__(self, *, least: float = 0.25) -> None:
        self.least = least  # a matte at or below is certain of background
        self.fingerprint = fingerprint(self.name, 2, least)

    def refine(self, image: RGB, matte: Matte, faces: Sequence[Face]) -> Matte:
        parts = anatomy(faces[0]) if faces else None
        if parts is None or parts.width_px < MIN_WIDTH_PX:
            return matte
        window = window_round(parts.brows.mean(axis=0), _REACH * parts.width_px, matte.array.shape)
        if window is None:
            return matte
        thick_px = THICK_FRAC * parts.width_px
        doubt = doubtful(matte, window, self.least, thick_px)
        if doubt is None:
            return matte
        down, across = along(parts.roll_deg, parts.brows.mean(axis=0), window)
        region = (down < 0) & (np.hypot(down, across) < _REACH * parts.width_px)
        asked = region & doubt
        donors = region & ~face_seed(faces[0], matte.array.shape).array[window]
        return recover(image, matte, window, asked, region, donors, thick_px)


build = Hair
