"""How is a worker born without the script that the user runs, and never left behind?

A process of its own, started once, has imported what workers need and forks one whenever its owner asks:
a worker is there in milliseconds, knows nothing of the owner's threads, and the owner's ``__main__`` is
not run again. When the owner's end of the socket closes, however it died, the workers are killed.

Orders are five bytes: ``f`` with a file descriptor beside it, or ``k`` and a process id. Answers are nine:
``b`` and the id of who was born, or ``d``, the id of who died and its wait status.
"""

import contextlib
import ctypes
import os
import select
import signal
import socket
import struct
import sys
from pathlib import Path

ORDER = struct.Struct("<ci")
ANSWER = struct.Struct("<cii")

_SIGNALLED_WITH_PARENT = 1  # PR_SET_PDEATHSIG, see prctl(2)
_FIRST_TO_GO = "500"  # oom_score_adj: where memory ends, a worker goes before its owner


def main(descriptor: int) -> None:
    """Serve the owner at the other end of a socket until it is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the owner decides what ^C means
    _preload()
    read_end, write_end = os.pipe()
    os.set_blocking(read_end, False)
    os.set_blocking(write_end, False)
    signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    owner = socket.socket(fileno=descriptor)
    children: set[int] = set()
    while True:
        ready, _, _ = select.select([owner.fileno(), read_end], [], [])
        if read_end in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(read_end, 4096)
            for pid, status in _dead(children):
                _answer(owner, b"d", pid, status)
        if owner.fileno() in ready:
            order, passed = _order(owner)
            if order is None:
                break
            kind, number = order
            if kind == b"k":
                if number in children:  # else it is dead, and its number may be somebody else's
                    os.kill(number, signal.SIGKILL)
            else:
                pid = _fork(passed, (owner.fileno(), read_end, write_end))
                children.add(pid)
                _answer(owner, b"b", pid, 0)
    for pid in children:
        os.kill(pid, signal.SIGKILL)


def _preload() -> None:
    """Import what nearly every worker needs."""
    from datatools import images, workspace  # noqa: F401
    from datatools.crews import _worker  # noqa: F401


def _order(owner: socket.socket) -> tuple[tuple[bytes, int] | None, int]:
    """Read an order and the descriptor that came with it; None where nobody is there any more."""
    passed = -1
    data = b""
    while len(data) < ORDER.size:
        try:
            more, descriptors, _, _ = socket.recv_fds(owner, ORDER.size - len(data), 1)
        except ConnectionError:
            return None, passed
        if not more:
            return None, passed
        data += more
        passed = descriptors[0] if descriptors else passed
    return ORDER.unpack(data), passed


def _answer(owner: socket.socket, kind: bytes, pid: int, status: int) -> None:
    with contextlib.suppress(ConnectionError):  # then it is gone, which the next look at it shows
        owner.sendall(ANSWER.pack(kind, pid, status))


def _dead(children: set[int]) -> list[tuple[int, int]]:
    found = []
    for pid in list(children):
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            children.discard(pid)
            found.append((pid, status))
    return found


def _fork(passed: int, ours: tuple[int, ...]) -> int:
    nursery = os.getpid()
    pid = os.fork()
    if pid:
        os.close(passed)
        return pid
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for descriptor in ours:
            os.close(descriptor)
        _die_with(nursery)
        from datatools.crews._worker import main as work

        code = work(passed)
    finally:
        sys.stderr.flush()
        os._exit(code)


def _die_with(nursery: int) -> None:
    """Let the system kill this process when the nursery dies, and before others when memory ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SIGNALLED_WITH_PARENT, int(signal.SIGKILL))
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_GO)
    if os.getppid() != nursery:  # it died before it was asked to tell
        os._exit(1)
