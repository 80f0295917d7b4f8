"""Is a damaged mask wrong by exactly the stated amount?"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datatools.errors import MaskError, UsageError
from datatools.masks import Mask, iou
from datatools.synthetic.damage import damage
from tests.pictures import draw_person


@settings(max_examples=40, deadline=None)
@given(frac=st.floats(0, 0.6), seed=st.integers(0, 2**16))
def test_stated_iou_is_the_measured_one(frac: float, seed: int) -> None:
    """The IoU that comes with a damaged mask is exact, and close to what was asked for."""
    _, mask = draw_person()
    damaged = damage(mask, frac, np.random.default_rng(seed))
    assert iou(damaged.mask, mask) == damaged.iou
    assert damaged.iou == pytest.approx(1 - frac, abs=1 / mask.array.sum())


def test_damage_takes_away_and_adds() -> None:
    """Both kinds of error occur, each in one place."""
    _, mask = draw_person()
    areas = [damage(mask, 0.1, np.random.default_rng(seed)).mask.array.sum() for seed in range(12)]
    assert min(areas) < mask.array.sum() < max(areas)


def test_full_frame_has_no_room_to_add() -> None:
    """Where the background is too small, a piece is bitten out instead."""
    array = np.ones((20, 20), np.bool_)
    array[0, 0] = False
    for seed in range(6):
        damaged = damage(Mask(array), 0.2, np.random.default_rng(seed))
        assert damaged.mask.array.sum() < array.sum()


@pytest.mark.parametrize("value", [True, False])
def test_mask_without_an_edge_is_refused(value: bool) -> None:
    """An empty or a full mask cannot be damaged at its edge."""
    with pytest.raises(MaskError, match="with an edge"):
        damage(Mask(np.full((4, 4), value)), 0.1, np.random.default_rng(0))


@pytest.mark.parametrize("frac", [-0.1, 1.0])
def test_fraction_out_of_range_is_refused(frac: float) -> None:
    """Only a part of the IoU can be lost."""
    _, mask = draw_person()
    with pytest.raises(UsageError, match="fraction of IoU"):
        damage(mask, frac, np.random.default_rng(0))
