"""How do packed pictures become an epoch's batches, the same every time?

What is random about an item comes from (seed, phase, epoch, place in it), so neither the number of
workers nor a stop in between changes what the network sees.
"""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from datatools.student.augment import augmented
from datatools.student.extremec3net import STRIDE
from datatools.student.recipe import Phase
from datatools.student.strength import Strength

_BATCHES_AHEAD = 2


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """What one step trains on."""

    images: Tensor  # uint8 (B, S, S, 3), RGB
    masks: Tensor  # bool (B, T, T), True is person; T is S, or S / 4 in the coarse phase
    bands: Tensor  # bool (B, T, T), True within the boundary band
    mattes: Tensor  # uint8 (B, T, T), 255 is person
    chosen: NDArray[np.int64]  # (B,), which pictures they are


def _at_target(soft: NDArray[np.uint8], phase: Phase) -> NDArray[np.uint8]:
    """Bring a soft mask or matte (S, S) to the phase's target size."""
    if not phase.is_coarse:
        return soft
    side = len(soft) // STRIDE
    return np.asarray(cv2.resize(soft, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


def target(pixels: NDArray[np.uint8], phase: Phase) -> NDArray[np.bool_]:
    """Give the mask that a phase trains on, of a packed picture (S, S, 5); bool (T, T)."""
    return _at_target(np.ascontiguousarray(pixels[..., 3]), phase) > 127


def boundary_band(mask: NDArray[np.bool_], kernel_px: int) -> NDArray[np.bool_]:
    """Give dilation minus erosion with a square kernel; the picture's border is no boundary."""
    kernel = np.ones((kernel_px, kernel_px), np.uint8)
    array = mask.astype(np.uint8)
    return np.asarray(cv2.dilate(array, kernel) != cv2.erode(array, kernel), np.bool_)


def n_steps(n: int, batch: int) -> int:
    """Count an epoch's steps; a last batch that is not full is left out, unless it is the only one."""
    return max(1, n // batch)


def batches(
    pixels: NDArray[np.uint8],
    shown: NDArray[np.int64],
    phase: Phase,
    strength: Strength,
    *,
    key: tuple[int, ...],
    first_step: int,
    workers: int,
) -> Iterator[Batch]:
    """Yield an epoch's batches from ``first_step`` on, prepared ahead in threads.

    Args:
        pixels: the pack's at the phase's size, uint8 (n, S, S, 5).
        shown: which of them the epoch shows, in order.
        phase: says the batch, the target's size and the band.
        strength: of the augmentation.
        key: seed, phase and epoch; the places in the epoch are added to it.
        first_step: how many batches to leave out: they were trained on before a stop.
        workers: threads; changes nothing but the speed.
    """
    steps = range(first_step, n_steps(len(shown), phase.batch))

    def item(place: int) -> tuple[NDArray[np.generic], ...]:
        rng = np.random.default_rng((*key, place))
        backdrop = np.asarray(pixels[shown[rng.integers(len(shown))]])
        made = augmented(np.asarray(pixels[shown[place]]), rng, phase.size_px, strength, backdrop)
        mask = _at_target(made.mask, phase) > 127
        return made.image, mask, boundary_band(mask, phase.edge_kernel_px), _at_target(made.matte, phase)

    ahead: deque[list[Future[tuple[NDArray[np.generic], ...]]]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        try:
            waiting = iter(steps)
            for step in steps:
                while len(ahead) <= _BATCHES_AHEAD and (coming := next(waiting, None)) is not None:
                    places = range(len(shown))[coming * phase.batch : (coming + 1) * phase.batch]
                    ahead.append([pool.submit(item, place) for place in places])
                made = [future.result() for future in ahead.popleft()]
                parts = [torch.from_numpy(np.stack(part)) for part in zip(*made, strict=True)]
                images, masks, bands, mattes = parts
                chosen = shown[step * phase.batch : (step + 1) * phase.batch]
                yield Batch(images, masks, bands, mattes, chosen)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
