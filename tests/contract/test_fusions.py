"""What every fusion must do, however it fuses."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from datatools import plugins
from datatools.fusions import Fusion
from datatools.fusions._file import save
from datatools.fusions._net import FusionNet
from datatools.masks import RGB, Matte
from tests.pictures import draw_person

TEACHERS = ("one", "two", "three")


@pytest.fixture(scope="module", params=plugins.names("fusions"))
def fusion(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Fusion:
    """Give each fusion in turn, made for three teachers."""
    return make(request.param, tmp_path_factory.mktemp("fusion"))


def make(name: str, folder: Path) -> Fusion:
    """Make a fusion with the options it needs; a learned one with weights drawn at random."""
    torch.manual_seed(0)
    network = FusionNet(len(TEACHERS))
    torch.nn.init.normal_(network.head.weight, std=0.5)
    save(folder / "learned.pt", network, TEACHERS, {})
    options: dict[str, dict[str, object]] = {
        "weighted": {"weights": {"one": 1.0, "two": 2.0, "three": 0.5}},
        "core_edge": {"core": "one"},
        "learned": {"weights": str(folder / "learned.pt")},
    }
    built: Fusion = plugins.build("fusions", name, options.get(name, {}))
    return built


def case(seed: int, teachers: tuple[str, ...] = TEACHERS) -> tuple[RGB, dict[str, Matte]]:
    """Give a drawn person and mattes that are wrong in different places."""
    rng = np.random.default_rng(seed)
    image, mask = draw_person(seed=seed)
    noise = rng.normal(0, 0.4, (len(teachers), *mask.array.shape))
    values = np.clip(mask.array + noise, 0, 1).astype(np.float32)
    return image, {teacher: Matte(value) for teacher, value in zip(teachers, values, strict=True)}


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_the_order_of_the_teachers_changes_nothing(fusion: Fusion, seed: int) -> None:
    """Nor does fusing again: the same matte, to the bit."""
    image, mattes = case(seed)
    fused = fusion.fuse(image, mattes).array
    turned = fusion.fuse(image, dict(reversed(mattes.items()))).array
    assert fused.shape == image.shape[:2]
    assert fused.dtype == np.float32
    np.testing.assert_array_equal(fused, turned)


def test_one_teacher_may_be_alone(fusion: Fusion) -> None:
    """A committee that lost members to failures still gives a matte."""
    image, mattes = case(1)
    assert fusion.fuse(image, {"one": mattes["one"]}).array.shape == image.shape[:2]


def test_its_name_is_its_modules(fusion: Fusion) -> None:
    """And its settings have a fingerprint."""
    assert fusion.name in plugins.names("fusions")
    assert fusion.fingerprint
