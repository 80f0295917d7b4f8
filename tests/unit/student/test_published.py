"""The published weights load into our network and give the published results."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from datatools import images, tables
from datatools.errors import WeightsError
from datatools.masks import Mask, iou
from datatools.student import checkpoint, published
from datatools.student.extremec3net import ExtremeC3Net


def authors_state() -> dict[str, Tensor]:
    """Give a state dict with the authors' keys, made from a network of ours."""
    ours = ExtremeC3Net().state_dict()
    return {theirs: ours[name].clone() for name, theirs in published.key_map().items()}


def test_the_key_map_names_every_tensor_once() -> None:
    """405 tensors, no name twice, and all of ours but the counters that training keeps."""
    pairs = published.key_map()
    counted = {name for name in ExtremeC3Net().state_dict() if not name.endswith("num_batches_tracked")}
    assert (len(set(pairs.values())), set(pairs)) == (published.N_TENSORS, counted)


def test_weights_under_the_authors_keys_give_the_same_network() -> None:
    """Renaming there and back changes no logit."""
    torch.manual_seed(0)
    network = ExtremeC3Net().eval()
    state = network.state_dict()
    again = published.network({theirs: state[ours] for ours, theirs in published.key_map().items()})
    picture = torch.linspace(-1, 1, 3 * 16 * 16).reshape(1, 3, 16, 16)
    assert torch.equal(again(picture), network(picture))


def test_a_missing_tensor_is_named() -> None:
    """The message says which keys are missing and which nobody knows."""
    state = authors_state()
    state["head"] = state.pop("classifier.2.weight")
    with pytest.raises(WeightsError, match=r"missing \['classifier.2.weight'\], unknown \['head'\]"):
        published.network(state)


def test_a_tensor_of_another_shape_is_refused() -> None:
    """Two foreground classes are another network."""
    state = authors_state()
    state["classifier.2.weight"] = torch.zeros(2, 24, 1, 1)
    with pytest.raises(WeightsError, match="do not fit"):
        published.network(state)


@pytest.fixture(scope="module")
def network(shared_models: Path) -> ExtremeC3Net:
    """Give the network with the authors' weights."""
    network = checkpoint.load(shared_models / "extremec3net_official.pth").network
    assert isinstance(network, ExtremeC3Net)
    return network


@pytest.fixture(scope="module")
def reference(shared_models: Path) -> dict[str, NDArray[Any]]:
    """Give the twelve ids with their logits and IoU."""
    with np.load(shared_models / "extremec3net_official_reference.npz") as found:
        return dict(found)


def test_the_file_is_the_one_that_was_looked_at(shared_models: Path) -> None:
    """The SHA-256 in the code is the file's."""
    assert tables.sha256_file(shared_models / "extremec3net_official.pth") == published.SHA256


def test_published_weights_give_the_reference_logits_and_iou(
    network: ExtremeC3Net, reference: dict[str, NDArray[Any]], shared_data: Path
) -> None:
    """Logits agree to 1e-4; foreground IoU at 224 px, against the nearest-pixel mask, to 1e-3."""
    logit_errors, iou_errors = [], []
    for number, name in enumerate(reference["ids"]):
        picture = images.read_rgb(shared_data / "eg1800" / "images" / f"{name}.jpg")
        human = images.read_reference_mask(shared_data / "eg1800" / "masks" / f"{name}.png").mask
        with torch.inference_mode():
            logits = network(published.PREPROCESSING.prepare(picture))[0, 0].numpy()
        small = cv2.resize(human.array.astype(np.uint8), (224, 224), interpolation=cv2.INTER_NEAREST)
        value = iou(Mask(logits > 0), Mask(small > 0))
        logit_errors.append(float(np.abs(logits - reference["logits"][number]).max()))
        iou_errors.append(abs(value - float(reference["iou_fg"][number])))
    assert max(logit_errors) <= 1e-4
    assert max(iou_errors) <= 1e-3
