"""Find faces with dlib and place the 68 landmarks of the iBUG scheme.

The 68-point predictor was trained on iBUG 300-W, whose licence excludes commercial use. Its file comes
with the Python package face_recognition_models.
"""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeVar

import cv2
import dlib
import numpy as np

from datatools import plugins, tables
from datatools.errors import UsageError, WeightsError
from datatools.masks import RGB, Face, Landmarks

PACKAGE = "face_recognition_models"
PREDICTOR = "shape_predictor_68_face_landmarks.dat"
PREDICTOR_BYTES = 99_693_937
PREDICTOR_SHA256 = "fbdc2cb80eb9aa7a758672cbfdda32ba6300efe9b6e6c7a299ff7e736b11b92f"
LICENCE = "trained on iBUG 300-W: no commercial use (the detectors are free: BSL-1.0, CC0-1.0)"
_CNN = "mmod_human_face_detector.dat"

Detector = Literal["hog", "cnn"]
Loaded = TypeVar("Loaded")
# Of a picture, how often to double it: boxes and scores.
_Look = Callable[[RGB, int], list[tuple[dlib.rectangle, float]]]
# 218 pictures of six collections, scaled to 1, 2 and 4 megapixels: HOG found a face in 211 of them at each
# size, in 0.09, 0.18 and 0.36 s. Of 588 others at their own size (all below 1 MP) it found one in 570; a
# second look at twice the size found 8 of the 18 left.
_LIMIT_PX = 1_000_000
_LOOKS = (0, 1)  # how often the picture is doubled


class Dlib68:
    """dlib's face detector and 68-point predictor.

    Args:
        detector: ``hog`` (fast, frontal faces) or ``cnn`` (60 times slower, turned faces too).
    """

    name = "dlib68"
    scheme = "ibug68"
    licence = LICENCE

    def __init__(self, detector: Detector = "hog") -> None:
        if detector not in ("hog", "cnn"):
            raise UsageError(f"expected the detector hog or cnn, got {detector!r}")
        predictor = plugins.package_file(PACKAGE, PREDICTOR)
        self._predict = _load(dlib.shape_predictor, predictor)
        parts = [self.name, detector, tables.sha256_file(predictor), _LIMIT_PX, _LOOKS]
        self._weights: Path | None = None
        if detector == "cnn":
            self._weights = plugins.package_file(PACKAGE, _CNN)
            parts.append(tables.sha256_file(self._weights))
        self._own = threading.local()
        self._detector()  # whether it loads is to be known at once
        self.fingerprint = tables.fingerprint(*parts)

    def faces(self, image: RGB) -> list[Face]:
        small, scale = _shrink(image)
        found = [self._face(small, box, score, scale) for box, score in self._boxes(small)]
        return sorted(found, key=lambda face: (-face.area_px, face.box))

    def _detector(self) -> _Look:
        """Give this thread's detector: dlib's keep the picture while they look at it."""
        if not hasattr(self._own, "look"):
            self._own.look = _hog() if self._weights is None else _cnn(self._weights)
        look: _Look = self._own.look
        return look

    def _boxes(self, image: RGB) -> list[tuple[dlib.rectangle, float]]:
        look = self._detector()
        return next((seen for n_doublings in _LOOKS if (seen := look(image, n_doublings))), [])

    def _face(self, image: RGB, box: dlib.rectangle, score: float, scale: float) -> Face:
        parts = self._predict(image, box).parts()
        pixels = np.array([(part.x, part.y) for part in parts], np.float32)  # (68, 2)
        # A point names a pixel, whose centre lies half a pixel further; a box names edges.
        points = (pixels + 0.5) / scale - 0.5
        edges = np.array([box.left(), box.top(), box.right() + 1, box.bottom() + 1]) / scale
        x0, y0, x1, y1 = (float(edge) for edge in edges)
        return Face((x0, y0, x1, y1), Landmarks(points.astype(np.float32), self.scheme), float(score))


def _hog() -> _Look:
    detector = dlib.get_frontal_face_detector()

    def look(image: RGB, n_doublings: int) -> list[tuple[dlib.rectangle, float]]:
        boxes, scores, _ = detector.run(image, n_doublings, 0.0)
        return list(zip(boxes, scores, strict=True))

    return look


def _cnn(weights: Path) -> _Look:
    detector = _load(dlib.cnn_face_detection_model_v1, weights)

    def look(image: RGB, n_doublings: int) -> list[tuple[dlib.rectangle, float]]:
        return [(hit.rect, hit.confidence) for hit in detector(image, n_doublings)]

    return look


def _shrink(image: RGB) -> tuple[RGB, float]:
    """Scale a picture down to the limit; give it and the scale in (0, 1]."""
    n_px = image.shape[0] * image.shape[1]
    if n_px <= _LIMIT_PX:
        return image, 1.0
    scale = (_LIMIT_PX / n_px) ** 0.5
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8), scale


def _load(make: Callable[[str], Loaded], path: Path) -> Loaded:
    try:
        return make(str(path))
    except RuntimeError as error:
        raise WeightsError(
            f"{path} is not a file that dlib reads ({error}): run `pip install --force-reinstall {PACKAGE}`"
        ) from error


build = Dlib68
