"""Validation is the foreground IoU of each picture."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from datatools.student.recipe import Phase
from datatools.student.shards import Shards
from datatools.student.team import ALONE
from datatools.student.validation import validate
from tests.unit.student.small import pixels, tiny_recipe

COARSE, WHOLE = tiny_recipe().phases


class Constant(nn.Module):
    """Say the same of every pixel."""

    def __init__(self, logit: float) -> None:
        super().__init__()
        self.logit = nn.Parameter(torch.tensor(logit))

    def forward(self, x: Tensor) -> Tensor:
        return self.logit.expand(len(x), 1, *x.shape[2:])


def judged(network: nn.Module, packed: NDArray[np.uint8], phase: Phase = WHOLE) -> list[float]:
    """Give the pictures' values."""
    preprocessing = tiny_recipe().preprocessing
    with Shards(network, 2, ALONE, side_by_side=True) as shards:
        values = validate(network, shards, packed, preprocessing, phase, lambda n, x: n(x)[:, 0])
    assert not network.training
    return [float(value) for value in values]


def test_empty_masks_found_empty_count_as_right() -> None:
    """A picture without a person is not left out of the mean."""
    packed = pixels(3)
    packed[..., 3] = 0
    assert judged(Constant(0.0), packed) == [1.0, 1.0, 1.0]


def test_somebody_everywhere_scores_the_masks_share() -> None:
    """More pictures than are judged at once keep their order."""
    packed = pixels(19)
    shares = [(each[..., 3] > 127).mean() for each in packed]
    np.testing.assert_allclose(judged(Constant(1.0), packed), shares)
