"""How is an average of the weights kept beside the ones that learn?

An exponential moving average over steps smooths what single batches do; with few epochs it is worth more
than a longer schedule.
"""

import math

from torch import Tensor, nn

_YOUNG = 9, 10  # while it is young each step counts 9 / (10 + steps before), as is usual


def begun(network: nn.Module) -> dict[str, Tensor]:
    """Give an average that holds one set of weights."""
    return {name: value.detach().clone() for name, value in network.state_dict().items()}


def add(average: dict[str, Tensor], network: nn.Module, n_before: int, n_steps: float) -> None:
    """Add a network's weights and running statistics.

    Args:
        average: what ``begun`` gave; changed.
        network: what is added.
        n_before: how many were added before.
        n_steps: time constant.
    """
    share = max(1 - math.exp(-1 / n_steps), _YOUNG[0] / (_YOUNG[1] + n_before))
    for name, value in network.state_dict().items():
        if value.is_floating_point():
            average[name].lerp_(value.detach(), share)
        else:
            average[name].copy_(value)
