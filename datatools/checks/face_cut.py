"""Does the face leave the picture?"""

from collections.abc import Iterable, Iterator

from datatools.checks import Evidence, Judged, Observed, Seen, Verdict
from datatools.checks._observed import number
from datatools.masks import Face
from datatools.tables import fingerprint


def outside_frac(face: Face, width_px: int, height_px: int) -> float:
    """Give the fraction of a face's landmarks outside the picture; of its box without landmarks."""
    if face.landmarks is not None:
        points = face.landmarks.points
        return float(((points < 0) | (points > [width_px, height_px])).any(axis=1).mean())
    x0, y0, x1, y1 = face.box
    seen_px = max(0.0, min(x1, width_px) - max(x0, 0.0)) * max(0.0, min(y1, height_px) - max(y0, 0.0))
    return 1.0 - seen_px / face.area_px if face.area_px else 1.0


class FaceCut:
    """Fail pictures that show only part of their largest face; without a face ``no_face`` speaks."""

    name = "face_cut"

    def __init__(self, *, max_outside_frac: float = 0.1) -> None:
        self.max_outside_frac = max_outside_frac
        self.fingerprint = fingerprint(self.name, 1)

    def observe(self, evidence: Evidence) -> Observed:
        if not evidence.faces:
            return None
        height_px, width_px = evidence.image.shape[:2]
        return outside_frac(evidence.faces[0], width_px, height_px)

    def judge(self, observed: Iterable[Seen]) -> Iterator[Judged]:
        return ((sample_id, self._verdict(number(value))) for sample_id, value in observed)

    def _verdict(self, frac: float | None) -> Verdict:
        if frac is None or frac <= self.max_outside_frac:
            return Verdict(score=frac, passed=True)
        return Verdict(score=frac, passed=False, detail=f"{frac:.0%} of the face lies outside the picture")


build = FaceCut
