"""Is the mask's outline ragged, or in crumbs?"""

from collections.abc import Iterable, Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools.checks import Evidence, Judged, Observed, Seen, Verdict
from datatools.checks._observed import number
from datatools.scaling import scaled_down
from datatools.tables import fingerprint

_WORK_SIDE_PX = 512  # so that the score does not grow with the picture's size
_SMOOTH_FRAC = 0.03  # of the square root of the person's area: the size of details that count as ragged

_COMPACT_SIDES = 4.0  # a square's outline, in sides


def _perimeter_px(person: NDArray[np.bool_]) -> float:
    """Give the length of all outlines, holes too, without the parts on the picture's border."""
    across = np.count_nonzero(person[:, 1:] != person[:, :-1])
    down = np.count_nonzero(person[1:] != person[:-1])
    return float(across + down)


class RaggedEdge:
    """Fail masks whose outline shrinks much when it is smoothed.

    The score is the length that smoothing takes off, as a fraction of the smooth outline, or of a compact
    person's where the picture cuts most of the outline off: a curl would be a large part of the rest.
    """

    name = "ragged_edge"

    def __init__(self, *, max_excess_frac: float = 0.3) -> None:
        self.max_excess_frac = max_excess_frac
        self.fingerprint = fingerprint(self.name, 1)

    def observe(self, evidence: Evidence) -> Observed:
        if evidence.mask is None or not evidence.mask.array.any():
            return None
        scale = min(1.0, _WORK_SIDE_PX / max(evidence.mask.array.shape))
        soft = scaled_down(evidence.mask.array.astype(np.float32), scale)
        person = soft > 0.5
        side_px = max(1.0, float(np.count_nonzero(person))) ** 0.5
        smooth = cv2.GaussianBlur(soft, (0, 0), _SMOOTH_FRAC * side_px, borderType=cv2.BORDER_REPLICATE) > 0.5
        smooth_px = _perimeter_px(smooth)
        return float((_perimeter_px(person) - smooth_px) / max(smooth_px, _COMPACT_SIDES * side_px))

    def judge(self, observed: Iterable[Seen]) -> Iterator[Judged]:
        return ((sample_id, self._verdict(number(value))) for sample_id, value in observed)

    def _verdict(self, excess: float | None) -> Verdict:
        if excess is None or excess <= self.max_excess_frac:
            return Verdict(score=excess, passed=True)
        return Verdict(
            score=excess,
            passed=False,
            detail=f"the outline is ragged: smoothing takes off {excess:.0%} of it",
        )


build = RaggedEdge
