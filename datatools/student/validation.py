"""How well does a network do on the validation pictures?"""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from datatools.student.batches import target
from datatools.student.preprocess import Preprocessing
from datatools.student.recipe import Phase
from datatools.student.shards import Shards
from datatools.student.threads import flushed_denormals

_N_AT_ONCE = 16


def validate(
    network: nn.Module,
    shards: Shards,
    pixels: NDArray[np.uint8],
    preprocessing: Preprocessing,
    phase: Phase,
    logits_of: Callable[[nn.Module, Tensor], Tensor],
) -> NDArray[np.float64]:
    """Give the foreground IoU of each picture at the target's size; (n,).

    Args:
        network: what is judged; left in eval mode.
        shards: whose threads compute.
        pixels: packed pictures at the phase's size, uint8 (n, S, S, 5).
        preprocessing: makes the network's input.
        phase: says the target's size.
        logits_of: gives a network's logits for inputs (B, 3, S, S); (B, T, T).
    """
    network.eval()
    device = next(network.parameters()).device
    starts = range(0, len(pixels), _N_AT_ONCE)

    def judged(start: int) -> list[float]:
        chosen = np.asarray(pixels[start : start + _N_AT_ONCE])  # (B, S, S, 5)
        masks = np.stack([target(each, phase) for each in chosen])  # (B, T, T)
        pictures = torch.from_numpy(np.ascontiguousarray(chosen[..., :3])).to(device)
        with torch.inference_mode(), flushed_denormals():
            logits = logits_of(network, preprocessing.normalise(pictures))  # (B, T, T)
        person = (logits > 0).cpu().numpy()
        union = (person | masks).sum((1, 2))
        overlap = (person & masks).sum((1, 2))
        # Both empty: right.
        values: list[float] = np.where(union > 0, overlap / np.maximum(union, 1), 1.0).tolist()
        return values

    return np.array([value for values in shards.map(judged, starts) for value in values])
