"""Make files of small TensorFlow.js graph models, so that the runtime is tested on real ones."""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from datatools.teachers._card import NetworkCard
from datatools.teachers._tfjs import TfjsRuntime

Floats = NDArray[np.float32]
Setting = str | int | bool | list[int] | list[str]


def attribute(value: Setting) -> dict[str, object]:
    """Write a node's setting as the format has it; a word that begins with DT_ is a type."""
    if isinstance(value, bool):
        return {"b": value}
    if isinstance(value, int):
        return {"i": str(value)}
    if isinstance(value, str):
        return {"type": value} if value.startswith("DT_") else {"s": _base64(value)}
    if value and isinstance(value[0], str):
        return {"list": {"s": [_base64(str(word)) for word in value]}}
    return {"list": {"i": [str(number) for number in value]}}


def _base64(word: str) -> str:
    return base64.b64encode(word.encode()).decode()


class Graph:
    """A graph under construction: constants first, then nodes that read each other by name."""

    def __init__(self, *inputs: str) -> None:
        self.nodes: list[dict[str, object]] = [{"name": n, "op": "Placeholder"} for n in inputs]
        self.weights: list[tuple[dict[str, object], bytes]] = []

    def constant(self, name: str, values: ArrayLike, dtype: str = "float32") -> str:
        """Add a constant; give its name."""
        stored: NDArray[np.generic] = np.asarray(values, dtype)
        self.nodes.append({"name": name, "op": "Const"})
        self.weights.append(({"name": name, "shape": list(stored.shape), "dtype": dtype}, stored.tobytes()))
        return name

    def quantised(self, name: str, stored: NDArray[np.generic], quantisation: Mapping[str, object]) -> str:
        """Add a constant that is kept in fewer bits; give its name."""
        entry: dict[str, object] = {"name": name, "shape": list(stored.shape), "dtype": "float32"}
        entry["quantization"] = quantisation
        self.nodes.append({"name": name, "op": "Const"})
        self.weights.append((entry, stored.tobytes()))
        return name

    def node(self, name: str, op: str, inputs: Sequence[str], **settings: Setting) -> str:
        """Add an operation; give its name."""
        attributes = {key: attribute(value) for key, value in settings.items()}
        self.nodes.append({"name": name, "op": op, "input": list(inputs), "attr": attributes})
        return name

    def write(self, folder: Path, *, parts: Sequence[str] = ("net.bin",)) -> Path:
        """Write net.json, and the weights cut evenly into the files of ``parts``; give the former."""
        data = b"".join(content for _, content in self.weights)
        manifest = [{"paths": list(parts), "weights": [entry for entry, _ in self.weights]}]
        document = {"modelTopology": {"node": self.nodes}, "weightsManifest": manifest}
        length = -(-len(data) // len(parts))
        for number, part in enumerate(parts):
            (folder / part).write_bytes(data[number * length : (number + 1) * length])
        path = folder / "net.json"
        path.write_text(json.dumps(document))
        return path


def graph_card(output: str, *, fixed: Mapping[str, float] | None = None) -> NetworkCard:
    """Give the card of a graph that takes ``picture``; its checksums are not looked at by a runtime."""
    return NetworkCard.model_validate(
        {
            "name": "tiny",
            "file": "net.json",
            "format": "tfjs",
            "source": "made by a test",
            "licence": "Apache-2.0",
            "parts": {"net.bin": "0" * 64},
            "input": {
                "longest_px": 64,
                "layout": "NHWC",
                "channels": "RGB",
                "fixed": dict(fixed or {}),
            },
            "output": {"name": output, "activation": "none"},
        }
    )


def picture(height: int = 7, width: int = 6, channels: int = 3, n: int = 1, seed: int = 0) -> Floats:
    """Give numbers on both sides of 0, as inside a network."""
    values = np.random.default_rng(seed).uniform(-4, 8, (n, height, width, channels))
    return values.astype(np.float32)


def run(folder: Path, graph: Graph, output: str, batch: Floats, **fixed: float) -> Floats:
    """Write a graph, load it and give an output for a batch."""
    return TfjsRuntime(graph.write(folder), graph_card(output, fixed=fixed)).run(batch)


def one(op: str, *rest: str, first: tuple[str, ...] = (), **settings: Setting) -> Callable[[], Graph]:
    """Give a graph of one operation on the picture, between the constants that come before and after."""

    def make() -> Graph:
        graph = Graph("picture")
        for name, values in _CONSTANTS.items():
            if name in (*first, *rest):
                graph.constant(name, values, "float32" if values.dtype == np.float32 else "int32")
        graph.node("out", op, [*first, "picture", *rest], **settings)
        return graph

    return make


ROW = np.array([1.0, -2.0, 3.0], np.float32)
_CONSTANTS: dict[str, NDArray[np.generic]] = {
    "half": np.array(0.5, np.float32),
    "row": ROW,
    "matrix": np.arange(6, dtype=np.float32).reshape(3, 2),
    "zero": np.array(0),
    "three": np.array(3),
    "size": np.array([10, 9]),
    "spatial": np.array([1, 2]),
    "frame": np.array([[0, 0], [1, 2], [3, 0], [0, 0]]),
    "flat": np.array([1, -1]),
    "begin": np.array([0, 2, 1, 0]),
    "length": np.array([1, 3, -1, 2]),
    "end": np.array([1, 6, -1, 3]),
    "step": np.array([1, 2, 1, 1]),
    "sizes": np.array([1, -1]),
}


def plain(op: str = "Relu", *rest: str, **settings: Setting) -> Graph:
    """Give a graph of one operation on the picture, before these constants."""
    return one(op, *rest, first=(), **settings)()
