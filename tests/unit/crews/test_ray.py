"""Does a Ray cluster give each task one result, quietly, on the loopback interface alone?"""

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import psutil
import pytest

pytest.importorskip("ray", reason="Ray is in the extra `scale`")

from ray.exceptions import RayError

from datatools.crews import Lost, Needs, actor, joining
from datatools.crews import ray as crew
from datatools.errors import DataError, DatatoolsError, UsageError
from datatools.owners import Owner
from tests.unit.crews import toys

OF_THE_DEAD, OF_THE_LIVING = (
    joining.base() / f"dtray-{secrets.token_hex(4)}" for _ in range(2)
)  # folders as clusters leave them


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[None]:
    """Start a cluster that believes to have a GPU, and end it."""
    dead = replace(Owner.this("--engine ray", "yesterday"), boot="before the machine was started again")
    for folder, owner in ((OF_THE_DEAD, dead), (OF_THE_LIVING, Owner.this("--engine ray", "today"))):
        folder.mkdir()
        (folder / "owner").write_bytes(owner.to_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("RAY_ADDRESS", raising=False)
        patch.setenv("RAY_OVERRIDE_RESOURCES", '{"GPU": 1}')
        joining.join(2)
    yield
    joining.leave()
    shutil.rmtree(OF_THE_LIVING)


@pytest.fixture
def alone() -> None:
    """Leave the cluster that other tests use: for the last ones of this module."""
    joining.leave()


def actors() -> list[psutil.Process]:
    """Give the processes of the pool's actors."""
    found = []
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.name().startswith("ray::Worker"):
                found.append(process)
    return found


def shares(n_tasks: int, *rest: int) -> list[int]:
    """Give the sizes of all chunks."""
    sizes = []
    while n_tasks:
        sizes.append(crew.share(n_tasks, *rest))
        n_tasks -= sizes[-1]
    return sizes


def test_chunks_get_smaller_towards_the_end() -> None:
    """Large ones cost little to hand out; with small ones at the end all workers end together."""
    sizes = shares(100, 2, 16)
    assert sizes[0] == 16
    assert sizes[-1] == 1
    assert sizes == sorted(sizes, reverse=True)


def test_chunks_of_networks_stay_whole() -> None:
    """But for the last."""
    assert shares(100, 2, 64, 16) == [25, 18, 16, 16, 16, 9]


def test_what_a_killed_command_left_goes_with_the_next() -> None:
    """A folder of a process that still runs stays."""
    assert not OF_THE_DEAD.exists()
    assert OF_THE_LIVING.is_dir()


def test_nothing_to_do_starts_nothing() -> None:
    """An empty list has no results."""
    assert list(crew.RayCrew(2).work(toys.squares, [], Needs())) == []


@pytest.mark.slow
def test_each_task_comes_back_once_though_an_actor_is_killed(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """After a SIGKILL; Ray says nothing of it."""
    found: list[int] = []
    for task, _ in crew.RayCrew(2).work(toys.pids, list(range(60)), Needs(chunk=4)):
        if not found:
            actors()[0].send_signal(signal.SIGKILL)
        found.append(task)
    assert sorted(found) == list(range(60))
    assert capfd.readouterr() == ("", "")


def test_a_task_that_kills_is_lost_alone() -> None:
    """With the reason that the crew of one machine gives."""
    found = dict(crew.RayCrew(2).work(partial(toys.dying, [5], "kill"), list(range(8)), Needs(chunk=8)))
    assert found.pop(5) == Lost("its worker was killed (signal 9; the system does so when memory ends)")
    assert found == {number: number * number for number in (0, 1, 2, 3, 4, 6, 7)}


def test_what_a_tool_raises_stops_the_crew() -> None:
    """An error of ours comes as the same error."""
    with pytest.raises(DataError, match="three is broken"):
        list(crew.RayCrew(1).work(partial(toys.raising, "ours"), list(range(8)), Needs()))


def test_a_cluster_that_gives_up_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what is left; the journal keeps what was done."""

    def lost(_: object) -> Iterator[tuple[int, object]]:
        raise RayError("node 7 is gone\nits log follows")

    monkeypatch.setattr(actor, "results", lost)
    with pytest.raises(DatatoolsError, match="it gave up with 1 left: node 7 is gone; look"):
        list(crew.RayCrew(1).work(toys.squares, [1], Needs()))


def test_a_crew_that_is_left_early_ends() -> None:
    """As a stage does where too much fails."""
    work = crew.RayCrew(1).work(toys.pids, list(range(50)), Needs(chunk=2))
    next(work)
    work.close()  # type: ignore[attr-defined]  # a generator
    until = time.monotonic() + 20
    while actors() and time.monotonic() < until:
        time.sleep(0.1)
    assert actors() == []


def test_workers_that_need_a_gpu_get_one() -> None:
    """Ray says which through the variable that CUDA reads."""
    seen = dict(crew.RayCrew().work(toys.gpus, [0], Needs(gpus=1)))
    assert seen == {0: "0"}


def test_more_gpus_than_there_are_are_refused() -> None:
    """Else the pool would wait for ever."""
    with pytest.raises(UsageError, match="expected a Ray cluster with a machine of 1 cores and 2 GPUs"):
        next(crew.RayCrew(1).work(toys.squares, [1], Needs(gpus=2)))


def test_nothing_listens_beyond_the_loopback_interface() -> None:
    """A cluster that was started for one process is nobody else's."""
    heard = set()
    for process in [psutil.Process(), *psutil.Process().children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            heard |= {
                connection.laddr.ip.removeprefix("::ffff:")
                for connection in process.net_connections("tcp")
                if connection.status == psutil.CONN_LISTEN
            }
    assert heard == {"127.0.0.1"}


def test_a_cluster_that_was_started_leaves_nothing() -> None:
    """Neither processes nor files."""
    folders = list(joining.FOLDERS)
    assert [folder for folder in folders if folder.is_dir()] != []
    joining.leave()
    assert [folder for folder in folders if folder.is_dir()] == []
    assert [process.name() for process in psutil.Process().children() if "ray" in process.name()] == []


@pytest.mark.slow
def test_a_machine_that_leaves_costs_nothing() -> None:
    """Another one that joins meanwhile helps; each task comes back once, and stdout has nothing of Ray's."""
    command = [sys.executable, "-m", "tests.unit.crews.leaving"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert sorted(told["came"]) == list(range(80))
    assert told["n_machines"] == 3


@pytest.mark.usefixtures("alone")
def test_an_address_of_another_kind_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Through Ray's client every chunk would take a way round."""
    monkeypatch.setenv("RAY_ADDRESS", "ray://cluster:10001")
    with pytest.raises(UsageError, match="expected RAY_ADDRESS to be auto or HOST:PORT"):
        joining.join(1)


@pytest.mark.usefixtures("alone")
def test_a_cluster_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to do about it."""
    monkeypatch.setenv("RAY_ADDRESS", "auto")
    monkeypatch.setenv("RAY_TMPDIR", os.devnull)
    with pytest.raises(UsageError, match=r"could not join it.*ray start --head"):
        joining.join(1)


@pytest.mark.usefixtures("alone")
def test_ray_that_cannot_start_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here its sockets would have names that are too long for the system."""
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    (tmp_path / ("long" * 30)).mkdir()
    monkeypatch.setattr(tempfile, "mkdtemp", lambda **_: str(tmp_path / ("long" * 30)))
    with pytest.raises(UsageError, match=r"could not start Ray on this machine: .*--engine ray"):
        joining.join(1)
