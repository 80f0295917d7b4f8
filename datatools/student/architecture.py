"""Which network is trained, and with which weight decay on which of its parameters?"""

from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from datatools.errors import UsageError
from datatools.student import recipe as recipes
from datatools.student.checkpoint import ARCHITECTURE
from datatools.student.extremec3net import STRIDE, CoarseNet, ExtremeC3Net
from datatools.student.recipe import Recipe

_WEIGHT_DECAY = 2e-4  # ExtremeC3Net's recipe; nothing for depthwise convolutions ...
_WEIGHT_DECAY_1D = 2e-6  # ... and this for norms and PReLU slopes


@dataclass(frozen=True, slots=True, eq=False)
class Architecture:
    """A network to train; its output is one logit a pixel, (B, 1, T, T)."""

    name: str  # in the file of weights
    title: str  # for people
    make: Callable[[bool], nn.Module]  # of the coarse phase or not; weights from torch's random state
    stride: int = 1  # a side of the input is a multiple of this
    has_coarse: bool = False  # a smaller network of its encoder, whose answer is (B, 1, T/4, T/4)
    uses_bf16: bool = False  # on a GPU, for all but the loss
    has_dropout: bool = False  # then each step's random numbers come from its place in the run

    def n_parameters(self) -> int:
        """Count the parameters of the whole network."""
        return sum(parameter.numel() for parameter in self.make(False).parameters())

    def check(self, recipe: Recipe) -> None:
        """Make sure that the network can be trained as a recipe says.

        A coarse phase is refused rather than passed over: without it the recipe's figures do not hold.

        Raises:
            UsageError: it has a coarse phase and the network none, or a size that the network cannot take.
        """
        if not self.has_coarse and has_coarse_phase(recipe):
            without = [name for name in recipes.names() if not has_coarse_phase(recipes.read(name))]
            raise UsageError(
                f"{self.title} has no coarse network, and the recipe {recipe.name} trains one first: choose "
                f"a recipe without such a phase ({', '.join(without) or 'none is built in'}), or leave it "
                "out with --epochs-coarse 0"
            )
        for phase in recipe.phases:
            if phase.size_px % self.stride:
                raise UsageError(
                    f"{self.title} takes inputs whose side {self.stride} divides; the recipe {recipe.name} "
                    f"has a phase at {phase.size_px} px: choose another --size-px or recipe"
                )


def has_coarse_phase(recipe: Recipe) -> bool:
    """Say whether a recipe trains a coarse network first."""
    return any(phase.is_coarse and phase.epochs for phase in recipe.phases)


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


EXTREMEC3NET = Architecture(ARCHITECTURE, "ExtremeC3Net", _student, stride=STRIDE, has_coarse=True)
