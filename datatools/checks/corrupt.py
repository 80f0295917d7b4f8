"""Is there a picture at all: large enough, and not one flat colour?

Files that do not decode never get here: the check stage gives them a failed finding of this check.
"""

from collections.abc import Iterable, Iterator

import numpy as np

from datatools.checks import Evidence, Judged, Observed, Seen, Verdict
from datatools.checks._observed import numbers
from datatools.tables import fingerprint


class Corrupt:
    """Fail pictures that are tiny or constant; the score is the standard deviation of the grey levels."""

    name = "corrupt"

    def __init__(self, *, min_side_px: int = 64, min_contrast: float = 2.0) -> None:
        self.min_side_px = min_side_px
        self.min_contrast = min_contrast  # standard deviation, of 255 grey levels
        self.fingerprint = fingerprint(self.name, 1)

    def observe(self, evidence: Evidence) -> Observed:
        # Every picture keeps at least 64 lines: enough for a spread, and fast on 50 megapixels.
        step = max(1, min(evidence.image.shape[:2]) // 256)
        red, green, blue = evidence.image[::step, ::step].transpose(2, 0, 1).astype(np.float32)
        grey = (red + green + blue) / 3
        return {"side_px": float(min(evidence.image.shape[:2])), "contrast": float(grey.std())}

    def judge(self, observed: Iterable[Seen]) -> Iterator[Judged]:
        return ((sample_id, self._verdict(value)) for sample_id, value in observed)

    def _verdict(self, value: Observed) -> Verdict:
        seen = numbers(value, "side_px", "contrast")
        if seen is None:
            return Verdict(score=None, passed=False, detail="the picture was not read")
        side_px, contrast = seen["side_px"], seen["contrast"]
        if side_px < self.min_side_px:
            detail = f"the picture is too small: {side_px:.0f} px on its short side, not {self.min_side_px}"
            return Verdict(score=contrast, passed=False, detail=detail)
        if contrast < self.min_contrast:
            return Verdict(score=contrast, passed=False, detail="the picture is one flat colour")
        return Verdict(score=contrast, passed=True)


build = Corrupt
