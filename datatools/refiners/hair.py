"""Which doubtful pixels above the brows are hair, or a hat? Those that look like what surely is."""

from collections.abc import Sequence

import numpy as np

from datatools.masks import RGB, Face, Matte
from datatools.refiners._evidence import doubt_near, recover
from datatools.refiners._regions import along, face_seed
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
        self.fingerprint = fingerprint(self.name, 3, least)

    def refine(self, image: RGB, matte: Matte, faces: Sequence[Face]) -> Matte:
        doubt = doubt_near(
            matte, faces, lambda parts: parts.brows.mean(axis=0), reach=_REACH, least=self.least
        )
        if doubt is None:
            return matte
        down, across = along(doubt.parts.roll_deg, doubt.centre, doubt.window)
        region = (down < 0) & (np.hypot(down, across) < _REACH * doubt.parts.width_px)
        asked = region & doubt.pixels
        donors = region & ~face_seed(faces[0], matte.array.shape).array[doubt.window]
        return recover(image, matte, doubt, asked, region, donors)


build = Hair
