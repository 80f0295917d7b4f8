"""How do packed pictures become an epoch's batches, the same every time?

What is random about an item comes from (seed, phase, epoch, item), so neither the number of workers nor
a stop in between changes what the network sees.
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

from datatools.student.augment import augment
from datatools.student.extremec3net import STRIDE
from datatools.student.recipes import Phase

_BATCHES_AHEAD = 2


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """What one step trains on."""

    images: Tensor  # uint8 (B, S, S, 3), RGB
    masks: Tensor  # bool (B, T, T), True is person; T is S, or S / 4 in the coarse phase
    bands: Tensor  # bool (B, T, T), True within the boundary band


def _target(soft: NDArray[np.uint8], phase: Phase) -> NDArray[np.bool_]:
    """Cut a soft mask (S, S) at the phase's target size."""
    if phase.is_coarse:
        side = len(soft) // STRIDE
        soft = np.asarray(cv2.resize(soft, (side, side), interpolation=cv2.INTER_AREA), np.uint8)
    return soft > 127


def target(pixels: NDArray[np.uint8], phase: Phase) -> NDArray[np.bool_]:
    """Give the mask that a phase trains on, of a packed picture (S, S, 4); bool (T, T)."""
    return _target(np.ascontiguousarray(pixels[..., 3]), phase)


def boundary_band(mask: NDArray[np.bool_], kernel_px: int) -> NDArray[np.bool_]:
    """Give dilation minus erosion with a square kernel; the picture's border is no boundary."""
    kernel = np.ones((kernel_px, kernel_px), np.uint8)
    array = mask.astype(np.uint8)
    return np.asarray(cv2.dilate(array, kernel) != cv2.erode(array, kernel), np.bool_)


def order(n: int, key: tuple[int, ...]) -> NDArray[np.int64]:
    """Give the order of an epoch: a permutation of n items that depends on the key alone."""
    return np.random.default_rng(key).permutation(n)


def n_steps(n: int, batch: int) -> int:
    """Count an epoch's steps; a last batch that is not full is left out, unless it is the only one."""
    return max(1, n // batch)


def batches(
    pixels: NDArray[np.uint8],
    indices: NDArray[np.int64],
    phase: Phase,
    *,
    key: tuple[int, ...],
    first_step: int,
    workers: int,
) -> Iterator[Batch]:
    """Yield an epoch's batches from ``first_step`` on, prepared ahead in threads.

    Args:
        pixels: the pack's, uint8 (n, S, S, 4).
        indices: which of them to train on.
        phase: says the batch, the target's size and the band.
        key: seed, phase and epoch; the items' own numbers are added to it.
        first_step: how many batches to leave out: they were trained on before a stop.
        workers: threads; changes nothing but the speed.
    """
    shuffled = indices[order(len(indices), key)]
    steps = range(first_step, n_steps(len(indices), phase.batch))

    def item(index: int) -> tuple[NDArray[np.uint8], NDArray[np.bool_], NDArray[np.bool_]]:
        image, soft = augment(np.asarray(pixels[index]), np.random.default_rng((*key, index)))
        mask = _target(soft, phase)
        return image, mask, boundary_band(mask, phase.edge_kernel_px)

    ahead: deque[list[Future[tuple[NDArray[np.uint8], NDArray[np.bool_], NDArray[np.bool_]]]]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        try:
            waiting = iter(steps)
            for _ in steps:
                while len(ahead) <= _BATCHES_AHEAD and (step := next(waiting, None)) is not None:
                    chosen = shuffled[step * phase.batch : (step + 1) * phase.batch]
                    ahead.append([pool.submit(item, int(index)) for index in chosen])
                made = [future.result() for future in ahead.popleft()]
                pictures, masks, bands = (np.stack(part) for part in zip(*made, strict=True))
                yield Batch(*(torch.from_numpy(part) for part in (pictures, masks, bands)))
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
