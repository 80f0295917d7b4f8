"""How much does the factory's pipeline add to the teachers' own time?

Runs ingest, landmarks, segment, refine and check on N pictures of a folder in a new workspace, and prints
the seconds of each stage, the teachers' own (their forward passes), pictures a second of everything but
those, and the ratio of all stages to the forward passes. Timed once: leave the machine alone meanwhile.

Example::

    python benchmarks/throughput.py --source ../shared/data/eg1800 --n-pictures 100 --teachers selfie
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from datatools import tables
from datatools.progress import Progress
from datatools.stages import check, ingest, landmarks, refine, segment
from datatools.workspace import Workspace


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
            started = time.perf_counter()
            run()
            spent[name] = time.perf_counter() - started
            print(f"{name}: {spent[name]:.2f} s")
        forward = sum(row.seconds or 0.0 for row in workspace.rows(tables.MATTES))
        n_pictures = len(workspace.samples())
    handled = sum(seconds for name, seconds in spent.items() if name != "ingest")
    print(f"teachers alone: {forward:.2f} s, {n_pictures / forward:.1f} pictures/s")
    print(f"everything but the teachers: {n_pictures / (handled - forward):.1f} pictures/s (without ingest)")
    print(f"all stages take {handled / forward:.2f} times as long as the teachers alone")


if __name__ == "__main__":
    main()
