"""In which numbers does a network compute while it is trained?

float32, or on a GPU half of that for all but weights and loss: bfloat16, which has float32's range and needs
nothing else, or float16 for GPUs that have no bfloat16, whose small gradients vanish unless the loss is
scaled up first and the gradients down again (Micikevicius et al., *Mixed precision training*, ICLR 2018).
On a CPU both are slower than float32, and are there for trying out.
"""

from contextlib import AbstractContextManager
from typing import Literal

import torch
from torch import Tensor

PrecisionName = Literal["auto", "fp32", "bf16", "fp16"]

_DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}


class Precision:
    """A run's arithmetic; for float16 it holds the scale of the loss, which is part of the run's state."""

    def __init__(self, wanted: PrecisionName, device: torch.device, *, prefers_bf16: bool) -> None:
        """Choose it.

        Args:
            wanted: ``auto`` is bfloat16 on a GPU for a network that prefers it, else float32.
            device: where the network computes.
            prefers_bf16: whether the network was made with bfloat16 in mind.
        """
        if wanted == "auto":
            wanted = "bf16" if prefers_bf16 and device.type == "cuda" else "fp32"
        self._device = device.type
        self._dtype = _DTYPES.get(wanted)
        self._scaler = torch.amp.GradScaler(self._device, enabled=wanted == "fp16")

    def autocast(self) -> AbstractContextManager[None]:
        """Let the operations inside the block use the chosen numbers, where that is safe."""
        made: AbstractContextManager[None] = torch.autocast(
            self._device, self._dtype, enabled=self._dtype is not None
        )
        return made

    def scaled(self, loss: Tensor) -> Tensor:
        """Give the loss to go backward from."""
        return torch.as_tensor(self._scaler.scale(loss))

    def step(self, optimizer: torch.optim.Optimizer) -> None:
        """Take the optimiser's step, or leave it out where gradients have overflowed."""
        self._scaler.step(optimizer)
        self._scaler.update()

    def has_backed_off(self) -> bool:
        """Halve the loss's scale after gradients that were no numbers; False where none is left to halve."""
        scale = self._scaler.get_scale()
        if not self._scaler.is_enabled() or scale <= 1:
            return False
        self._scaler.update(scale / 2)
        return True

    def state(self) -> dict[str, object]:
        """Give what the next step depends on; nothing but for float16."""
        return dict(self._scaler.state_dict())

    def restore(self, state: dict[str, object]) -> None:
        """Go on from what ``state`` gave."""
        if state:
            self._scaler.load_state_dict(state)
