# ruff: noqa: PTH100, PTH115, PTH116, PTH117, PTH118
"""How do writes of a process go wrong on purpose, without touching its code?

``install`` puts this layer between Python and the kernel: what opens a file for writing, writes, syncs,
renames, links, removes or makes a folder below the plan's root is an event, and the plan says what becomes of
it. As in SQLite's and LevelDB's crash tests the code under test is the real one, down to the system call. The
layer stands below pathlib. Files that native code writes (OpenCV's videos, memory-mapped packs) are seen only
when they are renamed.

A process that is started by one under test imports ``site/sitecustomize.py``, which installs the same plan.
"""

import builtins
import contextlib
import errno
import io
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.faults.plan import VARIABLE, Operation, Plan

_fsync, _write, _open, _truncate = os.fsync, os.write, os.open, os.truncate
_io_open = io.open
_WRITES = set("wax+")


class Layer:
    """Counts the events of this process among those of its command, and lets things go wrong."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._tickets = _open(plan.tickets, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._pid = os.getpid()
        self.unsynced: dict[str, int] = {}  # file: how many of its bytes are safe
        self.synced: dict[str, int] = {}  # file: how many bytes it had when it was last synced
        self.clock_is_wrong = False
        # A power cut comes between two operations, never within one of another thread: what that thread is
        # putting in place is either there and known to be unsynced, or not begun. A kill needs no such order.
        self.moment: contextlib.AbstractContextManager[Any] = contextlib.nullcontext()
        if plan.kind == "power":
            self._order()
            os.register_at_fork(after_in_child=self._order)  # its other threads, which may hold it, are gone

    def _order(self) -> None:
        self.moment = threading.RLock()

    def event(self, operation: Operation, path: str) -> None:
        """Count an operation before it is done; die of it or raise what the plan says.

        Raises:
            OSError: as a disk would.
        """
        if (code := self.due(operation)) is not None:
            raise OSError(code, os.strerror(code), *([path] if operation not in ("write", "sync") else []))

    def due(self, operation: Operation) -> int | None:
        """Count an operation; die, sleep, or give the error that it is answered with."""
        _write(self._tickets, b".")
        number = os.lseek(self._tickets, 0, os.SEEK_CUR)  # after our own byte, whoever else appends
        if self.plan.kind in ("kill", "power") and number == self.plan.at:
            self.die()
        if self.plan.kind == "clock" and number >= self.plan.at:
            self.clock_is_wrong = True
        if self.plan.kind == "stall" and number == self.plan.at:
            time.sleep(self.plan.seconds)
        return self.plan.answer(operation, number)

    def is_last_moment(self) -> bool:
        """Say whether the next event ends the process: a write is torn then."""
        return self.plan.kind in ("kill", "power") and os.fstat(self._tickets).st_size + 1 == self.plan.at

    def die(self) -> None:
        """End the command as SIGKILL does; by a power cut what was not synced is lost."""
        if self.plan.kind == "power":
            for path, n_safe in list(self.unsynced.items()):
                _lose(path, n_safe, self.plan.seed)
        if self.plan.leader and self.plan.leader != os.getpid():
            os.kill(self.plan.leader, signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)

    def below(self, path: Any, dir_fd: int | None = None) -> str | None:
        """Give an absolute path where it lies below the plan's root, or else None."""
        if isinstance(path, int):
            name = _path_of(path)
        else:
            name = os.fsdecode(path)
            if dir_fd is not None and not os.path.isabs(name):
                name = os.path.join(_path_of(dir_fd), name)
            name = os.path.abspath(name)
        return name if name == self.plan.root or name.startswith(self.plan.root + os.sep) else None


def _path_of(descriptor: int) -> str:
    try:
        return os.readlink(f"/proc/self/fd/{descriptor}")
    except OSError:
        return ""


def _lose(path: str, n_safe: int, seed: int) -> None:
    """Leave a file as a power cut does: cut off behind what was synced, or with zeros in its place."""
    with contextlib.suppress(OSError):  # another thread has renamed or removed it meanwhile
        length = os.stat(path).st_size
        if length > n_safe:
            _truncate(path, n_safe + (seed + length) % (length - n_safe + 1))
            if seed % 2:
                _truncate(path, length)  # grows again, of zeros


