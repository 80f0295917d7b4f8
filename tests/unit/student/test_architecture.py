"""Any network with one logit a pixel can be trained, to the same weights whether it was stopped or not."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from datatools.student.architecture import EXTREMEC3NET, Architecture, parameter_groups
from datatools.student.extremec3net import ExtremeC3Net, n_parameters
from datatools.student.fit import fit
from datatools.student.job import Job
from datatools.student.state import EpochRow, TrainingState
from tests.unit.student.small import same_weights, tiny_job, tiny_recipe, train


class Forgetful(nn.Module):
    """A network that drops half of what it has computed while it learns."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, 8, 3, padding=1), nn.PReLU(8), nn.Dropout(0.5), nn.Conv2d(8, 1, 3, padding=1)
        )

    def forward(self, inputs: Tensor) -> Tensor:
        """Give logits (B, 1, S, S)."""
        return torch.as_tensor(self.layers(inputs))


FORGETFUL = Architecture("forgetful", "A forgetful network", lambda _: Forgetful(), has_dropout=True)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """Give three epochs of two steps."""
    recipe = tiny_recipe(0, 3)
    recipe = recipe.model_copy(update={"phases": recipe.phases[1:]})
    return replace(tiny_job(tmp_path), recipe=recipe, architecture=FORGETFUL)


def test_dropout_is_the_same_after_a_stop(job: Job, tmp_path: Path) -> None:
    """What a step drops comes from its place in the run, not from what torch drew before."""
    whole, state = train(job)
    assert state.history[-1].loss < state.history[0].loss
    (tmp_path / "again").mkdir()
    again = replace(job, state_file=tmp_path / "again" / "checkpoint.pt")

    def stop(_: EpochRow) -> None:
        torch.rand(7)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(again, TrainingState(fingerprint="x"), advance=lambda: None, on_epoch=stop)
    resumed = TrainingState.load(again.state_file)
    best = fit(again, resumed, advance=lambda: None, on_epoch=lambda _: None)
    assert same_weights(best, whole)


def test_training_leaves_torchs_random_state_alone(job: Job) -> None:
    """The caller's own draws go on as if nothing had been."""
    torch.manual_seed(3)
    before = torch.get_rng_state()
    train(job)
    assert torch.equal(torch.get_rng_state(), before)


def test_its_parameters_are_counted() -> None:
    """Those of the whole network."""
    assert EXTREMEC3NET.n_parameters() == n_parameters(ExtremeC3Net())
    assert FORGETFUL.n_parameters() == 3 * 8 * 9 + 8 + 8 + 8 * 9 + 1


def test_grouped_convolutions_are_not_depthwise() -> None:
    """Only kernels of one channel each go without weight decay."""
    convolutions = (nn.Conv2d(n, n, 3, groups=groups, bias=False) for n, groups in ((8, 4), (8, 8), (1, 1)))
    network = nn.Sequential(*convolutions, nn.PReLU(1))
    rest, depthwise, flat = (group["params"] for group in parameter_groups(network))
    assert [len(list(group)) for group in (rest, depthwise, flat)] == [2, 1, 1]  # type: ignore[call-overload]
