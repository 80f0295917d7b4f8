"""Is the person unusually large or small beside the face?"""

import math
from collections.abc import Mapping

import numpy as np

from datatools.checks import Evidence, Observed, Verdict
from datatools.checks._observed import number
from datatools.tables import fingerprint

_MIN_SAMPLES = 20  # below, a median and its spread say little
_MAD_TO_SD = 1.4826  # of a normal distribution
_MIN_SPREAD = 0.15  # in a studio series the spread is so small that any pose would stand out


class AreaOutlier:
    """Fail masks whose area relative to the face stands out from the set.

    The score is a robust z: the log of the ratio less the set's median, in units of the set's median
    absolute deviation. Sets under 20 masks are not judged.
    """

    name = "area_outlier"

    def __init__(self, *, max_z: float = 4.0) -> None:
        self.max_z = max_z
        self.fingerprint = fingerprint(self.name, 1)

    def observe(self, evidence: Evidence) -> Observed:
        if evidence.mask is None or not evidence.faces or not evidence.mask.array.any():
            return None
        face_px = evidence.faces[0].area_px
        return math.log(np.count_nonzero(evidence.mask.array) / face_px) if face_px else None

    def judge(self, observed: Mapping[str, Observed]) -> dict[str, Verdict]:
        ratios = {sample_id: number(value) for sample_id, value in observed.items()}
        known = np.array([ratio for ratio in ratios.values() if ratio is not None])
        if len(known) < _MIN_SAMPLES:
            return {sample_id: Verdict(score=None, passed=True) for sample_id in ratios}
        median = float(np.median(known))
        spread = max(_MIN_SPREAD, _MAD_TO_SD * float(np.median(np.abs(known - median))))
        return {
            sample_id: self._verdict(None if ratio is None else (ratio - median) / spread)
            for sample_id, ratio in ratios.items()
        }

    def _verdict(self, z: float | None) -> Verdict:
        if z is None or abs(z) <= self.max_z:
            return Verdict(score=z, passed=True)
        how = "large" if z > 0 else "small"
        return Verdict(
            score=z, passed=False, detail=f"the person is unusually {how} beside the face (robust z {z:+.1f})"
        )


build = AreaOutlier
