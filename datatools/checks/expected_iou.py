"""How good is the mask probably: which IoU with a human's mask is to be expected?"""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datatools.checks import Evidence, Judged, Observed, Seen, Verdict
from datatools.checks._observed import numbers
from datatools.quality import features
from datatools.tables import fingerprint

Floats = NDArray[np.float64]
_AT_ONCE = 1024  # masks whose features are in memory together


class ExpectedIou:
    """Predict each mask's IoU and fail masks below the wanted one; the score is the prediction.

    Unless ``min_expected_iou`` or ``accept_frac`` is given every mask passes: which quality is good enough
    depends on what the masks are for.
    """

    name = "expected_iou"

    def __init__(
        self,
        *,
        min_expected_iou: float | None = None,
        accept_frac: float | None = None,
        model: Path | None = None,
    ) -> None:
        self.min_expected_iou = min_expected_iou
        self.accept_frac = accept_frac  # of the samples: those with the highest predictions
        self.model = model  # folder of a quality model; a packaged one if not given
        self.fingerprint = fingerprint(self.name, features.VERSION)

    def observe(self, evidence: Evidence) -> Observed:
        if evidence.mask is None:
            return None
        return features.features(evidence.image, evidence.faces, evidence.mattes, evidence.mask)

    def judge(self, observed: Iterable[Seen]) -> Iterator[Judged]:
        expected = self._expected(numbers(value) for _, value in observed)
        least = self._least(np.where(np.isnan(expected), -np.inf, expected))
        for (sample_id, _), one in zip(observed, expected, strict=True):
            yield sample_id, self._verdict(None if np.isnan(one) else float(one), least)

    def _expected(self, seen: Iterator[dict[str, float] | None]) -> Floats:
        """Predict each mask's IoU (n,), NaN where there is no mask."""
        # Imported here: scikit-learn takes a second, and looking at pictures needs none of it.
        from datatools.quality import examples
        from datatools.quality.committee import packaged
        from datatools.quality.model import QualityModel

        model: QualityModel | None = None
        found: list[Floats] = [np.empty(0)]
        while some := list(islice(seen, _AT_ONCE)):
            known = [features for features in some if features is not None]
            expected = np.full(len(some), np.nan)
            if known:
                model = model or QualityModel(examples.read(self.model or packaged()[0])[0])
                expected[[one is not None for one in some]] = model.expected(examples.matrix(known))
            found.append(expected)
        return np.concatenate(found)

    def _least(self, scores: Floats) -> float | None:
        """Give the lowest prediction that passes; None where every one does."""
        bounds = [] if self.min_expected_iou is None else [self.min_expected_iou]
        if self.accept_frac is not None and len(scores):
            n_accepted = round(self.accept_frac * len(scores))
            bounds.append(float(np.sort(scores)[-n_accepted]) if n_accepted else np.inf)
        return max(bounds, default=None)

    def _verdict(self, expected: float | None, least: float | None) -> Verdict:
        if least is None or (expected is not None and expected >= least):
            return Verdict(score=expected, passed=True)
        if expected is None:
            return Verdict(score=None, passed=False, detail="there is no mask whose IoU could be predicted")
        wanted = "the best were kept" if np.isinf(least) else f"at least {least:.3f} is wanted"
        return Verdict(
            score=expected,
            passed=False,
            detail=f"the mask's expected IoU with a human's is {expected:.3f}, {wanted}",
        )


build = ExpectedIou
