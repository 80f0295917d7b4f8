"""Which doubtful pixels beside the face are a hand? Those of the face's colour that touch the person.

No detector of hands: a hand that the teachers do not see at all is not found here either.
"""

from collections.abc import Sequence

import numpy as np

from datatools.anatomy import anatomy
from datatools.masks import RGB, Face, Matte
from datatools.refiners._evidence import THICK_FRAC, doubtful, recover
from datatools.refiners._regions import MIN_WIDTH_PX, along, face_seed, window_round
from datatools.tables import fingerprint

_REACH = 1.6  # from the chin, in jaw widths


class Hands:
    """Recover doubtful pixels near the chin by the colours of the face's inside."""

    name = "hands"

    def __init__(self, *, least: float = 0.25) -> None:
        self.least = least  # a matte at or below is certain of background
        self.fingerprint = fingerprint(self.name, 2, least)

    def refine(self, image: RGB, matte: Matte, faces: Sequence[Face]) -> Matte:
        parts = anatomy(faces[0]) if faces else None
        if parts is None or parts.width_px < MIN_WIDTH_PX:
            return matte
        window = window_round(parts.chin, _REACH * parts.width_px, matte.array.shape)
        if window is None:
            return matte
        thick_px = THICK_FRAC * parts.width_px
        doubt = doubtful(matte, window, self.least, thick_px)
        if doubt is None:
            return matte
        down, across = along(parts.roll_deg, parts.chin, window)
        region = (np.hypot(down, across) < _REACH * parts.width_px) & (down > -parts.height_px)
        asked = region & doubt
        skin = face_seed(faces[0], matte.array.shape).array[window]
        return recover(image, matte, window, asked, region, skin, thick_px)


build = Hands
