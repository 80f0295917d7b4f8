"""What makes torch compute the same thing whenever it is asked?

First weights and dropout are drawn from numbers that name their place in the run. On a CPU every shard is
computed on one thread, so that its sums have one order; on a GPU torch is held to operations of a fixed
order where that is asked for, which costs time.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import nn

from datatools.student.architecture import Architecture
from datatools.student.threads import torch_threads

_CUBLAS = "CUBLAS_WORKSPACE_CONFIG"  # read when the first product is computed


def new_network(architecture: Architecture, seed: int, phase: int, *, is_coarse: bool) -> nn.Module:
    """Make a network with torch's own initial weights, drawn from the seed and the phase alone."""
    with torch.random.fork_rng(devices=[]):  # the caller's random state stays as it is
        torch.manual_seed(_seed(seed, phase))
        return architecture.make(is_coarse)


def _seed(*key: int) -> int:
    return int(np.random.SeedSequence(key).generate_state(1)[0])


@contextmanager
def dropout(architecture: Architecture, device: torch.device, place: tuple[int, ...]) -> Iterator[None]:
    """Let a network drop the same activations whenever a step is taken, before a stop or after it."""
    if not architecture.has_dropout:
        yield
        return
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(_seed(*place))
        yield


@contextmanager
def one_thread_a_shard(device: torch.device) -> Iterator[None]:
    """Let sums come out the same on any number of cores."""
    if device.type != "cpu":
        yield
        return
    with torch_threads(1):
        yield


@contextmanager
def fixed_order(device: torch.device, *, is_wanted: bool) -> Iterator[None]:
    """Let torch refuse operations whose result may vary: always on a CPU, on a GPU where it is wanted."""
    was_on = torch.are_deterministic_algorithms_enabled()
    fill = torch.utils.deterministic.fill_uninitialized_memory  # type: ignore[attr-defined]
    if is_wanted:
        os.environ.setdefault(_CUBLAS, ":4096:8")
    torch.use_deterministic_algorithms(was_on or is_wanted or device.type == "cpu")
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(was_on)
        torch.utils.deterministic.fill_uninitialized_memory = fill  # type: ignore[attr-defined]