class _File(io.FileIO):
    """A file below the root; each write goes to the kernel by way of the plan."""

    layer: Layer
    path: str

    def write(self, data: Any) -> int:
        with self.layer.moment:
            return self._answered(memoryview(data).cast("B"))

    def _answered(self, view: memoryview) -> int:
        layer, kind = self.layer, self.layer.plan.kind
        if kind == "interrupt" and not self.interrupted:
            self.interrupted = True
            raise InterruptedError(errno.EINTR, os.strerror(errno.EINTR))  # Python's buffers try again
        self.interrupted = False
        if self.pending:
            raise OSError(self.pending, os.strerror(self.pending))
        if layer.is_last_moment():
            self._written(view[: len(view) // 2])
        if (code := layer.due("write")) is not None:
            if len(view) < 2:
                raise OSError(code, os.strerror(code))
            self.pending = code  # a kernel first writes what fits, and says no to the rest
            return self._written(view[: len(view) // 2])
        return self._written(view[: max(1, len(view) // 2)] if kind == "short" else view)

    interrupted = False
    pending = 0

    def _written(self, view: memoryview) -> int:
        n_written = super().write(view) or 0
        if not self.is_nameless:
            self.layer.unsynced.setdefault(self.path, self.layer.synced.get(self.path, self.safe))
        return n_written

    safe = 0
    is_nameless = False  # opened by its folder's path: it goes with its process, and outlasts no power cut


def _opened(layer: Layer, original: Callable[..., Any]) -> Callable[..., Any]:
    def opened(
        file: Any,
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        closefd: bool = True,
        opener: Any = None,
    ) -> Any:
        path = layer.below(file) if _WRITES & set(mode) else None
        if path is None:
            return original(file, mode, buffering, encoding, errors, newline, closefd, opener)
        with layer.moment:
            if not isinstance(file, int):
                layer.event("open", path)
            raw = _File(file, mode.replace("b", "").replace("t", ""), closefd, opener)
        raw.layer, raw.path, raw.is_nameless = layer, path, Path(path).is_dir()
        raw.safe = os.fstat(raw.fileno()).st_size if "a" in mode or "+" in mode else 0
        if buffering == 0:
            return raw
        buffer = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
        if "b" in mode:
            return buffer
        text = io.TextIOWrapper(buffer, encoding, errors, newline, line_buffering=buffering == 1)
        text.mode = mode  # type: ignore[misc]  # as open itself does
        return text

    return opened


def _synced(layer: Layer) -> Callable[..., None]:
    def fsync(descriptor: Any) -> None:
        number = descriptor if isinstance(descriptor, int) else descriptor.fileno()
        path = layer.below(number)
        if path is None:
            _fsync(number)
            return
        with layer.moment:
            layer.event("sync", path)
            _fsync(number)
            layer.unsynced.pop(path, None)
            layer.synced[path] = os.fstat(number).st_size

    return fsync


def _watched(layer: Layer, operation: Operation, original: Callable[..., Any]) -> Callable[..., Any]:
    def watched(path: Any, *rest: Any, **named: Any) -> Any:
        with layer.moment:
            return ordered(path, *rest, **named)

    def ordered(path: Any, *rest: Any, **named: Any) -> Any:
        dir_fd = named.get("dir_fd")
        found = layer.below(path, dir_fd)
        # A kernel finds out first that there is nothing to remove, or a folder already.
        is_there = os.path.lexists(found) if found else False
        if found and is_there != (operation == "folder"):
            layer.event(operation, found)
        result = original(path, *rest, **named)
        if found and operation in ("remove", "rename"):
            layer.synced.pop(found, None)
        if found and operation == "remove":
            layer.unsynced.pop(found, None)
        if found and operation in ("rename", "link"):
            new = os.path.abspath(os.fsdecode(rest[0]))
            layer.unsynced.pop(new, None)
            layer.synced.pop(new, None)
            if found in layer.unsynced:
                layer.unsynced[new] = layer.unsynced[found]
            if operation == "rename":
                layer.unsynced.pop(found, None)
        return result

    return watched


_PATCHED: tuple[tuple[str, Operation], ...] = (
    ("rename", "rename"),
    ("replace", "rename"),
    ("link", "link"),
    ("unlink", "remove"),
    ("remove", "remove"),
    ("rmdir", "remove"),
    ("mkdir", "folder"),
    ("truncate", "cut"),
)


def install(plan: Plan) -> Layer:
    """Put the layer in place for the rest of this process; give it."""
    layer = Layer(plan)
    os.environ[VARIABLE] = plan.text()
    builtins.open = io.open = _opened(layer, _io_open)
    os.fsync = _synced(layer)
    for name, operation in _PATCHED:
        setattr(os, name, _watched(layer, operation, getattr(os, name)))
    _count_steps(layer)
    if plan.kind == "clock":
        _set_clock(layer)
    return layer


def _count_steps(layer: Layer) -> None:
    """Make each step of a progress bar an event: the moments between two writes."""
    from datatools.progress import Advance, Progress

    bar = Progress.bar

    @contextmanager
    def counted(self: Progress, label: str, total: int) -> Iterator[Advance]:
        with bar(self, label, total) as advance:

            def step() -> None:
                with layer.moment:
                    layer.event("step", label)
                advance()

            yield step

    Progress.bar = counted  # type: ignore[method-assign]


def _set_clock(layer: Layer) -> None:
    """Let the wall clock of every module that is loaded jump when the plan says so."""
    right = time.time

    def off_s() -> float:
        return layer.plan.seconds if layer.clock_is_wrong else 0.0

    class Moment(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.fromtimestamp(right() + off_s(), tz)

    time.time = lambda: right() + off_s()
    for name, module in list(sys.modules.items()):
        if name.startswith("datatools.") and vars(module).get("datetime") is datetime:
            vars(module)["datetime"] = Moment


def installed() -> None:
    """Install the plan that the process that started this one was given; none does nothing."""
    if text := os.environ.get(VARIABLE):
        install(Plan.of(text))


def site() -> Path:
    """Give the folder that goes to PYTHONPATH, so that processes of a child are under its plan too."""
    return Path(__file__).with_name("site")
