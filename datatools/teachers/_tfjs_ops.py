"""Which operations of TensorFlow may a graph hold, and what are they in torch?

Pictures stay (N, H, W, C), as TensorFlow has them; seen as (N, C, H, W) that is torch's channels-last
layout, so convolutions take them without a copy. Convolutions and what surrounds them are in
``_tfjs_convolutions``. An operation that is not in ``LOWERINGS`` is refused.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from datatools.errors import WeightsError
from datatools.teachers._tfjs_file import Node
from datatools.teachers._tfjs_trace import Constant, Function, Traced, Tracer, Value

Lowering = Callable[[Tracer, Node, Sequence[Value]], Value | tuple[Value, ...]]
_DTYPES = {"DT_FLOAT": torch.float32, "DT_INT32": torch.int32, "DT_BOOL": torch.bool}


def integers(node: Node, value: Value) -> list[int]:
    """Give the numbers of a constant input: sizes, axes, paddings."""
    if not isinstance(value, Constant):
        raise WeightsError(f"{node.op} {node.name}: expected sizes that no pixel decides")
    return [int(number) for number in value.tensor.flatten().tolist()]


def _axis(node: Node, value: Value, n_dims: int) -> int:
    (axis,) = integers(node, value)
    return axis % n_dims


def _unary(function: Function) -> Lowering:
    def lower(tracer: Tracer, node: Node, inputs: Sequence[Value]) -> Value:
        return tracer.apply(function, inputs[0], node=node, inputs=inputs)

    return lower


def _binary(function: Function) -> Lowering:
    def lower(tracer: Tracer, _node: Node, inputs: Sequence[Value]) -> Value:
        return tracer.apply(function, inputs[0], inputs[1])

    return lower


def _together(*values: Value) -> tuple[int, ...]:
    """Give the shape that values have once they are broadcast to each other."""
    return np.broadcast_shapes(*(tuple(value.tensor.shape) for value in values))


def _zeros(first: Value, second: Value) -> Constant:
    """Give what 0 times something is: a view of one 0, as large as the two together."""
    return Constant(torch.zeros(()).expand(_together(first, second)))


def _is_zero(value: Value) -> bool:
    return isinstance(value, Constant) and value.tensor.is_floating_point() and value.is_zero()


def _multiply(tracer: Tracer, node: Node, inputs: Sequence[Value]) -> Value:
    first, second = inputs
    if _is_zero(first) or _is_zero(second):  # a recurrent state that stays 0
        return _zeros(first, second)
    swished = _swished(first, second) or _swished(second, first)
    if swished is not None:
        return tracer.apply(F.hardswish, swished)
    return tracer.apply(torch.mul, first, second, node=node, inputs=inputs)


def _made_by(value: Value, *ops: str) -> Sequence[Value] | None:
    """Give the inputs of the operation that made a value, if it is one of these."""
    if isinstance(value, Traced) and value.node is not None and value.node.op in ops:
        return value.inputs
    return None


def _swished(scaled: Value, clipped: Value) -> Value | None:
    """Give x where the two are x / 6 and relu6(x + 3), whose product is hardswish(x); else None."""
    factors, inside = _made_by(scaled, "Mul"), _made_by(clipped, "Relu6")
    terms = _made_by(inside[0], "Add", "AddV2") if inside else None
    if not factors or not terms:
        return None
    sixths = [value for value in factors if _is_number(value, 1 / 6)]
    threes = [value for value in terms if _is_number(value, 3)]
    others = [value for value in factors if value not in sixths]
    return others[0] if len(sixths) == len(others) == 1 and threes and others[0] in terms else None


def _is_number(value: Value, number: float) -> bool:
    return (
        isinstance(value, Constant) and value.tensor.numel() == 1 and abs(float(value.tensor) - number) < 1e-7
    )


def _add(tracer: Tracer, node: Node, inputs: Sequence[Value]) -> Value:
    shape = _together(*inputs)
    terms = [value for value in inputs if not _is_zero(value)]
    if len(terms) == 1 and terms[0].tensor.shape == shape:
        return terms[0]
    total = inputs[0]
    for value in inputs[1:]:
        total = tracer.apply(torch.add, total, value, node=node, inputs=inputs)
    return total


def _identity(_tracer: Tracer, _node: Node, inputs: Sequence[Value]) -> Value:
    return inputs[0]


def _shape(_tracer: Tracer, _node: Node, inputs: Sequence[Value]) -> Value:
    return Constant(torch.tensor(inputs[0].tensor.shape, dtype=torch.int32))


def _cast(tracer: Tracer, node: Node, inputs: Sequence[Value]) -> Value:
    kind = node.word("DstT")
    if kind not in _DTYPES:
        raise WeightsError(f"{node.name}: expected a cast to one of {sorted(_DTYPES)}, got {kind!r}")
    return tracer.apply(lambda x: x.to(_DTYPES[kind]), inputs[0])


def _pack(tracer: Tracer, node: Node, inputs: Sequence[Value]) -> Value:
    axis = node.integer("axis")
    return tracer.apply(lambda *parts: torch.stack(parts, axis), *inputs)


def _concat(tracer: Tracer, node: Node, inputs: Sequence[Value]) -> Value:
    *parts, last = inputs
    axis = _axis(node, last, parts[0].tensor.ndim)
    return tracer.apply(lambda *tensors: torch.cat(tensors, axis), *parts, node=node, inputs=inputs)


def _split(tracer: Tracer, node: Node, inputs: Sequence[Value]) -> tuple[Value, ...]:
    axis = _axis(node, inputs[0], inputs[1].tensor.ndim)
    n_parts, length = node.integer("num_split"), inputs[1].tensor.shape[axis]
    if n_parts < 1 or length % n_parts:
        raise WeightsError(f"{node.name}: {length} cannot be split into {n_parts} equal parts")
    return _cut(tracer, inputs[1], axis, [length // n_parts] * n_parts)


def _split_v(tracer: Tracer, node: Node, inputs: Sequence[Value]) -> tuple[Value, ...]:
    sizes = integers(node, inputs[1])
    axis = _axis(node, inputs[2], inputs[0].tensor.ndim)
    rest = inputs[0].tensor.shape[axis] - sum(size for size in sizes if size >= 0)
    return _cut(tracer, inputs[0], axis, [rest if size < 0 else size for size in sizes])


def _cut(tracer: Tracer, value: Value, axis: int, sizes: Sequence[int]) -> tuple[Value, ...]:
    parts, start = [], 0
    for size in sizes:
        parts.append(tracer.apply(partial(torch.narrow, dim=axis, start=start, length=size), value))
        start += size
    return tuple(parts)


def _reshape(tracer: Tracer, node: Node, inputs: Sequence[Value]) -> Value:
    shape = integers(node, inputs[1])
    return tracer.apply(lambda x: x.reshape(shape), inputs[0])


def _broadcast_to(tracer: Tracer, node: Node, inputs: Sequence[Value]) -> Value:
    shape = integers(node, inputs[1])
    return tracer.apply(lambda x: x.expand(shape), inputs[0])


def _squeeze(tracer: Tracer, node: Node, inputs: Sequence[Value]) -> Value:
    shape = inputs[0].tensor.shape
    axes = [axis % len(shape) for axis in node.integers("squeeze_dims")]
    axes = axes or [axis for axis, length in enumerate(shape) if length == 1]
    return tracer.apply(lambda x: x.squeeze(tuple(axes)), inputs[0])


def _mean(tracer: Tracer, node: Node, inputs: Sequence[Value]) -> Value:
    axes, keeps = integers(node, inputs[1]), bool(node.integer("keep_dims"))
    return tracer.apply(lambda x: x.mean(axes, keepdim=keeps), inputs[0])


def _slice(tracer: Tracer, node: Node, inputs: Sequence[Value]) -> Value:
    begin, size = integers(node, inputs[1]), integers(node, inputs[2])
    window = tuple(slice(b, None if n < 0 else b + n) for b, n in zip(begin, size, strict=True))
    return tracer.apply(lambda x: x[window], inputs[0])


def _strided_slice(tracer: Tracer, node: Node, inputs: Sequence[Value]) -> Value:
    """Lower ``x[begin:end:stride]``; bit i of a mask is about the window's place i."""

    def has(mask: str, place: int) -> bool:
        return bool(node.integer(mask) >> place & 1)

    places = zip(*(integers(node, value) for value in inputs[1:4]), strict=True)
    window: list[object] = []
    for place, (begin, end, stride) in enumerate(places):
        if has("ellipsis_mask", place):
            window.append(Ellipsis)
        elif has("new_axis_mask", place):
            window.append(None)
        elif has("shrink_axis_mask", place):
            window.append(begin)
        elif stride < 1:
            raise WeightsError(f"{node.name}: a slice with the stride {stride} is not supported")
        else:
            first = None if has("begin_mask", place) else begin
            window.append(slice(first, None if has("end_mask", place) else end, stride))
    return tracer.apply(lambda x: x[tuple(window)], inputs[0])


