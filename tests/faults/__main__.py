"""Disturb commands, so many times, and print what came of each as a line of JSON.

``python -m tests.faults FOLDER killed=200 faulty=200`` in a process of its own: what it forks has imported
everything, and nothing else runs in it. ``killed`` and ``mended`` count kills that hit, the others commands;
``filled`` mounts a small disk, so it wants to be started by ``disk.ALONE``.
"""

import argparse
import dataclasses
import json
import random
import sys
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle, islice
from pathlib import Path

from tests.faults import disturb
from tests.faults.disk import SmallDisk
from tests.faults.disturb import Trial
from tests.faults.harness import Passage, Stand, undisturbed
from tests.faults.journey import SHORT, STEPS, prepare
from tests.faults.preload import preload

_DISK_BYTES = 256 * 2**20

Disturb = Callable[[Stand, Passage, random.Random], Trial]


def main() -> None:
    """Disturb as often as asked; exit with 1 if anything was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("how", nargs="+", help="killed=N mended=N faulty=N filled=N clocked=N stalled=N")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--short", action="store_true", help="the quick steps alone")
    parser.add_argument("--steps", nargs="*", help="these alone")
    asked = parser.parse_args()
    preload()
    place, ways = asked.folder.resolve() / "place", dict(_ways())
    if any(how.startswith("filled") for how in asked.how):
        disk = SmallDisk(asked.folder.resolve() / "disk", _DISK_BYTES)
        place, ways["filled"] = disk.folder / "place", partial(disturb.filled, disk=disk)
    stand = Stand(asked.folder.resolve(), place)
    prepare(stand.place)
    chosen = SHORT if asked.short else {step.name for step in STEPS}
    passages = undisturbed(stand, [step for step in STEPS if step.name in chosen])
    is_wrong = False
    for passage in passages:
        if passage.unsynced:
            is_wrong = True
            print(json.dumps({"how": "undisturbed", "step": passage.step.name, "wrong": passage.unsynced}))
    rng = random.Random(asked.seed)
    order = rng.sample(passages, len(passages))
    order = [passage for passage in order if asked.steps is None or passage.step.name in asked.steps]
    turns = cycle(order)
    for how in asked.how:
        name, _, number = how.partition("=")
        for trial in _trials(name, int(number), partial(ways[name], stand), turns, rng):
            is_wrong |= bool(trial.wrong)
            print(json.dumps({"how": name, **dataclasses.asdict(trial)}), flush=True)
    sys.exit(is_wrong)


def _ways() -> dict[str, Disturb]:
    return {
        "killed": disturb.killed,
        "mended": disturb.mended,
        "faulty": disturb.faulty,
        "clocked": disturb.clocked,
        "stalled": disturb.stalled,
    }


def _trials(
    name: str,
    number: int,
    one: Callable[[Passage, random.Random], Trial],
    turns: Iterator[Passage],
    rng: random.Random,
) -> Iterator[Trial]:
    """Disturb one step after the other, round and round; a kill counts when it hit."""
    if name not in ("killed", "mended"):
        yield from (one(passage, rng) for passage in islice(turns, number))
        return
    n_hit = 0
    while n_hit < number:
        trial = one(next(turns), rng)
        n_hit += trial.n_kills
        yield trial


if __name__ == "__main__":
    main()
