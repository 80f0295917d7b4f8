"""Did a rule help this picture? A guard looks at the picture and keeps or refuses what the rule did.

No criterion read off the picture tells help from harm reliably, so the guard is built of bounds: a small
change cannot harm by more than its size and passes; a change of a large part of the person is no
refinement and is refused; in between it is refused where neither the colours of the changed pixels nor
the picture's edges along the new outline speak for it. Measured in docs/benchmarks/refiners.md.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools.masks import RGB, Mask, Matte, edge_band
from datatools.refiners._evidence import SURE, colour_logit
from datatools.scaling import scaled_down
from datatools.tables import fingerprint

# Of the person's area. Changing this part of the pixels moves IoU by about as much at most.
_SMALL_FRAC, _LARGE_FRAC = 0.005, 0.30
_MIN_COLOUR_LOGIT = (
    -0.25
)  # the mean over changed pixels; e ** -0.25: the colours are 1.3 times likelier before
_MIN_CONTRAST_GAIN = 0.1  # the logarithm of the gradient along the new outline over that along the old
_NEAR_FRAC = 0.05  # of the longer side: colours further from the outline say little about it
_WORK_SIDE_PX = 256  # criteria are means; a finer picture would only cost time

FINGERPRINT = fingerprint(
    "guard", 1, _SMALL_FRAC, _LARGE_FRAC, _MIN_COLOUR_LOGIT, _MIN_CONTRAST_GAIN, _NEAR_FRAC, _WORK_SIDE_PX
)


@dataclass(frozen=True, slots=True)
class Ruling:
    """Whether a change is kept, and why in a few words."""

    kept: bool
    reason: str


class Guard:
    """Judge changes of one picture's matte."""

    def __init__(self, image: RGB) -> None:
        self._scale = min(1.0, _WORK_SIDE_PX / max(image.shape[:2]))
        self._image = image
        self._small: RGB | None = None
        self._gradient: NDArray[np.float32] | None = None

    def judge(self, before: Matte, after: Matte) -> Ruling:
        """Rule on a change of the mask that two mattes give."""
        old, new = before.threshold().array, after.threshold().array
        n_changed, n_person = np.count_nonzero(old != new), np.count_nonzero(old)
        frac = n_changed / n_person if n_person else np.inf
        if frac <= _SMALL_FRAC:
            return Ruling(True, "small")
        if frac > _LARGE_FRAC:
            return Ruling(False, "changes too much of the person")
        colour, contrast = self._evidence(before.array, old, new)
        if contrast >= _MIN_CONTRAST_GAIN:
            return Ruling(True, "edges speak for it")
        if colour is None:
            return Ruling(False, "neither edges nor colours speak for it")
        if colour >= _MIN_COLOUR_LOGIT:
            return Ruling(True, "colours do not speak against it")
        return Ruling(False, "colours speak against it")

    def _evidence(
        self, matte: NDArray[np.float32], old: NDArray[np.bool_], new: NDArray[np.bool_]
    ) -> tuple[float | None, float]:
        """Give the mean colour logit of the changed pixels for their new side, and the gain in contrast."""
        if self._small is None or self._gradient is None:
            self._small = np.asarray(self._shrunk(self._image), np.uint8)
            self._gradient = _gradient(self._small)
        opinion = self._shrunk(matte)
        before, after = (self._shrunk(mask.astype(np.uint8) * np.uint8(255)) > 127 for mask in (old, new))
        contrast = float(np.log(_along(self._gradient, after) / _along(self._gradient, before)))
        changed = before != after
        if not changed.any():  # all of it thinner than a pixel of the small picture
            return None, contrast
        near = edge_band(Mask(before), max(1, round(_NEAR_FRAC * max(before.shape)))).array | changed
        logit = colour_logit(self._small, near & (opinion >= SURE), near & (opinion <= 1 - SURE), changed)
        if logit is None:
            return None, contrast
        return float(np.mean(np.where(after[changed], logit, -logit))), contrast

    def _shrunk(
        self, array: NDArray[np.uint8] | NDArray[np.float32]
    ) -> NDArray[np.uint8] | NDArray[np.float32]:
        if self._scale >= 1:
            return array
        return scaled_down(array, self._scale)


def _gradient(image: RGB) -> NDArray[np.float32]:
    """Give the colour gradient's length summed over channels (H, W), slightly smoothed."""
    smooth = cv2.GaussianBlur(image, (0, 0), 1.0).astype(np.float32)
    across, down = cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
    return np.asarray(np.hypot(across, down).sum(axis=2), np.float32)


def _along(gradient: NDArray[np.float32], person: NDArray[np.bool_]) -> float:
    """Give the mean gradient along a mask's outline; 1 grey level where there is none."""
    line = edge_band(Mask(person), 1).array
    return max(1.0, float(gradient[line].mean())) if line.any() else 1.0
