"""What every student network promises; a new network's file is enough to be tested."""

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from datatools import plugins
from datatools.errors import UsageError, WeightsError
from datatools.student import checkpoint, published
from datatools.student.architecture import Architecture, parameter_groups
from datatools.teachers._load import load_teacher
from tests.pictures import draw_person

NAMES = plugins.names("networks")
SIDE_PX = 64


@pytest.fixture(params=NAMES)
def architecture(request: pytest.FixtureRequest) -> Architecture:
    """Give each network in turn."""
    built: Architecture = plugins.build("networks", request.param)
    return built


def make(architecture: Architecture, *, is_coarse: bool = False, seed: int = 0) -> nn.Module:
    """Make a network; what torch draws is the same each time."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return architecture.make(is_coarse)


def people(n: int) -> tuple[Tensor, Tensor]:
    """Give inputs (n, 3, 64, 64) and their masks (n, 1, 64, 64)."""
    drawn = [draw_person(width_px=SIDE_PX, height_px=SIDE_PX, seed=seed) for seed in range(n)]
    pictures = torch.from_numpy(np.stack([picture for picture, _ in drawn]))
    masks = torch.from_numpy(np.stack([mask.array for _, mask in drawn]))[:, None].float()
    return published.PREPROCESSING.normalise(pictures) * 255, masks


def test_it_is_called_as_its_file(architecture: Architecture) -> None:
    """A file of weights names the module that reads it."""
    assert architecture.name in NAMES
    assert architecture.title


def test_there_is_one_logit_a_pixel(architecture: Architecture) -> None:
    """Height and width need not be equal."""
    height, width = 2 * architecture.stride, 4 * architecture.stride
    logits = make(architecture)(torch.zeros(2, 3, height, width))
    assert (logits.shape, logits.dtype) == ((2, 1, height, width), torch.float32)


def test_the_coarse_network_answers_at_a_quarter_of_the_size(architecture: Architecture) -> None:
    """And hands its encoder on."""
    if not architecture.has_coarse:
        pytest.skip(f"{architecture.title} has no coarse network")
    coarse = make(architecture, is_coarse=True)
    assert coarse(torch.zeros(2, 3, SIDE_PX, 2 * SIDE_PX)).shape == (2, 1, SIDE_PX // 4, SIDE_PX // 2)
    encoder = make(architecture, seed=1).get_submodule("encoder")
    encoder.load_state_dict(coarse.get_submodule("encoder").state_dict())


@pytest.mark.parametrize("change", [(0, 0, 1, 0), (0, 0, 0, 1), (0, 1, 0, 0)])
def test_an_input_of_another_shape_is_refused(
    architecture: Architecture, change: tuple[int, int, int, int]
) -> None:
    """Rather than rounded to a size that fits; the message names the shape."""
    shape = [a + b for a, b in zip((1, 3, SIDE_PX, SIDE_PX), change, strict=True)]
    for is_coarse in (False, True)[: 1 + architecture.has_coarse]:
        with pytest.raises(UsageError, match=f"divisible by {architecture.stride}; got .{shape[0]}, "):
            make(architecture, is_coarse=is_coarse)(torch.zeros(shape))


def test_every_parameter_learns(architecture: Architecture) -> None:
    """No part is left out of the forward pass, and none of the optimiser."""
    network = make(architecture)
    inputs, masks = people(2)
    F.binary_cross_entropy_with_logits(network(inputs), masks).backward()  # type: ignore[no-untyped-call]
    assert [name for name, p in network.named_parameters() if p.grad is None] == []
    groups = [p for group in parameter_groups(network) for p in group["params"]]  # type: ignore[attr-defined]
    assert sum(p.numel() for p in groups) == architecture.n_parameters()


def test_a_few_steps_make_the_loss_fall(architecture: Architecture) -> None:
    """On the pictures that it learns from, by a fifth, with a recipe's own weight decay."""
    network = make(architecture).train()
    optimizer = torch.optim.Adam(parameter_groups(network), lr=1e-2)
    inputs, masks = people(4)
    losses = []
    for _ in range(8):
        loss = F.binary_cross_entropy_with_logits(network(inputs), masks)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch's
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.8 * losses[0]


def test_in_use_the_same_picture_has_the_same_logits(architecture: Architecture) -> None:
    """Whatever is beside it in the batch, and whatever was asked before."""
    network = make(architecture)
    inputs, _ = people(3)
    with torch.inference_mode():
        network(inputs)  # batch norms see pictures
        network.eval()
        together = network(inputs)
        assert torch.equal(network(inputs), together)
        torch.testing.assert_close(network(inputs[1:2]), together[1:2], atol=1e-4, rtol=1e-4)


def test_torchs_seed_decides_the_first_weights(architecture: Architecture) -> None:
    """The same seed the same network, another seed another one."""
    first, again, other = (make(architecture, seed=seed).state_dict() for seed in (0, 0, 1))
    assert all(torch.equal(value, again[name]) for name, value in first.items())
    assert not all(torch.equal(value, other[name]) for name, value in first.items())


def test_a_file_of_its_weights_gives_the_network_back(architecture: Architecture, tmp_path: Path) -> None:
    """The file says which network it is of; as a teacher it is called after its folder."""
    path = tmp_path / "mine" / "model.pt"
    network = make(architecture).eval()
    checkpoint.save(path, network.state_dict(), published.PREPROCESSING, {}, architecture.name)
    found = checkpoint.load(path)
    assert (found.architecture, found.is_published) == (architecture.name, False)
    inputs, _ = people(1)
    with torch.inference_mode():
        assert torch.equal(found.network(inputs), network(inputs))
    teacher = load_teacher(str(path))
    assert teacher.name == "mine"
    assert teacher.matte(draw_person(width_px=40, height_px=50)[0], []).array.shape == (50, 40)


def test_weights_of_one_network_are_not_those_of_another(architecture: Architecture, tmp_path: Path) -> None:
    """A file that says so is refused, with the name it gave."""
    (other,) = [name for name in NAMES if name != architecture.name][:1]
    path = tmp_path / "model.pt"
    checkpoint.save(path, make(architecture).state_dict(), published.PREPROCESSING, {}, other)
    with pytest.raises(WeightsError, match=f"do not fit {other}"):
        checkpoint.load(path)


def test_weights_of_a_network_that_nobody_knows_are_refused(tmp_path: Path) -> None:
    """Those of a newer version, perhaps; the known networks are named."""
    checkpoint.save(tmp_path / "model.pt", {}, published.PREPROCESSING, {}, "unet")
    with pytest.raises(WeightsError, match=r"a student \(extremec3net, .*got the architecture 'unet'"):
        checkpoint.load(tmp_path / "model.pt")
