"""How is a real command line disturbed, again and again, and what does it leave?

Children are forked from one process that has imported what commands need, so that a kill costs a command and
no start of Python. The workspace lies at the same place in every run, because tables hold absolute paths.
"""

import json
import os
import re
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from datatools import cli
from tests.faults.journey import Step
from tests.faults.layer import install, site
from tests.faults.plan import Kind, Plan

_LOG = re.compile(r"tfevents")  # TensorBoard's curves are no result: history.csv says the same
BUG = 70  # exit code of a command that raised what nobody raises on purpose


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int  # below 0: the signal
    said: str  # on both streams
    n_events: int
    unsynced: list[str]  # files that a power cut after its end would spoil


class Stand:
    """A folder in which commands run, and copies of it as it was before each of them."""

    def __init__(self, folder: Path, place: Path) -> None:
        """Take a folder for the copies, and the place itself, which may lie on another disk."""
        folder.mkdir(parents=True, exist_ok=True)
        self.place = place
        self._shots = folder / "shots"
        self._said, self._tickets, self._unsynced = (
            folder / name for name in ("said.txt", "tickets", "unsynced.json")
        )

    def keep(self, name: str) -> Path:
        """Keep a copy of the place."""
        shot = self._shots / name
        shutil.copytree(self.place, shot, symlinks=True)
        return shot

    def restore(self, shot: Path) -> None:
        """Make the place what it was."""
        if self.place.exists():
            shutil.rmtree(self.place)
        shutil.copytree(shot, self.place, symlinks=True)

    def run(
        self, step: Step, kind: Kind = "count", *, kill_s: float | None = None, **changes: object
    ) -> Ended:
        """Run a step in a child under a plan; ``kill_s``: kill it by the clock."""
        for path in (self._tickets, self._unsynced):
            path.unlink(missing_ok=True)
        plan = Plan(kind=kind, root=str(self.place), tickets=str(self._tickets))
        plan = replace(plan, **changes)  # type: ignore[arg-type]  # the fields of a plan
        child = os.fork()
        if not child:
            _be(step, plan, self.place, self._said, self._unsynced)
        if kill_s is not None:
            time.sleep(kill_s)
            os.kill(child, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        n_events = self._tickets.stat().st_size if self._tickets.exists() else 0
        unsynced = json.loads(self._unsynced.read_text()) if self._unsynced.exists() else []
        return Ended(code, self._said.read_text(errors="replace"), n_events, unsynced)


def _be(step: Step, plan: Plan, place: Path, said: Path, unsynced: Path) -> None:
    """Be the process that a command line starts; does not return."""
    code = BUG
    try:
        descriptor = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
        for stream in (1, 2):
            os.dup2(descriptor, stream)
        os.chdir(place)
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(site()), os.environ.get("PYTHONPATH"))))
        layer = install(replace(plan, leader=os.getpid()))
        code = cli.main(list(step.arguments))
        unsynced.write_text(
            json.dumps(
                sorted(path for path in layer.unsynced if Path(path).exists() and not _LOG.search(path))
            )
        )
    except BaseException:  # whatever it is, it must not come back to the parent's code
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


@dataclass(frozen=True, slots=True)
class Passage:
    """A step that nobody disturbed: what was there before and after, and how many events it had."""

    step: Step
    before: Path
    after: Path
    n_events: int
    elapsed_s: float
    code: int
    unsynced: list[str]

    @property
    def grows_by(self) -> int:
        """Give how many bytes the step adds to the disk."""
        before, after = (
            sum(path.stat().st_size for path in shot.rglob("*") if path.is_file())
            for shot in (self.before, self.after)
        )
        return max(0, after - before)


def undisturbed(stand: Stand, steps: Sequence[Step]) -> list[Passage]:
    """Run steps one after the other; keep what each finds and leaves.

    Raises:
        RuntimeError: one of them fails though nobody disturbs it.
    """
    passages = []
    for number, step in enumerate(steps):
        before = stand.keep(f"{number:02d}-before")
        began = time.monotonic()
        ended = stand.run(step)
        elapsed_s = time.monotonic() - began
        if ended.code not in (0, 1):
            raise RuntimeError(f"{step.name}, undisturbed, ended with {ended.code}: {ended.said}")
        after = stand.keep(f"{number:02d}-after")
        passages.append(Passage(step, before, after, ended.n_events, elapsed_s, ended.code, ended.unsynced))
    return passages
