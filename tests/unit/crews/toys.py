"""Tools that workers of a crew make for tests; in a module, because workers import it."""

import ctypes
import logging
import os
import signal
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from datatools.errors import DataError, UsageError

Tool = Callable[[Sequence[int]], Iterator[int]]


def squares() -> Tool:
    """Square numbers."""
    return partial(map, _square)


def pids() -> Tool:
    """Give the process that worked on a task, a little later."""
    return partial(map, _pid)


def gpus() -> Callable[[Sequence[int]], Iterator[str]]:
    """Give the GPUs that a worker may use."""
    return partial(map, _gpus)


def dying(which: Sequence[int], how: str) -> Tool:
    """Square numbers, but die of some of them."""
    return partial(map, partial(_die_of, which, how))


def once(flag: Path) -> Tool:
    """Square numbers; the first worker that meets the 7 dies, and none after it."""
    return partial(map, partial(_die_once, flag))


def raising(error: str) -> Tool:
    """Square numbers up to 3."""
    return partial(map, partial(_raise_at_3, error))


def stillborn() -> Tool:
    """Die while the tool is made."""
    os._exit(5)


def unusable() -> Tool:
    """Raise while the tool is made."""
    raise UsageError("no such network")


def telling() -> Tool:
    """Warn, and log, for every number."""
    return partial(map, _tell)


def _square(number: int) -> int:
    return number * number


def _pid(number: int) -> int:
    time.sleep(0.05)
    return os.getpid()


def _gpus(number: int) -> str:
    return os.environ["CUDA_VISIBLE_DEVICES"]


def _die_of(which: Sequence[int], how: str, number: int) -> int:
    if number in which:
        if how == "segfault":
            ctypes.string_at(0)
        elif how == "exit":
            os._exit(3)
        elif how == "hang":
            time.sleep(60)
        else:
            os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def _die_once(flag: Path, number: int) -> int:
    if number == 7 and not flag.exists():
        flag.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def _raise_at_3(error: str, number: int) -> int:
    if number == 3:
        raise {"ours": DataError("three is broken"), "bug": ZeroDivisionError("by three")}[error]
    return number


def _tell(number: int) -> int:
    warnings.warn("numbers are odd", RuntimeWarning, stacklevel=1)
    logging.getLogger("datatools.toys").warning("saw %d", number)
    return number
