"""How is a TensorFlow.js graph model run on torch?"""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from datatools.errors import WeightsError
from datatools.student.threads import flushed_denormals, torch_threads
from datatools.teachers._card import NetworkCard
from datatools.teachers._runtime import Floats
from datatools.teachers._tfjs_convolutions import CONVOLUTIONS
from datatools.teachers._tfjs_file import GraphFile, Node, read_graph
from datatools.teachers._tfjs_ops import LOWERINGS
from datatools.teachers._tfjs_trace import Constant, Plan, Tracer, Value

_LOWERINGS = {**LOWERINGS, **CONVOLUTIONS}
_GPU_BATCH = 16
_PLANS_LIMIT = 64  # input sizes kept; portraits at a free size come in about twenty


class TfjsRuntime:
    """A graph model; one plan is traced for each size of batch."""

    def __init__(self, path: Path, card: NetworkCard) -> None:
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.batch_size = _GPU_BATCH if self._device.type == "cuda" else 1
        self.is_concurrent = self._device.type == "cpu"
        self._graph = read_graph(path, list(card.parts))
        self._input, self._output, self._fixed = _ends(self._graph, card)
        self._order = self._graph.order(self._output[0])
        unknown = sorted({node.op for node in self._order} - set(_LOWERINGS) - _SPECIAL)
        if unknown:
            raise WeightsError(f"the graph of {card.name} holds operations that are not supported: {unknown}")
        self._lock = threading.Lock()  # round the two below: threads run plans at once, but trace one by one
        self._prepared: dict[tuple[object, ...], Tensor] = {}
        self._plans: OrderedDict[tuple[int, ...], Plan] = OrderedDict()

    def run(self, batch: Floats) -> Floats:
        with torch.inference_mode(), torch_threads(1), flushed_denormals():
            output = self.plan(batch.shape).run(torch.from_numpy(batch).to(self._device))
            return np.asarray(output.float().cpu().numpy(), np.float32)

    def plan(self, shape: tuple[int, ...]) -> Plan:
        """Give the calls for batches of a shape, (N, H, W, 3); traced once."""
        with self._lock:
            if shape not in self._plans:
                self._plans[shape] = self._trace(shape)
                if len(self._plans) > _PLANS_LIMIT:
                    self._plans.popitem(last=False)
            return self._plans[shape]

    def _trace(self, shape: Sequence[int]) -> Plan:
        tracer = Tracer(shape, self._prepared)
        values: dict[tuple[str, int], Value | None] = {}  # None: of a branch that is not taken
        for node in self._order:
            for place, value in enumerate(self._values(tracer, node, values)):
                values[node.name, place] = value
        output = values.get(self._output)
        if output is None:
            raise WeightsError(f"the graph has no output {self._output[0]}:{self._output[1]}")
        return tracer.plan(output, self._device)

    def _values(
        self, tracer: Tracer, node: Node, values: Mapping[tuple[str, int], Value | None]
    ) -> Sequence[Value | None]:
        """Give a node's outputs."""
        if node.name == self._input:
            return [tracer.batch]
        if node.name in self._fixed:
            return [Constant(torch.tensor(self._fixed[node.name]))]
        if node.name in self._graph.constants:
            return [Constant(torch.from_numpy(np.array(self._graph.constants[node.name])))]
        inputs = [values.get(name) for name in node.inputs]
        known = [value for value in inputs if value is not None]
        if node.op == "Merge":
            return known[:1] or [None]
        if len(known) < len(inputs):  # of a branch that is not taken
            return [None] * max(1, node.integer("num_split"))
        if node.op == "Switch":
            return _switch(node, known)
        try:
            lowered = _LOWERINGS[node.op](tracer, node, known)
        except (RuntimeError, IndexError, ValueError) as error:  # torch's: shapes that do not fit
            raise WeightsError(f"{node.op} {node.name} does not fit its inputs: {error}") from error
        return lowered if isinstance(lowered, tuple) else [lowered]


_SPECIAL = frozenset({"Placeholder", "Const", "Merge", "Switch"})


def _switch(node: Node, inputs: Sequence[Value]) -> Sequence[Value | None]:
    value, condition = inputs
    if not isinstance(condition, Constant):
        raise WeightsError(f"{node.name}: which branch is taken may not depend on the picture")
    return [None, value] if bool(condition.tensor) else [value, None]


def _ends(graph: GraphFile, card: NetworkCard) -> tuple[str, tuple[str, int], Mapping[str, float]]:
    """Give the names of the picture's input and of the output, and the inputs that are fixed."""
    inputs = [node.name for node in graph.nodes.values() if node.op == "Placeholder"]
    fixed = card.input.fixed
    free = [name for name in inputs if name not in fixed]
    wanted = card.input.name or (free[0] if free else None)
    if wanted is None or free != [wanted] or len(inputs) != len(free) + len(fixed):
        raise WeightsError(
            f"the card of {card.name} expects the input {wanted!r} beside the fixed {sorted(fixed)}; "
            f"the graph has {sorted(inputs)}"
        )
    if card.input.layout != "NHWC":
        raise WeightsError(f"the card of {card.name} says NCHW; a TensorFlow.js graph takes NHWC")
    name, _, place = (card.output.name or "").partition(":")
    if name not in graph.nodes or not (place or "0").isdigit():
        raise WeightsError(f"the card of {card.name} names the output {card.output.name!r}, which is no node")
    return wanted, (name, int(place or 0)), fixed
