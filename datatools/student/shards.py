"""How is a batch's gradient computed in parts, whose result does not depend on who computes them?

A batch is cut into a fixed number of shards. Each is one forward and backward pass of a replica of the
network, on one thread on a CPU; what comes of it is added up in the shards' order. Threads, a GPU that
takes one after the other, or the processes of torchrun give the same sums. Batch norm sees one shard.

On two cores a shard each is 1.4 times as fast as one pass on both (benchmarks/training_step.py): in the
latter every operation ends at a barrier.
"""

import copy
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import TypeVar

import torch
from torch import Tensor, nn

from datatools.student.team import Team
from datatools.student.threads import n_cores

_Result = TypeVar("_Result")


class NotFiniteError(Exception):
    """A loss or a gradient is no finite number; nothing was learned and nothing was changed."""


class Shards:
    """Replicas of a network, and who computes with them. Use it as a context."""

    def __init__(self, network: nn.Module, n_shards: int, team: Team, *, side_by_side: bool) -> None:
        self.networks = [network, *(copy.deepcopy(network) for _ in range(n_shards - 1))]
        self.n_shards = n_shards
        self._team = team
        n_threads = min(n_shards, n_cores()) if side_by_side else 1
        self._pool = ThreadPoolExecutor(n_threads, initializer=_one_thread) if n_threads > 1 else None

    def __enter__(self) -> "Shards":
        """Give itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the threads."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def map(self, work: Callable[[int], _Result], items: Sequence[int]) -> list[_Result]:
        """Do something for each item, side by side where there are cores; results in their order."""
        if self._pool is None:
            return [work(item) for item in items]
        return list(self._pool.map(work, items))

    def learn(self, loss_of: Callable[[nn.Module, int], tuple[Tensor, Tensor]]) -> Tensor:
        """Leave the batch's gradient in the first network; give the pictures' losses, in their order.

        Args:
            loss_of: gives a shard's share of the batch's loss, a scalar, and its pictures' losses, (b,).

        Raises:
            NotFiniteError: the loss or the gradient is no finite number.
        """
        mine = self._team.share(self.n_shards)
        before = [buffer.clone() for buffer in self.networks[0].buffers()]

        def work(n: int) -> Tensor | None:
            if n not in mine:
                return None
            network = self.networks[n]
            network.zero_grad(set_to_none=True)
            share, values = loss_of(network, n)
            share.backward()  # type: ignore[no-untyped-call]  # torch's
            gradients = [_grad(parameter).flatten() for parameter in network.parameters()]
            return torch.cat([*gradients, *_buffers(network), values.float()])

        own = [flat for flat in self.map(work, range(self.n_shards)) if flat is not None]
        told = self._team.gather(own, self.n_shards)
        network = self.networks[0]
        n_numbers = sum(p.numel() for p in network.parameters())
        n_norms = sum(b.numel() for b in _buffers(network))
        total = told[0][: n_numbers + n_norms].clone()
        for flat in told[1:]:
            total += flat[: n_numbers + n_norms]
        values = torch.cat([flat[n_numbers + n_norms :] for flat in told])
        if not (torch.isfinite(total).all() and torch.isfinite(values).all()):
            for buffer, value in zip(network.buffers(), before, strict=True):
                buffer.copy_(value)
            self.follow()
            raise NotFiniteError
        _scatter(total[:n_numbers], [_grad(p) for p in network.parameters()])
        _scatter(total[n_numbers:] / self.n_shards, _buffers(network))
        return values

    def follow(self) -> None:
        """Bring the replicas to where the first network is."""
        first = [*self.networks[0].parameters(), *self.networks[0].buffers()]
        with torch.no_grad():
            for network in self.networks[1:]:
                for mine, theirs in zip([*network.parameters(), *network.buffers()], first, strict=True):
                    mine.copy_(theirs)


def _one_thread() -> None:
    torch.set_num_threads(1)


def _grad(parameter: nn.Parameter) -> Tensor:
    if parameter.grad is None:  # a part of the network that this phase does not use
        parameter.grad = torch.zeros_like(parameter)
    return parameter.grad


def _buffers(network: nn.Module) -> list[Tensor]:
    """Give the running means and variances; counters of batches are the same in every shard."""
    return [buffer for buffer in network.buffers() if buffer.is_floating_point()]


def _scatter(flat: Tensor, into: Sequence[Tensor]) -> None:
    """Cut a flat tensor into others."""
    parts: Sequence[Tensor] = torch.split(flat, [tensor.numel() for tensor in into])
    for tensor, part in zip(into, parts, strict=True):
        tensor.copy_(part.view_as(tensor))
