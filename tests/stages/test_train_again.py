"""The train stage again: what is done stays, other settings need a decision, a killed run goes on."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from datatools import tables
from datatools.errors import UsageError, WeightsError
from datatools.images import write_mask
from datatools.masks import Mask
from datatools.progress import Progress
from datatools.records import Sample, StageResult
from datatools.stages import train
from datatools.student import checkpoint
from datatools.workspace import Workspace
from tests.pictures import draw_person
from tests.stages.taught import fill, settings


@pytest.fixture
def people(workspace: Workspace, tmp_path: Path) -> list[Sample]:
    """Give the samples of a workspace that is ready for training."""
    return fill(workspace, tmp_path / "people")


def test_running_again_says_that_it_is_done(
    workspace: Workspace, people: list[Sample], quiet: Progress
) -> None:
    """Nothing is trained, the facts are the same."""
    first = train.run(workspace, settings(), quiet)
    model = workspace.model_folder("student") / "model.pt"
    before = model.stat().st_mtime_ns
    again = train.run(workspace, settings(), quiet)
    assert (again.facts, model.stat().st_mtime_ns) == (first.facts, before)
    assert "trained already" in again.notes[0]
    assert "is trained already" in train.run(workspace, settings(dry_run=True), quiet).notes[0]


@pytest.mark.parametrize("change", [{"seed": 1}, {"epochs_whole": 3}, {"size_px": 36}])
def test_other_settings_need_a_decision(
    workspace: Workspace, people: list[Sample], quiet: Progress, change: dict[str, object]
) -> None:
    """Neither is the old model overwritten nor another one passed off as it."""
    train.run(workspace, settings(), quiet)
    with pytest.raises(UsageError, match=r"--restart to throw it away, or another --name"):
        train.run(workspace, settings(**change), quiet)


def test_other_data_needs_a_decision_and_restart_is_one(
    workspace: Workspace, people: list[Sample], quiet: Progress
) -> None:
    """A mask was mended: the run starts anew only when told so."""
    train.run(workspace, settings(), quiet)
    mask = workspace.reference_file(people[0])
    assert mask is not None
    write_mask(mask, Mask(draw_person(seed=99)[1].array))
    with pytest.raises(UsageError, match="other data"):
        train.run(workspace, settings(), quiet)
    result = train.run(workspace, settings(restart=True), quiet)
    assert len(result.notes) == 2
    assert len(list((workspace.model_folder("student") / "log").iterdir())) == 1


def test_restart_of_the_same_run_finds_it_done(
    workspace: Workspace, people: list[Sample], quiet: Progress
) -> None:
    """The same data and settings would give the same weights."""
    train.run(workspace, settings(), quiet)
    again = train.run(workspace, settings(restart=True), quiet)
    assert "trained already" in again.notes[0]


def test_another_name_keeps_both(workspace: Workspace, people: list[Sample], quiet: Progress) -> None:
    """Models lie side by side."""
    for seed, name in enumerate(("first", "second")):
        train.run(workspace, settings(seed=seed, name=name, epochs_coarse=0), quiet)
    assert sorted(path.name for path in (workspace.root / "models").iterdir()) == ["first", "second"]


def test_a_model_without_its_state_is_not_overwritten(
    workspace: Workspace, people: list[Sample], quiet: Progress
) -> None:
    """Somebody put it there."""
    model = workspace.model_folder("student") / "model.pt"
    tables.write_bytes(model, b"weights")
    with pytest.raises(UsageError, match="--restart"):
        train.run(workspace, settings(), quiet)
    assert model.read_bytes() == b"weights"


def test_a_broken_state_needs_restart(workspace: Workspace, people: list[Sample], quiet: Progress) -> None:
    """The message names the file."""
    tables.write_bytes(workspace.model_folder("student") / "checkpoint.pt", b"cut off")
    with pytest.raises(WeightsError, match=r"checkpoint\.pt"):
        train.run(workspace, settings(), quiet)
    train.run(workspace, settings(restart=True), quiet)
    assert checkpoint.load(workspace.model_folder("student") / "model.pt").preprocessing.size_px == 32


def test_a_run_with_a_limit_of_time_is_left_and_gone_on_with(
    workspace: Workspace, people: list[Sample], quiet: Progress
) -> None:
    """Not done: exit code 1, no model, no run record; the same command goes on."""
    first = train.run(workspace, settings(minutes=1e-9), quiet)
    assert (first.passed, first.facts) == (False, {"n_steps_left": 3})
    assert not (workspace.model_folder("student") / "model.pt").exists()
    assert not workspace.run_files()
    assert train.run(workspace, settings(), quiet).passed


def _in_a_process(root: Path) -> "subprocess.Popen[bytes]":
    code = (
        "import sys\n"
        "from datatools.progress import Progress\n"
        "from datatools.stages import train\n"
        "from datatools.workspace import Workspace\n"
        "settings = train.Settings.model_validate_json(sys.argv[2])\n"
        "train.run(Workspace(sys.argv[1]), settings, Progress('quiet'))\n"
    )
    wanted = settings(epochs_whole=4).model_dump_json()
    return subprocess.Popen([sys.executable, "-c", code, str(root), wanted])


def test_a_run_that_is_killed_ends_with_the_same_bytes(tmp_path: Path, quiet: Progress) -> None:
    """SIGKILL while it trains; the same command again; the model file equals that of a run left alone."""
    results: list[StageResult] = []
    models: list[bytes] = []
    for name in ("alone", "killed"):
        workspace = Workspace(tmp_path / name)
        workspace.create()
        fill(workspace, tmp_path / f"people-{name}")
        folder = workspace.model_folder("student")
        if name == "killed":
            process = _in_a_process(workspace.root)
            give_up = time.monotonic() + 60
            while not (folder / "history.csv").exists() and time.monotonic() < give_up:
                time.sleep(0.005)
            process.send_signal(signal.SIGKILL)
            process.wait()
            assert (folder / "checkpoint.pt").exists()
            assert not (folder / "model.pt").exists()
        results.append(train.run(workspace, settings(epochs_whole=4), quiet))
        models.append((folder / "model.pt").read_bytes())
    assert models[0] == models[1]
    facts = [result.facts | {"elapsed_s": 0} for result in results]
    assert facts[0] == facts[1]


def test_another_network_is_another_run(workspace: Workspace, people: list[Sample], quiet: Progress) -> None:
    """It neither goes on with the first one's weights nor replaces them unasked."""
    train.run(workspace, settings(), quiet)
    with pytest.raises(UsageError, match="--restart"):
        train.run(workspace, settings(network="sinet"), quiet)
