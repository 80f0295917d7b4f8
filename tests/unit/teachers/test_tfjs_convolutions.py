"""A graph's convolutions, and what surrounds them, become torch's."""

from pathlib import Path

import numpy as np
import pytest

from tests.unit.teachers.graphs import Floats, Graph, Setting, picture, run


def windows(x: Floats, side: tuple[int, int], stride: int, dilation: int) -> Floats:
    """Give every window of a padded picture (1, H, W, C): (rows, columns, kh, kw, C)."""
    reach = [(length - 1) * dilation + 1 for length in side]
    seen = np.lib.stride_tricks.sliding_window_view(x[0], reach, (0, 1))
    return np.asarray(seen[::stride, ::stride, :, ::dilation, ::dilation].transpose(0, 1, 3, 4, 2))


def same(x: Floats, side: tuple[int, int], stride: int, dilation: int) -> Floats:
    """Pad as TensorFlow's SAME: ceil(size / stride) places, the odd pixel behind."""
    amounts = [(0, 0)]
    for length, taps in zip(x.shape[1:3], side, strict=True):
        total = max((-(-length // stride) - 1) * stride + (taps - 1) * dilation + 1 - length, 0)
        amounts.append((total // 2, total - total // 2))
    return np.pad(x, [*amounts, (0, 0)])


KERNEL = np.random.default_rng(1).normal(size=(3, 2, 3, 4)).astype(np.float32)
BIAS = np.array([0.5, -1, 2, 0], np.float32)


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize(("stride", "dilation"), [(1, 1), (2, 1), (1, 2)])
@pytest.mark.parametrize("fused", [["BiasAdd", "Relu6"], ["BiasAdd"], ["Relu"], []])
def test_a_convolution_is_what_its_windows_give(
    tmp_path: Path, padding: str, stride: int, dilation: int, fused: list[str]
) -> None:
    """With every padding, stride, dilation, bias and activation."""
    graph = Graph("picture")
    reads = ["picture", graph.constant("kernel", KERNEL), graph.constant("bias", BIAS)]
    graph.node(
        "out",
        "_FusedConv2D",
        reads if "BiasAdd" in fused else reads[:2],
        strides=[1, stride, stride, 1],
        dilations=[1, dilation, dilation, 1],
        padding=padding,
        data_format="NHWC",
        fused_ops=fused,
    )
    padded = same(picture(), (3, 2), stride, dilation) if padding == "SAME" else picture()
    expected = np.einsum("hwijc,ijco->hwo", windows(padded, (3, 2), stride, dilation), KERNEL)
    if "BiasAdd" in fused:
        expected = expected + BIAS
    if fused[-1:] in (["Relu"], ["Relu6"]):
        expected = np.clip(expected, 0, 6 if fused[-1] == "Relu6" else None)
    np.testing.assert_allclose(run(tmp_path, graph, "out", picture())[0], expected, atol=1e-4)


def test_a_convolution_of_single_pixels_is_a_matrix(tmp_path: Path) -> None:
    """The one by one kernel."""
    graph = Graph("picture")
    reads = ["picture", graph.constant("kernel", KERNEL[:1, :1])]
    graph.node("out", "Conv2D", reads, strides=[1, 1, 1, 1], padding="SAME")
    np.testing.assert_allclose(run(tmp_path, graph, "out", picture()), picture() @ KERNEL[0, 0], atol=1e-4)


def _depthwise(graph: Graph, name: str, reads: str, **settings: Setting) -> str:
    kernel = graph.constant(f"{name} kernel", KERNEL)
    settings = {"strides": [1, 1, 1, 1], "padding": "VALID", **settings}
    return graph.node(name, "DepthwiseConv2dNative", [reads, kernel], **settings)


def depthwise(x: Floats, dilation: int = 1) -> Floats:
    """Give the depthwise convolution of a padded picture with the kernel, without padding."""
    outputs = np.einsum("hwijc,ijcm->hwcm", windows(x, (3, 2), 1, dilation), KERNEL)
    return np.asarray(outputs.reshape(1, *outputs.shape[:2], -1))


def test_a_depthwise_convolution_keeps_channels_apart(tmp_path: Path) -> None:
    """Each channel gives as many as the kernel's last axis says, side by side."""
    graph = Graph("picture")
    _depthwise(graph, "out", "picture")
    np.testing.assert_allclose(run(tmp_path, graph, "out", picture()), depthwise(picture()), atol=1e-4)


@pytest.mark.parametrize("frame", [[[0, 0], [2, 2], [1, 1], [0, 0]], [[0, 0], [1, 2], [0, 3], [0, 0]]])
def test_a_pad_before_a_convolution_becomes_its_own(tmp_path: Path, frame: list[list[int]]) -> None:
    """Even or not, the result is that of both one after the other."""
    graph = Graph("picture")
    graph.node("padded", "Pad", ["picture", graph.constant("frame", frame, "int32")])
    _depthwise(graph, "out", "padded")
    expected = depthwise(np.pad(picture(), frame))
    np.testing.assert_allclose(run(tmp_path, graph, "out", picture()), expected, atol=1e-4)


def test_a_pad_of_other_axes_stays(tmp_path: Path) -> None:
    """Channels that are added are no frame around the picture."""
    graph = Graph("picture")
    amounts = [[0, 0], [0, 0], [0, 0], [1, 0]]
    graph.node("padded", "Pad", ["picture", graph.constant("frame", amounts, "int32")])
    reads = ["padded", graph.constant("kernel", np.ones((1, 1, 4, 1)))]
    graph.node("out", "Conv2D", reads, strides=[1, 1, 1, 1], padding="VALID")
    expected = picture().sum(3, keepdims=True)
    np.testing.assert_allclose(run(tmp_path, graph, "out", picture()), expected, atol=1e-4)


@pytest.mark.parametrize("between", ["convolution", "strided", "nothing"])
def test_dealing_pixels_out_and_back_is_a_dilated_convolution(tmp_path: Path, between: str) -> None:
    """The three operations with which frameworks write one; the first and last alone undo each other."""
    graph = Graph("picture")
    block = graph.constant("block", [2, 2], "int32")
    frame = graph.constant("frame", [[2, 3], [1, 1]], "int32")
    crops = graph.constant("crops", [[0, 1], [0, 0]], "int32")
    graph.node("dealt", "SpaceToBatchND", ["picture", block, frame])
    padded = np.pad(picture(), [(0, 0), (2, 3), (1, 1), (0, 0)])
    if between == "nothing":
        inner, expected = "dealt", padded[:, :-1]
    elif between == "convolution":
        inner, expected = _depthwise(graph, "inner", "dealt"), depthwise(padded, dilation=2)[:, :-1]
    else:  # a dilation inside each part is no dilated convolution of the whole with this block
        inner = _depthwise(graph, "inner", "dealt", dilations=[1, 2, 2, 1])
        expected = depthwise(padded, dilation=4)[:, :-1]
    graph.node("out", "BatchToSpaceND", [inner, block, crops])
    np.testing.assert_allclose(run(tmp_path, graph, "out", picture()), expected, atol=1e-4)


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_average_pooling_leaves_out_what_padding_adds(tmp_path: Path, padding: str) -> None:
    """At the border the mean is over fewer pixels."""
    graph = Graph("picture")
    settings: dict[str, Setting] = {"ksize": [1, 3, 2, 1], "strides": [1, 2, 2, 1], "padding": padding}
    graph.node("out", "AvgPool", ["picture"], **settings)
    x, ones = picture(), np.ones_like(picture())
    if padding == "SAME":
        x, ones = same(x, (3, 2), 2, 1), same(ones, (3, 2), 2, 1)
    expected = windows(x, (3, 2), 2, 1).sum((2, 3)) / windows(ones, (3, 2), 2, 1).sum((2, 3))
    np.testing.assert_allclose(run(tmp_path, graph, "out", picture())[0], expected, atol=1e-5)
