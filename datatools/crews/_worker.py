"""What does a worker of this machine's crew do, from its birth to its end?"""

import gc
import logging
import os
import pickle
import resource
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import cast

IDLE_S = 60.0  # a worker that nobody asks for so long leaves; its owner makes another when it needs one
_TELL_S = 0.02  # between two messages with results: each wakes its owner, which costs it 0.2 ms
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")

_WORKERS = set[int]()  # this process's number, where it is a worker

AnyTool = Callable[[Sequence[object]], Iterator[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """How to make a tool, and the surroundings in which its maker expects to be called."""

    make: bytes  # pickled; read when the surroundings are there
    folder: str
    path: list[str]
    environment: dict[str, str]
    log_level: int
    threads: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """Tasks to work on, one after the other."""

    tasks: list[object]


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing more of this job: the tool can go."""


@dataclass(frozen=True, slots=True)
class Ready:
    """The tool is made."""


@dataclass(frozen=True, slots=True)
class Done:
    """The results of the next tasks of the chunk."""

    results: list[object]


@dataclass(frozen=True, slots=True)
class Raised:
    """Making the tool, or the tool, raised; the job is over."""

    error: BaseException


@dataclass(frozen=True, slots=True)
class Warned:
    """A warning that the owner's filters shall judge."""

    text: str
    category: type[Warning]
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Logged:
    """A record for the owner's handlers."""

    record: dict[str, object] = field(default_factory=dict)


class _Owner:
    """The owner, as several threads may speak to it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.RLock()

    def send(self, message: object) -> None:
        with self._lock:
            self._connection.send(message)

    def order(self) -> object:
        """Wait for the next order; None where there is none for a while, or nobody to give it."""
        try:
            return self._connection.recv() if self._connection.poll(IDLE_S) else None
        except (EOFError, OSError):
            return None


class _ToOwner(logging.Handler):
    """Sends what is logged to the owner."""

    def __init__(self, owner: _Owner) -> None:
        super().__init__()
        self._owner = owner

    def emit(self, record: logging.LogRecord) -> None:
        """Send a record; its arguments may be anything, so it goes as text."""
        said = {**record.__dict__, "msg": self.format(record), "args": None, "exc_info": None}
        said.pop("exc_text", None)
        try:
            self._owner.send(Logged(said))
        except (pickle.PicklingError, AttributeError, TypeError):  # something odd in ``extra``
            known = logging.LogRecord("", 0, "", 0, "", None, None).__dict__
            self._owner.send(Logged({name: value for name, value in said.items() if name in known}))


def main(descriptor: int) -> int:
    """Serve the owner at the other end of a connection; give the exit code."""
    # Nobody asked for the memory of a decoder that dies in the folder that its owner works in.
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    _WORKERS.add(os.getpid())
    owner = _Owner(Connection(descriptor))
    _report_to(owner)
    tool: AnyTool | None = None
    while (order := owner.order()) is not None:
        if isinstance(order, Job):
            tool = _ready(owner, order)
        elif isinstance(order, Chunk) and tool is not None:
            _work(owner, tool, order.tasks)
        else:
            tool = None
            gc.collect()
    return 0


def is_worker() -> bool:
    """Say whether this process is a crew's worker."""
    return os.getpid() in _WORKERS


def _report_to(owner: _Owner) -> None:
    """Send warnings and logs to the owner instead of writing them."""

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: object = None,  # noqa: ARG001  # as warnings calls it
        line: str | None = None,  # noqa: ARG001
    ) -> None:
        owner.send(Warned(str(message), category, filename, lineno))

    warnings.resetwarnings()
    warnings.simplefilter("default")
    warnings.showwarning = show  # the documented way to catch them
    logging.getLogger().handlers = [_ToOwner(owner)]


def _ready(owner: _Owner, job: Job) -> AnyTool | None:
    try:
        os.chdir(job.folder)
        sys.path[:] = job.path
        os.environ.clear()
        os.environ.update(job.environment)
        _take_threads(job.threads)
        logging.getLogger().setLevel(job.log_level)
        tool = cast("AnyTool", pickle.loads(job.make)())  # noqa: S301  # from our owner alone
    except BaseException as error:
        _send_raised(owner, error)
        return None
    owner.send(Ready())
    return tool


def _take_threads(n: int) -> None:
    """Let libraries take so many threads; most jobs have a worker for each core."""
    import cv2  # what this process's owner imports of this module is light

    os.environ.update(dict.fromkeys(THREADS, str(n)))
    cv2.setNumThreads(n)
    if torch := sys.modules.get("torch"):  # it reads the environment once
        torch.set_num_threads(n)


def _work(owner: _Owner, tool: AnyTool, tasks: list[object]) -> None:
    ready: list[object] = []
    told_at = time.monotonic()
    try:
        for result in tool(tasks):
            ready.append(result)
            if time.monotonic() - told_at >= _TELL_S:
                owner.send(Done(ready))
                ready, told_at = [], time.monotonic()
        if ready:
            owner.send(Done(ready))
    except BaseException as error:
        _send_raised(owner, error)


def _send_raised(owner: _Owner, error: BaseException) -> None:
    told = "".join(traceback.format_exception(error))
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301  # our own
    except Exception:
        error = RuntimeError(f"{type(error).__name__}: {error}")
    error.add_note(f"in a worker process:\n{told}")
    owner.send(Raised(error))
