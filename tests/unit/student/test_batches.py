"""An epoch's batches depend on the seed and the epoch, and on nothing else."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from datatools.student.batches import Batch, batches, boundary_band, n_steps, target
from datatools.student.recipe import Phase
from datatools.student.strength import PAPER
from tests.unit.student.small import pixels, tiny_recipe

COARSE, WHOLE = tiny_recipe().phases


def epoch(
    phase: Phase = WHOLE, *, key: tuple[int, ...] = (0, 1, 2), first_step: int = 0, workers: int = 1
) -> list[Batch]:
    """Give the batches of an epoch over ten of twelve pictures."""
    made = batches(
        pixels(12), np.arange(2, 12), phase, PAPER, key=key, first_step=first_step, workers=workers
    )
    return list(made)


def same(first: list[Batch], second: list[Batch]) -> bool:
    """Say whether two epochs show the network the same."""
    return len(first) == len(second) and all(
        torch.equal(a.images, b.images) and torch.equal(a.masks, b.masks) and torch.equal(a.bands, b.bands)
        for a, b in zip(first, second, strict=True)
    )


def test_workers_do_not_change_an_epoch() -> None:
    """One thread or four."""
    assert same(epoch(workers=1), epoch(workers=4))


def test_an_epoch_can_be_entered_in_the_middle() -> None:
    """A resumed run sees what the stopped one would have seen."""
    assert same(epoch(first_step=1), epoch()[1:])


@pytest.mark.parametrize("key", [(1, 1, 2), (0, 0, 2), (0, 1, 3)])
def test_another_seed_phase_or_epoch_is_another_epoch(key: tuple[int, ...]) -> None:
    """Order and augmentation change."""
    assert not same(epoch(key=key), epoch())


def test_an_epoch_can_be_left_early() -> None:
    """The threads end with it."""
    made = batches(pixels(12), np.arange(12), WHOLE, PAPER, key=(0,), first_step=0, workers=2)
    assert next(made).images.shape == (4, 32, 32, 3)
    made.close()  # type: ignore[attr-defined]  # it is a generator


def test_targets_are_small_in_the_coarse_phase() -> None:
    """A quarter of the input's side."""
    shapes = [(batch.images.shape, batch.masks.shape, batch.bands.shape) for batch in epoch(COARSE)]
    assert shapes == [((4, 32, 32, 3), (4, 8, 8), (4, 8, 8))] * 2


def test_the_targets_of_both_phases_cover_the_same_share() -> None:
    """The small mask is the large one averaged, then cut at a half."""
    packed = pixels(1)[0]
    large, small = (target(packed, phase).mean() for phase in (WHOLE, COARSE))
    assert small == pytest.approx(large, abs=0.05)


@pytest.mark.parametrize(("n", "expected"), [(12, 3), (15, 3), (3, 1), (4, 1)])
def test_a_last_batch_that_is_not_full_is_left_out(n: int, expected: int) -> None:
    """Unless there is no other."""
    assert n_steps(n, 4) == expected


def band_by_definition(mask: NDArray[np.bool_], kernel_px: int) -> NDArray[np.bool_]:
    """Say for each pixel whether its square holds both people and background."""
    reach = kernel_px // 2
    found = np.zeros_like(mask)
    for y, x in np.ndindex(mask.shape):
        square = mask[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1]
        found[y, x] = square.any() and not square.all()
    return found


@pytest.mark.parametrize("kernel_px", [3, 5])
def test_the_band_is_where_a_square_meets_both_sides(kernel_px: int) -> None:
    """Dilation minus erosion; where the picture cuts the body there is no band."""
    mask = target(pixels(1)[0], WHOLE)
    assert np.array_equal(boundary_band(mask, kernel_px), band_by_definition(mask, kernel_px))
