"""A TensorFlow.js graph gives on torch what its operations mean."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import scipy.special

from datatools.errors import WeightsError
from datatools.teachers._tfjs import TfjsRuntime
from tests.unit.teachers.graphs import ROW, Floats, Graph, Setting, graph_card, one, picture, plain, run
from tests.unit.teachers.test_tfjs_convolutions import KERNEL, windows

_OPERATIONS: dict[str, tuple[Callable[[], Graph], Callable[[Floats], Floats]]] = {
    "add": (one("AddV2", "row"), lambda x: x + ROW),
    "bias": (one("BiasAdd", "row"), lambda x: x + ROW),
    "add zero": (one("AddN", "picture"), lambda x: x + x),
    "multiply": (one("Mul", "row"), lambda x: x * ROW),
    "subtract": (one("Sub", first=("row",)), lambda x: ROW - x),
    "divide": (one("RealDiv", "half"), lambda x: x / 0.5),
    "remainder": (one("FloorMod", "half"), lambda x: np.mod(x, np.float32(0.5))),
    "minimum": (one("Minimum", "half"), lambda x: np.minimum(x, 0.5)),
    "maximum": (one("Maximum", "half"), lambda x: np.maximum(x, 0.5)),
    "relu": (one("Relu"), lambda x: np.maximum(x, 0)),
    "relu6": (one("Relu6"), lambda x: np.clip(x, 0, 6)),
    "sigmoid": (one("Sigmoid"), scipy.special.expit),
    "tanh": (one("Tanh"), np.tanh),
    "square": (one("Square"), np.square),
    "identity": (one("Identity"), lambda x: x),
    "cast": (one("Cast", DstT="DT_INT32"), np.trunc),
    "equal": (one("Equal", "picture"), np.ones_like),
    "matmul": (one("MatMul", "matrix"), lambda x: x @ np.arange(6, dtype=np.float32).reshape(3, 2)),
    "mean": (one("Mean", "spatial", keep_dims=True), lambda x: x.mean((1, 2), keepdims=True)),
    "mean of channels": (one("Mean", "three"), lambda x: x.mean(3)),
    "pad": (one("Pad", "frame"), lambda x: np.pad(x, [(0, 0), (1, 2), (3, 0), (0, 0)])),
    "concatenate": (one("ConcatV2", "picture", "three"), lambda x: np.concatenate([x, x], 3)),
    "stack": (one("Pack", "picture", axis=1), lambda x: np.stack([x, x], 1)),
    "reshape": (one("Reshape", "flat"), lambda x: x.reshape(1, -1)),
    "slice": (one("Slice", "begin", "length"), lambda x: x[0:1, 2:5, 1:, 0:2]),
    "strides": (one("StridedSlice", "begin", "end", "step"), lambda x: x[0:1, 2:6:2, 1:-1, 0:3]),
    "masks": (
        one("StridedSlice", "begin", "end", "step", begin_mask=2, end_mask=4, shrink_axis_mask=1),
        lambda x: x[0, 0:6:2, 1:, 0:3],
    ),
    "new axis": (
        one("StridedSlice", "begin", "end", "step", new_axis_mask=1, ellipsis_mask=4),
        lambda x: x[None, 2:6:2, ..., 0:3],
    ),
}


@pytest.mark.parametrize("name", _OPERATIONS)
def test_an_operation_is_what_numpy_computes(tmp_path: Path, name: str) -> None:
    """Each on a picture with negative numbers and odd sides."""
    make, expected = _OPERATIONS[name]
    batch = picture(n=5) if name == "new axis" else picture()
    np.testing.assert_allclose(run(tmp_path, make(), "out", batch), expected(batch), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("corners", [True, False])
def test_bilinear_resizing_knows_both_conventions(tmp_path: Path, corners: bool) -> None:
    """Corners on corners, or pixels as areas; a ramp shows where each pixel comes from."""
    ramp = np.broadcast_to(np.arange(7, dtype=np.float32)[None, :, None, None], (1, 7, 6, 3)).copy()
    graph = Graph("picture")
    size = graph.constant("size", [10, 6], "int32")
    settings = {"align_corners": corners, "half_pixel_centers": not corners}
    graph.node("out", "ResizeBilinear", ["picture", size], **settings)
    rows = np.arange(10) * 6 / 9 if corners else np.clip((np.arange(10) + 0.5) * 0.7 - 0.5, 0, 6)
    actual = run(tmp_path, graph, "out", ramp)
    np.testing.assert_allclose(actual, np.broadcast_to(rows[None, :, None, None], actual.shape), atol=1e-5)


def test_parts_of_a_split_are_read_by_number(tmp_path: Path) -> None:
    """``name:1`` is the second output; sizes may leave one open."""
    graph = Graph("picture")
    graph.node("even", "Split", [graph.constant("axis", 3, "int32"), "picture"], num_split=3)
    sizes = graph.constant("sizes", [2, -1], "int32")
    graph.node("uneven", "SplitV", ["picture", sizes, "axis"], num_split=2)
    graph.node("out", "Mul", ["even:2", "uneven:1"])
    np.testing.assert_allclose(run(tmp_path, graph, "out", picture()), picture()[..., 2:] ** 2, rtol=1e-6)
    np.testing.assert_allclose(run(tmp_path, graph, "uneven:0", picture()), picture()[..., :2])


def test_sizes_are_computed_from_the_pictures(tmp_path: Path) -> None:
    """A graph that asks for its input's shape works at every size."""
    graph = Graph("picture", "state")
    graph.node("shape", "Shape", ["picture"])
    graph.node("state like it", "BroadcastTo", ["state", "shape"])
    graph.node("out", "AddV2", ["picture", "state like it"])
    runtime = TfjsRuntime(graph.write(tmp_path), graph_card("out", fixed={"state": 2.0}))
    for height in (5, 8, 5):
        np.testing.assert_allclose(runtime.run(picture(height)), picture(height) + 2, rtol=1e-6)


