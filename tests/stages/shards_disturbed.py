"""Hand on shards through the command line, disturb it, give the command again, and compare.

``python -m tests.stages.shards_disturbed FOLDER KILLS FULL_DISKS SEED`` in a process of its own, from which
children are forked. Prints a line of JSON: how often it was disturbed, and what was not the same afterwards.
"""

import json
import random
import sys
from pathlib import Path

from datatools.sharding import handing, targets  # noqa: F401  # what a child would import
from datatools.workspace import Workspace
from tests.faults.compare import compare
from tests.faults.harness import Stand
from tests.faults.journey import Step
from tests.faults.plan import Kind
from tests.stages import sharded

_LINE = "shards --workspace ws --to handed --shard-mb 0.06 --quiet"
_STEP = Step("shards", tuple(_LINE.split()))
_REFUSED = 3


def main() -> None:
    """Disturb, mend and compare."""
    folder, kills, full_disks, seed = sys.argv[1:]
    place = Path(folder) / "place"
    workspace = Workspace(place / "ws")
    workspace.create()
    sharded.fill(workspace, place / "people", 20)
    stand, rng = Stand(Path(folder) / "stand", place), random.Random(int(seed))
    before = stand.keep("before")
    undisturbed = stand.run(_STEP)
    after = stand.keep("after")
    wrong: list[str] = [] if undisturbed.code == 0 else [undisturbed.said]
    n_died = n_refused = 0
    for number in range(int(kills) + int(full_disks)):
        stand.restore(before)
        kind: Kind = "full" if number >= int(kills) else "power" if number % 4 == 3 else "kill"
        for _ in range(rng.randint(1, 2)):
            ended = stand.run(_STEP, kind, at=rng.randint(1, undisturbed.n_events), seed=number)
            n_died += ended.code < 0
            n_refused += ended.code == _REFUSED
            wrong += [ended.said] if ended.code not in (0, _REFUSED, -9) else []
        ended = stand.run(_STEP)
        wrong += [ended.said] if ended.code else compare(after, place).differences
        wrong += [path.name for path in (place / "handed").glob(".*")]
    print(json.dumps({"n_died": n_died, "n_refused": n_refused, "wrong": wrong}))


if __name__ == "__main__":
    main()
