"""One workspace, one data set: whoever syncs at once, dies, moves or copies it, in whatever version."""

import errno
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from datatools import tables
from datatools.browse import (
    errors_shown,
    fields,
    forget,
    home,
    marks,
    store,
    sync,
    writing,
)
from datatools.database import engine
from datatools.errors import UsageError
from datatools.progress import Progress
from datatools.stages import withdraw
from datatools.workspace import Workspace
from tests.stages import databases
from tests.stages.browsed import change_mask_row, fill_all
from tests.stages.synchronised import QUIET, held, known, synced

pytestmark = pytest.mark.slow
ERRORS = "errors_generated_on_rendered"


@pytest.fixture(scope="module", autouse=True)
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give FiftyOne a database of its own, or skip where it is not installed."""
    with databases.of_module(tmp_path_factory):
        yield


@pytest.fixture
def filled(workspace: Workspace, tmp_path: Path) -> Iterator[Workspace]:
    """Give a workspace with every table; data sets go when the test is done."""
    fill_all(workspace, tmp_path / "src")
    yield workspace
    fo = engine.load()
    for name in fo.list_datasets():
        fo.delete_dataset(name)


# -- trouble ---------------------------------------------------------------------------------------


class _KilledError(BaseException):
    """Nothing catches it, as nothing catches SIGKILL."""


def _dying(work: Callable[..., Any], left: list[int]) -> Callable[..., Any]:
    def counted(*given: Any, **named: Any) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise _KilledError
        return work(*given, **named)

    return counted


def test_a_sync_that_dies_anywhere_is_completed_by_the_next(
    filled: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a death at any write of the database the next sync ends in the same state."""
    from pymongo.collection import Collection

    monkeypatch.setattr(writing, "_BATCH", 2)
    wanted = held(synced(filled))
    fo, name, n_deaths = engine.load(), sync.default_name(filled), 0
    fo.delete_dataset(name)
    for n_writes in range(0, 200, 5):
        with monkeypatch.context() as patch:
            left = [n_writes]
            for method in ("bulk_write", "update_one", "update_many", "delete_many", "create_index"):
                patch.setattr(Collection, method, _dying(getattr(Collection, method), left))
            try:
                synced(filled)
            except _KilledError:
                n_deaths += 1
            if left[0] >= 0:
                break
        assert held(synced(filled)) == wanted
        fo.delete_dataset(name)
    assert n_deaths > 3


_SYNC = """
import sys
from datatools.browse import sync
from datatools.progress import Progress
from datatools.workspace import Workspace
workspace = Workspace(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
sync.build_dataset(workspace, sync.default_name(workspace), Progress("plain"))
"""


def test_two_processes_at_once_make_one_data_set(filled: Workspace) -> None:
    """One waits for the other; every sample is there once."""
    command = [sys.executable, "-c", _SYNC, str(filled.root)]
    both = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    for one in both:
        assert one.stdout is not None
        one.stdout.readline()
    for one in both:
        one.communicate("\n", timeout=120)
    dataset = engine.load().load_dataset(sync.default_name(filled))
    assert ([one.returncode for one in both], len(dataset)) == ([0, 0], 5)
    before = dataset.values(fields.SYNCED)
    assert synced(filled).values(fields.SYNCED) == before


