"""One writes, the others are told who does; a dead owner's lock is taken over, another machine's never."""

import dataclasses
import errno
import fcntl
import json
import os
import signal
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from datatools.errors import LockedError
from datatools.locks import EVERYTHING, Locks
from datatools.owners import Owner


@pytest.fixture
def locks(tmp_path: Path) -> Locks:
    """Give the locks of a workspace where nobody is."""
    return Locks(tmp_path / ".locks", "datatools verify --repair")


def in_child(work: Callable[[], object]) -> int:
    """Do something in a forked process; give its exit code: 0, or 7 where a lock was refused."""
    child = os.fork()
    if not child:
        try:
            work()
        except LockedError:
            os._exit(7)
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def take(locks: Locks, *names: str) -> None:
    """Take locks for a moment."""
    with locks.hold(names, "segment"):
        pass


def die_holding(locks: Locks, *names: str) -> None:
    """Leave locks as a process does that is killed."""

    def work() -> None:
        with locks.hold(names, "segment"):
            os.kill(os.getpid(), signal.SIGKILL)

    assert in_child(work) == -signal.SIGKILL


def plant(tmp_path: Path, **changed: object) -> Path:
    """Write the lock of an owner who differs from this process."""
    owner = dataclasses.asdict(Owner.this("segment", "2026-01-01T00:00:00+00:00")) | changed
    path = tmp_path / ".locks" / "mattes.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(owner))
    return path


def test_what_one_writes_no_other_process_does(locks: Locks) -> None:
    """The other is refused at once, and may write something else meanwhile."""
    with locks.hold(["mattes"], "segment"):
        assert in_child(lambda: take(locks, "mattes")) == 7
        assert in_child(lambda: take(locks, "masks")) == 0
    assert in_child(lambda: take(locks, "mattes")) == 0
    assert locks.held() == []


def test_the_refusal_says_who_since_when_and_what_to_do(locks: Locks) -> None:
    """A person can look at that process, wait for it, or end it."""
    told: list[str] = []

    def other() -> None:
        with pytest.raises(LockedError) as caught:
            take(locks, "mattes")
        told.append(str(caught.value))

    with locks.hold(["mattes"], "segment"):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    (sentence,) = told
    assert f"`datatools segment` (process {os.getpid()} on {os.uname().nodename}, since 20" in sentence
    assert "is writing mattes, so nothing was done: wait until it is done, or end it" in sentence


def test_all_or_none_are_taken(locks: Locks) -> None:
    """Who is refused one table holds none."""
    with locks.hold(["masks"], "refine"):
        assert in_child(lambda: take(locks, "alphas", "masks")) == 7
        assert [lock.name for lock in locks.held()] == ["masks"]


def test_a_run_within_a_run_shares_its_locks(locks: Locks) -> None:
    """They go with the outer one."""
    with locks.hold(["scores"], "ablate"):
        take(locks, "scores", "models.a")
        assert [lock.name for lock in locks.held()] == ["scores"]
    assert locks.held() == []


def test_locks_go_when_a_run_fails(locks: Locks) -> None:
    """Whatever it was."""
    with pytest.raises(KeyboardInterrupt), locks.hold(["mattes"], "segment"):
        raise KeyboardInterrupt
    assert locks.held() == []


def test_a_killed_owners_lock_is_taken_over(locks: Locks) -> None:
    """By the next who wants it; nobody has to mend anything."""
    die_holding(locks, "mattes", "scores")
    assert [(lock.name, lock.is_dead) for lock in locks.held()] == [("mattes", True), ("scores", True)]
    take(locks, "mattes")
    assert [lock.name for lock in locks.held()] == ["scores"]


def test_of_many_who_take_over_at_once_one_gets_it(locks: Locks, tmp_path: Path) -> None:
    """A lock that was just taken over is not taken for the dead one."""
    log = tmp_path / "log"

    def work() -> None:
        with locks.hold(["mattes"], "segment", wait_s=20), log.open("a") as stream:
            stream.write("in\n")
            stream.flush()
            stream.write("out\n")
            stream.flush()
            if os.getpid() % 2:
                os.kill(os.getpid(), signal.SIGKILL)  # another one to take over

    children = []
    for _ in range(8):
        child = os.fork()
        if not child:
            work()
            os._exit(0)
        children.append(child)
    codes = {os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children}
    assert codes <= {0, -signal.SIGKILL}
    assert log.read_text() == "in\nout\n" * 8


@pytest.mark.parametrize(
    "changed", [{"started": "1"}, {"boot": "another"}, {"pid": 2**22 + 1}, {"pid": 2**70}]
)
def test_an_owner_that_cannot_be_the_running_process_is_dead(
    locks: Locks, tmp_path: Path, changed: dict[str, object]
) -> None:
    """Its number was given again, the machine was started again, or there is no such process."""
    plant(tmp_path, **changed)
    take(locks, "mattes")
    assert locks.held() == []


@pytest.mark.parametrize("changed", [{"host": "node7"}, {"machine": "other"}, {"namespace": "pid:[1]"}])
def test_of_another_machine_nothing_is_taken_over(
    locks: Locks, tmp_path: Path, changed: dict[str, object]
) -> None:
    """Nobody here can see whether it lives; the refusal names the command for when it is gone."""
    path = plant(tmp_path, **changed, boot="another", started="1")
    with pytest.raises(LockedError, match=r"if that machine is gone, `datatools verify --repair --gone "):
        take(locks, "mattes")
    assert path.exists()


