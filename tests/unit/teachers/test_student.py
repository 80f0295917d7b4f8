"""A student proposes mattes like any other teacher."""

import csv
from pathlib import Path

import numpy as np
import pytest
import torch

from datatools import images, plugins
from datatools.errors import MaskError
from datatools.masks import iou
from datatools.student import checkpoint, published
from datatools.student.extremec3net import ExtremeC3Net
from datatools.teachers import Teacher
from datatools.teachers.student import build
from tests.pictures import draw_person
from tests.unit.student.test_published import authors_state


def save(path: Path, *, seed: int = 0) -> Path:
    """Write a checkpoint of random weights."""
    torch.manual_seed(seed)
    checkpoint.save(path, ExtremeC3Net().state_dict(), published.PREPROCESSING, {})
    return path


def test_it_is_a_teacher_that_needs_no_faces(tmp_path: Path) -> None:
    """It is found by its name and takes the path of a checkpoint."""
    teacher = plugins.build("teachers", "student", {"checkpoint": str(save(tmp_path / "model.pt"))})
    assert isinstance(teacher, Teacher)
    assert not teacher.needs_faces


def test_the_matte_has_the_size_of_the_picture(tmp_path: Path) -> None:
    """Whatever the network's own input size is."""
    picture, _ = draw_person(width_px=50, height_px=31)
    assert build(str(save(tmp_path / "model.pt"))).matte(picture, []).array.shape == (31, 50)


def test_pictures_together_get_the_mattes_they_get_alone(tmp_path: Path) -> None:
    """Within half a step of an 8-bit matte."""
    teacher = build(str(save(tmp_path / "model.pt")))
    pictures = [draw_person(seed=seed, width_px=40 + seed)[0] for seed in range(3)]
    alone = [teacher.matte(picture, []).array for picture in pictures]
    teacher.batch_size = 2
    for expected, matte in zip(alone, teacher.mattes(pictures, [[], [], []]), strict=True):
        np.testing.assert_allclose(matte.array, expected, atol=0.5 / 255)


def test_at_the_networks_size_the_matte_is_the_sigmoid_of_the_logits(tmp_path: Path) -> None:
    """Nothing else happens to the values."""
    teacher = build(str(save(tmp_path / "model.pt")))
    picture, _ = draw_person(width_px=224, height_px=224)
    with torch.inference_mode():
        logits = teacher.network(published.PREPROCESSING.prepare(picture))
    expected = 1 / (1 + np.exp(-logits[0, 0].numpy()))
    np.testing.assert_allclose(teacher.matte(picture, []).array, expected, atol=1e-6)


def test_it_is_called_after_its_folder(tmp_path: Path) -> None:
    """A model's name is its folder in the workspace; another name can be given."""
    path = str(save(tmp_path / "mine" / "model.pt"))
    assert (build(path).name, build(path, name="other").name) == ("mine", "other")


def test_the_published_weights_have_a_name_of_their_own(tmp_path: Path) -> None:
    """Wherever their file lies."""
    torch.save(authors_state(), tmp_path / "x.pth")
    assert build(str(tmp_path / "x.pth")).name == "extremec3net-published"


def test_other_weights_have_another_fingerprint(tmp_path: Path) -> None:
    """Mattes of an older checkpoint become stale."""
    prints = [build(str(save(tmp_path / f"{n}.pt", seed=s))).fingerprint for n, s in enumerate((0, 0, 1))]
    assert [prints[0] == prints[1], prints[0] == prints[2]] == [True, False]


def test_weights_that_diverged_do_not_pass_as_a_matte(tmp_path: Path) -> None:
    """NaN logits raise instead of becoming an empty mask."""
    state = {name: value * float("nan") for name, value in ExtremeC3Net().state_dict().items()}
    checkpoint.save(tmp_path / "nan.pt", state, published.PREPROCESSING, {})
    with pytest.raises(MaskError, match="nan"):
        build(str(tmp_path / "nan.pt")).matte(draw_person()[0], [])


def test_published_weights_segment_real_portraits(shared_models: Path, shared_data: Path) -> None:
    """Above 0.93 on average at full size, on portraits they were trained on."""
    teacher = build(str(shared_models / "extremec3net_official.pth"))
    folder = shared_data / "eg1800"
    with (folder / "index.csv").open() as stream:
        rows = list(csv.DictReader(stream))[::84]
    values = [
        iou(
            teacher.matte(images.read_rgb(folder / row["image"]), []).threshold(),
            images.read_reference_mask(folder / row["mask"]).mask,
        )
        for row in rows
    ]
    assert np.mean(values) > 0.93
