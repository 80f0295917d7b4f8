"""How does a student become an int8 network?

Static quantisation after training, by onnxruntime: weights a channel at a time, activations by the range
that they take on a few pictures. Convolutions alone are quantised; what lies between two of them (PReLU,
enlarging) is computed in float32. The file is plain ONNX with quantise and dequantise nodes, which both
runtimes turn into integer arithmetic.
"""

import logging
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)

from datatools.errors import UsageError
from datatools.student.onnx_graph import INPUT

MIN_PICTURES = 8  # fewer say little about the range of an activation


class _Reader(CalibrationDataReader):  # type: ignore[misc]  # onnxruntime has no types
    """Hands onnxruntime one input after the other."""

    def __init__(self, inputs: Sequence[NDArray[np.float32]]) -> None:
        self._inputs: Iterator[NDArray[np.float32]] = iter(inputs)

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        found = next(self._inputs, None)
        return None if found is None else {INPUT: found}


def quantise(model: onnx.ModelProto, inputs: Sequence[NDArray[np.float32]]) -> onnx.ModelProto:
    """Quantise a network's convolutions to int8.

    Args:
        model: as ``to_onnx`` gives it.
        inputs: (1, 3, S, S) each, preprocessed, of pictures that nothing is measured on later.

    Raises:
        UsageError: there are too few inputs.
    """
    if len(inputs) < MIN_PICTURES:
        raise UsageError(
            f"expected at least {MIN_PICTURES} pictures to learn the ranges of activations from, "
            f"got {len(inputs)}"
        )
    with tempfile.TemporaryDirectory() as scratch, _without_advice():
        path = Path(scratch) / "int8.onnx"
        quantize_static(
            model,
            path,
            _Reader(inputs),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv"],
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
        )
        return onnx.load(path)


@contextmanager
def _without_advice() -> Iterator[None]:
    """Hold back onnxruntime's advice to fold and infer shapes first: that is done, and it cannot tell."""

    def is_other(record: logging.LogRecord) -> bool:
        return "pre-processing before quantization" not in record.getMessage()

    root = logging.getLogger()
    root.addFilter(is_other)
    try:
        yield
    finally:
        root.removeFilter(is_other)