def test_an_owner_of_a_system_that_does_not_say_when_it_began_counts_as_alive(
    locks: Locks, tmp_path: Path
) -> None:
    """Rather wait than write twice."""
    plant(tmp_path, started="")
    with pytest.raises(LockedError, match="wait until it is done"):
        take(locks, "mattes")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"pid": 1}', b"\xff"])
def test_a_torn_lock_is_kept_and_said(locks: Locks, tmp_path: Path, content: bytes) -> None:
    """Who holds it is not known."""
    plant(tmp_path).write_bytes(content)
    with pytest.raises(LockedError, match="is torn"):
        take(locks, "mattes")


@pytest.mark.parametrize("content", [None, b"{"])
def test_where_no_command_mends_the_file_to_remove_is_named(tmp_path: Path, content: bytes | None) -> None:
    """A folder that is no workspace's: the lock of a machine that is gone, and a torn one."""
    path = plant(tmp_path, host="node7")
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(LockedError) as caught:
        take(Locks(tmp_path / ".locks", None), "mattes")
    assert str(caught.value).endswith(f", remove {path}")


def test_everything_is_held_against_everybody(locks: Locks) -> None:
    """Whoever wants anything is refused, and whoever wants everything while somebody writes."""
    with locks.hold([EVERYTHING], "withdraw"):
        assert in_child(lambda: take(locks, "mattes")) == 7
        assert in_child(lambda: take(locks, EVERYTHING)) == 7
        take(locks, "mattes")  # a run within
    with locks.hold(["mattes"], "segment"):
        assert in_child(lambda: take(locks, EVERYTHING)) == 7
    assert in_child(lambda: take(locks, EVERYTHING)) == 0


def test_the_dead_do_not_hinder_who_wants_everything(locks: Locks) -> None:
    """And who was killed with everything hinders nobody."""
    die_holding(locks, "mattes")
    take(locks, EVERYTHING)
    die_holding(locks, EVERYTHING)
    take(locks, "masks")
    assert [lock.name for lock in locks.held()] == [EVERYTHING, "mattes"]


def test_one_may_wait_for_a_lock(locks: Locks) -> None:
    """For what is held for moments alone."""
    ready = threading.Event()

    def holds() -> None:
        with locks.hold(["galleries"], "gallery"):
            ready.set()
            threading.Event().wait(0.2)

    thread = threading.Thread(target=holds)
    thread.start()
    ready.wait()
    with locks.hold(["galleries"], "gallery", wait_s=20):
        assert not thread.is_alive() or len(locks.held()) == 1
    thread.join()


def test_a_forked_child_does_not_release_its_parents_locks(locks: Locks) -> None:
    """Even one that leaves by the parent's doors."""
    parent = os.getpid()
    try:
        with locks.hold(["mattes"], "segment"):
            child = os.fork()
            if not child:
                raise SystemExit
            os.waitpid(child, 0)
            assert [lock.name for lock in locks.held()] == ["mattes"]
    except SystemExit:
        if os.getpid() != parent:
            os._exit(0)
        raise
    assert locks.held() == []


def test_a_run_whose_lock_was_broken_learns_of_it(locks: Locks) -> None:
    """It must not write what somebody else may be writing by now, nor take their lock away."""
    with locks.hold(["mattes"], "segment"):
        (own,) = locks.held()
        locks.require("mattes")
        locks.break_open(own)
        with pytest.raises(LockedError, match="lock on mattes was broken"):
            locks.require("mattes")
        die_holding(locks, "mattes")
    assert [lock.name for lock in locks.held()] == ["mattes"]
    locks.require("mattes")  # never held


def test_breaking_leaves_a_lock_that_has_another_owner_by_now(locks: Locks, tmp_path: Path) -> None:
    """It was looked at before."""
    plant(tmp_path)
    (before,) = locks.held()
    plant(tmp_path)
    locks.break_open(before)
    assert len(locks.held()) == 1


def test_a_file_system_without_links_has_locks_too(
    locks: Locks, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Made in a way that fails where the file is there; other failures are passed on."""

    def no_links(*_: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", no_links)
    with locks.hold(["mattes"], "segment"):
        assert in_child(lambda: take(locks, "mattes")) == 7
    assert locks.held() == []

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "link", full)
    with pytest.raises(OSError, match="full"):
        take(locks, "mattes")
    assert list((tmp_path / ".locks").iterdir()) == []


def test_a_link_whose_answer_was_lost_counts(locks: Locks, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network folder may make it, and answer that it was there."""
    link = os.link

    def lost(source: Path, target: Path) -> None:
        link(source, target)
        raise FileExistsError(errno.EEXIST, "there")

    monkeypatch.setattr(os, "link", lost)
    with locks.hold(["mattes"], "segment"):
        assert [lock.name for lock in locks.held()] == ["mattes"]


def test_a_folder_without_system_locks_is_guarded_from_this_machines(
    locks: Locks, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A dead owner's lock is taken over there too."""
    die_holding(locks, "mattes")
    flock, handles = fcntl.flock, []

    def refuses(handle: int, how: int) -> None:
        handles.append(handle)
        if len(handles) == 1:
            raise OSError(errno.ENOLCK, "no locks here")
        flock(handle, how)

    monkeypatch.setattr(fcntl, "flock", refuses)
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    take(locks, "mattes")
    assert len(handles) == 2
    assert len(list(tmp_path.glob("datatools-*.lock"))) == 1


def test_who_is_second_to_take_over_is_refused(locks: Locks, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another one was faster between the look at the dead lock and the link."""
    die_holding(locks, "mattes")
    monkeypatch.setattr(Locks, "break_open", lambda *_: None)
    with pytest.raises(LockedError, match="is writing mattes"):
        take(locks, "mattes")
