"""MediaPipe's network segments people; tested where its weights were pulled."""

from pathlib import Path

import numpy as np
import pytest

from datatools.cache import cache_folder
from datatools.errors import MissingWeightsError, WeightsError
from datatools.images import read_reference_mask, read_rgb
from datatools.masks import iou
from datatools.teachers import _weights, selfie
from datatools.teachers.network import Network
from tests.portraits import rendered


@pytest.fixture(scope="module")
def teacher() -> Network:
    """Give the teacher, or skip: the tests download nothing."""
    try:
        return selfie.build()
    except MissingWeightsError as error:
        pytest.skip(str(error))


def test_a_rendered_portrait_is_cut_out(teacher: Network) -> None:
    """The mask is exact, so this is accuracy."""
    portrait = rendered(2)
    assert iou(teacher.matte(portrait.image, []).threshold(), portrait.mask) > 0.95


def test_real_portraits_are_cut_out(teacher: Network, shared_data: Path) -> None:
    """Median foreground IoU with human masks on 24 portraits; all 1,341 gave 0.975, their mean 0.961."""
    folder = shared_data / "eg1800"
    values = []
    for path in sorted((folder / "images").iterdir())[50::50][:24]:
        reference = read_reference_mask(folder / "masks" / f"{path.stem}.png").mask
        values.append(iou(teacher.matte(read_rgb(path), []).threshold(), reference))
    assert np.median(values) > 0.96


def test_damaged_weights_are_not_run(
    teacher: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One changed byte in the cache is seen before the network is loaded."""
    content = bytearray(_weights.weights_file("selfie").read_bytes())
    content[1000] ^= 1
    monkeypatch.setenv("DATATOOLS_CACHE", str(tmp_path))
    damaged = cache_folder() / "selfie_segmentation.tflite"
    damaged.parent.mkdir()
    damaged.write_bytes(content)
    with pytest.raises(WeightsError, match=r"selfie_segmentation\.tflite is damaged or another file"):
        selfie.build()


def test_without_weights_the_command_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is downloaded behind the user's back."""
    monkeypatch.setenv("DATATOOLS_CACHE", str(tmp_path))
    with pytest.raises(MissingWeightsError, match="`datatools teachers pull selfie`"):
        selfie.build()
