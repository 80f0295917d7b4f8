"""A run may begin with weights that are there already; what these learned from stays with the new ones."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from datatools import tables
from datatools.errors import UsageError, WeightsError
from datatools.progress import Progress
from datatools.records import Sample
from datatools.stages import train
from datatools.student import card_file, checkpoint
from datatools.workspace import Workspace
from tests.stages.taught import fill, settings

_STILL = {"epochs_coarse": 0, "epochs_whole": 1, "lr": 1e-12}  # a rate at which nothing moves


@pytest.fixture
def people(workspace: Workspace, tmp_path: Path) -> list[Sample]:
    """Give the samples of a workspace that is ready for training."""
    return fill(workspace, tmp_path / "people")


@pytest.fixture
def weights(workspace: Workspace, people: list[Sample], quiet: Progress) -> Path:
    """Give the weights of a first run."""
    train.run(workspace, settings(name="first"), quiet)
    return workspace.model_folder("first") / "model.pt"


def _state(path: Path) -> dict[str, torch.Tensor]:
    return checkpoint.load(path).network.state_dict()


def test_it_begins_where_the_weights_are(workspace: Workspace, weights: Path, quiet: Progress) -> None:
    """At a rate of nearly nothing the parameters stay; without the weights they are others."""
    train.run(workspace, settings(name="on", begin_with=str(weights), **_STILL), quiet)
    train.run(workspace, settings(name="anew", **_STILL), quiet)
    first, on, anew = (_state(workspace.model_folder(n) / "model.pt") for n in ("first", "on", "anew"))
    names = [name for name in first if name.endswith("weight")]
    assert names
    assert all(torch.allclose(first[name], on[name], atol=1e-6) for name in names)
    assert not all(torch.allclose(first[name], anew[name], atol=1e-3) for name in names)


def test_the_card_says_what_it_began_with(workspace: Workspace, weights: Path, quiet: Progress) -> None:
    """File, hash, recipe and the terms of what they learned from; nothing where it began with nothing."""
    train.run(workspace, settings(name="on", begin_with=str(weights), **_STILL), quiet)
    card = card_file.read(workspace.model_folder("on") / "card.json")
    assert card.beginning is not None
    assert (card.beginning.weights, card.beginning.sha256) == ("model.pt", tables.sha256_file(weights))
    assert card.beginning.licences == {"CC0-1.0": 12}
    assert card.beginning.sha256 in (workspace.model_folder("on") / "card.md").read_text()
    assert card_file.read(workspace.model_folder("first") / "card.json").beginning is None


def test_the_terms_of_what_came_before_go_on_to_hold(
    workspace: Workspace, people: list[Sample], quiet: Progress
) -> None:
    """Weights of the package are for research only; free pictures do not change that."""
    train.run(workspace, settings(name="on", begin_with="extremec3net", **_STILL), quiet)
    card = card_file.read(workspace.model_folder("on") / "card.json")
    assert set(card.licences) == {"CC0-1.0"}
    assert "non-commercial research" in card.limits()
    said = (workspace.model_folder("on") / "card.md").read_text()
    assert "license_name: research" in said
    assert "**For research only**" in said


def test_weights_of_unknown_terms_leave_them_unclear(
    workspace: Workspace, weights: Path, quiet: Progress, tmp_path: Path
) -> None:
    """A file that does not say what it learned from may have learned from anything."""
    student = checkpoint.load(weights)
    silent = tmp_path / "silent.pt"
    checkpoint.save(silent, student.network.state_dict(), student.preprocessing, {})
    train.run(workspace, settings(name="on", begin_with=str(silent), **_STILL), quiet)
    card = card_file.read(workspace.model_folder("on") / "card.json")
    assert card.beginning is not None
    assert (card.beginning.recipe, card.beginning.n_train) == (None, None)
    assert "**Rights unclear**" in (workspace.model_folder("on") / "card.md").read_text()


def test_other_weights_are_another_run(workspace: Workspace, weights: Path, quiet: Progress) -> None:
    """What a stopped or finished run began with belongs to it, as its seed does."""
    train.run(workspace, settings(name="on", begin_with=str(weights), **_STILL), quiet)
    again = train.run(workspace, settings(name="on", begin_with=str(weights), **_STILL), quiet)
    assert any("trained already" in note for note in again.notes)
    with pytest.raises(UsageError, match="network or groups"):
        train.run(workspace, settings(name="on", begin_with="extremec3net", **_STILL), quiet)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"begin_with": "nowhere.pt"}, "nowhere.pt"),
        ({"begin_with": "extremec3net", "network": "sinet"}, "--network extremec3net"),
        ({"begin_with": "extremec3net", "epochs_coarse": 1}, "--epochs-coarse 0"),
    ],
)
def test_weights_that_do_not_fit_are_refused(
    workspace: Workspace, people: list[Sample], quiet: Progress, changes: dict[str, object], told: str
) -> None:
    """No such file, another network, a coarse network first: each says what to do."""
    values = settings(**{**_STILL, **changes})
    with pytest.raises(UsageError, match=told):
        train.run(workspace, values, quiet)


def test_weights_of_other_inputs_are_refused(
    workspace: Workspace, weights: Path, quiet: Progress, tmp_path: Path
) -> None:
    """Weights that know BGR pictures would begin with the wrong colours."""
    student = checkpoint.load(weights)
    other = tmp_path / "bgr.pt"
    prepared = replace(student.preprocessing, channel_order="BGR")
    checkpoint.save(other, student.network.state_dict(), prepared, student.training)
    with pytest.raises(UsageError, match="BGR"):
        train.run(workspace, settings(name="on", begin_with=str(other), **_STILL), quiet)


def test_a_broken_file_is_refused(
    workspace: Workspace, weights: Path, quiet: Progress, tmp_path: Path
) -> None:
    """Half a file is no weights."""
    half = tmp_path / "half.pt"
    half.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(WeightsError, match=r"half\.pt"):
        train.run(workspace, settings(name="on", begin_with=str(half), **_STILL), quiet)
