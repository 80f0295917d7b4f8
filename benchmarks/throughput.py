"""How much does the factory's pipeline add to the teachers' own time?

Runs ingest, landmarks, segment, refine and check on N pictures of a folder in a new workspace, and prints
the seconds of each stage by the clock and of all cores (the machine's own count, so of whatever else runs
as well), those of the teachers' bare forward passes (pictures in memory, nothing written,
on as many cores as segment uses), pictures a second of everything but those, and the ratio of all stages to
the bare passes. Timed once: leave the machine alone meanwhile. A few hundred pictures at least: what a
stage does once, as loading models, takes about three seconds in all.

Example::

    python benchmarks/throughput.py --source ../shared/data/eg1800 --n-pictures 600 --teachers selfie
"""

import argparse
import os
import tempfile
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil

from datatools import tables
from datatools.images import read_rgb
from datatools.progress import Progress
from datatools.stages import check, ingest, landmarks, refine, segment
from datatools.teachers import Concurrent
from datatools.teachers._load import load_teacher
from datatools.workspace import Workspace

_IN_MEMORY = 100  # pictures


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--source", type=Path, required=True)
    parser.add_argument("--n-pictures", type=int, default=100)
    parser.add_argument("--teachers", nargs="+", default=["selfie"])
    parser.add_argument("--fusion", default="mean")
    parser.add_argument("--finder", default="dlib68")
    options = parser.parse_args()
    quiet = Progress("quiet")
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder) / "ws")
        chosen = ingest.Settings(source=options.source, limit=options.n_pictures, sample="random")
        stages: dict[str, Callable[[], object]] = {
            "ingest": lambda: ingest.run(workspace, chosen, quiet),
            "landmarks": lambda: landmarks.run(workspace, landmarks.Settings(finder=options.finder), quiet),
            "segment": lambda: segment.run(
                workspace, segment.Settings(teachers=tuple(options.teachers)), quiet
            ),
            "refine": lambda: refine.run(workspace, refine.Settings(fusion=options.fusion), quiet),
            "check": lambda: check.run(workspace, check.Settings(), quiet),
        }
        spent = {}
        for name, run in stages.items():
            started, busy = time.perf_counter(), _busy_s()
            run()
            spent[name] = time.perf_counter() - started
            print(f"{name}: {spent[name]:.2f} s, {_busy_s() - busy:.2f} s of a core", flush=True)
        n_pictures = len(workspace.samples())
        busy = _busy_s()
        bare = sum(_bare(workspace, name) for name in options.teachers)
        bare_busy = _busy_s() - busy
        one_by_one = sum(row.seconds or 0.0 for row in workspace.rows(tables.MATTES))
    handled = sum(seconds for name, seconds in spent.items() if name != "ingest")
    print(
        f"teachers alone: {bare:.2f} s, {bare_busy:.2f} s of a core with reading, {n_pictures / bare:.1f} "
        f"pictures/s; one picture after the other {one_by_one:.2f} s"
    )
    print(f"all stages: {n_pictures / handled:.1f} pictures/s (without ingest)")
    print(f"everything but the teachers: {n_pictures / (handled - bare):.1f} pictures/s (without ingest)")
    print(
        f"all stages take {handled / bare:.2f} times as long as the teachers alone, "
        f"{handled / one_by_one:.2f} times as long as they take one picture after the other"
    )


def _busy_s() -> float:
    """Give the seconds that all cores have worked; a stage's workers are no children of this process."""
    times = psutil.cpu_times()
    return float(times.user + times.system)


def _bare(workspace: Workspace, name: str) -> float:
    """Give the seconds of one teacher's forward passes over all pictures, some in memory at a time."""
    teacher = load_teacher(name)
    is_concurrent = isinstance(teacher, Concurrent) and teacher.is_concurrent
    seconds = 0.0
    with ThreadPoolExecutor((os.cpu_count() or 1) if is_concurrent else 1) as pool:
        everybody = workspace.samples()
        for start in range(0, len(everybody), _IN_MEMORY):
            samples = everybody[start : start + _IN_MEMORY]
            images = [read_rgb(workspace.image_file(sample)) for sample in samples]
            started = time.perf_counter()
            deque(pool.map(lambda image: teacher.matte(image, ()), images), maxlen=0)
            seconds += time.perf_counter() - started
    return seconds


if __name__ == "__main__":
    main()
