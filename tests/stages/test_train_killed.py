"""A run that is killed at random, twenty times, ends as one that was left alone."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from datatools.workspace import Workspace
from tests.stages.taught import fill

RECIPE = """
augmentation = "strong"
shards = 2
average_epochs = 1.0

[preprocessing]
size_px = 36
channel_order = "RGB"
mean = [128.0, 128.0, 128.0]
std = [64.0, 64.0, 64.0]
divisor = 1.0
resize = "area"

[[phases]]
network = "coarse"
size_px = 32
epochs = 6
batch = 4
edge_kernel_px = 3
lr = 4e-3

[[phases]]
size_px = 32
epochs = 6
batch = 4
edge_kernel_px = 3
lr = 4e-3
warm_up_frac = 0.2

[[phases]]
size_px = 36
epochs = 6
batch = 4
edge_kernel_px = 3
lr = 2e-3
"""


def trained(folder: Path, *, kills: int) -> tuple[Path, int]:
    """Train in a workspace of thirteen people; give the model's folder and how often the run died."""
    workspace = Workspace(folder)
    workspace.create()
    fill(workspace, folder / "people")
    recipe = folder / "recipe.toml"
    recipe.write_text(RECIPE)
    command = [sys.executable, "-m", "tests.stages.killed", str(folder), str(recipe), str(kills), "1"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return workspace.model_folder("student"), int(done.stdout)


def timeless(path: Path) -> list[dict[str, str]]:
    """Give a history's lines without what the clock says."""
    with path.open() as stream:
        return [
            {name: value for name, value in row.items() if name != "elapsed_s"}
            for row in csv.DictReader(stream)
        ]


@pytest.mark.slow
def test_twenty_kills_leave_no_trace(tmp_path: Path) -> None:
    """Not in the weights, to the last bit, nor in the history, nor as half-written files."""
    alone, _ = trained(tmp_path / "alone", kills=0)
    killed, died = trained(tmp_path / "killed", kills=20)
    assert died == 20
    assert (killed / "model.pt").read_bytes() == (alone / "model.pt").read_bytes()
    assert timeless(killed / "history.csv") == timeless(alone / "history.csv")
    names = [sorted(path.name for path in folder.iterdir()) for folder in (alone, killed)]
    assert names[0] == names[1]
