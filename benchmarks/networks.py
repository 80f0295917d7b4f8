"""What does each student network cost: parameters, multiply-adds, latency, training speed?

    python benchmarks/networks.py

Latency: one picture, eager PyTorch, denormal numbers flushed. Training: forward pass, loss, backward
pass and Adam on one batch, without reading pictures. Both with one thread and random weights, median;
the networks take turns, so that another process's load falls on all of them. The peer of every ratio is
ExtremeC3Net in the same run.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from datatools import plugins
from datatools.student.architecture import Architecture, parameter_groups
from datatools.student.checkpoint import ARCHITECTURE
from datatools.student.threads import flushed_denormals, torch_threads


@dataclass(frozen=True, slots=True)
class Row:
    """One network's figures."""

    name: str
    n_parameters: int
    n_multiply_adds: int
    latency_s: float
    pictures_per_s: float


def multiply_adds(network: nn.Module, size_px: int) -> int:
    """Count those of convolutions and linear layers on one picture; norms fold into them."""
    total = 0

    def add(module: nn.Module, _: object, output: Tensor) -> None:
        nonlocal total
        if isinstance(module, nn.Conv2d):
            height, width = module.kernel_size
            total += output.numel() * module.in_channels // module.groups * height * width
        elif isinstance(module, nn.Linear):
            total += module.in_features * module.out_features

    handles = [module.register_forward_hook(add) for module in network.modules()]
    with torch.inference_mode():
        network(torch.zeros(1, 3, size_px, size_px))
    for handle in handles:
        handle.remove()
    return total


def prepared(architecture: Architecture) -> nn.Module:
    """Make a network in the memory layout that is trained and used."""
    network = architecture.make(False)
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub
    return network


def inference(architecture: Architecture, size_px: int) -> Callable[[], object]:
    """Give a call of one picture."""
    network = prepared(architecture).eval()
    image = torch.randn(1, 3, size_px, size_px).contiguous(memory_format=torch.channels_last)

    def run() -> object:
        with torch.inference_mode(), flushed_denormals():
            return network(image)

    return run


def training(architecture: Architecture, size_px: int, batch: int) -> Callable[[], object]:
    """Give a call of one step."""
    network = prepared(architecture).train()
    optimizer = torch.optim.Adam(parameter_groups(network), lr=1e-3, fused=True)
    images = torch.randn(batch, 3, size_px, size_px).contiguous(memory_format=torch.channels_last)
    masks = (torch.rand(batch, 1, size_px, size_px) > 0.5).float()

    def run() -> object:
        loss = F.binary_cross_entropy_with_logits(network(images), masks)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch's
        optimizer.step()
        return loss

    return run


def medians(calls: dict[str, Callable[[], object]], n_rounds: int) -> dict[str, float]:
    """Time calls in turns; give each one's median in seconds."""
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        call()  # warm-up
    for _ in range(n_rounds):
        for name, call in calls.items():
            started = time.perf_counter()
            call()
            taken[name].append(time.perf_counter() - started)
    return {name: statistics.median(times) for name, times in taken.items()}


def main() -> None:
    """Print one table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size-px", type=int, default=224)
    parser.add_argument("--batch", type=int, default=12, help="pictures in a training step")
    parser.add_argument(
        "--rounds", type=int, default=20, help="of inference; training takes a quarter of them"
    )
    arguments = parser.parse_args()
    made: dict[str, Architecture] = {
        name: plugins.build("networks", name) for name in plugins.names("networks")
    }
    size_px = arguments.size_px
    with torch_threads(1):
        latency = medians({n: inference(a, size_px) for n, a in made.items()}, arguments.rounds)
        step = medians(
            {n: training(a, size_px, arguments.batch) for n, a in made.items()}, arguments.rounds // 4
        )
        rows = [
            Row(
                n,
                a.n_parameters(),
                multiply_adds(a.make(False), size_px),
                latency[n],
                arguments.batch / step[n],
            )
            for n, a in made.items()
        ]
    peer = next(row for row in rows if row.name == ARCHITECTURE)
    print("| network | parameters | M multiply-adds | ms a picture | ratio | training pictures/s | ratio |")
    print("|---|---|---|---|---|---|---|")
    for row in sorted(rows, key=lambda row: row.n_parameters):
        print(
            f"| {row.name} | {row.n_parameters:,} | {row.n_multiply_adds / 1e6:.0f} "
            f"| {1e3 * row.latency_s:.1f} | {row.latency_s / peer.latency_s:.2f} "
            f"| {row.pictures_per_s:.1f} | {row.pictures_per_s / peer.pictures_per_s:.2f} |"
        )


if __name__ == "__main__":
    main()
