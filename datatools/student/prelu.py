"""How does a PReLU learn without holding everything else up?"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class PReLU(nn.PReLU):
    """PReLU with a backward pass twice as fast on a CPU; a slope a channel, one of torch's in all else.

    Torch's own backward is not vectorised: it takes a quarter of a training step of ExtremeC3Net
    (benchmarks/training_step.py).
    """

    def forward(self, x: Tensor) -> Tensor:
        """Activate; the shape stays."""
        if x.device.type == "cpu" and torch.is_grad_enabled() and not torch.onnx.is_in_onnx_export():
            y: Tensor = _PReLU.apply(x, self.weight)  # type: ignore[no-untyped-call]  # torch's
            return y
        return F.prelu(x, self.weight)


class _PReLU(torch.autograd.Function):
    """x where it is above 0, slope times x elsewhere."""

    @staticmethod
    def forward(ctx: torch.autograd.function.FunctionCtx, x: Tensor, slope: Tensor) -> Tensor:
        ctx.save_for_backward(x, slope)
        return F.prelu(x, slope)

    @staticmethod
    def backward(ctx: torch.autograd.function.NestedIOFunction, gradient: Tensor) -> tuple[Tensor, Tensor]:
        x, slope = ctx.saved_tensors
        # What passes where x is not above 0.
        below = torch.ops.aten.threshold_backward(gradient, -x, 0)  # (B, n, H, W)
        shape = (1, -1, 1, 1)
        return torch.addcmul(gradient, below, (slope - 1).view(shape)), (below * x).sum((0, 2, 3))
