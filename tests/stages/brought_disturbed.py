"""Bring shards and single files through the command line, disturb it, give the command again, and compare.

``python -m tests.stages.brought_disturbed FOLDER KILLS FULL_DISKS SEED`` in a process of its own, from which
children are forked. Prints a line of JSON: how often it was disturbed, and what was not the same afterwards.
"""

import json
import random
import sys
from pathlib import Path

from datatools.readers import _sources  # noqa: F401  # what a child would import
from datatools.workspace import Workspace
from tests.faults.compare import compare
from tests.faults.harness import Stand
from tests.faults.journey import Step
from tests.faults.plan import Kind
from tests.pictures import write_people
from tests.unit.remote.server import shard

_REFUSED = 3
_COMMON = ("--workspace", "ws", "--quiet", "--workers", "1")


def main() -> None:
    """Disturb, mend and compare."""
    folder, kills, full_disks, seed = sys.argv[1:]
    place = Path(folder) / "place"
    Workspace(place / "ws").create()
    write_people(place / "people", 4)
    (place / "faces").mkdir()
    for number in range(3):
        (place / "faces" / f"{number}.tar").write_bytes(shard(2 * number, 2 * number + 1))
    steps = [
        Step("ingest", ("ingest", "--source", "faces", *_COMMON)),
        Step("ingest", ("ingest", "--source", f"file://{place.resolve()}/people", *_COMMON)),
    ]
    stand, rng = Stand(Path(folder) / "stand", place), random.Random(int(seed))
    before = stand.keep("before")
    n_died = n_refused = 0
    wrong: list[str] = []
    for order, step in enumerate(steps):
        stand.restore(before)
        undisturbed = stand.run(step)
        after = stand.keep(f"after-{order}")
        wrong += [] if undisturbed.code == 0 else [undisturbed.said]
        for number in range(int(kills) + int(full_disks)):
            stand.restore(before)
            kind: Kind = "full" if number >= int(kills) else "power" if number % 3 == 2 else "kill"
            for _ in range(rng.randint(1, 2)):
                ended = stand.run(step, kind, at=rng.randint(1, undisturbed.n_events), seed=number)
                n_died += ended.code < 0
                n_refused += ended.code == _REFUSED
                wrong += [ended.said] if ended.code not in (0, _REFUSED, -9) else []
            ended = stand.run(step)
            wrong += [ended.said] if ended.code else compare(after, place).differences
    print(json.dumps({"n_died": n_died, "n_refused": n_refused, "wrong": wrong}))


if __name__ == "__main__":
    main()