@pytest.mark.parametrize(("ratio", "expected"), [(1.0, 2.0), (0.5, 3.0)])
def test_a_branch_is_taken_by_a_fixed_input(tmp_path: Path, ratio: float, expected: float) -> None:
    """The other one is not even traced."""
    graph = Graph("picture", "ratio")
    graph.node("is one", "Equal", ["ratio", graph.constant("one", 1.0)])
    graph.node("branch", "Switch", ["picture", "is one"])
    graph.node("then", "Mul", ["branch:1", graph.constant("two", 2.0)])
    graph.node("halves", "Split", [graph.constant("axis", 3, "int32"), "branch:0"], num_split=3)
    graph.node("whole", "ConcatV2", ["halves:0", "halves:1", "halves:2", "axis"])
    graph.node("else", "Mul", ["whole", graph.constant("three", 3.0)])
    graph.node("out", "Merge", ["then", "else", "^branch"])
    actual = run(tmp_path, graph, "out", picture(), ratio=ratio)
    np.testing.assert_allclose(actual, picture() * expected, rtol=1e-6)


@pytest.mark.parametrize("state", [0.0, 1.5])
@pytest.mark.parametrize("place", [0, 1])
def test_a_state_that_stays_zero_changes_nothing(tmp_path: Path, state: float, place: int) -> None:
    """It is left out of sums, products and convolutions; any other state is not."""
    graph = Graph("picture", "state")
    axis = graph.constant("axis", 3, "int32")
    graph.node("shape", "Shape", ["picture"])
    graph.node("memory", "BroadcastTo", ["state", "shape"])
    graph.node("forgotten", "Mul", ["memory", "picture"])
    graph.node("sum", "AddV2", ["picture", "forgotten"])
    order = ["sum", "memory"] if place else ["memory", "sum"]
    graph.node("both", "ConcatV2", [*order, axis])
    kernel = np.concatenate([KERNEL, 2 * KERNEL], 2)
    reads = ["both", graph.constant("kernel", kernel)]
    graph.node("out", "Conv2D", reads, strides=[1, 1, 1, 1], padding="VALID")
    memory = np.full_like(picture(), state)
    total = picture() + memory * picture()
    x = np.concatenate([total, memory] if place else [memory, total], 3)
    expected = np.einsum("hwijc,ijco->hwo", windows(x, (3, 2), 1, 1), kernel)
    actual = run(tmp_path, graph, "out", picture(), state=state)[0]
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize(("sixth", "three"), [(1 / 6, 3.0), (1 / 5, 3.0), (1 / 6, 2.0)])
def test_hardswish_in_pieces_is_hardswish(tmp_path: Path, sixth: float, three: float) -> None:
    """And what only looks like it is computed piece by piece."""
    graph = Graph("picture")
    graph.node("scaled", "Mul", [graph.constant("sixth", sixth), "picture"])
    graph.node("moved", "AddV2", ["picture", graph.constant("three", three)])
    graph.node("clipped", "Relu6", ["moved"])
    graph.node("out", "Mul", ["scaled", "clipped"])
    expected = picture() * np.clip(picture() + three, 0, 6) * sixth
    np.testing.assert_allclose(run(tmp_path, graph, "out", picture()), expected, rtol=1e-5, atol=1e-5)


