"""Which doubtful pixels beside the face are a hand? Those of the face's colour that touch the person.

No detector of hands: a hand that the teachers do not see at all is not found here either.
"""

from collections.abc import Sequence

import numpy as np

from datatools.masks import RGB, Face, Matte
from datatools.refiners._evidence import doubt_near, recover
from datatools.refiners._regions import along, face_seed
from datatools.tables import fingerprint

_REACH = 1.6  # from the chin, in jaw widths


class Hands:
    """Recover doubtful pixels near the chin by the colours of the face's inside."""

    name = "hands"

    def __init__(self, *, least: float = 0.25) -> None:
        self.least = least  # a matte at or below is certain of background
        self.fingerprint = fingerprint(self.name, 3, least)

    def refine(self, image: RGB, matte: Matte, faces: Sequence[Face]) -> Matte:
        doubt = doubt_near(matte, faces, lambda parts: parts.chin, reach=_REACH, least=self.least)
        if doubt is None:
            return matte
        down, across = along(doubt.parts.roll_deg, doubt.centre, doubt.window)
        region = (np.hypot(down, across) < _REACH * doubt.parts.width_px) & (down > -doubt.parts.height_px)
        asked = region & doubt.pixels
        skin = face_seed(faces[0], matte.array.shape).array[doubt.window]
        return recover(image, matte, doubt, asked, region, skin)


build = Hands
