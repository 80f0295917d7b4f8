"""How does a graph, read once for one input size, become a short list of torch calls?

Everything that depends on sizes and constants alone (shapes, branches, states that stay 0) is computed
while tracing; what is left are the operations on pixels. Pixels are traced on torch's ``meta`` device:
shapes are inferred, nothing is computed and nothing allocated.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from datatools.errors import WeightsError
from datatools.teachers._tfjs_file import Node

_ELEMENTS_LIMIT = 1 << 29  # 2 GiB of float32 in one tensor: no portrait needs it
Function = Callable[..., Tensor]


@dataclass(frozen=True, slots=True, eq=False)
class Constant:
    """A value that no pixel decides; a tensor on the CPU."""

    tensor: Tensor

    def is_zero(self) -> bool:
        """Say whether every number of it is 0."""
        return not bool(self.tensor.any())


@dataclass(frozen=True, slots=True, eq=False)
class Traced:
    """A value that is computed for each batch: where it is kept, its shape, and how it came about."""

    slot: int
    tensor: Tensor  # on the meta device
    node: Node | None  # None: the graph's input, or a value inside an operation
    inputs: tuple["Value", ...]


Value = Constant | Traced


@dataclass(frozen=True, slots=True)
class _Step:
    function: Function
    reads: tuple[int, ...]
    slot: int


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """The calls that turn one batch into the output, in order."""

    steps: tuple[tuple[_Step, tuple[int, ...]], ...]  # each with the slots that are empty after it
    constants: dict[int, Tensor]  # by slot, on the device
    n_slots: int
    first: int
    last: int

    def run(self, batch: Tensor) -> Tensor:
        """Give the output for a batch of the size that was traced."""
        slots: list[Tensor | None] = [None] * self.n_slots
        for slot, tensor in self.constants.items():
            slots[slot] = tensor
        slots[self.first] = batch
        for step, empty in self.steps:
            slots[step.slot] = step.function(*[slots[slot] for slot in step.reads])
            for slot in empty:
                slots[slot] = None
        result = slots[self.last]
        assert result is not None  # the last step's, or the input itself
        return result


class Tracer:
    """Collects the calls for a batch of one shape.

    Args:
        shape: of the batch, (N, H, W, 3).
        prepared: kernels in torch's layout, shared by the tracers of one network.
    """

    def __init__(self, shape: Sequence[int], prepared: dict[tuple[object, ...], Tensor]) -> None:
        self._steps: list[_Step] = []
        self._constants: dict[int, Tensor] = {}
        self._n_slots = 1
        self._prepared = prepared
        self.batch = Traced(0, torch.empty(tuple(shape), device="meta"), None, ())

    def apply(
        self,
        function: Function,
        *values: Value,
        node: Node | None = None,
        inputs: Sequence[Value] = (),
    ) -> Value:
        """Compute a value now, where all it reads is constant, or note the call that computes it.

        Args:
            function: takes the values' tensors in order, gives a new tensor, and changes none of them.
            values: what it reads.
            node: the operation it stands for, and ...
            inputs: ... that operation's own inputs, for later operations that absorb it.
        """
        if all(isinstance(value, Constant) for value in values):
            return Constant(self._bounded(function(*(value.tensor for value in values))))
        shapes = [v.tensor.to("meta") if isinstance(v, Constant) else v.tensor for v in values]
        result = Traced(self._slot(), self._bounded(function(*shapes)), node, tuple(inputs))
        self._steps.append(_Step(function, tuple(self._slot_of(value) for value in values), result.slot))
        return result

    def prepare(self, key: tuple[object, ...], make: Callable[[], Tensor]) -> Constant:
        """Give a tensor made of weights; made once for all input sizes."""
        if key not in self._prepared:
            self._prepared[key] = make()
        return Constant(self._prepared[key])

    def plan(self, output: Value, device: torch.device) -> Plan:
        """Give the calls that ``output`` needs, and no others."""
        if isinstance(output, Constant):
            raise WeightsError("the graph's output does not depend on its picture")
        needed, kept = {output.slot}, list[_Step]()
        for step in reversed(self._steps):
            if step.slot in needed:
                needed.update(step.reads)
                kept.append(step)
        seen = {output.slot}
        steps: list[tuple[_Step, tuple[int, ...]]] = []
        for step in kept:  # from the end: what was not read later is empty after this step
            last_read = {slot for slot in step.reads if slot not in seen and slot not in self._constants}
            seen |= set(step.reads)
            steps.append((step, tuple(sorted(last_read))))
        constants = {s: t.to(device) for s, t in self._constants.items() if s in needed}
        return Plan(tuple(reversed(steps)), constants, self._n_slots, self.batch.slot, output.slot)

    def _slot(self) -> int:
        self._n_slots += 1
        return self._n_slots - 1

    def _slot_of(self, value: Value) -> int:
        if isinstance(value, Traced):
            return value.slot
        slot = self._slot()
        self._constants[slot] = value.tensor
        return slot

    def _bounded(self, tensor: Tensor) -> Tensor:
        if tensor.numel() > _ELEMENTS_LIMIT:
            raise WeightsError(
                f"the graph makes a tensor of shape {list(tensor.shape)}: too large to be meant"
            )
        return tensor