def test_a_squeezed_axis_is_gone(tmp_path: Path) -> None:
    """The named one, or all of length 1."""
    graph = Graph("picture")
    graph.node("named", "Squeeze", ["picture"], squeeze_dims=[-1])
    graph.node("all", "Squeeze", ["picture"])
    batch = picture(channels=1)
    np.testing.assert_array_equal(run(tmp_path, graph, "named", batch), batch[..., 0])
    np.testing.assert_array_equal(run(tmp_path, graph, "all", batch), batch[0, ..., 0])


def test_a_batch_gives_what_its_pictures_give(tmp_path: Path) -> None:
    """Within rounding: kernels may add in another order."""
    graph = Graph("picture")
    reads = ["picture", graph.constant("kernel", KERNEL)]
    graph.node("out", "Conv2D", reads, strides=[1, 1, 1, 1], padding="SAME")
    runtime = TfjsRuntime(graph.write(tmp_path), graph_card("out"))
    batch = picture(n=3)
    alone = np.concatenate([runtime.run(batch[n : n + 1]) for n in range(3)])
    np.testing.assert_allclose(runtime.run(batch), alone, atol=1e-5)


def _circle() -> Graph:
    graph = Graph("picture")
    graph.node("a", "AddV2", ["picture", "out"])
    graph.node("out", "Relu", ["a"])
    return graph


def _picture_as_size() -> Graph:
    graph = Graph("picture")
    graph.node("out", "Reshape", ["picture", "picture"])
    return graph


def _open_branch() -> Graph:
    graph = Graph("picture")
    graph.node("branch", "Switch", ["picture", "picture"])
    graph.node("out", "Merge", ["branch:0", "branch:1"])
    return graph


def _constant_output() -> Graph:
    graph = Graph("picture")
    graph.node("out", "Relu", [graph.constant("row", [1.0])])
    return graph


def _kernel_of_pixels() -> Graph:
    graph = Graph("picture")
    graph.node("out", "Conv2D", ["picture", "picture"], strides=[1, 1, 1, 1], padding="SAME")
    return graph


def _huge() -> Graph:
    graph = Graph("picture")
    graph.node(
        "out",
        "ResizeBilinear",
        ["picture", graph.constant("big", [1 << 20, 1 << 20], "int32")],
        half_pixel_centers=True,
    )
    return graph


def _convolution(**settings: Setting) -> Graph:
    graph = Graph("picture")
    all_settings: dict[str, Setting] = {"strides": [1, 1, 1, 1], "padding": "VALID", **settings}
    graph.node("out", "_FusedConv2D", ["picture", graph.constant("kernel", KERNEL)], **all_settings)
    return graph


