"""Is the person unusually large or small beside the face?"""

import math
from collections.abc import Iterable, Iterator

import numpy as np

from datatools.checks import Evidence, Judged, Observed, Seen, Verdict
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

    def judge(self, observed: Iterable[Seen]) -> Iterator[Judged]:
        numbers = (number(value) for _, value in observed)
        ratios = np.fromiter((np.nan if ratio is None else ratio for ratio in numbers), np.float64)
        known = ratios[~np.isnan(ratios)]
        is_judged = len(known) >= _MIN_SAMPLES
        median = float(np.median(known)) if is_judged else math.nan
        spread = max(_MIN_SPREAD, _MAD_TO_SD * float(np.median(np.abs(known - median)))) if is_judged else 1.0
        for (sample_id, _), ratio in zip(observed, ratios, strict=True):
            z = (float(ratio) - median) / spread
            yield sample_id, self._verdict(None if math.isnan(z) else z)

    def _verdict(self, z: float | None) -> Verdict:
        if z is None or abs(z) <= self.max_z:
            return Verdict(score=z, passed=True)
        how = "large" if z > 0 else "small"
        return Verdict(
            score=z, passed=False, detail=f"the person is unusually {how} beside the face (robust z {z:+.1f})"
        )


build = AreaOutlier
