"""How does a student become a file that runs without torch?

An ONNX file is written by torch's TorchScript exporter, which needs no package beside ``onnx``; batch,
height and width stay free. An OpenVINO file is made of that.
"""

import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import onnx
import torch
from torch import nn

from datatools import tables
from datatools.student.checkpoint import Student
from datatools.student.exported import KEY, Facts, Precision, Takes
from datatools.student.fold import fold
from datatools.student.folding import Activation
from datatools.student.onnx_graph import INPUT, OUTPUT

if TYPE_CHECKING:
    import openvino

_OPSET = 17  # the newest of the exporter's that both runtimes' stable versions read
_FREE = {0: "batch", 2: "height", 3: "width"}
_STRANGER = "not stated"


def facts(student: Student, takes: Takes, precision: Precision) -> Facts:
    """Say what an exported file must tell about itself."""
    licence = student.training.get("licence", student.training.get("licences", _STRANGER))
    return Facts(
        architecture=student.architecture,
        checkpoint_sha256=student.sha256,
        licence=str(licence),
        preprocessing=student.preprocessing,
        takes=takes,
        precision=precision,
    )


def to_onnx(network: nn.Module, size_px: int) -> onnx.ModelProto:
    """Write a network as ONNX: float32 (B, 3, H, W) to logits (B, 1, H, W), each of B, H, W free."""
    example = torch.zeros(1, 3, size_px, size_px)
    with tempfile.TemporaryDirectory() as scratch, warnings.catch_warnings():
        # The exporter says that it is the old one, and that the check of the input's shape is not traced.
        warnings.simplefilter("ignore")
        path = Path(scratch) / "network.onnx"
        torch.onnx.export(
            network,
            (example,),
            path,
            dynamo=False,
            opset_version=_OPSET,
            input_names=[INPUT],
            output_names=[OUTPUT],
            dynamic_axes={INPUT: _FREE, OUTPUT: _FREE},
        )
        return onnx.load(path)


def folded_onnx(student: Student, activation: Activation) -> onnx.ModelProto:
    """Write a student, folded, as ONNX."""
    return to_onnx(fold(student.network, activation), student.preprocessing.size_px)


def save_onnx(path: Path, model: onnx.ModelProto, about: Facts) -> None:
    """Write an ONNX file with its facts, whole or not at all.

    Raises:
        onnx.checker.ValidationError: the graph is broken.
    """
    model.producer_name = "datatools"
    onnx.helper.set_model_props(model, {KEY: about.to_json(), "licence": about.licence})
    onnx.checker.check_model(model, full_check=True)
    tables.write_bytes(path, model.SerializeToString())


def save_openvino(path: Path, model: onnx.ModelProto, about: Facts) -> None:
    """Write an OpenVINO file (.xml, and .bin beside it) with its facts.

    Raises:
        MissingExtraError: OpenVINO is not installed.
    """
    from datatools.student.engines import openvino_core

    read: openvino.Model = openvino_core().read_model(model.SerializeToString(), b"")
    read.set_rt_info(about.to_json(), [KEY.replace(".", "_")])
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / path.name
        _saver()(read, made, compress_to_fp16=False)
        # The weights first: where the description lies, its weights do.
        for suffix in (".bin", ".xml"):
            tables.write_bytes(path.with_suffix(suffix), made.with_suffix(suffix).read_bytes())


def _saver() -> Callable[..., None]:
    import openvino

    saver: Callable[..., None] = openvino.save_model
    return saver