def _blocks() -> Graph:
    graph = Graph("picture")
    block = graph.constant("block", [2], "int32")
    graph.node("out", "SpaceToBatchND", ["picture", block, graph.constant("frame", [[0, 0]], "int32")])
    return graph


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (plain("Einsum"), r"operations that are not supported: \['Einsum'\]"),
        (plain("AddV2", "ghost"), "reads 'ghost', which is no node"),
        (_circle(), "loops are not supported"),
        (_picture_as_size(), "expected sizes that no pixel decides"),
        (_open_branch(), "which branch is taken may not depend on the picture"),
        (_constant_output(), "output does not depend on its picture"),
        (_kernel_of_pixels(), "expected a constant kernel"),
        (_huge(), "too large to be meant"),
        (plain("Cast", DstT="DT_STRING"), "expected a cast to one of"),
        (plain("Split", "three", num_split=2), "does not fit its inputs|expected sizes"),
        (one("Split", first=("three",), num_split=2)(), "3 cannot be split into 2 equal parts"),
        (plain("Reshape", "size"), "does not fit its inputs"),
        (plain("StridedSlice", "sizes", "sizes", "sizes"), "stride -1 is not supported"),
        (plain("ResizeBilinear", "size"), "needs align_corners or half_pixel_centers"),
        (plain("MatMul", "row", transpose_a="yes"), "expected an integer as transpose_a"),
        (plain("Mean", "three", keep_dims=[1]), "expected an integer as keep_dims"),
        (_convolution(data_format="NCHW"), "expected pictures as NHWC"),
        (_convolution(padding="EXPLICIT"), "expected the padding SAME or VALID, got 'EXPLICIT'"),
        (_convolution(padding=3), "expected a word as padding"),
        (_convolution(strides=[1, 0, 1, 1]), "expected strides as 1, h, w, 1"),
        (_convolution(strides=["1"]), "expected integers as strides"),
        (_convolution(fused_ops=["Elu"]), r"fused operations \['Elu'\] are not supported"),
        (_convolution(fused_ops=[1]), "expected words as fused_ops"),
        (_blocks(), "expected blocks of a picture's height and width"),
    ],
)
def test_a_graph_that_cannot_be_run_is_refused(tmp_path: Path, graph: Graph, message: str) -> None:
    """With the node and what was expected of it, instead of a wrong matte."""
    with pytest.raises(WeightsError, match=message):
        run(tmp_path, graph, "out", picture())


@pytest.mark.parametrize(
    ("output", "fixed", "message"),
    [
        ("out", {"state": 0.0}, r"expects the input 'picture' beside the fixed \['state'\]"),
        ("gone", {}, "names the output 'gone', which is no node"),
        ("out:9", {}, "has no output out:9"),
    ],
)
def test_a_card_that_does_not_fit_its_graph_is_refused(
    tmp_path: Path, output: str, fixed: dict[str, float], message: str
) -> None:
    """Inputs and outputs are the file's."""
    with pytest.raises(WeightsError, match=message):
        run(tmp_path, plain(), output, picture(), **fixed)


def test_channels_come_last(tmp_path: Path) -> None:
    """A card that says otherwise is wrong."""
    card = graph_card("out")
    turned = card.model_copy(update={"input": card.input.model_copy(update={"layout": "NCHW"})})
    with pytest.raises(WeightsError, match=r"says NCHW; a TensorFlow\.js graph takes NHWC"):
        TfjsRuntime(plain().write(tmp_path), turned)


def test_few_plans_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures of a thousand sizes do not fill the memory."""
    monkeypatch.setattr("datatools.teachers._tfjs._PLANS_LIMIT", 2)
    runtime = TfjsRuntime(plain().write(tmp_path), graph_card("out"))
    for height in (3, 4, 5, 3):
        np.testing.assert_array_equal(runtime.run(picture(height)), np.maximum(picture(height), 0))
