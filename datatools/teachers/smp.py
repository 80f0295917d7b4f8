"""Propose mattes with DeepLabV3+ on an SE-ResNeXt-50, the paper's own teacher, once it was trained.

The network is that of segmentation-models-pytorch, in the extra ``smp``; no package carries trained
weights for it: ``datatools teachers train`` makes them.
"""

from collections.abc import Callable
from pathlib import Path

from torch import nn

from datatools import tables
from datatools.errors import MissingExtraError
from datatools.student import checkpoint as checkpoints
from datatools.student.architecture import Architecture
from datatools.student.preprocess import Preprocessing
from datatools.student.recipe import Loss, Phase, Recipe
from datatools.student.threads import n_cores
from datatools.teachers._logits import LogitTeacher

try:
    import segmentation_models_pytorch
except RuntimeError as error:  # of its torchvision, whose operators were built for another torch
    raise MissingExtraError(
        f"segmentation-models-pytorch is installed and cannot be imported ({error}): its torchvision was "
        "built for another torch; install torch and torchvision from one package index"
    ) from error

NAME = "deeplabv3plus-se_resnext50_32x4d"
STRIDE = 16  # that the side of the input must be a multiple of

# The size and the order of magnitude are usual for this network; the paper's page does not state them.
RECIPE = Recipe(
    name="teacher",
    preprocessing=Preprocessing(
        size_px=512,
        channel_order="RGB",
        mean=(123.675, 116.28, 103.53),  # of ImageNet, 8-bit
        std=(58.395, 57.12, 57.375),
        divisor=1.0,
        resize="area",
    ),
    phases=(
        Phase(size_px=512, epochs=40, batch=8, edge_kernel_px=35, lr=2e-4, lr_end=2e-6, warm_up_frac=0.2),
    ),
    loss=Loss(pixel=1.0),
)


def _maker(weights: str | None) -> Callable[[bool], nn.Module]:
    def make(is_coarse: bool) -> nn.Module:
        assert not is_coarse  # its recipe has one phase
        network = segmentation_models_pytorch.DeepLabV3Plus(
            "se_resnext50_32x4d", encoder_weights=weights, classes=1
        )
        assert isinstance(network, nn.Module)
        return network

    return make


def architecture(encoder_weights: str | None) -> Architecture:
    """Give the network to train.

    Args:
        encoder_weights: ``imagenet``, which segmentation-models-pytorch downloads when the network is
            made, or None for random ones.
    """
    return Architecture(
        NAME, "DeepLabV3+ with SE-ResNeXt-50", _maker(encoder_weights), uses_bf16=True, has_dropout=True
    )


def build(checkpoint: str, name: str | None = None) -> LogitTeacher:
    """Make the teacher of a file of weights; it is called after the file's folder by default.

    Raises:
        UsageError: there is no such file.
        WeightsError: the file is broken, or of another network.
    """
    path = Path(checkpoint)
    network = _maker(None)(False)
    preprocessing, _ = checkpoints.fill(path, checkpoints.read(path), network, NAME)
    return LogitTeacher(
        network,
        preprocessing,
        name=name or path.resolve().parent.name,
        fingerprint=tables.fingerprint(tables.sha256_file(path), preprocessing),
        n_threads=n_cores() - 1,
    )
