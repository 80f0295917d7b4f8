"""Several processes of torchrun train what one would."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from datatools import student
from datatools.workspace import Workspace
from tests.stages.taught import fill

RECIPE = Path(student.__file__).parent / "recipes" / "short.toml"
FLAGS = ["--size-px", "32", "--epochs-coarse", "1", "--epochs-whole", "1", "--batch", "4", "--workers", "1"]


def train(root: Path, recipe: Path, *launcher: str) -> bytes:
    """Train on thirteen people; give the model's bytes."""
    workspace = Workspace(root / "ws")
    workspace.create()
    fill(workspace, root / "people")
    where = ["--workspace", str(workspace.root), "--recipe", str(recipe), "--quiet"]
    command = [sys.executable, "-m", *launcher, "datatools", "train", *where, *FLAGS]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert len(workspace.run_files()) == 1
    return (workspace.model_folder("student") / "model.pt").read_bytes()


@pytest.mark.slow
def test_two_processes_give_the_bytes_of_one(tmp_path: Path) -> None:
    """Each computes a shard of every batch; the lead alone writes."""
    recipe = tmp_path / "shards.toml"
    recipe.write_text("shards = 2\naverage_epochs = 0.5\n" + RECIPE.read_text())
    team = ("torch.distributed.run", "--standalone", "--nproc-per-node", "2", "--module")
    made = []
    for name, launcher in (("one", ()), ("two", team)):
        (tmp_path / name).mkdir()
        made.append(train(tmp_path / name, recipe, *launcher))
    assert made[0] == made[1]
