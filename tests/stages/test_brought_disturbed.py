"""Killed, or refused by a full disk, and given again: what was brought is as if nothing had been."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_a_disturbed_run_is_completed_to_the_same_bytes(tmp_path: Path) -> None:
    """Shards and single files, killed at random moments, by power cuts too, or out of room."""
    command = [sys.executable, "-m", "tests.stages.brought_disturbed", str(tmp_path), "3", "1", "1"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["wrong"] == []
    assert told["n_died"] >= 4
    assert told["n_refused"] >= 1
