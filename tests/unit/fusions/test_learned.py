"""Does the learned fusion learn, work with part of its committee, and open its files safely?"""

import pickle
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from datatools.errors import DataError, UsageError, WeightsError
from datatools.fusions import _fit, _net
from datatools.fusions._file import load, save
from datatools.fusions.learned import Learned
from datatools.fusions.mean import Mean
from datatools.masks import RGB, Matte, iou
from datatools.progress import Progress
from tests.pictures import draw_person

TEACHERS = ("blunt", "shy")


def case(seed: int) -> tuple[RGB, dict[str, Matte], NDArray[np.bool_]]:
    """Give a drawn person, two mattes that both are 2 px too small and blurred, and the truth."""
    image, mask = draw_person(seed=seed, width_px=96, height_px=128)
    small = cv2.erode(mask.array.astype(np.float32), np.ones((5, 5)))
    blunt = np.asarray(cv2.GaussianBlur(small, (0, 0), 3), np.float32)
    return image, {"blunt": Matte(blunt), "shy": Matte(np.clip(blunt * 0.9, 0, 1))}, mask.array


def example(seed: int) -> _fit.Example:
    """Give a drawn person as an example to learn from."""
    image, mattes, truth = case(seed)
    stack = _net.stacked(image, mattes, TEACHERS)
    size = (stack.shape[1], stack.shape[0])
    small = cv2.resize(truth.astype(np.uint8) * 255, size, interpolation=cv2.INTER_AREA)
    return _fit.Example(stack, np.asarray(small, np.uint8), np.ones(2, np.bool_))


def fit(epochs: int = 1) -> _net.FusionNet:
    """Fit quickly."""
    examples = [example(seed) for seed in range(4)]
    return _fit.fit(examples, 2, epochs=epochs, batch=4, seed=3, progress=Progress("quiet"))


def test_untrained_it_is_the_mean_of_the_logits(tmp_path: Path) -> None:
    """So fitting can only add what it learnt."""
    save(tmp_path / "f.pt", _net.FusionNet(2), TEACHERS, {})
    image, mattes, _ = case(0)
    fused = Learned(str(tmp_path / "f.pt")).fuse(image, mattes)
    values = [np.clip(matte.array, 0.01, 0.99) for matte in mattes.values()]
    logit = np.mean([np.log(v / (1 - v)) for v in values], axis=0)
    np.testing.assert_allclose(fused.array, 1 / (1 + np.exp(-logit)), atol=2e-3)


def test_it_learns_what_the_committee_gets_wrong(tmp_path: Path) -> None:
    """Both teachers draw people too small; on a person it never saw the fit is better than their mean."""
    save(tmp_path / "f.pt", fit(epochs=25), TEACHERS, {})
    fusion = Learned(str(tmp_path / "f.pt"))
    for seed in (10, 11):
        image, mattes, truth = case(seed)
        mean, learned = (strategy.fuse(image, mattes).threshold() for strategy in (Mean(), fusion))
        reference = Matte(truth.astype(np.float32)).threshold()
        assert iou(learned, reference) > iou(mean, reference) + 0.02


def test_the_same_seed_gives_the_same_weights() -> None:
    """To the bit, on one machine."""
    first, second = fit().state_dict(), fit().state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_a_file_comes_back_as_it_was_written(tmp_path: Path) -> None:
    """Teachers in their order, facts, and weights to half precision."""
    network = _net.FusionNet(2)
    save(tmp_path / "f.pt", network, TEACHERS, {"n_train": 4})
    found = load(tmp_path / "f.pt")
    assert (found.teachers, found.facts) == (TEACHERS, {"n_train": 4})
    for name, value in network.state_dict().items():
        torch.testing.assert_close(found.network.state_dict()[name], value, atol=2e-3, rtol=1e-3)


def test_another_committee_is_refused(tmp_path: Path) -> None:
    """None of the teachers it knows is there."""
    save(tmp_path / "f.pt", _net.FusionNet(2), TEACHERS, {})
    image, mattes, _ = case(0)
    with pytest.raises(DataError, match=r"fitted for the teachers blunt, shy.*mattes of isnet.*fusion fit"):
        Learned(str(tmp_path / "f.pt")).fuse(image, {"isnet": mattes["shy"]})


def test_damaged_weights_are_noticed(tmp_path: Path) -> None:
    """Numbers that are none do not become a mask."""
    network = _net.FusionNet(2)
    torch.nn.init.constant_(network.head.weight, float("nan"))
    save(tmp_path / "f.pt", network, TEACHERS, {})
    image, mattes, _ = case(0)
    with pytest.raises(WeightsError, match="gives no numbers"):
        Learned(str(tmp_path / "f.pt")).fuse(image, mattes)


def test_other_files_are_refused(tmp_path: Path) -> None:
    """Missing, of another kind, of another shape, or with code inside."""
    with pytest.raises(UsageError, match="is not there"):
        load(tmp_path / "none.pt")
    torch.save({"format": "datatools-student", "version": 1}, tmp_path / "student.pt")
    with pytest.raises(WeightsError, match="expected a fit of `datatools fusion fit`"):
        load(tmp_path / "student.pt")
    save(tmp_path / "f.pt", _net.FusionNet(3), TEACHERS, {})
    with pytest.raises(WeightsError, match="do not fit the network"):
        load(tmp_path / "f.pt")
    (tmp_path / "code.pt").write_bytes(pickle.dumps({"format": print}, protocol=2))
    with pytest.raises(WeightsError, match="not a readable file of weights"):
        load(tmp_path / "code.pt")


@pytest.mark.parametrize(
    ("height", "width", "expected"), [(800, 600, (320, 240)), (100, 300, (112, 320)), (2, 4000, (16, 320))]
)
def test_the_working_size_keeps_the_shape(height: int, width: int, expected: tuple[int, int]) -> None:
    """To a multiple of 16 px; never nothing."""
    assert _net.working_size(height, width) == expected
