"""Does a run that is killed again and again end with the weights of one that was left alone?

    python benchmarks/kill_training.py --workspace ws --kills 20 -- --recipe short --epochs-whole 6

Trains twice by the command line in a workspace that is ready for it: once without a stop, once in processes
that SIGKILL ends at random moments. What stands behind ``--`` goes to ``datatools train``. A kill comes at
a moment drawn from 0 to twice the time that is left, parted by the kills that are left, so that most of
them hit and the run still gets on. Prints how far each process came, whether the weights are equal to the
last bit, and what the kills cost in time.
"""

import argparse
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import torch
from torch import Tensor

from datatools.student import checkpoint
from datatools.student.folder import ModelFolder
from datatools.student.state import TrainingState
from datatools.workspace import Workspace


def start(workspace: Path, name: str, rest: list[str]) -> "subprocess.Popen[bytes]":
    """Start a run, or go on with it."""
    command = [sys.executable, "-m", "datatools", "train", "--workspace", str(workspace), "--name", name]
    return subprocess.Popen([*command, "--quiet", *rest])


def place(files: ModelFolder) -> str:
    """Say where a run is."""
    if not files.state.exists():
        return "no state yet"
    state = TrainingState.load(files.state)
    return f"phase {state.phase + 1}, epoch {state.epoch}, step {state.step}"


def killed(workspace: Path, files: ModelFolder, alone_s: float, arguments: argparse.Namespace) -> int:
    """Train in processes that are killed; give how many were."""
    rng = random.Random(arguments.seed)
    n_killed, left_s = 0, alone_s
    for number in range(arguments.kills):
        process = start(workspace, files.folder.name, arguments.rest)
        wait_s = arguments.start_s + rng.uniform(0, 2 * left_s / (arguments.kills - number))
        began = time.monotonic()
        try:
            process.wait(wait_s)
            print(f"{number + 1:3d}: done before its kill", flush=True)
            return n_killed
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
        n_killed += 1
        if files.state.exists():
            left_s = max(0.0, alone_s - TrainingState.load(files.state).elapsed_s)
        print(f"{number + 1:3d}: killed after {time.monotonic() - began:6.2f} s, {place(files)}", flush=True)
    return n_killed


def weights(files: ModelFolder) -> dict[str, Tensor]:
    """Read the weights of a model."""
    state = checkpoint.read(files.model)["state"]
    assert isinstance(state, dict)
    return state


def main() -> None:
    """Train twice and compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--start-s", type=float, default=2.0, help="what a process takes to get going")
    parser.add_argument("rest", nargs="*", help="for datatools train")
    arguments = parser.parse_args()
    workspace = Workspace(arguments.workspace)
    files = [ModelFolder(workspace.model_folder(f"kill-{name}")) for name in ("alone", "killed")]
    for each in files:
        if each.folder.exists():
            raise SystemExit(f"{each.folder} is there already: remove it")
    began = time.monotonic()
    if start(arguments.workspace, files[0].folder.name, arguments.rest).wait():
        raise SystemExit("the run that was left alone failed")
    alone_s = time.monotonic() - began
    print(f"alone: {alone_s:.1f} s", flush=True)
    began = time.monotonic()
    n_killed = killed(arguments.workspace, files[1], TrainingState.load(files[0].state).elapsed_s, arguments)
    if start(arguments.workspace, files[1].folder.name, arguments.rest).wait():
        raise SystemExit("the run that was killed cannot be gone on with")
    killed_s = time.monotonic() - began
    both = [weights(each) for each in files]
    n_equal = sum(torch.equal(value, both[1][name]) for name, value in both[0].items())
    print(f"{n_killed} kills: {killed_s:.1f} s, {killed_s / alone_s:.2f} times as long as alone")
    print(f"{n_equal} of {len(both[0])} tensors equal to the last bit")
    sys.exit(n_equal != len(both[0]))


if __name__ == "__main__":
    main()
