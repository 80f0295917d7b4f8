"""Killed, or refused by a full disk, and given again: the shards are as if nothing had been."""

import json
import os
import subprocess
import sys
from pathlib import Path

from datatools.stages import shards
from datatools.workspace import Workspace
from tests.stages import sharded


def _run(*arguments: str) -> str:
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    command = [sys.executable, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_disturbed_run_is_completed_to_the_same_bytes(tmp_path: Path) -> None:
    """Killed at random moments, by power cuts too, or out of room; nothing hidden is left behind."""
    told = json.loads(_run("-m", "tests.stages.shards_disturbed", str(tmp_path), "4", "2", "1"))
    assert told["wrong"] == []
    assert told["n_died"] >= 3
    assert told["n_refused"] >= 1


_PEAK = f"""
import sys
from {shards.__name__} import Settings, run
from datatools.progress import Progress
from datatools.workspace import Workspace
run(Workspace(sys.argv[1]), Settings(to=sys.argv[2], shard_mb=0.3), Progress("quiet"))
lines = open("/proc/self/status").read().splitlines()
print(next(line.split()[1] for line in lines if line.startswith("VmHWM")))
"""


def _peak_mib(folder: Path, n_pictures: int) -> float:
    """Give the most memory that handing on so many pictures takes."""
    workspace = Workspace(folder / "ws")
    workspace.create()
    sharded.fill(workspace, folder / "people", n_pictures)
    return int(_run("-c", _PEAK, str(workspace.root), str(folder / "out"))) / 1024


def test_memory_does_not_grow_with_the_pictures(tmp_path: Path) -> None:
    """Ten times as many, more than a shard takes."""
    few, many = _peak_mib(tmp_path / "few", 80), _peak_mib(tmp_path / "many", 800)
    assert many - few < 12
