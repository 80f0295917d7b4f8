"""How do a graph's convolutions become torch's: with their padding, bias and activation in one call?

Frameworks write a dilated convolution as space-to-batch, convolution, batch-to-space, and a padded one as
pad, convolution; both come back as one call here. A part of the input that is always 0 (a recurrent
state that is never used) is left out with its share of the kernel.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from datatools.errors import WeightsError
from datatools.teachers._tfjs_file import Node
from datatools.teachers._tfjs_ops import Lowering, integers
from datatools.teachers._tfjs_trace import Constant, Function, Traced, Tracer, Value

_DEPTHWISE = frozenset({"DepthwiseConv2dNative", "FusedDepthwiseConv2dNative"})
_ACTIVATIONS: Mapping[str, Function] = {"Relu": torch.relu_, "Relu6": lambda x: x.clamp_(0, 6)}
_POINTWISE = ((1, 1), (0, 0, 0, 0), (1, 1))


@dataclass(frozen=True, slots=True)
class _Window:
    """How a kernel moves over a picture; padding is top, bottom, left, right px."""

    stride: tuple[int, int]
    padding: tuple[int, int, int, int]
    dilation: tuple[int, int]

    def padded(self, more: Sequence[int]) -> "_Window":
        top, bottom, left, right = (have + add for have, add in zip(self.padding, more, strict=True))
        return replace(self, padding=(top, bottom, left, right))


def _pair(node: Node, name: str) -> tuple[int, int]:
    """Give height's and width's number of a setting such as ``strides``, which lists (1, h, w, 1)."""
    values = node.integers(name) or [1, 1, 1, 1]
    if len(values) != 4 or values[0] != 1 or values[3] != 1 or min(values) < 1:
        raise WeightsError(f"{node.name}: expected {name} as 1, h, w, 1; got {values}")
    return values[1], values[2]


def _window(node: Node, size: Sequence[int], kernel: Sequence[int]) -> _Window:
    """Read stride, dilation and padding; SAME pads so that ceil(size / stride) places are left."""
    if node.word("data_format") not in ("", "NHWC"):
        raise WeightsError(f"{node.name}: expected pictures as NHWC, got {node.word('data_format')}")
    strides, dilations = _pair(node, "strides"), _pair(node, "dilations")
    window = _Window(strides, (0, 0, 0, 0), dilations)
    kind = node.word("padding")
    if kind == "VALID":
        return window
    if kind != "SAME":
        raise WeightsError(f"{node.name}: expected the padding SAME or VALID, got {kind!r}")
    amounts: list[int] = []
    for length, side, stride, dilation in zip(size, kernel, strides, dilations, strict=True):
        reach = (-(-length // stride) - 1) * stride + (side - 1) * dilation + 1
        more = max(reach - length, 0)
        amounts += [more // 2, more - more // 2]
    return window.padded(amounts)


def _frame(node: Node, value: Value) -> list[int] | None:
    """Give the top, bottom, left, right px of a Pad node's amounts, or None where it pads other axes."""
    amounts = integers(node, value)
    is_frame = len(amounts) == 8 and not any(amounts[:2] + amounts[6:])
    return amounts[2:6] if is_frame else None


def _pad(tracer: Tracer, node: Node, inputs: Sequence[Value]) -> Value:
    amounts = integers(node, inputs[1])
    pairs = [amounts[place : place + 2] for place in range(0, len(amounts), 2)]
    turned = [number for pair in reversed(pairs) for number in pair]  # torch begins with the last axis
    return tracer.apply(lambda x: F.pad(x, turned), inputs[0], node=node, inputs=inputs)


def _convolution(tracer: Tracer, node: Node, inputs: Sequence[Value]) -> Value:
    kernel = inputs[1].tensor
    return _convolve(tracer, node, inputs, _window(node, inputs[0].tensor.shape[1:3], kernel.shape[:2]))


