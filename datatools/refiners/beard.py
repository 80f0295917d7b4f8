"""Which doubtful pixels round the jaw are beard? Those that look like what surely hangs there."""

from collections.abc import Sequence

import numpy as np

from datatools.masks import RGB, Face, Matte
from datatools.refiners._evidence import doubt_near, recover
from datatools.refiners._regions import along
from datatools.tables import fingerprint

_BELOW, _ABOVE, _ASIDE = 0.45, 0.35, 0.6  # of the chin, in jaw widths


class Beard:
    """Recover doubtful pixels below and beside the jaw by the colours that are surely person there."""

    name = "beard"

    def __init__(self, *, least: float = 0.25) -> None:
        self.least = least  # a matte at or below is certain of background
        self.fingerprint = fingerprint(self.name, 3, least)

    def refine(self, image: RGB, matte: Matte, faces: Sequence[Face]) -> Matte:
        doubt = doubt_near(matte, faces, lambda parts: parts.chin, reach=1.0, least=self.least)
        if doubt is None:
            return matte
        width = doubt.parts.width_px
        down, across = along(doubt.parts.roll_deg, doubt.centre, doubt.window)
        region = (down > -_ABOVE * width) & (down < _BELOW * width) & (np.abs(across) < _ASIDE * width)
        asked = region & doubt.pixels
        return recover(image, matte, doubt, asked, region, region)


build = Beard
