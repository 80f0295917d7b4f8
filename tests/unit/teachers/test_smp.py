"""The paper's own teacher is trained, kept and used; tested where the extra ``smp`` is installed."""

import importlib
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from datatools import plugins, tables
from datatools.errors import MissingExtraError, UsageError, WeightsError
from datatools.progress import Progress
from datatools.stages import teachers_train
from datatools.stages.teachers_train import Settings
from datatools.student import checkpoint, fit
from datatools.student.job import Job
from datatools.student.recipe import read
from datatools.student.state import EpochRow, TrainingState
from datatools.teachers._load import load_teacher
from datatools.workspace import Workspace
from tests.pictures import draw_person
from tests.stages.taught import fill
from tests.unit.student.small import same_weights, tiny_job

TINY = {"size_px": 32, "epochs": 1, "batch": 4, "workers": 2}


def smp() -> Any:  # the plug-in's module, which exists for mypy only where the extra does
    """Import the plug-in, also beside a torch for CPUs, whose torchvision is built for CUDA.

    Raises:
        MissingExtraError: the extra is not installed.
    """
    try:
        return plugins.module("teachers", "smp")
    except MissingExtraError:
        if importlib.util.find_spec("torchvision") is None:
            raise
    # Nothing of torchvision's is called; it only wants to find its operators declared.
    library = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
    _kept.append(library)
    for name in ("nms", "qnms"):
        schema = f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
        library.define(schema)  # type: ignore[no-untyped-call]
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        del sys.modules[name]
    return plugins.module("teachers", "smp")


_kept: list[object] = []


def save(path: Path) -> Path:
    """Write a checkpoint of random weights for pictures of 32 px."""
    module = smp()
    torch.manual_seed(0)
    network = module.architecture(None).make(False)
    preprocessing = replace(module.RECIPE.preprocessing, size_px=32)
    checkpoint.save(path, network.state_dict(), preprocessing, {}, module.NAME)
    return path


@pytest.fixture
def module() -> Any:
    """Give the plug-in's module, or skip."""
    try:
        return smp()
    except MissingExtraError as error:
        pytest.skip(f"the extra smp is not installed: {error}")


@pytest.fixture
def job(module: Any, tmp_path: Path) -> Job:
    """Give two epochs of two steps on rendered people."""
    whole = module.RECIPE.resized(32).changed(epochs=(2,), batch=4, lr=None)
    return replace(tiny_job(tmp_path), recipe=whole, architecture=module.architecture(None))


def test_it_has_the_papers_size(module: Any) -> None:
    """28,680,449 parameters with one logit."""
    assert module.architecture(None).n_parameters() == 28_680_449


def test_a_file_of_its_weights_is_a_teacher(module: Any, tmp_path: Path) -> None:
    """Named by its path alone; its folder is its name."""
    (tmp_path / "deeplab").mkdir()
    teacher = load_teacher(str(save(tmp_path / "deeplab" / "model.pt")))
    picture, _ = draw_person(width_px=50, height_px=31)
    assert (teacher.name, teacher.matte(picture, []).array.shape) == ("deeplab", (31, 50))


def test_pictures_together_get_the_mattes_they_get_alone(module: Any, tmp_path: Path) -> None:
    """Within half a step of an 8-bit matte."""
    teacher = module.build(str(save(tmp_path / "model.pt")))
    pictures = [draw_person(seed=seed, width_px=40 + seed)[0] for seed in range(3)]
    teacher.batch_size = 3
    together = teacher.mattes(pictures, [[], [], []])
    teacher.batch_size = 1
    for picture, matte in zip(pictures, together, strict=True):
        np.testing.assert_allclose(matte.array, teacher.matte(picture, []).array, atol=0.5 / 255)


def test_a_students_weights_are_refused(module: Any, tmp_path: Path) -> None:
    """The two are told apart by what their files say."""
    path = save(tmp_path / "model.pt")
    found = checkpoint.read(path)
    checkpoint.write(path, found | {"architecture": "extremec3net"})
    with pytest.raises(WeightsError, match=r"expected format .* architecture 'deeplabv3plus"):
        module.build(str(path))


@pytest.mark.slow
def test_a_stopped_run_ends_with_the_same_weights(module: Any, job: Job, tmp_path: Path) -> None:
    """As the student's does; and the loss falls."""
    whole_state = TrainingState(fingerprint="x")
    whole = fit.fit(job, whole_state, advance=lambda: None, on_epoch=lambda _: None)
    assert whole_state.history[-1].loss < whole_state.history[0].loss
    (tmp_path / "stopped").mkdir()
    again = replace(job, state_file=tmp_path / "stopped" / "checkpoint.pt")

    def stop(_: EpochRow) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit.fit(again, TrainingState(fingerprint="x"), advance=lambda: None, on_epoch=stop)
    state = TrainingState.load(again.state_file)
    resumed = fit.fit(again, state, advance=lambda: None, on_epoch=lambda _: None)
    assert same_weights(resumed, whole)


def test_the_stage_trains_a_teacher_that_can_be_used(
    module: Any, workspace: Workspace, tmp_path: Path, quiet: Progress
) -> None:
    """With a card that names the network; a second run does nothing."""
    fill(workspace, tmp_path / "people")
    settings = Settings.model_validate(TINY)
    result = teachers_train.run(workspace, settings, quiet)
    model = workspace.model_folder("deeplab") / "model.pt"
    assert load_teacher(str(model)).name == "deeplab"
    assert "DeepLabV3+ with SE-ResNeXt-50, 28,680,449 parameters" in (model.parent / "card.md").read_text()
    assert (result.facts["n_train"], result.facts["n_val"]) == (9, 3)
    digest = tables.sha256_file(model)
    again = teachers_train.run(workspace, settings, quiet)
    assert "was trained already" in again.notes[0]
    assert tables.sha256_file(model) == digest


def test_a_size_that_does_not_fit_is_refused(module: Any, workspace: Workspace, quiet: Progress) -> None:
    """The network's encoder halves its input four times."""
    with pytest.raises(UsageError, match="expected an input size that 16 divides, got size_px 40"):
        teachers_train.run(workspace, Settings.model_validate(TINY | {"size_px": 40}), quiet)


def test_without_the_extra_the_command_is_named(
    workspace: Workspace, quiet: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence says what to install."""
    monkeypatch.setitem(sys.modules, "segmentation_models_pytorch", None)
    monkeypatch.delitem(sys.modules, "datatools.teachers.smp", raising=False)
    with pytest.raises(MissingExtraError, match=r"pip install 'portrait-datatools\[smp\]'"):
        teachers_train.run(workspace, Settings.model_validate(TINY), quiet)


def test_a_torchvision_for_another_torch_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The package is there, and its import fails with an error of torch's."""
    monkeypatch.delitem(sys.modules, "datatools.teachers.smp", raising=False)
    monkeypatch.delitem(sys.modules, "segmentation_models_pytorch", raising=False)
    (tmp_path / "segmentation_models_pytorch.py").write_text(
        "raise RuntimeError('operator torchvision::nms does not exist')"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(MissingExtraError, match="torchvision was built for another torch"):
        plugins.module("teachers", "smp")


def test_the_recipes_band_is_the_papers_at_its_size(module: Any) -> None:
    """15 px at 224 px is 35 px at 512 px."""
    paper = read("paper").resized(512)
    assert module.RECIPE.phases[0].edge_kernel_px == paper.phases[1].edge_kernel_px == 35