def _resize_bilinear(tracer: Tracer, node: Node, inputs: Sequence[Value]) -> Value:
    corners, centres = bool(node.integer("align_corners")), bool(node.integer("half_pixel_centers"))
    if corners == centres:
        raise WeightsError(
            f"{node.name}: a bilinear resize needs align_corners or half_pixel_centers, one of the two"
        )
    height_px, width_px = integers(node, inputs[1])

    def resize(x: Tensor) -> Tensor:
        seen = x.permute(0, 3, 1, 2)  # (N, C, H, W)
        large = F.interpolate(seen, (height_px, width_px), mode="bilinear", align_corners=corners)
        return large.permute(0, 2, 3, 1)  # (N, H', W', C)

    return tracer.apply(resize, inputs[0])


def _matmul(tracer: Tracer, node: Node, inputs: Sequence[Value]) -> Value:
    is_turned = [bool(node.integer(name)) for name in ("transpose_a", "transpose_b")]

    def multiply(first: Tensor, second: Tensor) -> Tensor:
        return (first.mT if is_turned[0] else first) @ (second.mT if is_turned[1] else second)

    return tracer.apply(multiply, *inputs)


LOWERINGS: Mapping[str, Lowering] = {
    "Add": _add,
    "AddN": _add,
    "AddV2": _add,
    "BiasAdd": _add,
    "BroadcastTo": _broadcast_to,
    "Cast": _cast,
    "ConcatV2": _concat,
    "Equal": _binary(torch.eq),
    "FloorMod": _binary(torch.remainder),
    "Identity": _identity,
    "MatMul": _matmul,
    "Maximum": _binary(torch.maximum),
    "Mean": _mean,
    "Minimum": _binary(torch.minimum),
    "Mul": _multiply,
    "Pack": _pack,
    "RealDiv": _binary(torch.true_divide),
    "Relu": _unary(torch.relu),
    "Relu6": _unary(F.relu6),
    "Reshape": _reshape,
    "ResizeBilinear": _resize_bilinear,
    "Shape": _shape,
    "Sigmoid": _unary(torch.sigmoid),
    "Slice": _slice,
    "Split": _split,
    "SplitV": _split_v,
    "Square": _unary(torch.square),
    "Squeeze": _squeeze,
    "StridedSlice": _strided_slice,
    "Sub": _binary(torch.sub),
    "Tanh": _unary(torch.tanh),
}
