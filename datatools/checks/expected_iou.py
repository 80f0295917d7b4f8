"""How good is the mask probably: which IoU with a human's mask is to be expected?"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from datatools.checks import Evidence, Observed, Verdict
from datatools.checks._observed import numbers
from datatools.quality import features
from datatools.tables import fingerprint


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

    def judge(self, observed: Mapping[str, Observed]) -> dict[str, Verdict]:
        seen = {name: found for name in observed if (found := numbers(observed[name])) is not None}
        expected = self._expected(seen)
        least = self._least([expected.get(name, -np.inf) for name in observed])
        return {name: self._verdict(expected.get(name), least) for name in observed}

    def _expected(self, seen: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
        if not seen:
            return {}
        # Imported here: scikit-learn takes a second, and looking at pictures needs none of it.
        from datatools.quality import examples
        from datatools.quality.committee import packaged
        from datatools.quality.model import QualityModel

        model = QualityModel(examples.read(self.model or packaged()[0])[0])
        return {name: found.expected_iou for name, found in model.predict(seen).items()}

    def _least(self, scores: list[float]) -> float | None:
        """Give the lowest prediction that passes; None where every one does."""
        bounds = [] if self.min_expected_iou is None else [self.min_expected_iou]
        if self.accept_frac is not None and scores:
            n_accepted = round(self.accept_frac * len(scores))
            bounds.append(sorted(scores, reverse=True)[n_accepted - 1] if n_accepted else np.inf)
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
