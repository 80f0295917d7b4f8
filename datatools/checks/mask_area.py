"""Is the mask empty, or the whole picture?"""

from collections.abc import Iterable, Iterator

from datatools.checks import Evidence, Judged, Observed, Seen, Verdict
from datatools.checks._observed import number
from datatools.tables import fingerprint


class MaskArea:
    """Fail masks that hold next to nothing or next to everything; the score is the area's fraction."""

    name = "mask_area"

    def __init__(self, *, min_frac: float = 0.02, max_frac: float = 0.99) -> None:
        self.min_frac = min_frac
        self.max_frac = max_frac
        self.fingerprint = fingerprint(self.name, 1)

    def observe(self, evidence: Evidence) -> Observed:
        return None if evidence.mask is None else evidence.mask.area_frac

    def judge(self, observed: Iterable[Seen]) -> Iterator[Judged]:
        return ((sample_id, self._verdict(number(value))) for sample_id, value in observed)

    def _verdict(self, frac: float | None) -> Verdict:
        if frac is None:
            return Verdict(score=None, passed=False, detail="there is no mask: segment or refine failed")
        if frac < self.min_frac:
            return Verdict(score=frac, passed=False, detail=f"the mask is empty ({frac:.1%} of the picture)")
        if frac > self.max_frac:
            return Verdict(score=frac, passed=False, detail=f"the mask is full ({frac:.1%} of the picture)")
        return Verdict(score=frac, passed=True)


build = MaskArea
