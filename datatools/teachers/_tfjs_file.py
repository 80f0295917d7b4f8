"""What does the file of a TensorFlow.js graph model hold? Its operations and weights, checked.

The file comes from outside: it is read as data, sizes are bounded, and every name must resolve. Which
operations may run is decided where they are lowered to torch (``_tfjs_ops``).
"""

import base64
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from datatools.errors import WeightsError

_JSON_LIMIT_BYTES = 64 << 20
_WEIGHTS_LIMIT_BYTES = 2 << 30
_TYPES = {"float32": "<f4", "int32": "<i4", "bool": "?"}
_QUANTISED = {"uint8": "u1", "uint16": "<u2"}

Attribute = str | int | float | bool | list[str] | list[int]
Reference = tuple[str, int]  # a node's name and which of its outputs


@dataclass(frozen=True, slots=True)
class Node:
    """One operation: what it is, what it reads, and its settings."""

    name: str
    op: str
    inputs: tuple[Reference, ...]  # control inputs, which order effects that a network has not, left out
    attributes: Mapping[str, Attribute]

    def integers(self, name: str) -> list[int]:
        """Give a list of integers, such as ``strides``; empty where the node does not have it."""
        value = self.attributes.get(name, [])
        if not isinstance(value, list) or not all(isinstance(v, int) for v in value):
            raise WeightsError(f"{self.name}: expected integers as {name}, got {value!r}")
        return cast("list[int]", value)

    def words(self, name: str) -> list[str]:
        """Give a list of words, such as ``fused_ops``; empty where the node does not have it."""
        value = self.attributes.get(name, [])
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise WeightsError(f"{self.name}: expected words as {name}, got {value!r}")
        return cast("list[str]", value)

    def integer(self, name: str) -> int:
        """Give an integer or a truth value; 0 where the node does not have it, as TensorFlow does."""
        value = self.attributes.get(name, 0)
        if not isinstance(value, int):
            raise WeightsError(f"{self.name}: expected an integer as {name}, got {value!r}")
        return int(value)

    def word(self, name: str) -> str:
        """Give a word, such as ``padding``; empty where the node does not have it."""
        value = self.attributes.get(name, "")
        if not isinstance(value, str):
            raise WeightsError(f"{self.name}: expected a word as {name}, got {value!r}")
        return value


@dataclass(frozen=True, slots=True, eq=False)
class GraphFile:
    """A graph as kept on disk: nodes by name, and the values of its constants."""

    nodes: Mapping[str, Node]
    constants: Mapping[str, NDArray[np.generic]]  # float32, int32 or bool; quantised ones restored

    def order(self, output: str) -> list[Node]:
        """Give the nodes that ``output`` needs, each behind those it reads.

        Raises:
            WeightsError: a name does not resolve, or nodes read each other in a circle.
        """
        done: dict[str, Node] = {}
        is_open: set[str] = set()
        stack = [output]
        while stack:
            name = stack[-1]
            if name in done:
                stack.pop()
                continue
            if name not in self.nodes:
                raise WeightsError(f"the graph reads {name!r}, which is no node of it")
            missing = [read for read, _ in self.nodes[name].inputs if read not in done]
            if missing:
                if name in is_open:
                    raise WeightsError(f"the graph's node {name!r} reads itself: loops are not supported")
                is_open.add(name)
                stack += missing
                continue
            done[name] = self.nodes[name]
            stack.pop()
        return list(done.values())


def read_graph(path: Path, parts: Sequence[str]) -> GraphFile:
    """Read a graph model: its JSON file, and the files of weights beside it.

    Args:
        path: the JSON file.
        parts: names of the files of weights that may be read; the graph names those it wants.

    Raises:
        WeightsError: the files are not a graph model, or do not fit each other.
    """
    if path.stat().st_size > _JSON_LIMIT_BYTES:
        raise WeightsError(f"{path} is larger than {_JSON_LIMIT_BYTES} bytes: no graph model's JSON")
    try:
        document = json.loads(path.read_bytes())
        nodes = [_node(entry) for entry in document["modelTopology"]["node"]]
        groups = [(group["paths"], group["weights"]) for group in document["weightsManifest"]]
        constants: dict[str, NDArray[np.generic]] = {}
        for names, entries in groups:
            constants |= _weights(_bytes(path, names, parts), entries)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise WeightsError(f"{path} is not a TensorFlow.js graph model: {error!r}") from error
    for node in nodes:
        if node.op == "Const" and node.name not in constants:
            raise WeightsError(f"{path} has the constant {node.name!r}, whose value is not in its weights")
    return GraphFile({node.name: node for node in nodes}, constants)


