"""Is there a second person in the portrait?"""

from collections.abc import Iterable, Iterator

from datatools.checks import Evidence, Judged, Observed, Seen, Verdict
from datatools.checks._observed import number
from datatools.tables import fingerprint


class SeveralFaces:
    """Fail pictures whose second face is not small beside the first: whose portrait is it then?

    A small second face is a passer-by, a poster or a detector's mistake, and passes; the score, the
    second face's area as a fraction of the first's, is recorded for every picture.
    """

    name = "several_faces"

    def __init__(self, *, max_second_frac: float = 0.3) -> None:
        self.max_second_frac = max_second_frac
        self.fingerprint = fingerprint(self.name, 1)

    def observe(self, evidence: Evidence) -> Observed:
        areas = sorted((face.area_px for face in evidence.faces), reverse=True)
        return areas[1] / areas[0] if len(areas) > 1 and areas[0] > 0 else 0.0

    def judge(self, observed: Iterable[Seen]) -> Iterator[Judged]:
        return ((sample_id, self._verdict(number(value) or 0.0)) for sample_id, value in observed)

    def _verdict(self, frac: float) -> Verdict:
        if frac <= self.max_second_frac:
            return Verdict(score=frac, passed=True)
        return Verdict(
            score=frac, passed=False, detail=f"a second face has {frac:.0%} of the first one's area"
        )


build = SeveralFaces
