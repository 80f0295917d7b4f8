"""Does the matte doubt the neck and the shoulders? Below a chin there is a body.

The wedge starts as a neck under the chin and widens to shoulders. It leans half as far as the head
does, because bodies stay more upright than heads, and lies on the far side of a turned face, because
the chin moves and the neck does not.
"""

from collections.abc import Sequence

import numpy as np

from datatools.anatomy import Anatomy
from datatools.masks import RGB, Face, Matte
from datatools.refiners._evidence import Bools, doubt_near, lift
from datatools.refiners._regions import Window, along
from datatools.tables import fingerprint

# In jaw widths: adults' necks are about as wide as 0.8 of the jaw, shoulders as 2.5 to 3.
_NECK_HALF, _NECK_END, _SHOULDER_HALF, _SHOULDER_END, _END = 0.3, 0.45, 1.0, 0.9, 2.0
_LEAN, _TURN_SHIFT = 0.5, 0.35


class ShoulderWedge:
    """Raise doubtful pixels in the wedge under the largest face's chin."""

    name = "shoulder_wedge"

    def __init__(self, *, least: float = 0.3) -> None:
        self.least = least  # a matte at or below is certain of background
        self.fingerprint = fingerprint(self.name, 2, least)

    def refine(self, image: RGB, matte: Matte, faces: Sequence[Face]) -> Matte:  # noqa: ARG002  # Protocol
        doubt = doubt_near(
            matte, faces, lambda parts: parts.chin, reach=_END + _SHOULDER_HALF, least=self.least
        )
        if doubt is None:
            return matte
        return lift(matte, doubt, doubt.pixels & wedge(doubt.parts, doubt.window))


def wedge(parts: Anatomy, window: Window) -> Bools:
    """Give the pixels of a window where a body of this head's size and pose must be."""
    width, lean_deg = parts.width_px, _LEAN * parts.roll_deg
    right = np.array([np.cos(np.radians(lean_deg)), np.sin(np.radians(lean_deg))])
    turned_px = _TURN_SHIFT * width * np.sin(np.radians(parts.yaw_deg))
    start = np.asarray(parts.chin - turned_px * right, np.float32)
    down, across = along(lean_deg, start, window)
    half = np.interp(down / width, [0, _NECK_END, _SHOULDER_END], [_NECK_HALF, _NECK_HALF, _SHOULDER_HALF])
    return np.asarray((down > 0) & (down < _END * width) & (np.abs(across) < half * width))


build = ShoulderWedge
