"""Fuse by a weighted mean: a teacher that is known to be better has more to say."""

from collections.abc import Mapping

import numpy as np

from datatools import tables
from datatools.errors import DataError, UsageError
from datatools.masks import RGB, Matte


class Weighted:
    """The mean of the mattes, each with its teacher's weight.

    Args:
        weights: a positive number for each teacher; only their ratios matter.

    Raises:
        UsageError: no weights, or one that is not positive.
    """

    name = "weighted"

    def __init__(self, weights: Mapping[str, float]) -> None:
        if not weights or any(not weight > 0 for weight in weights.values()):
            raise UsageError(
                "the fusion weighted expects a positive weight for each teacher (--weights.selfie 2 "
                f"--weights.isnet 1), got {dict(weights)}"
            )
        self.fingerprint = tables.fingerprint("weighted", 1, sorted(weights.items()))
        self._weights = dict(weights)

    def fuse(self, image: RGB, mattes: Mapping[str, Matte]) -> Matte:  # noqa: ARG002  # the Protocol's
        teachers = sorted(mattes)
        if unknown := [teacher for teacher in teachers if teacher not in self._weights]:
            raise DataError(
                f"the fusion weighted has no weight for {', '.join(unknown)}: give one with "
                f"--weights.{unknown[0]}, or name the teachers to fuse with --teachers"
            )
        arrays = [mattes[teacher].array for teacher in teachers]  # (H, W) each
        fused = np.average(arrays, axis=0, weights=[self._weights[teacher] for teacher in teachers])
        return Matte(np.clip(fused, 0, 1, dtype=np.float32))


build = Weighted
