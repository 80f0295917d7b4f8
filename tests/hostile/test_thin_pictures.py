"""One pixel, threads and ribbons: whatever looks at a picture takes them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from datatools import images, plugins
from datatools.asking import pictures
from datatools.asking.task import Picture
from datatools.checks import Evidence
from datatools.fairness.composition import framing
from datatools.making.alpha import cut_out
from datatools.making.showing import plate
from datatools.masks import RGB, Face, Mask, Matte
from datatools.metrics._counts import count
from datatools.report.contact import thumbnail

SHAPES = [(1, 1), (1, 2), (3, 3), (30_000, 1), (1, 30_000), (2_000, 2)]


def _thin(height: int, width: int) -> tuple[RGB, Mask]:
    """Give a thin picture of noise; the person is its lower half."""
    image = np.random.default_rng(0).integers(0, 256, (height, width, 3)).astype(np.uint8)
    person = np.zeros((height, width), bool)
    person[height // 2 :] = True
    return image, Mask(person)


@pytest.fixture(params=SHAPES, ids=lambda shape: f"{shape[1]}x{shape[0]}")
def thin(request: pytest.FixtureRequest) -> tuple[RGB, Mask]:
    """Give a thin picture and its person."""
    return _thin(*request.param)


def _matte(mask: Mask) -> Matte:
    return Matte(np.where(mask.array, np.float32(0.9), np.float32(0.2)))


@pytest.mark.parametrize("name", plugins.names("refiners"))
def test_every_rule_takes_thin_pictures(name: str, thin: tuple[RGB, Mask]) -> None:
    """With a face as large as the picture, and without one."""
    image, mask = thin
    height, width = mask.array.shape
    rule = plugins.build("refiners", name)
    for faces in ([], [Face((0, 0, width, height), None, None)]):
        assert rule.refine(image, _matte(mask), faces).array.shape == (height, width)


@pytest.mark.parametrize("name", plugins.names("checks"))
def test_every_check_takes_thin_pictures(name: str) -> None:
    """Each says something of them, or nothing, and judges them together."""
    check = plugins.build("checks", name)
    observed = {}
    for shape in SHAPES:
        image, mask = _thin(*shape)
        key = f"{shape}"
        evidence = Evidence(sample_id=key, image=image, faces=[], mattes={"t": _matte(mask)}, mask=mask)
        observed[key] = check.observe(evidence)
    assert [key for key, _ in check.judge(observed.items())] == list(observed)


def test_thin_people_are_cut_out_measured_and_counted(thin: tuple[RGB, Mask]) -> None:
    """For matting, composition and evaluation."""
    image, mask = thin
    assert cut_out(image, mask).alpha.array.shape == mask.array.shape
    assert isinstance(framing.framing(image, mask), dict)
    assert count(mask, mask).fp == 0


def test_thin_pictures_are_shown(thin: tuple[RGB, Mask], tmp_path: Path) -> None:
    """On annotation pages, in reports and behind people; what is made stays small."""
    image, mask = thin
    shown: dict[str, Callable[[], object]] = {
        "page": lambda: pictures.write(tmp_path / "page", picture, 640),
        "sheet": lambda: thumbnail(tmp_path / "a.png", tmp_path / "m.png"),
        "plate": lambda: plate(str(tmp_path / "a.png"))(np.zeros((128, 96, 3), np.uint8)),
    }
    (tmp_path / "page" / "pictures").mkdir(parents=True)
    (tmp_path / "page" / "masks").mkdir()
    (tmp_path / "a.png").write_bytes(images.to_png(image))
    images.write_mask(tmp_path / "m.png", mask)
    picture = Picture(sample_id="0" * 16, image=tmp_path / "a.png", mask=tmp_path / "m.png", asked=())
    for show in shown.values():
        made = show()
        if isinstance(made, str):
            assert len(made) < 1 << 20
        if isinstance(made, np.ndarray):
            assert made.shape == (128, 96, 3)
