"""Killed, refused by its disk, or under a clock that jumps: a command ends as if nothing had been."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.disk import ALONE, may_mount

_SEED = 1  # another one in benchmarks/kills.py


def _disturbed(folder: Path, *how: str, before: tuple[str, ...] = ()) -> list[dict[str, object]]:
    """Disturb commands in a process of its own; give what came of each."""
    command = [*before, sys.executable, "-m", "tests.faults", str(folder), *how]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert told, done.stderr
    assert [trial for trial in told if trial["wrong"]] == []
    assert done.returncode == 0, done.stderr
    return told


@pytest.mark.slow
def test_kills_and_broken_disks_leave_no_trace(tmp_path: Path) -> None:
    """Twenty-five kills at random moments, some of them power cuts, and as many disks that fail at random."""
    told = _disturbed(tmp_path, "killed=25", "faulty=25", "--short", "--seed", str(_SEED))
    killed = [trial for trial in told if trial["how"] == "killed"]
    refused = [trial for trial in told if trial["how"] == "faulty" and trial["n_refused"]]
    assert sum(int(str(trial["n_kills"])) for trial in killed) >= 25
    assert len(refused) > 5


@pytest.mark.slow
def test_a_clock_that_jumps_and_a_drive_that_stalls_change_nothing(tmp_path: Path) -> None:
    """A day back or a year forward, before a run or in it; two seconds for one write."""
    _disturbed(tmp_path, "clocked=18", "stalled=4", "--short", "--seed", str(_SEED))


@pytest.mark.slow
def test_a_full_disk_and_a_read_only_one_leave_no_trace(tmp_path: Path) -> None:
    """A real file system, with some bytes free."""
    if not may_mount():
        pytest.skip("this machine lets no process mount a file system of its own (unshare)")
    told = _disturbed(tmp_path, "filled=18", "--short", "--seed", str(_SEED), before=ALONE)
    assert sum(int(str(trial["n_refused"])) for trial in told) > 5