def _node(entry: Mapping[str, object]) -> Node:
    """Read a node; what is not of the format raises whatever Python raises."""
    names = cast("list[str]", entry.get("input", []))
    attributes = cast("Mapping[str, Mapping[str, object]]", entry.get("attr", {}))
    found = {name: _attribute(value) for name, value in attributes.items()}
    return Node(
        str(entry["name"]),
        str(entry["op"]),
        tuple(_reference(name) for name in names if not name.startswith("^")),
        {name: value for name, value in found.items() if value is not None},
    )


def _reference(text: str) -> Reference:
    name, _, output = text.partition(":")
    return name, int(output or 0)


def _attribute(value: Mapping[str, object]) -> Attribute | None:
    """Give a setting as a Python value; None for shapes and tensors, which no operation here reads."""
    if "s" in value:
        return base64.b64decode(str(value["s"])).decode()
    if "i" in value:
        return int(str(value["i"]))
    if "b" in value:
        return bool(value["b"])
    if "f" in value:
        return float(str(value["f"]))
    if "type" in value:
        return str(value["type"])
    if "list" in value:
        listed = cast("Mapping[str, list[str]]", value["list"])
        if "s" in listed:
            return [base64.b64decode(word).decode() for word in listed["s"]]
        return [int(number) for number in listed.get("i", [])]
    return None


def _bytes(path: Path, names: Sequence[str], parts: Sequence[str]) -> bytes:
    """Read the files that hold one group of weights; only those of the card are opened."""
    strange = [name for name in names if name not in parts]
    if strange:
        raise WeightsError(
            f"{path} reads the files {strange}; its card must list them as parts, it lists {list(parts)}"
        )
    files = [path.parent / name for name in names]
    if sum(file.stat().st_size for file in files) > _WEIGHTS_LIMIT_BYTES:
        raise WeightsError(f"the weights of {path} are larger than {_WEIGHTS_LIMIT_BYTES} bytes")
    return b"".join(file.read_bytes() for file in files)


def _weights(data: bytes, entries: Sequence[Mapping[str, object]]) -> dict[str, NDArray[np.generic]]:
    """Cut a group's bytes into arrays; what is quantised becomes value x scale + min, float32."""
    found: dict[str, NDArray[np.generic]] = {}
    start = 0
    for entry in entries:
        name, shape = str(entry["name"]), [int(n) for n in cast("list[int]", entry["shape"])]
        kind = np.dtype(_TYPES[str(entry["dtype"])])
        quantisation = cast("Mapping[str, object] | None", entry.get("quantization"))
        stored = kind if quantisation is None else _stored(quantisation)
        n = math.prod(shape)
        if min(shape, default=1) < 0 or start + n * stored.itemsize > len(data):
            raise WeightsError(
                f"the weights {name!r} of shape {shape} reach past the {len(data)} bytes there are"
            )
        values: NDArray[np.generic] = np.frombuffer(data, stored, n, start)
        start += n * stored.itemsize
        if quantisation is not None and stored.kind == "u":
            scale, low = float(str(quantisation["scale"])), float(str(quantisation["min"]))
            values = values.astype(np.float64) * scale + low
        found[name] = values.astype(kind).reshape(shape)
    if start != len(data):
        raise WeightsError(f"expected {start} bytes of weights, the files hold {len(data)}")
    return found


def _stored(quantisation: Mapping[str, object]) -> np.dtype[np.generic]:
    kind = str(quantisation["dtype"])
    return np.dtype("<f2") if kind == "float16" else np.dtype(_QUANTISED[kind])
