"""Read a corpus in a process of its own: what came of each file, how long it took, how much memory.

Example::

    python -m tests.hostile.reading FOLDER
"""

import json
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Event
from types import FrameType

from datatools.errors import DatatoolsError
from datatools.readers import Entry
from datatools.readers._detect import detect
from datatools.readers._inspect import Inspector, Seen
from datatools.records import Source
from tests.hostile.case import OK, Task

_GIVEN_UP_AFTER_S = 60
_SOUND = "sound.png"  # the picture of the masks


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one file."""

    key: str  # WAY/NAME
    reason: str  # ok, or what was said
    cpu_s: float
    wall_s: float
    peak_mib: float  # of the process so far
    is_crash: bool  # another exception than the toolkit's own


class _HangError(Exception):
    """The file took too long."""


def _inspected(root: Path, entry: Entry) -> str | None:
    source = Source(source="hostile", root=str(root), reader="folder", licence="CC0-1.0")
    return Inspector(source, 64.0).inspect(Seen(0, entry, None)).error


def _unpacked(path: Path) -> list[str]:
    from datatools.remote.local import LocalPlace
    from datatools.remote.steady import Steady
    from datatools.remote.unpacking import unpack

    place = LocalPlace(path.parent, [path])
    with tempfile.TemporaryDirectory() as folder, Steady(place, place.listing()[0], Event()) as shard:
        problems = unpack(shard, path.name, Path(folder) / "out", lambda _: False).problems
        assert [found.name for found in Path(folder).iterdir()] == ["out"], "a member left its folder"
    return problems


def _said(task: Task, path: Path) -> Iterator[str | None]:
    """Give everything that reading a file has to say about it; each way brings only its own imports."""
    if task.way == "picture":
        yield _inspected(path.parent, Entry(path=path.name))
    elif task.way == "mask":
        yield _inspected(path.parent, Entry(path=_SOUND, mask=path.name, mask_source="human"))
    elif task.way == "set":
        for entry in detect(path, task.reader, dict(task.options)).entries():
            yield entry.problem
            yield _inspected(path, entry)
    elif task.way == "sheet":
        from datatools.exchange._detect import detect as format_of
        from datatools.sheets import Rejected

        for found in format_of(path, None, {}).read(path):
            yield found.reason if isinstance(found, Rejected) else None
    elif task.way == "table":
        from datatools.fairness.brought import foreign_sheet

        foreign_sheet.read(path)
    elif task.way == "shard":
        yield from _unpacked(path)
    else:
        from datatools.video import Frames

        frames = Frames(path)
        if not list(frames):
            yield "no frames"
        frames.close()


def read(task: Task, folder: Path) -> Outcome:
    """Read a file of the corpus in its way."""
    started, cpu = time.perf_counter(), time.process_time()
    is_crash = False
    try:
        said = [one for one in _said(task, folder / task.way / task.name) if one is not None]
        reason = " | ".join(said) or OK
    except DatatoolsError as error:
        reason = str(error)
    # What is not the toolkit's own is what this looks for.
    except Exception as error:
        is_crash, reason = True, f"{type(error).__name__}: {error}"
    # Not getrusage: its peak is that of the process that this one was forked from, if that was larger.
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    peak_mib = next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))
    return Outcome(
        f"{task.way}/{task.name}",
        reason,
        time.process_time() - cpu,
        time.perf_counter() - started,
        peak_mib,
        is_crash,
    )


def _give_up(number: int, frame: FrameType | None) -> None:
    raise _HangError(f"no answer in {_GIVEN_UP_AFTER_S} s")


def main(folder: Path) -> None:
    """Read every file that tasks.json lists, and print a line of JSON for each.

    The corpus itself is not imported: its bytes would count as memory that reading takes.
    """
    signal.signal(signal.SIGALRM, _give_up)
    for task in json.loads((folder / "tasks.json").read_text()):
        signal.alarm(_GIVEN_UP_AFTER_S)
        outcome = read(Task(**task), folder)
        signal.alarm(0)
        print(json.dumps(asdict(outcome)), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
