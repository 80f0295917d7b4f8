"""Does the mask hold the face that a finder saw?"""

from collections.abc import Iterable, Iterator

import numpy as np

from datatools.checks import Evidence, Judged, Observed, Seen, Verdict
from datatools.checks._observed import number
from datatools.tables import fingerprint


class LandmarksOutside:
    """Fail masks that leave out part of the largest face's landmarks (its box's centre without them).

    Either the mask or the face is wrong then. Landmarks outside the picture are ``face_cut``'s matter.
    """

    name = "landmarks_outside"

    def __init__(self, *, max_outside_frac: float = 0.2) -> None:
        self.max_outside_frac = max_outside_frac
        self.fingerprint = fingerprint(self.name, 1)

    def observe(self, evidence: Evidence) -> Observed:
        if evidence.mask is None or not evidence.faces:
            return None
        face = evidence.faces[0]
        if face.landmarks is not None:
            points = face.landmarks.points
        else:
            points = np.array(face.box, np.float32).reshape(2, 2).mean(axis=0, keepdims=True)
        height, width = evidence.mask.array.shape
        columns, rows = np.floor(points).astype(int).T
        is_seen = (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
        if not is_seen.any():
            return None
        return float((~evidence.mask.array[rows[is_seen], columns[is_seen]]).mean())

    def judge(self, observed: Iterable[Seen]) -> Iterator[Judged]:
        return ((sample_id, self._verdict(number(value))) for sample_id, value in observed)

    def _verdict(self, frac: float | None) -> Verdict:
        if frac is None or frac <= self.max_outside_frac:
            return Verdict(score=frac, passed=True)
        return Verdict(
            score=frac, passed=False, detail=f"{frac:.0%} of the face's landmarks are off the mask"
        )


build = LandmarksOutside
