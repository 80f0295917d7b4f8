"""Propose mattes with a model of the FiftyOne model zoo: ``zoo:NAME`` where a teacher is expected.

Segmenters, instance segmenters and models that give a heat map are understood; what counts is where they
see a person. Most zoo models run on torch with torchvision.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools import tables
from datatools.database import engine
from datatools.errors import MissingExtraError, MissingWeightsError, UsageError, WeightsError
from datatools.masks import RGB, Face, Matte

engine.imported()  # models need no database
with engine.without_deprecations():
    import fiftyone.core.labels as labels
    import fiftyone.zoo.models as zoo_models
    from fiftyone.constants import VERSION

_PREPROCESSING = 1  # raise it when the code below gives other mattes
_PERSON = frozenset({"person", "people", "human"})


class ZooModel(Protocol):
    """What is used of FiftyOne's own class."""

    def predict(self, arg: RGB) -> object:
        """Give a label, or a dict of them."""
        ...


class ZooTeacher:
    """A zoo model as a teacher, one picture at a time.

    Args:
        model: the loaded model.
        name: of the zoo's.
        licence: that the zoo states.
        fingerprint: of the model and its file.
    """

    needs_faces = False

    def __init__(self, model: ZooModel, *, name: str, licence: str, fingerprint: str) -> None:
        self.name = name
        self.licence = licence
        self.fingerprint = fingerprint
        self._model = model

    def matte(self, image: RGB, faces: Sequence[Face]) -> Matte:  # noqa: ARG002  # the Protocol's
        try:
            with engine.without_deprecations():
                found = self._model.predict(image)
        # Whatever the model's library raises: a model that fails is not a bug of this program.
        except Exception as error:
            raise WeightsError(f"the zoo model {self.name} does not run: {error}") from error
        label = next(iter(found.values()), None) if isinstance(found, Mapping) else found
        size = (image.shape[1], image.shape[0])
        full = cv2.resize(self._person(label, size), size, interpolation=cv2.INTER_LINEAR)
        return Matte(np.clip(full, 0, 1, dtype=np.float32))

    def _person(self, label: object, size: tuple[int, int]) -> NDArray[np.float32]:
        """Give where the label says that a person is, 0 to 1, at whatever size it has."""
        if isinstance(label, labels.Segmentation) and np.ndim(label.mask) == 2:
            return self._pixels(np.asarray(label.mask))
        if isinstance(label, labels.Heatmap) and np.ndim(label.map) == 2:
            values = np.asarray(label.map)
            low, high = label.range or ((0, 255) if values.dtype == np.uint8 else (0, 1))
            return np.asarray((values - low) / (high - low), np.float32)
        if isinstance(label, labels.Detections):
            return _instances(label.detections, size)
        raise WeightsError(
            f"the zoo model {self.name} gives {type(label).__name__}; expected a segmentation, instances "
            "with masks or a heat map"
        )

    def _pixels(self, mask: NDArray[np.generic]) -> NDArray[np.float32]:
        """Pick the person out of a mask of class numbers; without a list of classes, all that is not 0."""
        targets: Mapping[object, str] | None = getattr(self._model, "mask_targets", None)
        if not targets:
            return np.asarray(mask != 0, np.float32)
        wanted = [int(str(number)) for number, word in targets.items() if word.lower() in _PERSON]
        if not wanted:
            raise WeightsError(f"the zoo model {self.name} knows no person among {sorted(targets.values())}")
        return np.asarray(np.isin(mask, wanted), np.float32)


def _instances(found: Iterable[object], size: tuple[int, int]) -> NDArray[np.float32]:
    """Lay the masks of the people that were found over each other, each as sure as the model is."""
    width_px, height_px = size
    canvas = np.zeros((height_px, width_px), np.float32)
    for each in found:
        label, mask = getattr(each, "label", None), getattr(each, "mask", None)
        if str(label).lower() not in _PERSON or mask is None:
            continue
        x, y, width, height = getattr(each, "bounding_box", (0, 0, 1, 1))  # fractions of the picture
        left, right = max(0, round(x * width_px)), min(width_px, round((x + width) * width_px))
        top, bottom = max(0, round(y * height_px)), min(height_px, round((y + height) * height_px))
        if right > left and bottom > top:
            part = cv2.resize(np.asarray(mask, np.float32), (right - left, bottom - top))
            confidence = getattr(each, "confidence", None)
            sure = np.asarray(part, np.float32) * np.float32(1 if confidence is None else confidence)
            canvas[top:bottom, left:right] = np.maximum(canvas[top:bottom, left:right], sure)
    return canvas


def pull(name: str) -> str | None:
    """Download a zoo model; give the path of its file, if it is one that FiftyOne keeps.

    Raises:
        UsageError: no such model.
        MissingWeightsError: it could not be downloaded.
    """
    _licence(name)
    try:
        _, path = zoo_models.download_zoo_model(name)
    except Exception as error:  # its many backends raise classes of their own
        raise MissingWeightsError(f"the zoo model {name} could not be downloaded: {error}") from error
    return None if path is None else str(path)


def _licence(name: str) -> str:
    try:
        return zoo_models.get_zoo_model(name).license or "not stated by the zoo"
    except ValueError as error:
        raise UsageError(
            f"expected a model of the FiftyOne zoo (`fiftyone zoo models list`), got {name!r}"
        ) from error


def build(model: str) -> ZooTeacher:
    """Make the teacher of a zoo model that was downloaded.

    Raises:
        UsageError: no such model.
        MissingWeightsError: it was not downloaded yet.
        MissingExtraError: it needs a package, often torchvision, that is not installed.
    """
    licence = _licence(model)
    try:
        with engine.without_deprecations():
            loaded = zoo_models.load_zoo_model(model, download_if_necessary=False, cache=False)
            file = zoo_models.find_zoo_model(model)
    except ValueError as error:
        raise MissingWeightsError(
            f"the zoo model {model} is not on this machine: run `datatools teachers pull zoo:{model}`"
        ) from error
    except ImportError as error:
        raise MissingExtraError(f"the zoo model {model} needs more packages: {error}") from error
    is_file = file is not None and Path(file).is_file()
    digest = tables.sha256_file(Path(file)) if is_file else VERSION
    return ZooTeacher(
        loaded,
        name=f"zoo-{model}",
        licence=licence,
        fingerprint=tables.fingerprint("zoo", _PREPROCESSING, model, digest),
    )
