"""Does the picture show a face?"""

from collections.abc import Iterable, Iterator

from datatools.checks import Evidence, Judged, Observed, Seen, Verdict
from datatools.checks._observed import number
from datatools.tables import fingerprint


class NoFace:
    """Fail pictures in which no finder saw a face; the score is the number of faces."""

    name = "no_face"

    def __init__(self) -> None:
        self.fingerprint = fingerprint(self.name, 1)

    def observe(self, evidence: Evidence) -> Observed:
        return float(len(evidence.faces))

    def judge(self, observed: Iterable[Seen]) -> Iterator[Judged]:
        return ((sample_id, self._verdict(number(value) or 0.0)) for sample_id, value in observed)

    def _verdict(self, n_faces: float) -> Verdict:
        if n_faces:
            return Verdict(score=n_faces, passed=True)
        return Verdict(score=0.0, passed=False, detail="no finder saw a face in this picture")


build = NoFace
