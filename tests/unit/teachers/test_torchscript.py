"""A TorchScript network with a card proposes mattes."""

import warnings
from pathlib import Path

import numpy as np
import pytest
import scipy.special
import torch
from torch import Tensor, nn

from datatools import tables
from datatools.errors import WeightsError
from datatools.teachers.network import Network, build
from tests.unit.teachers.networks import write_card

WEIGHTS, BIAS = np.array([1.0, 2.0, -3.0]), 0.1


class Tiny(nn.Module):
    """Weighs the channels."""

    def __init__(self, form: str) -> None:
        super().__init__()
        self.form = form
        self.weights = nn.Parameter(torch.tensor([[1.0, 2.0, -3.0]])[..., None, None])
        self.bias = nn.Parameter(torch.tensor([BIAS]))

    def forward(self, picture: Tensor) -> Tensor | dict[str, Tensor] | tuple[Tensor, Tensor]:
        """Give the logit, alone or among others."""
        logit = nn.functional.conv2d(picture, self.weights, self.bias)
        if self.form == "dict":
            return {"aux": logit * 0, "out": logit}
        return (logit * 0, logit) if self.form == "tuple" else logit


def write(folder: Path, form: str, **changes: str) -> Network:
    """Write the network and its card; give the teacher."""
    path = folder / "net.torchscript"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # torch's, of TorchScript as such
        traced = torch.jit.trace(Tiny(form), torch.zeros(1, 3, 8, 8), strict=False)  # type: ignore[no-untyped-call]
        traced.save(path)
    lines: dict[str, str | None] = {
        "format": '"torchscript"',
        "sha256": f'"{tables.sha256_file(path)}"',
        "output_activation": '"sigmoid"',
    }
    return build(str(write_card(folder, path.name, **{**lines, "output_name": None, **changes})))


@pytest.mark.parametrize(("form", "name"), [("tensor", None), ("dict", "out"), ("tuple", "1")])
def test_the_network_gives_its_mattes(tmp_path: Path, form: str, name: str | None) -> None:
    """Whatever its output is wrapped in."""
    changes = {} if name is None else {"output_name": f'"{name}"'}
    image = np.random.default_rng(0).integers(0, 256, (16, 16, 3)).astype(np.uint8)
    teacher = write(tmp_path, form, **changes)
    teacher.batch_size = 2
    for matte in teacher.mattes([image] * 3, [[]] * 3):
        expected = scipy.special.expit(image / 255 @ WEIGHTS + BIAS)
        np.testing.assert_allclose(matte.array, expected, atol=1e-6)


@pytest.mark.parametrize(("form", "has"), [("dict", r"\['aux', 'out'\]"), ("tensor", "Tensor")])
def test_an_output_that_is_not_there_is_refused(tmp_path: Path, form: str, has: str) -> None:
    """With what the network gives instead."""
    teacher = write(tmp_path, form, output_name='"alpha"')
    with pytest.raises(WeightsError, match=f"expects the output 'alpha'; the network gives {has}"):
        teacher.matte(np.zeros((16, 16, 3), np.uint8), [])


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    """Text is no network."""
    (tmp_path / "net").write_text("text")
    digest = f'"{tables.sha256_file(tmp_path / "net")}"'
    card = write_card(tmp_path, "net", format='"torchscript"', sha256=digest)
    with pytest.raises(WeightsError, match="is not a network in torchscript format"):
        build(str(card))
