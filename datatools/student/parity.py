"""Does an exported student give the masks of its checkpoint?"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from datatools.errors import WeightsError
from datatools.masks import RGB
from datatools.student.checkpoint import Student
from datatools.student.engines import Engine, TorchEngine
from datatools.student.exported import Facts, Precision

# Of all pixels, so many must lie on the same side of the mask's edge. An int8 network is another one: its
# limit only tells a rounded network from a broken one; what it costs, `datatools evaluate` says.
_SAME_FRAC: dict[Precision, float] = {"float32": 0.9999, "int8": 0.95}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parity:
    """How alike two forms of a network answer."""

    n_pictures: int
    max_diff: float  # of a logit; of a probability, where the file takes pictures
    same_frac: float  # of the pixels, with the same mask


def compare(student: Student, engine: Engine, facts: Facts, pictures: Sequence[RGB]) -> Parity:
    """Hold an exported file's answers against the checkpoint's, in PyTorch.

    Raises:
        WeightsError: they differ by more than rounding explains.
    """
    original = TorchEngine(student.network)
    largest, n_same, n_pixels = 0.0, 0, 0
    for picture in pictures:
        inputs = np.ascontiguousarray(student.preprocessing.prepare(picture).numpy())
        expected = original.run(inputs)[0, 0]  # (S, S)
        if facts.takes == "picture":
            got, at = engine.run(picture[None])[0], 0.5  # (H, W)
            expected = _probability(expected, picture)
        else:
            got, at = engine.run(inputs)[0, 0], 0.0
        largest = max(largest, float(np.abs(got - expected).max()))
        n_same += int(((got > at) == (expected > at)).sum())
        n_pixels += expected.size
    found = Parity(n_pictures=len(pictures), max_diff=largest, same_frac=n_same / n_pixels)
    if not found.same_frac >= _SAME_FRAC[facts.precision]:
        raise WeightsError(
            f"expected the exported network ({facts.takes}, {facts.precision}) to give at least "
            f"{_SAME_FRAC[facts.precision]:.2%} of the checkpoint's mask in {engine.name}, got "
            f"{found.same_frac:.4%}, with values up to {found.max_diff:.3g} apart: do not use the file"
        )
    return found


def _probability(logit: NDArray[np.float32], picture: RGB) -> NDArray[np.float32]:
    size = (picture.shape[1], picture.shape[0])
    large = cv2.resize(logit, size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(torch.from_numpy(large).sigmoid().numpy(), np.float32)
