"""Processes share work; a dead one costs the task that it died of, and nobody is left behind."""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from datatools.crews import Lost, MakeTool, Needs
from datatools.crews.local import Hands, LocalCrew
from datatools.errors import DataError, DatatoolsError, UsageError
from tests.unit.crews import toys

_ROOT = Path(__file__).parents[3]


def _work(
    make: MakeTool[int, int], tasks: Sequence[int], *, workers: int = 2, limit_s: float | None = None
) -> dict[int, int | Lost]:
    found = list(LocalCrew(workers).work(make, tasks, Needs(limit_s=limit_s)))
    assert len(found) == len(tasks)
    return dict(found)


def _reasons(found: dict[int, int | Lost]) -> dict[int, str]:
    return {task: result.reason for task, result in found.items() if isinstance(result, Lost)}


@pytest.mark.parametrize("n", [0, 1, 2, 40])
def test_every_task_comes_back_once(n: int) -> None:
    """With its result, however many there are."""
    assert _work(toys.squares, range(n)) == {number: number * number for number in range(n)}


def test_several_workers_share() -> None:
    """Nobody does everything."""
    assert len(set(_work(toys.pids, range(12)).values())) == 2


def test_workers_stay_for_the_next_stage() -> None:
    """No process is born where one is free."""
    first = set(_work(toys.pids, range(8)).values())
    assert first & set(_work(toys.pids, range(8)).values())


def test_hands_make_their_tool_once() -> None:
    """And take one list after the other with it."""
    with Hands[int, int](toys.pids, 1, Needs()) as hands:
        first = {result for _, result in hands.work(range(3))}
        assert first == {result for _, result in hands.work(range(3))}
    assert len(first) == 1


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("segfault", "its worker died (signal 11, segmentation fault)"),
        ("exit", "its worker ended (exit code 3)"),
        ("kill", "its worker was killed (signal 9; the system does so when memory ends)"),
    ],
)
def test_a_death_costs_the_task_that_it_came_from(how: str, reason: str) -> None:
    """The other tasks of its worker are done again, and the reason is said."""
    found = _work(partial(toys.dying, [3, 11], how), range(20))
    assert _reasons(found) == {3: reason, 11: reason}
    assert {task: result for task, result in found.items() if task not in (3, 11)} == {
        number: number * number for number in range(20) if number not in (3, 11)
    }


def test_a_task_without_end_is_stopped() -> None:
    """At its time limit, and done again once."""
    found = _work(partial(toys.dying, [2], "hang"), range(5), limit_s=0.3)
    assert _reasons(found) == {2: "it took longer than 0.3 s"}


def test_a_death_by_chance_costs_nothing(tmp_path: Path) -> None:
    """Done again, the task succeeds."""
    assert _reasons(_work(partial(toys.once, tmp_path / "died"), range(20))) == {}
    assert (tmp_path / "died").exists()


@pytest.mark.parametrize(("error", "kind"), [("ours", DataError), ("bug", ZeroDivisionError)])
def test_an_exception_of_a_tool_is_raised(error: str, kind: type[Exception]) -> None:
    """As what it is, with a note of where it came from; the workers serve the next job."""
    with pytest.raises(kind) as caught:
        _work(partial(toys.raising, error), range(9))
    assert "in a worker process" in caught.value.__notes__[0]
    assert _reasons(_work(toys.squares, range(9))) == {}


def test_an_exception_while_the_tool_is_made_is_raised() -> None:
    """A missing network is said as it is in one process."""
    with pytest.raises(UsageError, match="no such network"):
        _work(toys.unusable, range(3))


def test_workers_that_cannot_begin_stop_the_crew() -> None:
    """Not for ever: four in a row are enough."""
    with pytest.raises(DatatoolsError, match=r"worker processes cannot begin.*exit code 5"):
        _work(toys.stillborn, range(3))


def test_warnings_and_logs_reach_the_owner(caplog: pytest.LogCaptureFixture) -> None:
    """Its filters and handlers judge them."""
    with (
        caplog.at_level(logging.WARNING),
        pytest.warns(RuntimeWarning, match="numbers are odd"),
    ):
        _work(toys.telling, range(3))
    assert sorted(record.message for record in caplog.records) == ["saw 0", "saw 1", "saw 2"]


def test_an_abandoned_crew_ends_what_it_was_doing() -> None:
    """Whoever leaves early is not waited for."""
    started = time.monotonic()
    results = LocalCrew(2).work(partial(toys.dying, [1], "hang"), range(2), Needs(chunk=1))
    assert next(results) == (0, 0)
    results.close()  # type: ignore[attr-defined]  # it is a generator
    assert time.monotonic() - started < 30


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _all_gone(pids: Sequence[int]) -> bool:
    until = time.monotonic() + 10
    while any(map(_alive, pids)):
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


_SCRIPT = """
import os, signal, sys
from datatools.crews import Needs
from datatools.crews.local import LocalCrew
from datatools.crews._brood import BROOD
from tests.unit.crews import toys
pids = {result for _, result in LocalCrew(2).work(toys.pids, range(8), Needs())}
print(*pids, BROOD._nursery.pid, flush=True)
HOW
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("how", ["os.kill(os.getpid(), signal.SIGKILL)", "sys.exit()", "os._exit(0)"])
def test_nobody_outlives_the_owner(tmp_path: Path, how: str) -> None:
    """However it ends; and its script needs no ``if __name__ == "__main__"``."""
    script = tmp_path / "script.py"
    script.write_text(_SCRIPT.replace("HOW", how))
    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(_ROOT)},
    )
    assert done.stderr == ""
    pids = [int(word) for word in done.stdout.split()]
    assert len(pids) == 3
    assert _all_gone(pids)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_dead_nursery_is_replaced() -> None:
    """Its workers die with it; the next job has others."""
    from datatools.crews._brood import BROOD

    before = [int(str(pid)) for pid in set(_work(toys.pids, range(8)).values())]
    assert BROOD._nursery is not None
    os.kill(BROOD._nursery.pid, signal.SIGKILL)
    BROOD._nursery.wait()
    assert _all_gone(before)
    assert _work(toys.squares, range(3)) == {0: 0, 1: 1, 2: 4}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_forked_child_has_a_crew_of_its_own() -> None:
    """It does not speak on its parent's lines."""
    _work(toys.squares, range(4))
    child = os.fork()
    if not child:
        found = dict(LocalCrew(1).work(toys.squares, range(3), Needs()))
        os._exit(0 if found == {0: 0, 1: 1, 2: 4} else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert _work(toys.squares, range(3)) == {0: 0, 1: 1, 2: 4}
