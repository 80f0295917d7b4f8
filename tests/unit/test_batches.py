"""Writers append at once and are killed; what was acknowledged stays, and nothing is half written."""

import errno
import os
import runpy
import stat
import threading
from pathlib import Path

import numpy as np
import pytest

from datatools import batches, tables
from datatools.errors import TableError
from datatools.workspace import Workspace
from tests.stages.people import answer

BENCHMARK = Path(__file__).resolve().parents[2] / "benchmarks" / "annotation_append.py"


def test_eight_writers_of_whom_some_are_killed_lose_no_acknowledged_answer(tmp_path: Path) -> None:
    """Every batch can be read; of a killed writer at most the answer under way is there unsaid."""
    contest = runpy.run_path(str(BENCHMARK))["contest"]
    found = contest(tmp_path / "ws", n_writers=8, n_answers=25, n_killed=4, rng=np.random.default_rng(0))
    assert (found.n_lost, found.n_broken) == (0, 0)
    assert found.n_acknowledged >= 4 * 25
    assert found.n_killed > 0
    assert found.n_unacknowledged <= found.n_killed


def test_file_and_name_are_on_the_disk_before_it_is_acknowledged(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A power cut after that takes nothing away: the bytes first, then the names that lead to them."""
    synced: list[tuple[str, int]] = []
    sync = os.fsync

    def note(descriptor: int) -> None:
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        synced.append(("folder" if is_folder else "file", len(workspace.batch_files())))
        sync(descriptor)

    monkeypatch.setattr("os.fsync", note)
    workspace.append_batch([answer(0, "male")])
    # The new folder's own name, the file before it has its name, its name.
    assert synced == [("folder", 0), ("file", 0), ("folder", 1)]


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP])
def test_a_file_system_that_cannot_sync_folders_keeps_batches(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Nothing more can be done there than to sync the file."""
    monkeypatch.setattr("os.fsync", lambda descriptor: _refuse(descriptor, number))
    assert workspace.append_batch([answer(0, "male")]).exists()


def test_a_disk_that_fails_is_not_passed_over(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that may not be kept is not acknowledged."""
    monkeypatch.setattr("os.fsync", lambda descriptor: _refuse(descriptor, errno.EIO))
    with pytest.raises(OSError, match="refused"):
        workspace.append_batch([answer(0, "male")])


def _refuse(descriptor: int, number: int) -> None:
    """Sync files alone."""
    if stat.S_ISDIR(os.fstat(descriptor).st_mode):
        raise OSError(number, "refused")


def test_one_batch_from_many_writers_at_once_is_one_file(workspace: Workspace) -> None:
    """Each writes beside it under a name of its own, so none trips over another."""
    rows = [answer(number, "male") for number in range(50)]
    writers = [threading.Thread(target=workspace.append_batch, args=(rows,)) for _ in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(workspace.batch_files()) == 1
    assert len(list(workspace.annotations_folder.iterdir())) == 1
    assert len(workspace.rows(tables.ANNOTATIONS)) == 50


def test_what_a_killed_writer_left_is_not_read(workspace: Workspace) -> None:
    """Its file had not got its name yet."""
    path = workspace.append_batch([answer(0, "male")])
    path.with_name(f".{path.name}.0123456789abcdef.part").write_bytes(b"PAR1 half a batch")
    assert workspace.batch_files() == [path]
    assert len(workspace.rows(tables.ANNOTATIONS)) == 1


def test_a_broken_batch_is_named(workspace: Workspace) -> None:
    """Somebody else's tool may have cut it; it is not passed over."""
    path = workspace.append_batch([answer(0, "male")])
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(TableError, match=path.name):
        workspace.annotations()


def test_batches_are_read_as_one_table_with_encoded_text(workspace: Workspace) -> None:
    """A word stands in memory once, whichever batches hold it; no batch gives no rows."""
    assert len(batches.read(workspace.annotations_folder)) == 0
    workspace.append_batch([answer(0, "male"), answer(1, "female")])
    workspace.append_batch([answer(2, "male"), answer(0, "male", annotator_id="b")])
    found = workspace.annotations()
    assert len(found) == 4
    (chunk,) = found["value"].chunks
    assert sorted(chunk.dictionary.to_pylist()) == ["female", "male"]


def test_many_rows_and_few_rows_make_one_file(workspace: Workspace) -> None:
    """Answers that come as columns are the same batch as those that come as records."""
    rows = [answer(n, v, created_at=t) for n, v, t in [(2, "male", None), (1, "male", "b"), (1, "male", "a")]]
    first = workspace.append_batch(rows)
    columns = tables.sorted_arrow(tables.ANNOTATIONS, workspace.annotations())
    assert batches.append(workspace.annotations_folder, columns) == first
    assert len(workspace.batch_files()) == 1
