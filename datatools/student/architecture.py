"""Which network is trained, and with which weight decay on which of its parameters?"""

from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from datatools.student.checkpoint import ARCHITECTURE
from datatools.student.extremec3net import CoarseNet, ExtremeC3Net

_WEIGHT_DECAY = 2e-4  # ExtremeC3Net's recipe; nothing for depthwise convolutions ...
_WEIGHT_DECAY_1D = 2e-6  # ... and this for norms and PReLU slopes


@dataclass(frozen=True, slots=True, eq=False)
class Architecture:
    """A network to train; its output is one logit a pixel, (B, 1, T, T)."""

    name: str  # in the file of weights
    title: str  # for people
    make: Callable[[bool], nn.Module]  # of the coarse phase or not; weights from torch's random state
    uses_bf16: bool = False  # on a GPU, for all but the loss
    has_dropout: bool = False  # then each step's random numbers come from its place in the run

    def n_parameters(self) -> int:
        """Count the parameters of the whole network."""
        return sum(parameter.numel() for parameter in self.make(False).parameters())


def parameter_groups(network: nn.Module) -> list[dict[str, object]]:
    """Sort the parameters by their weight decay, as an optimiser takes them."""
    depthwise: list[nn.Parameter] = []
    flat: list[nn.Parameter] = []
    rest: list[nn.Parameter] = []
    for module in network.modules():
        is_depthwise = isinstance(module, nn.Conv2d) and module.groups == module.in_channels > 1
        for parameter in module.parameters(recurse=False):
            (depthwise if is_depthwise else flat if parameter.ndim == 1 else rest).append(parameter)
    return [
        {"params": rest, "weight_decay": _WEIGHT_DECAY},
        {"params": depthwise, "weight_decay": 0.0},
        {"params": flat, "weight_decay": _WEIGHT_DECAY_1D},
    ]


def _student(is_coarse: bool) -> nn.Module:
    return CoarseNet() if is_coarse else ExtremeC3Net()


EXTREMEC3NET = Architecture(ARCHITECTURE, "ExtremeC3Net", _student)
