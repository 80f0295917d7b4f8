"""Robust Video Matting cuts people out; tested where its weights were pulled."""

from pathlib import Path

import numpy as np
import pytest

from datatools.errors import MissingWeightsError
from datatools.images import read_reference_mask, read_rgb
from datatools.masks import iou
from datatools.teachers import rvm, rvm_fine
from datatools.teachers.network import Network


@pytest.fixture(scope="module")
def teacher() -> Network:
    """Give the teacher, or skip."""
    try:
        return rvm.build()
    except MissingWeightsError as error:
        pytest.skip(str(error))


def test_real_portraits_are_cut_out(teacher: Network, shared_data: Path) -> None:
    """Median foreground IoU with human masks on three portraits; 120 gave a mean of 0.963."""
    folder = shared_data / "eg1800"
    values = []
    for path in sorted((folder / "images").iterdir())[200::400][:3]:
        reference = read_reference_mask(folder / "masks" / f"{path.stem}.png").mask
        values.append(iou(teacher.matte(read_rgb(path), []).threshold(), reference))
    assert np.median(values) > 0.95


def test_pictures_together_get_the_mattes_they_get_alone(
    teacher: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of one size or of several, within half a step of an 8-bit matte."""
    rng = np.random.default_rng(0)
    sizes = ((40, 30), (30, 40), (40, 30))
    pictures = [rng.integers(0, 256, (*size, 3)).astype(np.uint8) for size in sizes]
    monkeypatch.setattr(teacher, "batch_size", 3)
    together = teacher.mattes(pictures, [[], [], []])
    for image, matte in zip(pictures, together, strict=True):
        np.testing.assert_allclose(matte.array, teacher.matte(image, []).array, atol=0.5 / 255)


def test_without_weights_the_command_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is downloaded behind the user's back."""
    monkeypatch.setenv("DATATOOLS_CACHE", str(tmp_path))
    with pytest.raises(MissingWeightsError, match="`datatools teachers pull rvm`"):
        rvm.build()


def test_the_finer_teacher_shares_the_files(teacher: Network) -> None:
    """What was pulled for one is there for the other; their mattes are not the same."""
    finer = rvm_fine.build()
    assert (finer.name, finer.fingerprint == teacher.fingerprint) == ("rvm_fine", False)
