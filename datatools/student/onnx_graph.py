"""Which steps turn a picture into a student's input, and its logits into a matte, inside an ONNX graph?

A file with these steps is complete: uint8 RGB (B, H, W, 3) of any size goes in, the probability of a
person, float32 (B, H, W), comes out, and no code of ours is needed to use it.
"""

from collections.abc import Sequence

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from datatools.student.preprocess import Preprocessing

INPUT, OUTPUT = "image", "logit"  # of the bare network
PICTURE, PROBABILITY = "picture", "probability"

Attribute = int | str | list[int]


class _Steps:
    """Nodes and constants in the making; each call gives the name of the tensor it makes."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, values: NDArray[np.generic]) -> str:
        name = f"picture/constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(values, name))
        return name

    def floats(self, *values: float) -> str:
        return self.constant(np.array(values, np.float32))

    def integers(self, *values: int) -> str:
        return self.constant(np.array(values, np.int64))

    def add(self, op: str, *inputs: str, named: str | None = None, **attributes: Attribute) -> str:
        name = named or f"picture/{op}_{len(self.nodes)}"
        node = helper.make_node(op, list(inputs), [name])
        node.attribute.extend(helper.make_attribute(key, value) for key, value in attributes.items())
        self.nodes.append(node)
        return name

    def side(self, x: str, axis: int) -> str:
        """Give the length of an axis as int64 (1,)."""
        return self.add("Shape", x, start=axis, end=axis + 1)

    def resize(self, x: str, leading: str, sides: Sequence[str], named: str | None = None) -> str:
        """Resize (B, n, h, w) as OpenCV's INTER_LINEAR does; ``leading`` is B and n."""
        sizes = self.add("Concat", leading, *sides, axis=0)
        how = {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
        return self.add("Resize", x, "", "", sizes, named=named, **how)

    def shares(self, side: str, size_px: int) -> str:
        """Make (size_px, side): how much of each new pixel is of each old one, as INTER_AREA counts."""
        old = self.add("Cast", side, to=TensorProto.FLOAT)  # (1,)
        scale = self.add("Div", old, self.floats(size_px))
        start = self.add("Mul", self.constant(np.arange(size_px, dtype=np.float32)[:, None]), scale)
        end = self.add("Add", start, scale)  # (size_px, 1)
        scalar = self.add("Squeeze", old)
        one, nought = self.constant(np.array(1, np.float32)), self.constant(np.array(0, np.float32))
        pixel = self.add("Range", nought, scalar, one)  # (side,)
        overlap = self.add(
            "Sub", self.add("Min", end, self.add("Add", pixel, one)), self.add("Max", start, pixel)
        )
        return self.add("Div", self.add("Max", overlap, nought), scale)


def with_picture(network: onnx.ModelProto, preprocessing: Preprocessing) -> onnx.ModelProto:
    """Put the steps of ``Preprocessing`` before a network, and enlarging and sigmoid behind it."""
    graph, size_px = network.graph, preprocessing.size_px
    before, behind = _Steps(), _Steps()
    floats = before.add("Cast", PICTURE, to=TensorProto.FLOAT)
    colours = before.add("Transpose", floats, perm=[0, 3, 1, 2])  # (B, 3, H, W)
    leading, height, width = (
        before.add("Shape", colours, start=0, end=2),
        before.side(colours, 2),
        before.side(colours, 3),
    )
    if preprocessing.resize == "area":
        rows, columns = before.shares(height, size_px), before.shares(width, size_px)
        across = before.add("Transpose", columns, perm=[1, 0])  # (W, S)
        small = before.add("MatMul", rows, before.add("MatMul", colours, across))  # (B, 3, S, S)
    else:
        small = before.resize(colours, leading, [before.integers(size_px, size_px)])
    if preprocessing.channel_order == "BGR":
        small = before.add("Gather", small, before.integers(2, 1, 0), axis=1)
    shape = (1, 3, 1, 1)
    mean = np.array(preprocessing.mean, np.float32).reshape(shape)
    scale = (np.array(preprocessing.std) * preprocessing.divisor).astype(np.float32).reshape(shape)
    centred = before.add("Sub", small, before.constant(mean))
    before.add("Div", centred, before.constant(scale), named=INPUT)
    behind.constants = before.constants  # one series of names
    behind.nodes = list(before.nodes)
    one_logit = behind.add("Concat", behind.add("Shape", PICTURE, start=0, end=1), behind.integers(1), axis=0)
    large = behind.resize(OUTPUT, one_logit, [height, width])  # (B, 1, H, W)
    behind.add("Squeeze", behind.add("Sigmoid", large), behind.integers(1), named=PROBABILITY)
    made = helper.make_graph(
        [*before.nodes, *graph.node, *behind.nodes[len(before.nodes) :]],
        graph.name,
        [helper.make_tensor_value_info(PICTURE, TensorProto.UINT8, ["batch", "height", "width", 3])],
        [helper.make_tensor_value_info(PROBABILITY, TensorProto.FLOAT, ["batch", "height", "width"])],
        [*graph.initializer, *before.constants],
    )
    return helper.make_model(made, opset_imports=network.opset_import, ir_version=network.ir_version)
