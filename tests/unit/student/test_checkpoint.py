"""A checkpoint gives back the network it was made from, or says what is wrong with it."""

import io
import pickle
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from datatools.errors import UsageError, WeightsError
from datatools.student import checkpoint, published
from datatools.student.extremec3net import CoarseNet, ExtremeC3Net
from tests.unit.outside.test_pickles import nested
from tests.unit.student.test_published import authors_state

TRAINING = {"recipe": "short", "n_train": 12, "mask_sources": {"human": 12}}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give the path of a checkpoint of a network with random weights."""
    path = tmp_path / "mine" / "model.pt"
    checkpoint.save(path, ExtremeC3Net().state_dict(), published.PREPROCESSING, TRAINING)
    return path


def change(path: Path, **values: Any) -> None:
    """Replace parts of a checkpoint."""
    checkpoint.write(path, checkpoint.read(path) | values)


def test_loading_gives_back_network_preprocessing_and_training(tmp_path: Path) -> None:
    """Write then read is the identity."""
    network = ExtremeC3Net()
    checkpoint.save(tmp_path / "model.pt", network.state_dict(), published.PREPROCESSING, TRAINING)
    found = checkpoint.load(tmp_path / "model.pt")
    assert (found.preprocessing, found.training, found.is_published) == (
        published.PREPROCESSING,
        TRAINING,
        False,
    )
    state = network.state_dict()
    assert all(torch.equal(value, state[name]) for name, value in found.network.state_dict().items())


def test_a_loaded_network_is_ready_for_inference(path: Path) -> None:
    """Batch norms use their running statistics."""
    assert not checkpoint.load(path).network.training


def test_the_published_file_is_known_by_its_keys(tmp_path: Path) -> None:
    """It brings the authors' preprocessing and licence."""
    torch.save(authors_state(), tmp_path / "any.pth")
    found = checkpoint.load(tmp_path / "any.pth")
    assert (found.is_published, found.preprocessing) == (True, published.PREPROCESSING)
    assert found.training == {"licence": published.LICENCE}


def test_training_facts_that_json_cannot_hold_are_refused(tmp_path: Path) -> None:
    """A checkpoint stays readable without this package."""
    with pytest.raises(TypeError, match="JSON"):
        checkpoint.save(tmp_path / "m.pt", {}, published.PREPROCESSING, {"folder": tmp_path})


def test_a_missing_file_is_a_usage_error(tmp_path: Path) -> None:
    """The path is in the message."""
    with pytest.raises(UsageError, match=r"none\.pt is not there"):
        checkpoint.load(tmp_path / "none.pt")


@pytest.mark.parametrize("keep", [0, 1, 100, 5_000, 100_000])
def test_a_file_cut_off_anywhere_is_refused(path: Path, keep: int) -> None:
    """A kill while copying leaves such files."""
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(WeightsError, match="not a readable file of weights"):
        checkpoint.load(path)


def test_a_file_with_code_is_not_run(tmp_path: Path) -> None:
    """Pickled objects other than tensors and plain values are refused."""
    torch.save({"format": Path("x")}, tmp_path / "evil.pt")
    with pytest.raises(WeightsError, match="not a readable file of weights"):
        checkpoint.load(tmp_path / "evil.pt")


def test_a_file_that_holds_no_dict_is_refused(tmp_path: Path) -> None:
    """A bare tensor is no checkpoint."""
    torch.save(torch.zeros(3), tmp_path / "tensor.pt")
    with pytest.raises(WeightsError, match="holds a Tensor"):
        checkpoint.load(tmp_path / "tensor.pt")


@pytest.mark.parametrize("values", [{"architecture": "sinet"}, {"version": 99}, {"format": "other"}])
def test_another_architecture_or_version_is_refused(path: Path, values: dict[str, Any]) -> None:
    """The message says what was expected and what came."""
    change(path, **values)
    (came,) = values.values()
    with pytest.raises(WeightsError, match=str(came)):
        checkpoint.load(path)


def test_weights_of_another_network_are_refused(path: Path) -> None:
    """The coarse network of stage 1 is not the whole network."""
    change(path, state=CoarseNet().state_dict())
    with pytest.raises(WeightsError, match="do not fit extremec3net"):
        checkpoint.load(path)


