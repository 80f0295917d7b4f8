"""Does an answer that was acknowledged survive, whoever else writes, and whoever is killed?

Starts writers that append one answer after the other to one workspace, each a batch of its own, and
acknowledge each. Some are killed (SIGKILL) after a random time. Then reads the workspace: prints how many
acknowledged answers are missing and how many batches cannot be read (both must be 0), the milliseconds
that an append took, and the seconds that reading all answers takes, each batch by itself and as it is done.

Example::

    python benchmarks/annotation_append.py --n-writers 8 --n-answers 1000 --n-killed 3
"""

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from datatools import tables
from datatools.errors import TableError
from datatools.workspace import Workspace

_WRITER = """
import sys, time
from datatools.records import Annotation
from datatools.workspace import Workspace
workspace, name, n_answers = Workspace(sys.argv[1]), sys.argv[2], int(sys.argv[3])
for number in range(n_answers):
    row = Annotation(
        sample_id=f"{number:016x}", question="hair", value="bald", annotator_id=name, source="annotator",
        vocabulary="hair@1", created_at="2024-01-01T00:00:00+00:00", lead_time_s=None,
        presentation_order=number, batch="live",
    )
    started = time.perf_counter()
    workspace.append_batch([row])
    print(number, time.perf_counter() - started, flush=True)
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the writers' answers."""

    n_killed: int  # of the writers
    n_acknowledged: int
    n_lost: int  # acknowledged, and not there
    n_unacknowledged: int  # there all the same: the writer was killed before it could say so
    n_broken: int  # batches that cannot be read
    append_s: float  # median
    n_batches: int
    read_s: float  # all of them
    apart_s: float  # each by itself


def contest(root: Path, n_writers: int, n_answers: int, n_killed: int, rng: np.random.Generator) -> Outcome:
    """Let writers append at once, kill some of them, and count."""
    workspace = Workspace(root)
    workspace.create()
    acknowledged: list[dict[int, float]] = [{} for _ in range(n_writers)]
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(root), f"ann{number:02d}", str(n_answers)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(n_writers)
    ]

    def listen(number: int) -> None:
        for line in writers[number].stdout or ():
            answer, elapsed_s = line.split()
            acknowledged[number][int(answer)] = float(elapsed_s)

    listeners = [threading.Thread(target=listen, args=(number,)) for number in range(n_writers)]
    for listener in listeners:
        listener.start()
    for number, n_before in zip(
        rng.permutation(n_writers)[:n_killed], rng.integers(1, n_answers, n_killed), strict=True
    ):
        while len(acknowledged[number]) < n_before and writers[number].poll() is None:
            time.sleep(float(rng.uniform(0, 0.01)))  # so that it may die at any point of a write
        writers[number].kill()
    for listener, writer in zip(listeners, writers, strict=True):
        listener.join()
        writer.wait()
        if writer.stdout is not None:
            writer.stdout.close()
    return _count(workspace, writers, acknowledged)


def _count(
    workspace: Workspace, writers: list[subprocess.Popen[str]], acknowledged: list[dict[int, float]]
) -> Outcome:
    n_broken = 0
    for path in workspace.batch_files():
        try:
            tables.read(path, tables.ANNOTATIONS)
        except TableError:
            n_broken += 1
    files = workspace.batch_files()
    started = time.perf_counter()
    tables.read_encoded(files, tables.ANNOTATIONS)
    halfway = time.perf_counter()
    workspace.annotations()
    ended = time.perf_counter()
    kept = {(row.annotator_id, row.presentation_order) for row in workspace.rows(tables.ANNOTATIONS)}
    said = {(f"ann{number:02d}", answer) for number, told in enumerate(acknowledged) for answer in told}
    return Outcome(
        n_killed=sum(writer.returncode == -9 for writer in writers),
        n_acknowledged=len(said),
        n_lost=len(said - kept),
        n_unacknowledged=len(kept - said),
        n_broken=n_broken,
        append_s=float(np.median([elapsed_s for told in acknowledged for elapsed_s in told.values()])),
        n_batches=len(files),
        read_s=ended - halfway,
        apart_s=halfway - started,
    )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--n-writers", type=int, default=8)
    parser.add_argument("--n-answers", type=int, default=1000)
    parser.add_argument("--n-killed", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rng = np.random.default_rng(options.seed)
        found = contest(Path(folder) / "ws", options.n_writers, options.n_answers, options.n_killed, rng)
    print(f"{options.n_writers} writers, {found.n_killed} of them killed")
    print(f"acknowledged: {found.n_acknowledged}; lost: {found.n_lost}; broken batches: {found.n_broken}")
    print(f"kept though the writer died before it could say so: {found.n_unacknowledged}")
    print(f"an append took {1000 * found.append_s:.1f} ms (median)")
    print(
        f"reading {found.n_batches} batches took {found.read_s:.2f} s, one by one {found.apart_s:.2f} s "
        f"({found.apart_s / found.read_s:.0f} x); limit 1 s for 10,000"
    )


if __name__ == "__main__":
    main()
