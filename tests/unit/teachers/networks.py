"""Make files of tiny networks, so that the runtimes are tested on real ones.

Each network is one 1 x 1 convolution from three channels to some classes, then perhaps a sigmoid. ONNX
is written as raw protobuf fields, because the package ``onnx`` is not needed for anything else.
"""

import struct
from pathlib import Path

import flatbuffers  # type: ignore[import-untyped]  # it has no stubs
import numpy as np
from ai_edge_litert import schema_py_generated as lite

Weights = list[list[float]]  # classes x 3


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes | str) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _tensor(name: str, shape: list[int], values: list[float]) -> bytes:
    data = struct.pack(f"<{len(values)}f", *values)
    dims = b"".join(_number(1, n) for n in shape)
    return _bytes(5, dims + _number(2, 1) + _bytes(8, name) + _bytes(9, data))


def _value(field: int, name: str, shape: list[int | str], element: int = 1) -> bytes:
    dims = b"".join(_bytes(1, _number(1, n) if isinstance(n, int) else _bytes(2, n)) for n in shape)
    return _bytes(field, _bytes(1, name) + _bytes(2, _bytes(1, _number(1, element) + _bytes(2, dims))))


def _node(kind: str, inputs: list[str], output: str) -> bytes:
    return _bytes(1, b"".join(_bytes(1, n) for n in inputs) + _bytes(2, output) + _bytes(4, kind))


def write_onnx(
    path: Path,
    weights: Weights,
    bias: list[float],
    *,
    size_px: int = 16,
    is_free: bool = False,
    element: int = 1,
    has_shift: bool = False,
) -> Path:
    """Write a network with the input ``picture``, 1 x 3 x size x size.

    Its outputs are ``logit`` and ``probability``, 1 x classes x size x size, ``plane`` without the axis of
    a single class, and ``row``, which is no picture.

    Args:
        path: where to write.
        weights: of the convolution; rows of another length than 3 do not fit the input.
        bias: of the convolution.
        size_px: the input's side.
        is_free: leave the number of pictures, channels, height and width open.
        has_shift: add a second input, ``shift``, one number that is added to the logit.
        element: the input's type, 1 float or 10 half.
    """
    shape: list[int | str] = ["channels", "height", "width"] if is_free else [3, size_px, size_px]
    n = len(weights)
    n_pictures: int | str = "pictures" if is_free else 1
    graph = (
        _node("Conv", ["picture", "weights", "bias"], "plain" if has_shift else "logit")
        + (_node("Add", ["plain", "shift"], "logit") if has_shift else b"")
        + _node("Sigmoid", ["logit"], "probability")
        + (_node("Squeeze", ["probability", "axes"], "plane") if n == 1 else b"")
        + _node("Flatten", ["probability"], "row")
        + _bytes(2, "tiny")
        + _bytes(5, _number(1, 1) + _number(2, 7) + _bytes(8, "axes") + _bytes(9, struct.pack("<q", 1)))
        + _tensor("weights", [n, len(weights[0]), 1, 1], [value for row in weights for value in row])
        + _tensor("bias", [n], bias)
        + _value(11, "picture", [n_pictures, *shape], element)
        + (_value(11, "shift", ["batch"]) if has_shift else b"")
        + _value(12, "logit", [n_pictures, n, *shape[1:]])
        + _value(12, "probability", [n_pictures, n, *shape[1:]])
        + (_value(12, "plane", [n_pictures, *shape[1:]]) if n == 1 else b"")
        + _value(12, "row", [n_pictures, "values"])
    )
    path.write_bytes(_number(1, 8) + _bytes(8, _bytes(1, "") + _number(2, 13)) + _bytes(7, graph))
    return path


def _lite_tensor(
    name: str, shape: list[int], buffer: int, signature: list[int] | None = None
) -> lite.TensorT:
    tensor = lite.TensorT()
    tensor.name, tensor.shape, tensor.buffer, tensor.type = name, shape, buffer, lite.TensorType.FLOAT32
    tensor.shapeSignature = signature
    return tensor


def _lite_operator(code: int, inputs: list[int], output: int) -> lite.OperatorT:
    operator = lite.OperatorT()
    operator.opcodeIndex, operator.inputs, operator.outputs = code, inputs, [output]
    return operator


def write_tflite(
    path: Path, weights: Weights, bias: list[float], *, size_px: int = 16, is_free: bool = False
) -> Path:
    """Write the network of ``write_onnx`` for TFLite (NHWC); the one output is ``probability``."""
    n = len(weights)
    model, graph = lite.ModelT(), lite.SubGraphT()
    model.buffers = [lite.BufferT() for _ in range(3)]
    model.buffers[1].data = np.frombuffer(np.array(weights, np.float32).tobytes(), np.uint8)
    model.buffers[2].data = np.frombuffer(np.array(bias, np.float32).tobytes(), np.uint8)
    side = 1 if is_free else size_px
    signature = [1, -1, -1, 3] if is_free else None
    graph.tensors = [
        _lite_tensor("picture", [1, side, side, 3], 0, signature),
        _lite_tensor("weights", [n, 1, 1, 3], 1),
        _lite_tensor("bias", [n], 2),
        _lite_tensor("logit", [1, side, side, n], 0),
        _lite_tensor("probability", [1, side, side, n], 0),
    ]
    convolution = _lite_operator(0, [0, 1, 2], 3)
    convolution.builtinOptionsType = lite.BuiltinOptions.Conv2DOptions
    convolution.builtinOptions = lite.Conv2DOptionsT()
    convolution.builtinOptions.strideW = convolution.builtinOptions.strideH = 1
    convolution.builtinOptions.dilationWFactor = convolution.builtinOptions.dilationHFactor = 1
    graph.operators = [convolution, _lite_operator(1, [3], 4)]
    graph.inputs, graph.outputs = [0], [4]
    codes = []
    for kind in (lite.BuiltinOperator.CONV_2D, lite.BuiltinOperator.LOGISTIC):
        code = lite.OperatorCodeT()
        code.builtinCode = code.deprecatedBuiltinCode = kind
        codes.append(code)
    model.version, model.subgraphs, model.operatorCodes = 3, [graph], codes
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    path.write_bytes(bytes(builder.Output()))
    return path


def write_card(folder: Path, file: str, **changes: str | None) -> Path:
    """Write a card for a tiny ONNX network; ``changes`` are lines of it, by ``section_key``, None no line."""
    defaults: dict[str, str | None] = {
        "name": '"tiny"',
        "file": f'"{file}"',
        "format": '"onnx"',
        "source": '"made by a test"',
        "licence": '"Apache-2.0"',
        "input_width_px": "16",
        "input_height_px": "16",
        "input_layout": '"NCHW"',
        "input_channels": '"RGB"',
        "input_scale": "255.0",
        "output_name": '"probability"',
        "output_activation": '"none"',
    }
    lines = {key: value for key, value in {**defaults, **changes}.items() if value is not None}
    top = [f"{key} = {value}" for key, value in lines.items() if not key.startswith(("input_", "output_"))]
    parts = ["\n".join(top)]
    for section in ("input", "output"):
        prefix = f"{section}_"
        inside = [f"{k.removeprefix(prefix)} = {v}" for k, v in lines.items() if k.startswith(prefix)]
        parts.append("\n".join([f"[{section}]", *inside]))
    card = folder / "tiny.toml"
    card.write_text("\n\n".join(parts) + "\n")
    return card
