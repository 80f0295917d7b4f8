"""Fuse by the plain mean: every teacher has one vote, however sure it is."""

from collections.abc import Mapping

import numpy as np

from datatools import tables
from datatools.masks import RGB, Matte


class Mean:
    """The mean of the mattes."""

    name = "mean"
    fingerprint = tables.fingerprint("mean", 1)

    def fuse(self, image: RGB, mattes: Mapping[str, Matte]) -> Matte:  # noqa: ARG002  # the Protocol's
        arrays = [mattes[teacher].array for teacher in sorted(mattes)]  # (H, W) each
        return Matte(np.asarray(np.mean(arrays, axis=0), np.float32))


build = Mean
