"""How does torch compute without waiting for itself, or for numbers too small to matter?

This network's tensors are small: a second thread saves a sixth of a training step on an idle machine
(0.148 s against 0.171 s, 8 pictures of 96 px, timed once), but every parallel region ends at a barrier.
With another process on one of two cores the demo's training was seen to go from 0.3 to 5.6 steps a second
when it was left one thread.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch


def n_cores() -> int:
    """Count the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def torch_threads(n_threads: int) -> Iterator[None]:
    """Let torch use so many threads inside the block."""
    before = torch.get_num_threads()
    torch.set_num_threads(max(1, n_threads))
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def flushed_denormals() -> Iterator[None]:
    """Count numbers below 1e-38 as 0 inside the block, on the calling thread.

    The published network's activations hold so many of them that it is 5.5 to 6.4 times as fast without,
    with the same logits (benchmarks/inference.py, two EG1800 portraits, 224 px, one thread).
    """
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)
