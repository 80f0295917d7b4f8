"""Which processes train together, and what does each of them do?

``torchrun`` starts one process a GPU (or a machine) and names it by its environment. Without it a team
is one process. The lead alone writes.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Team:
    """This process's place among those that train together."""

    rank: int = 0
    n_members: int = 1

    @property
    def is_lead(self) -> bool:
        """Say whether this process writes the files."""
        return self.rank == 0

    def share(self, n_shards: int) -> range:
        """Give the shards that this process computes."""
        return range(self.rank, n_shards, self.n_members)

    def gather(self, mine: Sequence[Tensor], n_shards: int) -> list[Tensor]:
        """Give what came of every shard, in their order, from what came of this process's own."""
        if self.n_members == 1:
            return list(mine)
        told: list[Tensor] = []
        for n in range(n_shards):  # one broadcast a shard: shards may differ in length
            told.append(self._told(mine[n // self.n_members] if n % self.n_members == self.rank else None, n))
        return told

    def _told(self, mine: Tensor | None, shard: int) -> Tensor:
        source, device = shard % self.n_members, _device()
        length = torch.tensor([0 if mine is None else len(mine)], device=device)
        dist.broadcast(length, source)
        flat = torch.empty(int(length), device=device) if mine is None else mine.to(device)
        dist.broadcast(flat, source)
        return flat

    def agrees(self, said: bool) -> bool:
        """Give what the lead says: clocks differ, and those who train together stop together."""
        if self.n_members == 1:
            return said
        answer = torch.tensor([said], dtype=torch.float32, device=_device())
        dist.broadcast(answer, 0)
        return bool(answer)

    def wait(self) -> None:
        """Wait until every process is here."""
        if self.n_members > 1:
            dist.barrier()


ALONE = Team()


def _device() -> torch.device:
    """Give the device that messages between processes go through."""
    return torch.device("cuda" if dist.get_backend() == "nccl" else "cpu")


@contextmanager
def joined() -> Iterator[Team]:
    """Join the team that torchrun started; be one alone without it."""
    n_members = int(os.environ.get("WORLD_SIZE", "1"))
    if n_members == 1:
        yield ALONE
        return
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
        dist.init_process_group("nccl")
    else:
        dist.init_process_group("gloo")
    try:
        yield Team(dist.get_rank(), n_members)
    finally:
        dist.destroy_process_group()