def _convolve(tracer: Tracer, node: Node, inputs: Sequence[Value], window: _Window) -> Value:
    """Note one convolution with its padding, bias and activation."""
    picture, kernel = inputs[:2]
    if not isinstance(kernel, Constant) or kernel.tensor.ndim != 4:
        raise WeightsError(f"{node.name}: expected a constant kernel of four axes")
    if isinstance(picture, Traced) and picture.node is not None and picture.node.op == "Pad":
        frame = _frame(picture.node, picture.inputs[1])
        if frame is not None:
            picture, window = picture.inputs[0], window.padded(frame)
    key: tuple[object, ...] = (node.name,)
    weights = kernel.tensor  # (kh, kw, in, out); depthwise (kh, kw, in, multiplier)
    is_depthwise = node.op in _DEPTHWISE
    if not is_depthwise:
        picture, channels = _without_zeros(tracer, picture)
        if channels is not None:
            key, weights = (node.name, *channels), weights[:, :, channels]
    is_linear = not is_depthwise and (window.stride, window.padding, window.dilation) == _POINTWISE
    is_linear = is_linear and tuple(weights.shape[:2]) == (1, 1)
    prepared = tracer.prepare(key, lambda: _kernel(weights, is_depthwise, is_linear))
    bias, activation = _fused(node, inputs)
    groups = picture.tensor.shape[3] if is_depthwise else 1
    call = _linear(activation) if is_linear else _spatial(window, groups, activation)
    return tracer.apply(call, picture, prepared, *bias, node=node, inputs=inputs)


def _fused(node: Node, inputs: Sequence[Value]) -> tuple[Sequence[Value], Function | None]:
    """Give the bias, if any, and the activation, if any, that the node holds beside its convolution."""
    names = node.words("fused_ops")
    has_bias = names[:1] == ["BiasAdd"]
    activations = names[1:] if has_bias else names
    if len(activations) > 1 or any(name not in _ACTIVATIONS for name in activations):
        raise WeightsError(f"{node.name}: the fused operations {names} are not supported")
    return inputs[2:3] if has_bias else (), _ACTIVATIONS[activations[0]] if activations else None


def _without_zeros(tracer: Tracer, picture: Value) -> tuple[Value, list[int] | None]:
    """Give a picture without the channels that are always 0, and which channels are left."""
    is_joined = isinstance(picture, Traced) and picture.node is not None and picture.node.op == "ConcatV2"
    if not is_joined or not isinstance(picture, Traced):
        return picture, None
    *parts, axis = picture.inputs
    if not isinstance(axis, Constant) or int(axis.tensor) % 4 != 3 or picture.tensor.ndim != 4:
        return picture, None
    kept: list[Value] = []
    channels: list[int] = []
    start = 0
    for part in parts:
        n = part.tensor.shape[3]
        if not (isinstance(part, Constant) and part.is_zero()):
            kept.append(part)
            channels += range(start, start + n)
        start += n
    if len(kept) == len(parts):
        return picture, None
    joined = kept[0] if len(kept) == 1 else tracer.apply(lambda *tensors: torch.cat(tensors, 3), *kept)
    return joined, channels


def _kernel(weights: Tensor, is_depthwise: bool, is_linear: bool) -> Tensor:
    """Give a kernel in torch's order; contiguous as the call likes it."""
    if is_linear:
        return weights[0, 0].T.contiguous()  # (out, in)
    if is_depthwise:
        kh, kw = weights.shape[:2]
        return weights.permute(2, 3, 0, 1).reshape(-1, 1, kh, kw).contiguous()  # (in * multiplier, 1, kh, kw)
    return weights.permute(3, 2, 0, 1).contiguous(memory_format=torch.channels_last)  # (out, in, kh, kw)


