"""How is the file of a network run, whichever of the formats it has?

A runtime takes and gives float32 arrays; what they mean is the card's business.
"""

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from datatools.errors import WeightsError
from datatools.teachers._card import NetworkCard

if TYPE_CHECKING:
    from ai_edge_litert.interpreter import Interpreter

Floats = NDArray[np.float32]
_GPU = "CUDAExecutionProvider"
_GPU_BATCH = 8  # of 1024 px pictures in 8 GiB


class Runtime(Protocol):
    """A loaded network.

    ``batch_size`` is how many pictures of one size it likes to take at once: 1 on a CPU, where more give
    no speed and results that differ in their last bits, so that a resumed run would not repeat them.
    ``is_concurrent`` says whether several threads may call ``run`` at once, each on a core of its own: two
    pictures on a core each take half the time of one after the other on both.
    """

    @property
    def batch_size(self) -> int: ...

    @property
    def is_concurrent(self) -> bool: ...

    def run(self, batch: Floats) -> Floats:
        """Give the card's output for one input batch; what a library raises, it raises."""
        ...


def open_runtime(path: Path, card: NetworkCard) -> Runtime:
    """Load a network's file and make sure that it has the input and output of its card.

    Raises:
        WeightsError: the file is not of the card's format, or differs from the card.
    """
    try:
        if card.format == "onnx":
            return OnnxRuntime(path, card)
        if card.format == "tflite":
            return LiteRuntime(path, card)
        # Imported here: torch takes a second, which the other formats need not wait for.
        if card.format == "torchscript":
            from datatools.teachers._torchscript import TorchScriptRuntime

            return TorchScriptRuntime(path, card)
        from datatools.teachers._tfjs import TfjsRuntime

        return TfjsRuntime(path, card)
    except WeightsError:
        raise
    # The libraries raise whatever their C++ code maps to: ValueError, RuntimeError, classes of their own.
    except Exception as error:
        raise WeightsError(f"{path} is not a network in {card.format} format: {error}") from error


def _choose(card: NetworkCard, what: str, wanted: str | None, names: Sequence[str]) -> int:
    if wanted is None and names:
        return 0
    if wanted not in names:
        raise WeightsError(f"the card of {card.name} expects the {what} {wanted!r}; it has {list(names)}")
    return names.index(wanted)


def _agree(card: NetworkCard, shape: Sequence[object], dtype: str) -> None:
    """Compare an input as the file declares it with the card; sizes that are no number are free."""
    size = (card.input.height_px or "?", card.input.width_px or "?")
    wanted = (1, 3, *size) if card.input.layout == "NCHW" else (1, *size, 3)
    fits = len(shape) == 4 and all(
        not isinstance(have, int) or have in (-1, want) for have, want in zip(shape, wanted, strict=True)
    )
    if not fits or dtype != "float32":
        raise WeightsError(
            f"the card of {card.name} says that its input is float32 {list(wanted)} ({card.input.layout}); "
            f"the file says {dtype} {list(shape)}"
        )


class OnnxRuntime:
    """An ONNX network on onnxruntime."""

    def __init__(self, path: Path, card: NetworkCard) -> None:
        # Imported here: a machine with TFLite networks alone needs no onnxruntime, and the other way round.
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.enable_cpu_mem_arena = False  # IS-Net: 1.3 GB instead of 2.2 GB, no slower
        options.log_severity_level = 3  # errors: the rest is about optimisations
        options.intra_op_num_threads = _n_threads()
        has_gpu = _GPU in onnxruntime.get_available_providers()
        providers = [*([_GPU] if has_gpu else []), "CPUExecutionProvider"]
        self._session = onnxruntime.InferenceSession(str(path), options, providers=providers)
        inputs = {node.name: node for node in self._session.get_inputs()}
        free = [name for name in inputs if name not in card.input.fixed]
        self._input = free[_choose(card, "input", card.input.name, free)]
        picture = inputs.pop(self._input)
        _agree(card, picture.shape, {"tensor(float)": "float32"}.get(picture.type, picture.type))
        for name in card.input.fixed:
            _choose(card, "input", name, list(inputs))
        self._fixed = {
            name: np.full([n if isinstance(n, int) else 1 for n in inputs[name].shape], value, np.float32)
            for name, value in card.input.fixed.items()
        }
        outputs = [output.name for output in self._session.get_outputs()]
        self._output = outputs[_choose(card, "output", card.output.name, outputs)]
        is_free = not isinstance(picture.shape[0], int)
        self.is_concurrent = False  # it brings threads of its own, and gigabytes for each call
        self.batch_size = _GPU_BATCH if has_gpu and is_free else 1

    def run(self, batch: Floats) -> Floats:
        (output,) = self._session.run([self._output], {self._input: batch, **self._fixed})
        return np.asarray(output, np.float32)


def _n_threads() -> int:
    """Give how many threads one network may take, as a crew says it to its workers; 0 for all cores."""
    said = os.environ.get("OMP_NUM_THREADS", "")
    return int(said) if said.isdecimal() else 0


class LiteRuntime:
    """A TFLite network on LiteRT: each thread has its interpreter, and each interpreter one core."""

    batch_size = 1
    is_concurrent = True

    def __init__(self, path: Path, card: NetworkCard) -> None:
        # As bytes: the interpreter maps a path into memory, and a file replaced meanwhile would crash it.
        self._content = path.read_bytes()
        self._card = card
        self._own = threading.local()
        self._interpreter()  # whether file and card agree is to be known at once

    def _interpreter(self) -> "Interpreter":
        """Give this thread's interpreter; the first call of a thread makes it."""
        if not hasattr(self._own, "interpreter"):
            self._own.interpreter, self._input, self._output = _interpreter(self._content, self._card)
        interpreter: Interpreter = self._own.interpreter
        return interpreter

    def run(self, batch: Floats) -> Floats:
        interpreter = self._interpreter()
        interpreter.set_tensor(self._input, batch)
        interpreter.invoke()
        return np.array(interpreter.get_tensor(self._output), np.float32)


def _interpreter(content: bytes, card: NetworkCard) -> tuple["Interpreter", int, int]:
    """Make an interpreter of a network; give it and the numbers of its input and output."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=content)
    inputs = interpreter.get_input_details()
    first = inputs[_choose(card, "input", card.input.name, [i["name"] for i in inputs])]
    shape = [int(n) for n in first["shape_signature"]]
    _agree(card, shape, np.dtype(first["dtype"]).name)
    if -1 in shape:
        width_px, height_px = card.input.size(1, 1)
        size = (height_px, width_px)
        full = [1, 3, *size] if card.input.layout == "NCHW" else [1, *size, 3]
        interpreter.resize_tensor_input(first["index"], full)
    interpreter.allocate_tensors()
    outputs = interpreter.get_output_details()
    chosen = _choose(card, "output", card.output.name, [o["name"] for o in outputs])
    return interpreter, first["index"], outputs[chosen]["index"]
