"""Pictures become inputs as the preprocessing says."""

from typing import Any

import numpy as np
import pytest
import torch

from datatools.errors import UsageError
from datatools.student.preprocess import Preprocessing

PLAIN: dict[str, Any] = {
    "size_px": 8,
    "channel_order": "RGB",
    "mean": (0.0, 100.0, 200.0),
    "std": (1.0, 2.0, 4.0),
    "divisor": 2.0,
    "resize": "bilinear",
}


def test_a_pixel_is_normalised_by_channel() -> None:
    """((picture - mean) / std) / divisor."""
    picture = np.full((8, 8, 3), (10, 110, 220), np.uint8)
    prepared = Preprocessing(**PLAIN).prepare(picture)
    assert prepared.shape == (1, 3, 8, 8)
    assert prepared[0, :, 0, 0].tolist() == [5.0, 2.5, 2.5]


def test_bgr_turns_the_channels_before_the_mean_is_taken_off() -> None:
    """The mean is in the order of the channels that the network sees."""
    picture = np.full((8, 8, 3), (10, 110, 220), np.uint8)
    prepared = Preprocessing(**PLAIN | {"channel_order": "BGR"}).prepare(picture)
    assert prepared[0, :, 0, 0].tolist() == [110.0, 2.5, -23.75]


def test_area_resizing_averages_what_bilinear_skips() -> None:
    """Thin stripes become grey under area, and stay stripes' colours under bilinear."""
    stripes = np.zeros((32, 32, 3), np.uint8)
    stripes[:, ::4] = 200
    values = {
        resize: Preprocessing(**PLAIN | {"resize": resize}).squeeze(stripes)
        for resize in ("area", "bilinear")
    }
    assert (float(values["area"].mean()), float(values["bilinear"].mean())) == (50.0, 0.0)


def test_normalised_pictures_lie_channels_last() -> None:
    """Convolutions on a CPU are faster so."""
    batch = Preprocessing(**PLAIN).normalise(torch.zeros(2, 8, 8, 3, dtype=torch.uint8))
    assert batch.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"size_px": 30}, "size_px 30"),
        ({"size_px": 0}, "size_px 0"),
        ({"channel_order": "GRB"}, "'GRB'"),
        ({"resize": "cubic"}, "'cubic'"),
        ({"mean": (0.0, 1.0)}, "three finite"),
        ({"std": (1.0, 1.0, float("nan"))}, "three finite"),
        ({"divisor": float("inf")}, "three finite"),
    ],
)
def test_preprocessing_that_makes_no_sense_is_refused(change: dict[str, Any], said: str) -> None:
    """The message holds what came."""
    with pytest.raises(UsageError, match=said):
        Preprocessing(**PLAIN | change)
