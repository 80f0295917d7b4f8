"""Which backward passes of torch's hold a CPU up, and what takes their place?

Two did, in a training step of ExtremeC3Net: that of PReLU, which is not vectorised, and that of wide
depthwise kernels of one row, whose weights take longer than those of one column. Without them a step is 1.1
to 1.2 times as fast (benchmarks/training_step.py). Values and gradients are torch's, up to the order of sums.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import Function, FunctionCtx, NestedIOFunction

_WIDE = 9  # a kernel this wide; narrower ones are as fast as they are


def _learns_on_cpu(x: Tensor) -> bool:
    return x.device.type == "cpu" and torch.is_grad_enabled()


class PReLU(nn.PReLU):
    """PReLU, a slope a channel, with a backward pass of half the time."""

    def forward(self, x: Tensor) -> Tensor:
        """Activate; the shape stays."""
        if not _learns_on_cpu(x):
            return F.prelu(x, self.weight)
        y: Tensor = _PReLU.apply(x, self.weight)  # type: ignore[no-untyped-call]  # torch's
        return y


class RowConv(nn.Conv2d):
    """A depthwise convolution with a kernel of one row."""

    def forward(self, x: Tensor) -> Tensor:
        """Convolve; the shape stays."""
        if not _learns_on_cpu(x) or self.kernel_size[1] < _WIDE:
            return super().forward(x)
        y: Tensor = _Row.apply(x, self.weight)  # type: ignore[no-untyped-call]  # torch's
        return y


class _PReLU(Function):
    """x where it is above 0, slope times x elsewhere."""

    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor, slope: Tensor) -> Tensor:
        ctx.save_for_backward(x, slope)
        return F.prelu(x, slope)

    @staticmethod
    def backward(ctx: NestedIOFunction, gradient: Tensor) -> tuple[Tensor, Tensor]:
        x, slope = ctx.saved_tensors
        below = torch.ops.aten.threshold_backward(gradient, -x, 0)  # (B, n, H, W), 0 where x is above 0
        return torch.addcmul(gradient, below, (slope - 1).view(1, -1, 1, 1)), (below * x).sum((0, 2, 3))


class _Row(Function):
    """A depthwise convolution of one row, whose weights learn as those of a column."""

    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor, weight: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        return F.conv2d(x, weight, padding=(0, weight.shape[3] // 2), groups=len(weight))

    @staticmethod
    def backward(ctx: NestedIOFunction, gradient: Tensor) -> tuple[Tensor, Tensor]:
        # Half precision convolves in the gradient's type, whatever the weights are kept in.
        x, weight = (saved.to(gradient.dtype) for saved in ctx.saved_tensors)
        reach = weight.shape[3] // 2
        of_x, _, _ = _backward(gradient, x, weight, [0, reach], [True, False, False])
        turned = (_turned(gradient), _turned(x), weight.transpose(2, 3).contiguous())
        _, of_weight, _ = _backward(*turned, [reach, 0], [False, True, False])
        return of_x, of_weight.transpose(2, 3)


def _turned(x: Tensor) -> Tensor:
    """Swap rows and columns, in channels-last memory."""
    return x.transpose(2, 3).contiguous(memory_format=torch.channels_last)


def _backward(
    gradient: Tensor, x: Tensor, weight: Tensor, padding: list[int], wanted: list[bool]
) -> tuple[Tensor, Tensor, Tensor]:
    """Give torch's gradients of a depthwise convolution: of the input, the weights and the bias."""
    found: tuple[Tensor, Tensor, Tensor] = torch.ops.aten.convolution_backward(
        gradient, x, weight, None, [1, 1], padding, [1, 1], False, [0, 0], len(weight), wanted
    )
    return found
