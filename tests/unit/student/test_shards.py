"""A batch's gradient does not depend on who computes its parts."""

import pytest
import torch
from torch import Tensor, nn

from datatools.student import shards as sharding
from datatools.student.extremec3net import CoarseNet
from datatools.student.shards import Shards
from datatools.student.team import ALONE, Team
from datatools.student.threads import torch_threads


def network() -> CoarseNet:
    """Give a network whose weights are always the same."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        return CoarseNet().train()


def inputs() -> Tensor:
    """Give four pictures."""
    return torch.randn(4, 3, 32, 32, generator=torch.Generator().manual_seed(5))


def learned(n_shards: int) -> tuple[nn.Module, Tensor, list[Tensor]]:
    """Give the network after a batch's gradient, the losses, and what the last replica holds."""
    batch = inputs().chunk(n_shards)
    net = network()

    def loss_of(replica: nn.Module, n: int) -> tuple[Tensor, Tensor]:
        values = replica(batch[n]).square().mean((1, 2, 3))  # (b,)
        return values.sum() / 4, values.detach()

    with torch_threads(1), Shards(net, n_shards, ALONE, side_by_side=True) as shards:
        values = shards.learn(loss_of)
        shards.follow()
        return net, values, list(shards.networks[-1].state_dict().values())


def gradient(net: nn.Module) -> Tensor:
    """Give all of a network's gradient, flat."""
    return torch.cat([p.grad.flatten() for p in net.parameters() if p.grad is not None])


def test_one_core_gives_what_two_give(monkeypatch: pytest.MonkeyPatch) -> None:
    """To the last bit: the parts and the order of their sum stay."""
    two = learned(2)
    monkeypatch.setattr(sharding, "n_cores", lambda: 1)
    one = learned(2)
    assert torch.equal(gradient(one[0]), gradient(two[0]))
    assert torch.equal(one[1], two[1])


def test_one_shard_is_the_plain_gradient() -> None:
    """What torch gives without this module."""
    net = network()
    net(inputs()).square().mean().backward()
    torch.testing.assert_close(gradient(learned(1)[0]), gradient(net))


def test_running_statistics_are_the_mean_of_the_shards() -> None:
    """Each part sees its own pictures; the network has seen all."""
    net, _, _ = learned(2)
    apart = []
    for part in inputs().chunk(2):
        alone = network()
        alone(part)
        apart.append(alone.state_dict()["encoder.stem.1.norm.running_mean"])
    torch.testing.assert_close(net.state_dict()["encoder.stem.1.norm.running_mean"], sum(apart) / 2)


def test_replicas_follow_the_first() -> None:
    """Weights and running statistics."""
    net, _, last = learned(2)
    assert all(torch.equal(a, b) for a, b in zip(net.state_dict().values(), last, strict=True))


def test_a_team_of_two_computes_every_shard_once() -> None:
    """Each process takes its turn."""
    shares = [list(Team(rank, 2).share(5)) for rank in (0, 1)]
    assert shares == [[0, 2, 4], [1, 3]]
