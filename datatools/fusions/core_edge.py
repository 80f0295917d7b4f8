"""Fuse a semantic core with a detailed edge: one teacher says what is a person, the others where it ends.

Away from the core's edge only the core teacher is heard: it knows persons from signs and towers. Near
the edge, and only where most of the neighbourhood agrees with it, the mean of all is taken: salient-object
networks draw hair far better than they choose what to draw.
"""

from collections.abc import Mapping

import cv2
import numpy as np

from datatools import tables
from datatools.errors import DataError, UsageError
from datatools.masks import RGB, Matte, edge_band

_BAND_FRAC = 0.015  # half width of the edge's band, of the longer side
_WINDOW_FRAC = 0.04  # side of the neighbourhood that must agree, of the longer side
_AGREEING_FRAC = 0.8  # of the neighbourhood, by value within one half of each other


class CoreEdge:
    """The core teacher's matte, with the mean of all near its edge where they agree.

    Args:
        core: the teacher that decides what is a person.
    """

    name = "core_edge"

    def __init__(self, core: str) -> None:
        if not core:
            raise UsageError("the fusion core_edge expects the teacher of the core: --core selfie")
        self.fingerprint = tables.fingerprint("core_edge", 1, core, _BAND_FRAC, _WINDOW_FRAC, _AGREEING_FRAC)
        self._core = core

    def fuse(self, image: RGB, mattes: Mapping[str, Matte]) -> Matte:  # noqa: ARG002  # the Protocol's
        if self._core not in mattes:
            raise DataError(
                f"the fusion core_edge expects a matte of {self._core}, the picture has those of "
                f"{', '.join(sorted(mattes))}: run `datatools segment --teachers {self._core}`"
            )
        core = mattes[self._core]
        longer_px = max(core.array.shape)
        band = edge_band(core.threshold(), max(1, round(_BAND_FRAC * longer_px))).array
        side_px = max(3, round(_WINDOW_FRAC * longer_px) | 1)
        total, n_heard = core.array.copy(), np.ones_like(core.array)
        for teacher in sorted(mattes):
            if teacher == self._core:
                continue
            other = mattes[teacher].array
            agrees = (np.abs(other - core.array) < 0.5).astype(np.float32)
            is_heard = band & (cv2.blur(agrees, (side_px, side_px)) >= _AGREEING_FRAC)
            total[is_heard] += other[is_heard]
            n_heard[is_heard] += 1
        return Matte(np.clip(total / n_heard, 0, 1, dtype=np.float32))


build = CoreEdge
