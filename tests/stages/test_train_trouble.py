"""What happens to a training run whose folder or data change under it is decided and told."""

import errno
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from datatools import tables
from datatools.cli import main
from datatools.errors import DataError, UsageError
from datatools.images import write_mask
from datatools.masks import Mask
from datatools.progress import Progress
from datatools.records import Sample, SplitRow
from datatools.stages import train
from datatools.student.folder import ModelFolder
from datatools.student.state import TrainingState
from datatools.workspace import Workspace
from tests.pictures import draw_person
from tests.stages.taught import N_PEOPLE, fill, settings, split_of


@pytest.fixture
def people(workspace: Workspace, tmp_path: Path) -> list[Sample]:
    """Give the samples of a workspace that is ready for training."""
    return fill(workspace, tmp_path / "people")


@pytest.fixture
def left(workspace: Workspace, people: list[Sample], quiet: Progress) -> ModelFolder:
    """Leave a run after its first step."""
    assert not train.run(workspace, settings(minutes=1e-9), quiet).passed
    return ModelFolder(workspace.model_folder("student"))


def rows(people: list[Sample]) -> list[SplitRow]:
    """Give the splits of the people."""
    return [
        SplitRow(sample_id=s.sample_id, person_id=s.person_id, split=split_of(n))
        for n, s in enumerate(people)
    ]


def change(workspace: Workspace, people: list[Sample], what: str) -> None:
    """Change the data a little."""
    if what == "a mask":
        path = workspace.reference_file(people[0])
        assert path is not None
        write_mask(path, Mask(draw_person(seed=99)[1].array))
    elif what == "a picture gone":
        workspace.write(tables.MANIFEST, people[1:])
    elif what == "a picture more":
        splits = rows(people)
        workspace.write(tables.SPLITS, [*splits[:-1], replace(splits[-1], split="train")])
    else:
        splits = rows(people)
        workspace.write(tables.SPLITS, [replace(splits[0], split="val"), *splits[1:]])


def test_data_that_changed_under_a_run_is_refused_and_named(
    workspace: Workspace, people: list[Sample], left: ModelFolder, quiet: Progress
) -> None:
    """A mask, a picture less or more, another split; put back, the run goes on."""
    mask = workspace.reference_file(people[0])
    assert mask is not None
    before = mask.read_bytes(), left.state.read_bytes()
    for what in ("a mask", "a picture gone", "a picture more", "another split"):
        change(workspace, people, what)
        with pytest.raises(UsageError, match=r"other settings \(pictures, masks or splits\): pass --restart"):
            train.run(workspace, settings(), quiet)
        mask.write_bytes(before[0])
        workspace.write(tables.MANIFEST, people)
        workspace.write(tables.SPLITS, rows(people))
    assert left.state.read_bytes() == before[1]
    assert train.run(workspace, settings(), quiet).passed
    assert len(people) == N_PEOPLE


def test_a_picture_that_broke_under_a_run_is_named(
    workspace: Workspace, people: list[Sample], left: ModelFolder, quiet: Progress
) -> None:
    """Going on without it would be another run; with the pack there nothing is missing."""
    workspace.image_file(people[0]).write_bytes(b"broken")
    shutil.rmtree(left.pack)
    with pytest.raises(DataError, match=rf"1 could be read then and cannot now.*{people[0].sample_id}"):
        train.run(workspace, settings(), quiet)


def test_a_broken_checkpoint_is_told_and_gone_back_from(
    workspace: Workspace, people: list[Sample], left: ModelFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    """The state before it takes its place."""
    whole = left.state.read_bytes()
    TrainingState.load(left.state).save(left.state)  # now there are two
    left.state.write_bytes(whole[:-100])
    assert train.run(workspace, settings(), Progress("plain")).passed
    assert "Going on from the state before it instead" in capsys.readouterr().err
    assert not left.state_before.exists()


def test_two_runs_of_one_name_do_not_meet(
    workspace: Workspace, people: list[Sample], quiet: Progress
) -> None:
    """The second is refused before it touches anything."""
    with ModelFolder(workspace.model_folder("student")).held():
        with pytest.raises(UsageError, match="another process is training in"):
            train.run(workspace, settings(), quiet)
        assert list(workspace.model_folder("student").iterdir()) == []


def test_a_full_disk_ends_the_command_and_costs_no_state(
    workspace: Workspace,
    people: list[Sample],
    left: ModelFolder,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One sentence, exit code 3, and the state that was there."""
    before = left.state.read_bytes()

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    flags = [
        f"--{name.replace('_', '-')}={value}"
        for name, value in settings().model_dump(exclude_unset=True).items()
    ]
    assert main(["train", "--workspace", str(workspace.root), "--quiet", *flags]) == 3
    assert "No space left on device" in capsys.readouterr().err
    assert left.state.read_bytes() == before
