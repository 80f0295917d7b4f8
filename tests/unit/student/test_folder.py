"""One process at a time trains in a model's folder, and goes on from a whole state or says why not."""

import io
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from datatools.errors import UsageError, WeightsError
from datatools.student.folder import ModelFolder
from datatools.student.state import TrainingState

SHAPED_BY = {"recipe": "r", "seed": "0", "pictures": "p"}
NEW = TrainingState(fingerprint="f", shaped_by=SHAPED_BY)


@pytest.fixture
def files(tmp_path: Path) -> ModelFolder:
    """Give a model's folder where two states were written."""
    files = ModelFolder(tmp_path / "models" / "mine")
    for epoch in (1, 2):
        replace(NEW, epoch=epoch).save(files.state)
    return files


def found(files: ModelFolder, *, restart: bool = False) -> tuple[int | None, list[str]]:
    """Give the epoch that is gone on from, and what was said."""
    said: list[str] = []
    state = files.unfinished(NEW, restart=restart, say=said.append)
    return None if state is None else state.epoch, said


def test_the_newest_state_is_gone_on_from(files: ModelFolder) -> None:
    """Without a word."""
    assert found(files) == (2, [])


@pytest.mark.parametrize("damage", ["cut", "flipped", "random", "other", "code", "gone"])
def test_a_broken_state_costs_what_came_after_the_one_before(files: ModelFolder, damage: str) -> None:
    """The message names the broken file and the decision."""
    whole = files.state.read_bytes()
    at = whole.index(b"fingerprint")
    broken = {
        "cut": whole[: len(whole) // 2],
        "flipped": whole[:at] + b"F" + whole[at + 1 :],
        "random": os.urandom(len(whole)),
        "other": _saved({"some": "thing"}),
        "code": _saved({"path": Path("x")}),
    }
    files.state.unlink()
    if damage in broken:
        files.state.write_bytes(broken[damage])
    epoch, (said,) = found(files)
    assert epoch == 1
    assert str(files.state) in said
    assert "the state before it instead" in said


def _saved(values: object) -> bytes:
    stream = io.BytesIO()
    torch.save(values, stream)
    return stream.getvalue()


def test_two_broken_states_need_a_decision(files: ModelFolder) -> None:
    """Nothing is thrown away unasked."""
    files.state.write_bytes(b"cut")
    files.state_before.write_bytes(b"off")
    with pytest.raises(WeightsError, match=r"checkpoint\.before\.pt.*--restart to begin anew"):
        found(files)
    assert found(files, restart=True) == (None, [])


@pytest.mark.parametrize("changed", ["recipe", "seed", "pictures"])
def test_another_run_is_refused_and_what_differs_is_named(files: ModelFolder, changed: str) -> None:
    """So that people know whether to put it back."""
    other = TrainingState(fingerprint="g", shaped_by=SHAPED_BY | {changed: "new"})
    with pytest.raises(UsageError, match=rf"other settings \({changed}\): pass --restart"):
        files.unfinished(other, restart=False, say=print)


def test_a_folder_is_held_by_one_process(files: ModelFolder) -> None:
    """The second is told whose turn it is; afterwards it may."""
    code = (
        "import sys; from pathlib import Path; from datatools.student.folder import ModelFolder\n"
        "with ModelFolder(Path(sys.argv[1])).held(): print('held')"
    )
    command = [sys.executable, "-c", code, str(files.folder)]
    with files.held():
        second = subprocess.run(command, capture_output=True, text=True, check=False)
        assert "another process is training in" in second.stderr
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "held\n"


def test_a_folder_that_cannot_be_written_to_is_told_at_once(
    files: ModelFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is computed; the lock is let go."""

    def refuse(**_: object) -> None:
        raise PermissionError(13, "Permission denied", str(files.folder))

    with monkeypatch.context() as patch:
        patch.setattr("tempfile.TemporaryFile", refuse)
        with pytest.raises(PermissionError, match="mine"), files.held():
            pass
    with files.held():
        pass


def test_what_a_killed_process_was_writing_is_removed(files: ModelFolder) -> None:
    """Nothing else is."""
    files.pack.mkdir()
    for path in (files.folder / ".checkpoint.pt.0123.part", files.pack / ".pack-0.npy.1.part"):
        path.write_bytes(b"half")
    with files.held():
        left = sorted(path.name for path in files.folder.rglob("*") if path.is_file())
    assert left == ["checkpoint.before.pt", "checkpoint.pt"]
