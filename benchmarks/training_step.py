"""How fast is a bare training step of ExtremeC3Net, and what do shards and our backward passes give?

    python benchmarks/training_step.py --size-px 224 --batch 24

One batch in memory, forward, loss, backward and Adam; median of a number of steps, the variants in turn
within one run. The peer is torch as it comes: the network's plain modules on all cores. Each line is
pictures a second and the ratio to that.
"""

import argparse
import copy
import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor, nn

from datatools.student.architecture import parameter_groups
from datatools.student.backward import PReLU, RowConv
from datatools.student.extremec3net import ExtremeC3Net
from datatools.student.loss import segmentation_loss
from datatools.student.recipe import Loss
from datatools.student.shards import Shards
from datatools.student.team import ALONE
from datatools.student.threads import n_cores, torch_threads


def _plain(network: nn.Module) -> nn.Module:
    """Give the network with torch's own modules in the place of ours."""
    made = copy.deepcopy(network)
    for module in made.modules():
        if isinstance(module, PReLU | RowConv):
            module.__class__ = nn.PReLU if isinstance(module, PReLU) else nn.Conv2d
    return made


def _step(network: nn.Module, batch: tuple[Tensor, Tensor, Tensor], n_shards: int) -> Callable[[], None]:
    images, masks, bands = batch
    network.train().to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub
    optimizer = torch.optim.Adam(parameter_groups(network), lr=1e-6, fused=True)
    shards = Shards(network, n_shards, ALONE, side_by_side=True)
    parts = [part.chunk(n_shards) for part in (images, masks, bands)]

    def loss_of(replica: nn.Module, n: int) -> tuple[Tensor, Tensor]:
        image, mask, band = (part[n] for part in parts)
        values = segmentation_loss(replica(image)[:, 0], mask, band, None, Loss(pixel=1.0))
        return values.sum() / len(images), values.detach()

    def step() -> None:
        shards.learn(loss_of)
        optimizer.step()
        shards.follow()

    return step


def _batch(n: int, size_px: int) -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(n, 3, size_px, size_px, generator=generator)
    masks = torch.zeros(n, size_px, size_px, dtype=torch.bool)
    masks[:, size_px // 3 :, size_px // 4 : 3 * size_px // 4] = True
    bands = torch.rand(n, size_px, size_px, generator=generator) < 0.15
    return images.contiguous(memory_format=torch.channels_last), masks, bands


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--size-px", type=int, default=224)
    parser.add_argument("--batch", type=int, default=24)
    parser.add_argument("--steps", type=int, default=7)
    given = parser.parse_args()
    ours, batch = ExtremeC3Net(), _batch(given.batch, given.size_px)
    variants = {
        "torch as it comes, all cores": (_step(_plain(ours), batch, 1), n_cores()),
        "our backward passes, all cores": (_step(copy.deepcopy(ours), batch, 1), n_cores()),
        "a shard a core": (_step(_plain(ours), batch, n_cores()), 1),
        "a shard a core, our backward passes": (_step(copy.deepcopy(ours), batch, n_cores()), 1),
    }
    seconds: dict[str, list[float]] = {name: [] for name in variants}
    for turn in range(given.steps + 1):
        for name, (step, n_threads) in variants.items():
            with torch_threads(n_threads):
                started = time.perf_counter()
                step()
                if turn:  # the first warms up
                    seconds[name].append(time.perf_counter() - started)
    rates = {name: given.batch / statistics.median(times) for name, times in seconds.items()}
    first = next(iter(rates.values()))
    for name, rate in rates.items():
        print(f"{name}: {rate:.1f} pictures/s, {rate / first:.2f} x")


if __name__ == "__main__":
    main()
