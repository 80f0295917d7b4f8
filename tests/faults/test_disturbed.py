"""Killed, refused by its disk, or under a clock that jumps: a command ends as if nothing had been."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.disk import ALONE, may_mount
from tests.faults.journey import SHORT

_SEED = "1"  # another one in benchmarks/kills.py


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
def test_whatever_disturbs_a_command_leaves_no_trace(tmp_path: Path) -> None:
    """Twenty-five kills and some bad disks, clocks, stalls and repairs, in turn over the quick steps."""
    told = _disturbed(
        tmp_path, "killed=25", "mended=3", "faulty=8", "clocked=3", "stalled=1", "--short", "--seed", _SEED
    )
    n_kills = sum(int(str(trial["n_kills"])) for trial in told if trial["how"] == "killed")
    assert n_kills >= 25
    assert {str(trial["step"]) for trial in told} == SHORT


@pytest.mark.slow
def test_a_full_disk_and_a_read_only_one_leave_no_trace(tmp_path: Path) -> None:
    """A real file system, with some bytes left."""
    if not may_mount():
        pytest.skip("this machine lets no process mount a file system of its own (unshare)")
    steps = ("ingest", "segment", "refine", "split", "train")
    told = _disturbed(tmp_path, "filled=6", "--seed", _SEED, "--short", "--steps", *steps, before=ALONE)
    assert sum(int(str(trial["n_refused"])) for trial in told) >= 3
