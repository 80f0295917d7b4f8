"""Train through the command line, kill it at random again and again, then let it end.

``python -m tests.stages.killed WORKSPACE RECIPE KILLS SEED`` in a process of its own: children are forked
from it, so that twenty of them need torch once. The first die while pictures are packed. Of the others most
die at the n-th of the things that a run does (a step, a validation, a file synced, linked, renamed or
removed), some by the clock.
"""

import os
import random
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

from datatools import cli
from datatools.loggers import tensorboard  # noqa: F401  # what a child would import
from datatools.student import data, fit, lessons  # noqa: F401
from datatools.student.shards import Shards

_IN_PACK = 2  # kills
_N_PACKED = 20  # twelve pictures, before and after each
_EVENTS = 40  # an epoch has about 26, and its state is safe after 16: most kills let the run get on
_LONGEST_S = 0.5
_BY_CLOCK = 0.25  # share of kills

Die = Callable[[], None]
Owned = tuple[Any, str]

_PACKING: list[Owned] = [(data, "packed")]
_WRITING: list[Owned] = [(os, name) for name in ("fsync", "link", "replace", "unlink")]
_ANYTHING: list[Owned] = [(Shards, "learn"), (fit, "validate"), *_WRITING]


def counted(owner: Any, name: str, die: Die) -> None:
    """Let a function die before or after its work, when it is its turn."""
    work = getattr(owner, name)

    def either_side(*given: Any, **named: Any) -> Any:
        die()
        result = work(*given, **named)
        die()
        return result

    setattr(owner, name, either_side)


def die_at(number: int) -> Die:
    """Give what ends this process when it is called for the n-th time."""
    calls = [0]

    def die() -> None:
        calls[0] += 1
        if calls[0] == number:
            os.kill(os.getpid(), signal.SIGKILL)

    return die


def train(
    arguments: list[str],
    *,
    events: int | None = None,
    of: list[Owned] = _ANYTHING,
    seconds: float | None = None,
) -> int:
    """Train in a child that dies after so many events or seconds; give its exit code, below 0 if it died."""
    child = os.fork()
    if not child:
        if events is not None:
            die = die_at(events)
            for owner, name in of:
                counted(owner, name, die)
        os._exit(cli.main(arguments))
    if seconds is not None:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main() -> None:
    """Kill, and kill, and let it end; print how often it died."""
    workspace, recipe, kills, seed = sys.argv[1:]
    arguments = ["train", "--workspace", workspace, "--recipe", recipe, "--quiet", "--workers", "2"]
    rng = random.Random(int(seed))
    died = 0
    for number in range(int(kills)):
        if number < _IN_PACK:
            code = train(arguments, events=rng.randint(1, _N_PACKED), of=_PACKING)
        elif rng.random() < _BY_CLOCK:
            code = train(arguments, seconds=rng.uniform(0, _LONGEST_S))
        else:
            code = train(arguments, events=rng.randint(1, _EVENTS))
        died += code == -signal.SIGKILL
    code = train(arguments)
    print(died)
    sys.exit(code)


if __name__ == "__main__":
    main()
