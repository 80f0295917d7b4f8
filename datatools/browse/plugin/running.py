"""How does a stage run from the App: as a command of its own, with its progress?

A process of its own keeps networks out of the App's server, takes the settings of WS/datatools.toml as the
command line does, and leaves a run record. It ends when the one who reads its progress goes away; run again
it goes on where it was.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Generator, Sequence
from dataclasses import dataclass

from datatools.errors import UsageError
from datatools.workspace import Workspace

_GATE_FAILED = 1  # the stage ran to its end
_STEP = re.compile(r"(?P<label>.+?): (?P<done>\d+)/(?P<total>\d+), (?P<rate>.*)")
_PREFIX = "datatools: "
_STOP_S = 20.0


@dataclass(frozen=True, slots=True)
class Step:
    """How far a stage is."""

    label: str
    frac: float | None  # None: it does not say


@dataclass(frozen=True, slots=True)
class Ended:
    """What a stage said when it was done."""

    notes: tuple[str, ...]
    passed: bool  # False: its gate was not met


def run(workspace: Workspace, verb: str, flags: Sequence[str]) -> Generator[Step | Ended, None, None]:
    """Run a verb on a workspace; give its steps, and at last what it said.

    Args:
        workspace: the workspace.
        verb: of the command line.
        flags: with their values, each as one word.

    Raises:
        UsageError: the stage failed; the message is the stage's own.
    """
    command = [sys.executable, "-m", "datatools", verb, "--workspace", str(workspace.root), *flags]
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as said,  # a pipe nobody reads would stop the stage
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        ) as process,
    ):
        last = ""
        try:
            assert process.stderr is not None  # asked for above
            for line in process.stderr:
                last = line.strip() or last
                found = _STEP.fullmatch(line.strip())
                if found is not None:
                    yield Step(
                        f"{found['label']}: {found['done']} of {found['total']}, {found['rate']}",
                        int(found["done"]) / max(int(found["total"]), 1),
                    )
            code = process.wait()
        finally:
            _stop(process)
        if code not in (0, _GATE_FAILED):
            raise UsageError(
                last.removeprefix(_PREFIX) or f"datatools {verb} ended with the exit code {code}"
            )
        said.seek(0)
        yield Ended(tuple(said.read().splitlines()), code == 0)


def _stop(process: "subprocess.Popen[str]") -> None:
    """End a stage whose reader went away; what it finished is kept."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
