"""Were the teachers sure, and of one mind?"""

import itertools
from collections.abc import Iterable, Iterator

import numpy as np

from datatools.checks import Evidence, Judged, Observed, Seen, Verdict
from datatools.checks._observed import numbers
from datatools.masks import Matte, iou
from datatools.tables import fingerprint


def unsure_frac(matte: Matte) -> float:
    """Give how much of a matte is undecided, in proportion to the person's area.

    4a(1 - a) is 1 where the matte says one half and 0 where it is certain.
    """
    values = matte.array
    undecided = 4 * (values - values * values)
    return float(undecided.sum(dtype=np.float64) / max(1.0, values.sum(dtype=np.float64)))


class TeacherUnsure:
    """Fail pictures that even the surest teacher left undecided, or on which teachers disagree widely.

    A teacher that was not made for people is unsure where another one knows: the surest one counts.
    Unlike teachers that agree are mostly right; an error that all make is not seen here.
    """

    name = "teacher_unsure"

    def __init__(self, *, max_unsure_frac: float = 0.12, max_disagreement: float = 0.3) -> None:
        self.max_unsure_frac = max_unsure_frac
        self.max_disagreement = max_disagreement  # 1 - IoU of the two teachers that agree least
        self.fingerprint = fingerprint(self.name, 1)

    def observe(self, evidence: Evidence) -> Observed:
        mattes = [evidence.mattes[name] for name in sorted(evidence.mattes)]
        if not mattes:
            return None
        masks = [matte.threshold() for matte in mattes]
        apart = [1 - iou(first, second) for first, second in itertools.combinations(masks, 2)]
        return {
            "unsure_frac": min(unsure_frac(matte) for matte in mattes),
            "disagreement": max(apart, default=0.0),
        }

    def judge(self, observed: Iterable[Seen]) -> Iterator[Judged]:
        return ((sample_id, self._verdict(value)) for sample_id, value in observed)

    def _verdict(self, value: Observed) -> Verdict:
        seen = numbers(value, "unsure_frac", "disagreement")
        if seen is None:
            return Verdict(score=None, passed=True)
        unsure, apart = seen["unsure_frac"], seen["disagreement"]
        if apart > self.max_disagreement:
            return Verdict(
                score=unsure, passed=False, detail=f"two teachers agree to an IoU of {1 - apart:.2f} only"
            )
        if unsure > self.max_unsure_frac:
            return Verdict(
                score=unsure,
                passed=False,
                detail=f"the matte is undecided on {unsure:.0%} of the person's area",
            )
        return Verdict(score=unsure, passed=True)


build = TeacherUnsure
