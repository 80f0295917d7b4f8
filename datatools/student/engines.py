"""What runs an exported student, and how fast does it let it?

Every engine takes and gives the same arrays; which one it is changes the last bits alone. Each counts
numbers below 1e-38 as 0: the published network's activations hold so many of them that its runtime's
arithmetic would otherwise take two to four times as long.
"""

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from datatools.errors import UsageError, WeightsError
from datatools.plugins import missing_extra
from datatools.student.exported import KEY, Facts, read_facts
from datatools.student.threads import flushed_denormals, torch_threads

if TYPE_CHECKING:
    import openvino

Inputs = NDArray[np.float32] | NDArray[np.uint8]
Floats = NDArray[np.float32]
RuntimeName = Literal["auto", "onnxruntime", "openvino"]


class Engine(Protocol):
    """A loaded network: what the file's facts call ``tensor`` or ``picture``, to what they say."""

    @property
    def name(self) -> str: ...

    def run(self, batch: Inputs) -> Floats:
        """Give the output of one batch."""
        ...


class TorchEngine:
    """A network in PyTorch, eagerly."""

    name = "torch"

    def __init__(self, network: nn.Module, n_threads: int = 1) -> None:
        self._network = network
        self._n_threads = n_threads

    def run(self, batch: Inputs) -> Floats:
        with torch.inference_mode(), torch_threads(self._n_threads), flushed_denormals():
            return np.asarray(self._network(torch.from_numpy(batch)).numpy(), np.float32)


class OnnxEngine:
    """An ONNX file in onnxruntime, on the CPU."""

    name = "onnxruntime"

    def __init__(self, path: Path, n_threads: int = 1) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = n_threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3  # errors: the rest is about optimisations
        # For its own threads; the calling one is flushed around each run, because onnxruntime sets it in
        # the first session of a process alone.
        options.add_session_config_entry("session.set_denormal_as_zero", "1")
        try:
            self._session = onnxruntime.InferenceSession(
                path.read_bytes(), options, providers=["CPUExecutionProvider"]
            )
        # Whatever the library's C++ code raises.
        except Exception as error:
            raise WeightsError(f"{path} is not a network in ONNX format: {error}") from error
        self.facts = read_facts(str(path), self._session.get_modelmeta().custom_metadata_map)
        (node,) = self._session.get_inputs()
        self._input = node.name

    def run(self, batch: Inputs) -> Floats:
        with flushed_denormals():
            (output,) = self._session.run(None, {self._input: batch})
        return np.asarray(output, np.float32)


def openvino_core() -> "openvino.Core":
    """Give OpenVINO.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        module = importlib.import_module("openvino")
    except ModuleNotFoundError as error:
        raise missing_extra(error) from error
    core: openvino.Core = module.Core()
    return core


class OpenVinoEngine:
    """An OpenVINO (.xml) or ONNX file in OpenVINO, on the CPU."""

    name = "openvino"

    def __init__(self, path: Path, n_threads: int = 1) -> None:
        core = openvino_core()
        try:
            model = core.read_model(path)
        except RuntimeError as error:
            raise WeightsError(f"{path} is not a network that OpenVINO reads: {error}") from error
        self.facts = _facts(path, model)
        if self.facts.precision == "int8":
            # Compiling such a file did not end within minutes on a processor with AMX (OpenVINO 2026.4.1).
            raise UsageError(f"{path} is an int8 file: run it in onnxruntime")
        if self.facts.takes == "tensor":  # a fixed shape is a tenth faster than a free one
            side_px = self.facts.preprocessing.size_px
            model.reshape([1, 3, side_px, side_px])
        compiled = core.compile_model(
            model,
            "CPU",
            {
                "PERFORMANCE_HINT": "LATENCY",
                "INFERENCE_NUM_THREADS": n_threads,
                # Where a CPU has bfloat16 it is the default, and another mask.
                "INFERENCE_PRECISION_HINT": "f32",
                "CPU_DENORMALS_OPTIMIZATION": True,
            },
        )
        self._request = compiled.create_infer_request()

    def run(self, batch: Inputs) -> Floats:
        # One by one: a CPU gains nothing from a batch.
        outputs = [self._request.infer([np.ascontiguousarray(one[None])])[0] for one in batch]
        return np.concatenate([np.array(output, np.float32) for output in outputs])


def _facts(path: Path, model: "openvino.Model") -> Facts:
    if path.suffix == ".onnx":
        import onnx

        found = onnx.load(path, load_external_data=False).metadata_props
        return read_facts(str(path), {entry.key: entry.value for entry in found})
    key = [KEY.replace(".", "_")]
    return read_facts(str(path), {KEY: model.get_rt_info(key).astype(str)} if model.has_rt_info(key) else {})


def open_engine(path: Path, runtime: RuntimeName = "auto", n_threads: int = 1) -> OnnxEngine | OpenVinoEngine:
    """Load an exported student.

    Args:
        path: a file that ``datatools export`` wrote, .onnx or .xml.
        runtime: what runs it; auto is onnxruntime for .onnx and OpenVINO for .xml.
        n_threads: that it computes with.

    Raises:
        UsageError: no such file, or one that the runtime does not read.
        MissingExtraError: OpenVINO is asked for and not installed.
        WeightsError: the file is broken, or no export of ours.
    """
    if not path.is_file():
        raise UsageError(f"expected an exported student at {path}, which is not there")
    if path.suffix == ".xml" and runtime == "onnxruntime":
        raise UsageError(f"{path} is an OpenVINO file: export the student as onnx to run it in onnxruntime")
    if runtime == "openvino" or path.suffix == ".xml":
        return OpenVinoEngine(path, n_threads)
    return OnnxEngine(path, n_threads)
