"""Does a cluster's worker give one result a task, whatever its tasks do, and without a cluster?"""

import pickle
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from datatools.crews import Lost, Needs, actor
from datatools.errors import DataError, UsageError
from tests.unit.crews import toys


def worker(make: Callable[[], toys.Tool], folder: Path, *, chunk: int = 16) -> actor.Worker:
    """Give a worker of this process."""
    needs = Needs(chunk=chunk, limit_s=30)
    return actor.Worker(
        actor.Job(
            make=pickle.dumps(make),
            needs=needs,
            folder=str(folder),
            path=[],
            environment={"DATATOOLS_X": "1"},
        )
    )


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put back the folder and the environment that a worker makes its own."""
    monkeypatch.chdir(Path.cwd())
    monkeypatch.setenv("DATATOOLS_X", "0")


def test_results_bear_the_places_of_their_tasks(tmp_path: Path) -> None:
    """Places are the stage's, not the chunk's."""
    table = worker(toys.squares, tmp_path).work(actor.chunk([(7, 2), (9, 3), (4, 2)]))
    assert dict(actor.results(table)) == {7: 4, 9: 9, 4: 4}


def test_a_tool_is_made_once(tmp_path: Path) -> None:
    """The second chunk goes to the same process."""
    at_work = worker(toys.pids, tmp_path)
    first = dict(actor.results(at_work.work(actor.chunk([(0, 0)]))))
    assert dict(actor.results(at_work.work(actor.chunk([(1, 1)]))))[1] == first[0]


def test_a_task_that_kills_is_lost_alone(tmp_path: Path) -> None:
    """The others of its chunk have their results; the reason is the local crew's."""
    at_work = worker(partial(toys.dying, [2], "segfault"), tmp_path)
    found = dict(actor.results(at_work.work(actor.chunk([(place, place) for place in range(4)]))))
    assert found == {0: 0, 1: 1, 2: Lost("its worker died (signal 11, segmentation fault)"), 3: 9}


def test_what_a_tool_raises_is_raised_at_the_driver(tmp_path: Path) -> None:
    """With its own class, and a note that says where."""
    table = worker(partial(toys.raising, "ours"), tmp_path).work(actor.chunk([(0, 3)]))
    with pytest.raises(DataError, match="three is broken") as caught:
        list(actor.results(table))
    assert any(note.startswith("on ") for note in caught.value.__notes__)


def test_what_workers_warn_of_and_log_is_said_at_the_driver(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """As the crew of one machine does."""
    table = worker(toys.telling, tmp_path).work(actor.chunk([(0, 1), (1, 2)]))
    caplog.clear()
    with pytest.warns(RuntimeWarning, match="numbers are odd"):
        assert dict(actor.results(table)) == {0: 1, 1: 2}
    assert [record.message for record in caplog.records] == ["saw 1", "saw 2"]


def test_a_machine_without_the_folder_is_told(tmp_path: Path) -> None:
    """Every machine of a cluster needs the driver's folder under the same path."""
    table = worker(toys.squares, tmp_path / "elsewhere").work(actor.chunk([(0, 3)]))
    with pytest.raises(UsageError, match="share the file system under one path"):
        list(actor.results(table))