def test_who_comes_second_is_told_to_wait(filled: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that another one holds up says so."""
    import fcntl

    told: list[str] = []
    lock = fcntl.flock

    def busy(handle: int, flags: int) -> None:
        if flags & fcntl.LOCK_NB:
            raise BlockingIOError
        lock(handle, flags)

    monkeypatch.setattr(fcntl, "flock", busy)
    with home.held(filled, told.append):
        assert len(told) == 1


def test_a_folder_without_locks_is_told(filled: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some network file systems have none; the work goes on."""
    import fcntl

    def refuse(*_: int) -> None:
        raise OSError(errno.ENOLCK, "no locks")

    told: list[str] = []
    monkeypatch.setattr(fcntl, "flock", refuse)
    with home.held(filled, told.append):
        assert len(told) == 1


def test_error_maps_go_with_the_person(filled: Workspace) -> None:
    """A withdrawal leaves no picture of the errors about them, and the next sync brings none back."""
    first, *others = filled.samples()
    n_before = len(errors_shown.there(filled)) if synced(filled) else 0
    withdraw.run(filled, withdraw.Settings(sample=first.sample_id), QUIET)
    assert [path for path in errors_shown.there(filled) if first.sample_id in path] == []
    dataset = synced(filled)
    assert (n_before, dataset.values("sample_id")) == (10, [row.sample_id for row in others])


def test_a_moved_workspace_keeps_its_data_set(filled: Workspace, tmp_path: Path) -> None:
    """Tags and samples go on under the new name, and every path is the new one."""
    dataset = synced(filled)
    dataset.limit(1).tag_samples("favourite")
    ids = dataset.values("id")
    dataset.clone("a clone", persistent=True)  # which is not the data set of the workspace
    moved = Workspace(filled.root.rename(tmp_path / "elsewhere"))
    dataset = synced(moved)
    fo = engine.load()
    assert (dataset.values("id"), dataset.count_sample_tags()["favourite"]) == (ids, 1)
    assert dataset.first().mask.mask_path.startswith(str(moved.root))
    assert sorted(fo.list_datasets()) == ["a clone", sync.default_name(moved)]


def test_a_copied_workspace_has_a_data_set_of_its_own(filled: Workspace, tmp_path: Path) -> None:
    """The first one's stays, and cannot be taken by name."""
    name = synced(filled).name
    copy = Workspace(shutil.copytree(filled.root, tmp_path / "copy"))
    with pytest.raises(UsageError, match="of which this workspace is a copy"):
        sync.build_dataset(copy, name, QUIET)
    synced(copy)
    assert sorted(engine.load().list_datasets()) == sorted([name, sync.default_name(copy)])


def test_a_workspace_of_another_machine_is_another_one(
    filled: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two people may have different workspaces at one path, and one database."""
    name = synced(filled).name
    (filled.root / home.MARK).write_text("0" * 16)
    monkeypatch.setattr("platform.node", lambda: "elsewhere")
    with pytest.raises(UsageError, match="choose another name"):
        sync.build_dataset(filled, name, QUIET)


def test_a_moved_workspace_still_lets_people_leave(filled: Workspace, tmp_path: Path) -> None:
    """Samples that are withdrawn before the next sync leave the data set too."""
    synced(filled)
    moved = Workspace(filled.root.rename(tmp_path / "elsewhere"))
    assert forget.samples(moved, [moved.samples()[0].sample_id]) == 1


def test_a_workspace_that_may_only_be_read_has_an_identity(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of its folder: nothing can be kept in it."""

    def refuse(*_: object) -> bool:
        raise PermissionError

    monkeypatch.setattr(tables, "write_new", refuse)
    assert home.identity(workspace) == tables.fingerprint(str(workspace.root.resolve()))


def test_a_data_set_of_a_newer_version_is_left_alone(filled: Workspace) -> None:
    """Its fields are not known here."""
    dataset = synced(filled)
    dataset.info["datatools"] |= {"layout": marks.LAYOUT + 1, "version": "9.9"}
    dataset.save()
    with pytest.raises(UsageError, match=r"written by datatools 9\.9"):
        synced(filled)


def test_a_data_set_of_an_older_version_goes_on(filled: Workspace) -> None:
    """Samples that have no mark yet are brought up to date where they are, and old fields go."""
    wanted = held(synced(filled))
    fo, name = engine.load(), sync.default_name(filled)
    fo.delete_dataset(name)
    old = fo.Dataset(name, persistent=True)
    old.info = {"datatools": {"workspace": str(filled.root), "version": "0.0.1"}}
    old.save()
    old.add_samples(
        [
            fo.Sample(filepath=str(filled.image_file(row)), sample_id=row.sample_id, check_old=1.0)
            for row in filled.samples()
        ],
        progress=False,
    )
    found = {sample_id: known(entry) for sample_id, entry in held(synced(filled)).items()}
    assert found == {sample_id: known(entry) for sample_id, entry in wanted.items()}


def test_a_sample_that_is_there_twice_is_told(filled: Workspace) -> None:
    """Neither copy is taken away."""
    fo, name = engine.load(), sync.default_name(filled)
    old = fo.Dataset(name, persistent=True)
    old.info = {"datatools": {"workspace": str(filled.root), "version": "0.0.1"}}
    old.save()
    (row, *_) = filled.samples()
    twice = [fo.Sample(filepath=str(filled.image_file(row)), sample_id=row.sample_id) for _ in range(2)]
    old.add_samples(twice, progress=False)
    with pytest.raises(UsageError, match="holds a sample of the workspace twice"):
        synced(filled)
    assert len(old) == 2


def test_a_name_that_fiftyone_refuses_is_told(filled: Workspace) -> None:
    """Nothing is left of the attempt."""
    with pytest.raises(UsageError, match="takes no data set of the name"):
        sync.build_dataset(filled, "?", QUIET)
    assert engine.load().list_datasets() == []


def test_a_data_set_made_at_the_same_moment_is_used(
    filled: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another machine, which no lock reaches, was first."""
    fo, create = engine.load(), sync._create

    def second(*given: Any) -> None:
        create(*given)
        create(*given)

    monkeypatch.setattr(sync, "_create", second)
    assert (len(synced(filled)), len(fo.list_datasets())) == (5, 1)


def test_a_table_that_changes_meanwhile_is_read_again(
    filled: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a stage wrote during the sync is shown when it ends."""
    work, n_writes = store.write, [0]

    def write(*given: Any) -> None:
        work(*given)
        n_writes[0] += 1
        if n_writes[0] == 1:
            change_mask_row(filled, filled.samples()[0])

    monkeypatch.setattr(store, "write", write)
    assert synced(filled).first().rules_applied == ["beard"]


def test_tables_that_keep_changing_do_not_hold_it_up(
    filled: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """After some tries it is said that the data set may be behind."""
    moments = iter(range(100))
    monkeypatch.setattr(marks, "stamp", lambda _: next(moments))
    sync.build_dataset(filled, sync.default_name(filled), Progress("plain"))
    assert "run `datatools browse` again" in capsys.readouterr().err
