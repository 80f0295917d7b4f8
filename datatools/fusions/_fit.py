"""How is the learned fusion fitted to human masks?

Every epoch shows each example once, mirrored, cropped and recoloured at random, with teachers left out at
random, so that the network learns to work with any part of its committee. Crops keep most of the picture:
windows of a quarter of it taught the edge as well, and lost more bodies (docs/fusion.md). What is random
comes from (seed, epoch, step): the same seed gives the same weights, on one machine.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from datatools.fusions import _net
from datatools.progress import Progress
from datatools.student.threads import torch_threads

_LEARNING_RATE, _WEIGHT_DECAY = 3e-3, 1e-3
_WARM_UP_STEPS = 50
_LEFT_OUT_FRAC = 0.15  # how often a teacher is left out
_SMALLEST_CROP_FRAC = 0.7  # of each side
_GAIN, _SHIFT = 0.3, 25  # of the colours: factor 1 +- gain a channel, +- shift for all
_EDGE_PX, _EDGE_WEIGHT = 4, 2.0  # near the human mask's edge a pixel counts 1 + weight


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """A picture with its mattes (uint8 (h, w, 3 + t), see ``_net.stacked``) and its human mask (h, w)."""

    stack: NDArray[np.uint8]
    truth: NDArray[np.uint8]  # 0-255, the mask scaled by area
    present: NDArray[np.bool_]  # (t,)


def fit(
    examples: Sequence[Example], n_teachers: int, *, epochs: int, batch: int, seed: int, progress: Progress
) -> _net.FusionNet:
    """Fit a network; one thread, because tensors this small wait at barriers otherwise."""
    torch.manual_seed(seed)
    network = _net.FusionNet(n_teachers)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # stub
    optimizer = torch.optim.AdamW(network.parameters(), _LEARNING_RATE, weight_decay=_WEIGHT_DECAY)
    shapes = np.array([example.truth.shape for example in examples])
    size = (int(np.median(shapes[:, 0])) // 16 * 16, int(np.median(shapes[:, 1])) // 16 * 16)
    per_epoch = max(1, len(examples) // batch)
    n_steps = epochs * per_epoch
    network.train()
    with torch_threads(1), progress.bar("fit the fusion", n_steps) as advance:
        for epoch in range(epochs):
            order = np.random.default_rng((seed, epoch)).permutation(len(examples))
            for number in range(per_epoch):
                step = epoch * per_epoch + number
                rng = np.random.default_rng((seed, epoch, step))
                chosen = [examples[i] for i in order[number * batch : (number + 1) * batch]]
                for group in optimizer.param_groups:
                    group["lr"] = _learning_rate(step, n_steps)
                loss = _loss(network, *_batch(chosen, size, rng))
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]  # torch's
                optimizer.step()
                advance()
    network.eval()
    return network


def _learning_rate(step: int, n_steps: int) -> float:
    cosine = 0.5 * (1 + np.cos(np.pi * step / n_steps))
    return float(_LEARNING_RATE * max(0.01, cosine) * min(1.0, (step + 1) / _WARM_UP_STEPS))


def _batch(
    examples: Sequence[Example], size: tuple[int, int], rng: np.random.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Give stacks (n, c, h, w), human masks (n, 1, h, w) and which teachers are there (n, t)."""
    drawn = [_augmented(example, size, rng) for example in examples]
    stacks = np.stack([stack for stack, _ in drawn]).transpose(0, 3, 1, 2)
    truths = np.stack([truth for _, truth in drawn])[:, None].astype(np.float32) / 255
    present = np.stack([_some(example.present, rng) for example in examples]).astype(np.float32)
    return torch.from_numpy(np.ascontiguousarray(stacks)), torch.from_numpy(truths), torch.from_numpy(present)


def _some(present: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Leave teachers out at random, never all."""
    kept = present & (rng.random(len(present)) >= _LEFT_OUT_FRAC)
    return kept if kept.any() else present


def _augmented(
    example: Example, size: tuple[int, int], rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    height, width = example.truth.shape
    frac = rng.uniform(_SMALLEST_CROP_FRAC, 1.0)
    crop_h, crop_w = max(1, round(height * frac)), max(1, round(width * frac))
    top, left = rng.integers(0, height - crop_h + 1), rng.integers(0, width - crop_w + 1)
    window = (slice(top, top + crop_h), slice(left, left + crop_w))
    mirror = slice(None, None, -1 if rng.random() < 0.5 else 1)
    target = (size[1], size[0])
    # Plane by plane: OpenCV resizes at most four channels at once.
    planes = [
        cv2.resize(np.ascontiguousarray(plane[window][:, mirror]), target, interpolation=cv2.INTER_LINEAR)
        for plane in (*np.moveaxis(example.stack, 2, 0), example.truth)
    ]
    gains, shift = rng.uniform(1 - _GAIN, 1 + _GAIN, 3), rng.uniform(-_SHIFT, _SHIFT)
    stack = np.asarray(np.dstack(planes[:-1]), np.uint8)
    stack[..., :3] = np.clip(stack[..., :3] * gains + shift, 0, 255)
    return stack, np.asarray(planes[-1], np.uint8)


def _loss(network: _net.FusionNet, stacks: Tensor, truths: Tensor, present: Tensor) -> Tensor:
    """Cross entropy, heavier near the edge, plus one minus the soft IoU of each picture."""
    logit = network.fused(stacks, present)
    window = 2 * _EDGE_PX + 1
    grown = F.max_pool2d(truths, window, 1, _EDGE_PX)
    shrunk = -F.max_pool2d(-truths, window, 1, _EDGE_PX)
    weights = 1 + _EDGE_WEIGHT * (grown - shrunk > 0.01).float()
    entropy = (F.binary_cross_entropy_with_logits(logit, truths, reduction="none") * weights).mean()
    guess = torch.sigmoid(logit)
    both = (guess * truths).sum((1, 2, 3))
    either = (guess + truths - guess * truths).sum((1, 2, 3)).clamp(min=1.0)
    return entropy + (1 - both / either).mean()
