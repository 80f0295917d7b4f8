"""A process is known by more than its number; where the system says little, nobody is taken for dead."""

import dataclasses
import os
from pathlib import Path

import pytest

from datatools import owners
from datatools.owners import Owner


def test_an_owner_is_what_its_file_says() -> None:
    """Written and read again."""
    owner = Owner.this("segment", "2026-01-01T00:00:00+00:00")
    assert Owner.of_bytes(owner.to_bytes()) == owner
    assert owner.pid == os.getpid()
    assert owner.token != Owner.this("segment", "").token


def test_this_process_is_near_and_lives() -> None:
    """It is the one that asks."""
    owner = Owner.this("segment", "")
    assert (owner.is_near(), owner.is_dead()) == (True, False)


def test_a_process_that_nobody_waited_for_is_dead() -> None:
    """It still has its number."""
    child = os.fork()
    if not child:
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    owner = dataclasses.replace(Owner.this("segment", ""), pid=child, started="1")
    assert owner.is_dead()
    os.waitpid(child, 0)


def test_without_proc_a_process_lives_as_long_as_its_number_does(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """And one of another user, which may not be signalled, is there."""
    monkeypatch.setattr(owners, "_PROC", tmp_path)
    owner = Owner.this("segment", "")
    assert (owner.started, owner.boot, owner.namespace) == ("", "", "")
    assert not owner.is_dead()
    assert dataclasses.replace(owner, pid=2**22 + 1).is_dead()

    def refused(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", refused)
    assert not owner.is_dead()