def _linear(activation: Function | None) -> Function:
    def call(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        result = F.linear(x, weight, bias)  # (N, H, W, out)
        return result if activation is None else activation(result)

    return call


def _spatial(window: _Window, groups: int, activation: Function | None) -> Function:
    top, bottom, left, right = window.padding
    is_even = top == bottom >= 0 and left == right >= 0
    around = (top, left) if is_even else (0, 0)

    def call(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
        seen = x.permute(0, 3, 1, 2)  # (N, C, H, W)
        if not is_even:
            seen = F.pad(seen, (left, right, top, bottom))
        result = F.conv2d(seen, weight, bias, window.stride, around, window.dilation, groups)
        return (result if activation is None else activation(result)).permute(0, 2, 3, 1)  # (N, H', W', out)

    return call


def _space_to_batch(tracer: Tracer, node: Node, inputs: Sequence[Value]) -> Value:
    """Deal the pixels of each block out over the batch."""
    block, padding = _block(node, inputs)

    def deal(x: Tensor) -> Tensor:
        x = F.pad(x, (0, 0, padding[2], padding[3], padding[0], padding[1]))
        n, height, width, channels = x.shape
        rows, columns = height // block[0], width // block[1]
        split = x.reshape(n, rows, block[0], columns, block[1], channels)
        return split.permute(2, 4, 0, 1, 3, 5).reshape(-1, rows, columns, channels)

    return tracer.apply(deal, inputs[0], node=node, inputs=inputs)


def _batch_to_space(tracer: Tracer, node: Node, inputs: Sequence[Value]) -> Value:
    """Put the pixels back; around a convolution both are one dilated convolution."""
    block, crops = _block(node, inputs)
    inner = inputs[0]
    dilated = _dilated(tracer, inner, block, crops)
    if dilated is not None:
        return dilated

    def gather(x: Tensor) -> Tensor:
        n_dealt, rows, columns, channels = x.shape
        n = n_dealt // (block[0] * block[1])
        split = x.reshape(block[0], block[1], n, rows, columns, channels)
        whole = split.permute(2, 3, 0, 4, 1, 5).reshape(n, rows * block[0], columns * block[1], channels)
        return F.pad(whole, (0, 0, -crops[2], -crops[3], -crops[0], -crops[1]))

    return tracer.apply(gather, inner)


def _dilated(tracer: Tracer, value: Value, block: tuple[int, int], crops: Sequence[int]) -> Value | None:
    """Give the dilated convolution whose dealt-out pixels ``value`` are, or None where it is none."""
    if not (isinstance(value, Traced) and value.node is not None and value.node.op in _CONVOLUTIONS):
        return None
    dealt = value.inputs[0]
    if not (isinstance(dealt, Traced) and dealt.node is not None and dealt.node.op == "SpaceToBatchND"):
        return None
    their_block, padding = _block(dealt.node, dealt.inputs)
    moves = (_pair(value.node, "strides"), _pair(value.node, "dilations"))
    if value.node.word("padding") != "VALID" or moves != ((1, 1), (1, 1)) or their_block != block:
        return None
    less = [have - cut for have, cut in zip(padding, crops, strict=True)]
    window = _Window((1, 1), (0, 0, 0, 0), block).padded(less)
    return _convolve(tracer, value.node, [dealt.inputs[0], *value.inputs[1:]], window)


def _block(node: Node, inputs: Sequence[Value]) -> tuple[tuple[int, int], list[int]]:
    """Read a block's height and width, and the padding or crops: top, bottom, left, right px."""
    block, amounts = integers(node, inputs[1]), integers(node, inputs[2])
    if len(block) != 2 or min(block) < 1 or len(amounts) != 4 or inputs[0].tensor.ndim != 4:
        raise WeightsError(f"{node.name}: expected blocks of a picture's height and width, got {block}")
    return (block[0], block[1]), amounts


def _average_pool(tracer: Tracer, node: Node, inputs: Sequence[Value]) -> Value:
    """Lower a mean over windows; what SAME adds around the picture does not count."""
    side = _pair(node, "ksize")
    window = _window(node, inputs[0].tensor.shape[1:3], side)
    top, bottom, left, right = window.padding

    def total(x: Tensor) -> Tensor:
        seen = F.pad(x.permute(0, 3, 1, 2), (left, right, top, bottom))  # (N, C, H, W)
        return F.avg_pool2d(seen, side, window.stride, divisor_override=1).permute(0, 2, 3, 1)

    def mean(x: Tensor) -> Tensor:
        return F.avg_pool2d(x.permute(0, 3, 1, 2), side, window.stride).permute(0, 2, 3, 1)

    if not any(window.padding):
        return tracer.apply(mean, inputs[0])
    n_inside = tracer.apply(total, Constant(torch.ones(1, *inputs[0].tensor.shape[1:3], 1)))
    return tracer.apply(torch.true_divide, tracer.apply(total, inputs[0]), n_inside)


_CONVOLUTIONS = _DEPTHWISE | {"Conv2D", "_FusedConv2D"}
CONVOLUTIONS: Mapping[str, Lowering] = {
    "AvgPool": _average_pool,
    "BatchToSpaceND": _batch_to_space,
    "Pad": _pad,
    "SpaceToBatchND": _space_to_batch,
    **dict.fromkeys(sorted(_CONVOLUTIONS), _convolution),
}
