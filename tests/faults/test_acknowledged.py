"""What was acknowledged outlasts a power cut in the moment after."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from datatools import tables
from datatools.workspace import Workspace
from tests.faults.layer import site
from tests.faults.plan import VARIABLE, Plan

# An annotator's answer, or a reviewer's verdict: every way to give one ends in this call.
_ANSWER = """
import sys
from datatools.workspace import Workspace
from tests.stages.people import answer
workspace = Workspace(sys.argv[1])
workspace.create()
for number in range(3):
    workspace.append_batch([answer(number, "female")])
    print(number, flush=True)  # what a page says: saved
"""


def _cut(folder: Path, at: int) -> tuple[int, list[str]]:
    """Answer, until the power goes at an event; give the exit code and what was acknowledged."""
    root = folder / "ws"
    plan = Plan(kind="power", root=str(root), tickets=str(folder / "tickets"), at=at, seed=at)
    environment = os.environ | {VARIABLE: plan.text(), "PYTHONPATH": str(site())}
    done = subprocess.run(
        [sys.executable, "-c", _ANSWER, str(root)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout.split()


@pytest.mark.parametrize("at", [3, 7, 8, 10, 11, 12])
def test_an_answer_that_was_acknowledged_is_there(tmp_path: Path, at: int) -> None:
    """And none is there twice, or torn."""
    code, acknowledged = _cut(tmp_path, at)
    rows = _answers(tmp_path / "ws")
    assert code == -signal.SIGKILL
    assert rows[: len(acknowledged)] == [f"{int(number):016x}" for number in acknowledged]
    assert len(rows) - len(acknowledged) in {0, 1}


def _answers(root: Path) -> list[str]:
    workspace = Workspace(root)
    return sorted(row.sample_id for row in workspace.rows(tables.ANNOTATIONS))
