"""Which doubtful pixels round the jaw are beard? Those that look like what surely hangs there."""

from collections.abc import Sequence

import numpy as np

from datatools.anatomy import anatomy
from datatools.masks import RGB, Face, Matte
from datatools.refiners._evidence import THICK_FRAC, doubtful, recover
from datatools.refiners._regions import MIN_WIDTH_PX, along, window_round
from datatools.tables import fingerprint

_BELOW, _ABOVE, _ASIDE = 0.45, 0.35, 0.6  # of the chin, in jaw widths


class Beard:
    """Recover doubtful pixels below and beside the jaw by the colours that are surely person there."""

    name = "beard"

    def __init__(self, *, least: float = 0.25) -> None:
        self.least = least  # a matte at or below is certain of background
        self.fingerprint = fingerprint(self.name, 2, least)

    def refine(self, image: RGB, matte: Matte, faces: Sequence[Face]) -> Matte:
        parts = anatomy(faces[0]) if faces else None
        if parts is None or parts.width_px < MIN_WIDTH_PX:
            return matte
        window = window_round(parts.chin, parts.width_px, matte.array.shape)
        if window is None:
            return matte
        thick_px = THICK_FRAC * parts.width_px
        doubt = doubtful(matte, window, self.least, thick_px)
        if doubt is None:
            return matte
        width = parts.width_px
        down, across = along(parts.roll_deg, parts.chin, window)
        region = (down > -_ABOVE * width) & (down < _BELOW * width) & (np.abs(across) < _ASIDE * width)
        asked = region & doubt
        return recover(image, matte, window, asked, region, region, thick_px)


build = Beard
