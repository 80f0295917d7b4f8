"""Read a corpus in a process of its own: what came of each file, how long it took, how much memory.

Example::

    python -m tests.hostile.reading FOLDER
"""

import json
import resource
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType

from datatools.errors import DatatoolsError
from datatools.exchange._detect import detect as format_of
from datatools.fairness.brought import foreign_sheet
from datatools.readers import Entry
from datatools.readers._detect import detect
from datatools.readers._inspect import Inspector, Seen
from datatools.records import Source
from datatools.sheets import Rejected
from datatools.video import Frames
from tests.hostile.case import OK, Case
from tests.hostile.corpus import CASES, path_of

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
    return Inspector(source, 64.0).inspect(Seen(entry, None)).error


def _said(case: Case, path: Path) -> Iterator[str | None]:
    """Give everything that reading a file has to say about it."""
    if case.way == "picture":
        yield _inspected(path.parent, Entry(path=path.name))
    elif case.way == "mask":
        yield _inspected(path.parent, Entry(path=_SOUND, mask=path.name, mask_source="human"))
    elif case.way == "set":
        for entry in detect(path, case.reader, dict(case.options)).entries():
            yield entry.problem
            yield _inspected(path, entry)
    elif case.way == "sheet":
        for found in format_of(path, None, {}).read(path):
            yield found.reason if isinstance(found, Rejected) else None
    elif case.way == "table":
        foreign_sheet.read(path)
    else:
        frames = Frames(path)
        if not list(frames):
            yield "no frames"
        frames.close()


def read(case: Case, folder: Path) -> Outcome:
    """Read a file of the corpus in its way."""
    started, cpu = time.perf_counter(), time.process_time()
    is_crash = False
    try:
        said = [one for one in _said(case, path_of(folder, case)) if one is not None]
        reason = " | ".join(said) or OK
    except DatatoolsError as error:
        reason = str(error)
    # What is not the toolkit's own is what this looks for.
    except Exception as error:
        is_crash, reason = True, f"{type(error).__name__}: {error}"
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Outcome(
        f"{case.way}/{case.name}",
        reason,
        time.process_time() - cpu,
        time.perf_counter() - started,
        peak_mib,
        is_crash,
    )


def _give_up(number: int, frame: FrameType | None) -> None:
    raise _HangError(f"no answer in {_GIVEN_UP_AFTER_S} s")


def main(folder: Path, *, large: bool) -> None:
    """Read every file, and print a line of JSON for each."""
    signal.signal(signal.SIGALRM, _give_up)
    for case in CASES:
        if case.is_large == large:
            signal.alarm(_GIVEN_UP_AFTER_S)
            outcome = read(case, folder)
            signal.alarm(0)
            print(json.dumps(asdict(outcome)), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), large="--large" in sys.argv[2:])
