"""A model for FiftyOne's zoo: it finds what is brighter than its file says."""

from pathlib import Path

import fiftyone.core.labels as labels
import fiftyone.core.models as models
import numpy as np
from eta.core.learning import HasPublishedModel
from numpy.typing import NDArray


class TinyConfig(models.ModelConfig, HasPublishedModel):  # type: ignore[misc]  # fiftyone has no types
    """Where the file is; FiftyOne fills it in."""

    def __init__(self, values: dict[str, str]) -> None:
        self.model_name = None
        self.model_path = values.get("model_path", "")


class Tiny(models.Model):  # type: ignore[misc]  # fiftyone has no types
    """One threshold."""

    def __init__(self, config: TinyConfig) -> None:
        self._threshold = float(Path(config.model_path).read_text())

    @property
    def media_type(self) -> str:
        """Say that it takes pictures."""
        return "image"

    def predict(self, arg: NDArray[np.uint8]) -> object:
        """Give class 1 where the picture is bright."""
        return labels.Segmentation(mask=(arg.mean(2) > self._threshold).astype(np.uint8))
