"""What does one worker of a cluster do, and what does it send back?

It has one worker process of its machine's crew do the work, so that a picture that kills is told from a
machine that is lost: the first is a result (``Lost``, with the reason that the local crew would give),
the second is done again elsewhere. Tasks and results travel as pickled bytes in Arrow tables, one row a
task, which only the driver and the worker process read; an exception is a row, too, so that nobody takes it
for a lost machine.
"""

import logging
import os
import pickle
import platform
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa

from datatools.crews import Lost, MakeTool, Needs, Task, Tool
from datatools.crews.local import Hands
from datatools.errors import UsageError

_RESULTS = pa.schema(
    [("index", pa.int64()), ("result", pa.binary()), ("error", pa.binary()), ("said", pa.binary())]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a worker of a cluster is told once."""

    make: bytes  # a pickled MakeTool
    needs: Needs
    folder: str  # the driver's, so that a workspace's relative path means the same here
    path: list[str]  # where the driver finds modules, beside this machine's places
    environment: dict[str, str]  # what the driver's says beyond this machine's


def chunk(tasks: Sequence[tuple[int, Task]]) -> pa.Table:
    """Pack tasks with their places in the stage's list."""
    return pa.table(
        {
            "index": pa.array([index for index, _ in tasks], pa.int64()),
            "task": pa.array([pickle.dumps(task) for _, task in tasks], pa.binary()),
        }
    )


def results(table: pa.Table) -> Iterator[tuple[int, object]]:
    """Unpack a chunk's results, each with its task's place; warn and log here as workers did there.

    Raises:
        BaseException: what a tool or its maker raised.
    """
    for index, result, error, said in zip(*(column.to_pylist() for column in table), strict=True):
        if said is not None:
            heard: _Said = pickle.loads(said)  # noqa: S301  # our own workers wrote it
            heard.say()
        if error is not None:
            raise pickle.loads(error)  # noqa: S301  # our own workers wrote it
        yield index, pickle.loads(result)  # noqa: S301  # our own workers wrote it


class _Said(logging.Handler):
    """What workers warned of and logged while they were at one chunk."""

    def __init__(self) -> None:
        super().__init__()
        self._warnings: list[tuple[str, type[Warning], str, int]] = []
        self._records: list[dict[str, object]] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record: it came from a worker process, so it can be sent on."""
        self._records.append(record.__dict__)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hear what the worker process says meanwhile."""
        root = logging.getLogger()
        root.addHandler(self)
        try:
            with warnings.catch_warnings(record=True) as heard:
                warnings.simplefilter("always")
                yield
        finally:
            root.removeHandler(self)
            self._warnings += [(str(one.message), one.category, one.filename, one.lineno) for one in heard]

    def packed(self) -> bytes | None:
        """Give it as bytes, or None where nothing was said."""
        return pickle.dumps(self) if self._warnings or self._records else None

    def __reduce__(self) -> "tuple[object, ...]":
        return _Said, (), {"_warnings": self._warnings, "_records": self._records}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)

    def say(self) -> None:
        """Say it in this process, whose filters and handlers judge it."""
        registry = globals().setdefault("__warningregistry__", {})
        for text, category, file, line in self._warnings:
            warnings.warn_explicit(text, category, file, line, registry=registry)
        for record in self._records:
            made = logging.makeLogRecord(record)
            logging.getLogger(made.name).handle(made)


class Worker:
    """Takes one chunk after the other; its tool is made once, with the first."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._hands: Hands[tuple[int, bytes], bytes] | None = None

    def begin(self) -> None:
        """Say that it is there."""

    def work(self, table: pa.Table) -> pa.Table:
        """Work through one chunk."""
        tasks = list(zip(table["index"].to_pylist(), table["task"].to_pylist(), strict=True))
        said = _Said()
        try:
            with said.listening():
                if self._hands is None:
                    self._hands = self._begin()
                done = [
                    (index, pickle.dumps(result) if isinstance(result, Lost) else result)
                    for (index, _), result in self._hands.work(tasks)
                ]
        except BaseException as error:  # every one goes to the driver, and stops the stage there
            error.add_note(f"on {platform.node()}")
            return _table([table["index"][0].as_py()], [None], [pickle.dumps(error)], said)
        return _table([index for index, _ in done], [result for _, result in done], [None] * len(done), said)

    def _begin(self) -> Hands[tuple[int, bytes], bytes]:
        folder = Path(self._job.folder)
        if not folder.is_dir():
            raise UsageError(
                f"expected the folder {folder} on every machine of the cluster, {platform.node()} has none: "
                "share the file system under one path (docs/scaling.md)"
            )
        os.chdir(folder)
        os.environ.update(self._job.environment)
        sys.path += [place for place in self._job.path if place not in sys.path]
        return Hands(partial(_packed, self._job.make), 1, self._job.needs)


def _packed(make: bytes) -> Tool[tuple[int, bytes], bytes]:
    """Make the tool, and let it see the tasks alone; here they are unpacked, and its results packed."""
    made: MakeTool[object, object] = pickle.loads(make)  # noqa: S301  # our driver wrote it
    tool = made()

    def work(numbered: Sequence[tuple[int, bytes]]) -> Iterator[bytes]:
        return map(pickle.dumps, tool([pickle.loads(task) for _, task in numbered]))  # noqa: S301  # as above

    return work


def _table(
    indices: list[int], results: list[bytes | None], errors: list[bytes | None], said: _Said
) -> pa.Table:
    sayings = [said.packed(), *[None] * (len(indices) - 1)]
    return pa.table([indices, results, errors, sayings], schema=_RESULTS)
