"""Make small students with lively norms, and their exported files."""

import functools
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from datatools.student import export
from datatools.student.checkpoint import Student
from datatools.student.extremec3net import ExtremeC3Net
from datatools.student.preprocess import Preprocessing
from tests.pictures import draw_person

SIDE_PX = 32
PREPROCESSING = Preprocessing(
    size_px=SIDE_PX,
    channel_order="BGR",
    mean=(100.0, 110.0, 120.0),
    std=(60.0, 65.0, 70.0),
    divisor=1.0,
    resize="bilinear",
)


def lively(network: nn.Module, seed: int = 0) -> nn.Module:
    """Give every norm statistics and weights of its own, as training does; some of them negative."""
    generator = torch.Generator().manual_seed(seed)

    def like(tensor: torch.Tensor) -> torch.Tensor:
        return torch.rand(tensor.shape, generator=generator)

    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                assert module.running_mean is not None
                assert module.running_var is not None
                module.running_mean.copy_(0.2 * like(module.running_mean) - 0.1)
                module.running_var.copy_(0.5 + like(module.running_var))
                module.weight.copy_(1.6 * like(module.weight) - 0.3)
                module.bias.copy_(0.4 * like(module.bias) - 0.2)
            elif isinstance(module, nn.PReLU):
                module.weight.copy_(0.8 * like(module.weight) - 0.2)
    return network.eval()


@functools.cache
def student() -> Student:
    """Give a student that was never trained; do not change it."""
    torch.manual_seed(0)
    return Student(
        lively(ExtremeC3Net()), PREPROCESSING, {"licence": "none"}, False, "0" * 64, "extremec3net"
    )


def squared(resize: str = "bilinear") -> Student:
    """Give the student with another way of resizing."""
    assert resize in {"bilinear", "area"}
    how = replace(PREPROCESSING, resize="area" if resize == "area" else "bilinear")
    return replace(student(), preprocessing=how)


@functools.cache
def folded_bytes() -> bytes:
    """Give the folded student as ONNX; made once, for the exporter takes a second."""
    made: bytes = export.folded_onnx(student(), "maximum").SerializeToString()
    return made


def save_export(path: Path) -> Path:
    """Write the student as an exported ONNX file."""
    import onnx

    model = onnx.load_from_string(folded_bytes())
    export.save_onnx(path, model, export.facts(student(), "tensor", "float32"))
    return path


def inputs(n: int, side_px: int = SIDE_PX) -> NDArray[np.float32]:
    """Give preprocessed pictures of drawn people; (n, 3, side, side)."""
    how = replace(PREPROCESSING, size_px=side_px)
    ready = [how.prepare(draw_person(seed=seed)[0]).numpy() for seed in range(n)]
    return np.ascontiguousarray(np.concatenate(ready))