def test_a_checkpoint_without_weights_is_refused(path: Path) -> None:
    """The state has to be there."""
    change(path, state=None)
    with pytest.raises(WeightsError, match="state dict under 'state', got NoneType"):
        checkpoint.load(path)


@pytest.mark.parametrize("values", [None, {"size_px": 30}, {"size_pixels": 224}])
def test_preprocessing_that_is_not_known_is_refused(path: Path, values: object) -> None:
    """Logits from a wrong preprocessing would look fine and be wrong."""
    change(path, preprocessing=values)
    with pytest.raises(WeightsError, match="the preprocessing is not one"):
        checkpoint.load(path)


def test_published_keys_with_a_value_that_is_no_tensor_are_refused(tmp_path: Path) -> None:
    """Every key must hold a tensor."""
    torch.save(authors_state() | {"classifier.2.weight": "none"}, tmp_path / "odd.pth")
    with pytest.raises(WeightsError, match="classifier"):
        checkpoint.load(tmp_path / "odd.pth")


@pytest.mark.parametrize("seed", range(40))
def test_random_bytes_are_an_error_that_names_the_file(tmp_path: Path, seed: int) -> None:
    """Whatever torch's reader stumbles over; half of them begin as a pickle does."""
    rng = np.random.default_rng(seed)
    path = tmp_path / "model.pt"
    path.write_bytes((b"\x80\x02" if seed % 2 else b"") + rng.bytes(200))
    with pytest.raises(WeightsError, match=r"model\.pt"):
        checkpoint.read(path)


@pytest.mark.parametrize("version", [torch.zeros(3), [1], None])
def test_a_version_that_is_no_number_is_refused(path: Path, version: object) -> None:
    """A tensor cannot even be compared."""
    change(path, version=version)
    with pytest.raises(
        WeightsError, match=f"version 1, .* got 'datatools-student', {type(version).__name__}"
    ):
        checkpoint.load(path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("classify.weight", torch.zeros(1).expand(10**9, 1)),
        ("classify.weight", "none"),
        (7, torch.zeros(1)),
    ],
)
def test_weights_that_only_look_like_some_are_refused(path: Path, name: object, value: object) -> None:
    """One number that says it is a thousand million; a word; a key that is no name."""
    state = dict(ExtremeC3Net().state_dict())
    change(path, state=state | {name: value})
    with pytest.raises(WeightsError, match=f"do not fit extremec3net: 1 of its .*{name}"):
        checkpoint.load(path)


def test_weights_that_cannot_be_copied_are_refused(path: Path) -> None:
    """A sparse tensor has the right shape and no place to copy from."""
    state = dict(ExtremeC3Net().state_dict())
    change(path, state=state | {"classify.weight": state["classify.weight"].to_sparse()})
    with pytest.raises(WeightsError, match="do not fit extremec3net: "):
        checkpoint.load(path)


def test_a_compressed_file_is_refused_unread(path: Path) -> None:
    """Torch compresses nothing; a thousand times as much could be in it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model/data.pkl", bytes(1 << 20))
    with pytest.raises(WeightsError, match="its parts are compressed or overlap"):
        checkpoint.read(path)


@pytest.mark.parametrize("is_zip", [True, False])
def test_a_file_that_would_be_read_for_ever_is_refused(tmp_path: Path, is_zip: bool) -> None:
    """Three hundred bytes whose key takes torch longer to hash than anybody waits."""
    path = tmp_path / "model.pt"
    if is_zip:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("model/data.pkl", nested(60))
    else:
        path.write_bytes(pickle.dumps(1) + nested(60))
    with pytest.raises(WeightsError, match=r"model\.pt is not a file of weights: .* than 1000000 values"):
        checkpoint.read(path)


def test_a_tape_archive_is_refused_unopened(tmp_path: Path) -> None:
    """Torch's oldest files were such; its reader would unpack what is in it."""
    path = tmp_path / "model.pt"
    with tarfile.open(path, "w") as archive:
        info = tarfile.TarInfo("storages")
        info.size = 3
        archive.addfile(info, io.BytesIO(b"abc"))
    with pytest.raises(WeightsError, match=r"model\.pt is not a readable file of weights \(it is a TAR file"):
        checkpoint.read(path)
