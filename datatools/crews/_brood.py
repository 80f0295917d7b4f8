"""Which worker processes does this process have, and who is free?

One brood in a process: its workers outlive a stage, because the next one needs them too. Threads share it.
"""

import atexit
import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import warnings
from dataclasses import dataclass
from multiprocessing.connection import Connection

from datatools.crews import _nursery
from datatools.crews._worker import THREADS, Logged, Rest, Warned

_LEAVE_S = 5.0  # how long a nursery may take to end


@dataclass(frozen=True, slots=True, eq=False)
class Hand:
    """One worker process, and the line to it."""

    pid: int
    line: Connection
    generation: int  # of the nursery that it comes from

    def told(self) -> object:
        """Receive what it says that is of its work; warnings and logs go where this process's go.

        Raises:
            EOFError, OSError: it is dead.
        """
        while True:
            message = self.line.recv()
            if isinstance(message, Warned):
                registry = sys.modules[__name__].__dict__.setdefault("__warningregistry__", {})
                warnings.warn_explicit(
                    message.text, message.category, message.file, message.line, registry=registry
                )
            elif isinstance(message, Logged):
                record = logging.makeLogRecord(message.record)
                logging.getLogger(record.name).handle(record)
            else:
                return message
            if not self.line.poll():
                return None


class Brood:
    """The workers of this process and the nursery that they come from."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._free: list[Hand] = []
        self._statuses: dict[int, int] = {}
        self._nursery: subprocess.Popen[bytes] | None = None
        self._orders: socket.socket | None = None
        self._generation = 0

    def take(self) -> Hand:
        """Give a free worker, a new one where there is none."""
        with self._lock:
            while self._free:
                hand = self._free.pop()
                if not hand.line.poll():  # one that has left says so by the end of its line
                    return hand
                hand.line.close()
            return self._born()

    def give_back(self, hand: Hand) -> None:
        """Take a worker back that has nothing to do."""
        with self._lock:
            try:
                hand.line.send(Rest())
            except OSError:
                hand.line.close()
                return
            self._free.append(hand)

    def end(self, hand: Hand) -> int | None:
        """End a worker, dead or alive; give its wait status, or None where the nursery died with it."""
        hand.line.close()
        with self._lock:
            if hand.generation != self._generation:
                return None
            try:
                self._order(b"k", hand.pid)
                while hand.pid not in self._statuses:
                    self._listen()
            except OSError:
                self._forget()
                return None
            return self._statuses.pop(hand.pid)

    def close(self) -> None:
        """End every worker and the nursery."""
        with self._lock:
            nursery = self._nursery
            self._forget()
            if nursery is not None:
                try:
                    nursery.wait(_LEAVE_S)
                except subprocess.TimeoutExpired:
                    nursery.kill()
                    nursery.wait()

    def _born(self) -> Hand:
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                pid = self._ask_for_one(theirs)
            except OSError:  # the nursery was killed meanwhile: another one
                self._forget()
                pid = self._ask_for_one(theirs)
        return Hand(pid, Connection(ours.detach()), self._generation)

    def _ask_for_one(self, theirs: socket.socket) -> int:
        orders = self._started()
        socket.send_fds(orders, [_nursery.ORDER.pack(b"f", 0)], [theirs.fileno()])
        while (born := self._listen()) is None:
            pass
        return born

    def _order(self, kind: bytes, number: int) -> None:
        self._started().sendall(_nursery.ORDER.pack(kind, number))

    def _listen(self) -> int | None:
        """Read one answer; the id of who was born, or None where somebody died."""
        orders = self._started()
        data = b""
        while len(data) < _nursery.ANSWER.size:
            more = orders.recv(_nursery.ANSWER.size - len(data))
            if not more:
                raise ConnectionResetError("the nursery of worker processes is gone")
            data += more
        kind, pid, status = _nursery.ANSWER.unpack(data)
        if kind == b"b":
            self._statuses.pop(pid, None)  # of an earlier one of this number
            return int(pid)
        self._statuses[pid] = status
        return None

    def _started(self) -> socket.socket:
        if self._orders is None:
            ours, theirs = socket.socketpair()
            code = (
                f"import sys; sys.path[:] = {sys.path!a}; "
                f"from datatools.crews._nursery import main; main({theirs.fileno()})"
            )
            with theirs:
                self._nursery = subprocess.Popen(
                    [sys.executable, "-c", code],
                    stdin=subprocess.DEVNULL,
                    stdout=2,  # standard output is for results
                    pass_fds=[theirs.fileno()],
                    env=os.environ | dict.fromkeys(THREADS, "1"),
                )
            self._orders = ours
        return self._orders

    def _forget(self) -> None:
        for hand in self._free:
            hand.line.close()
        self._free.clear()
        if self._orders is not None:
            self._orders.close()
        self._orders = self._nursery = None
        self._generation += 1
        self._statuses.clear()

    def leave_to_parent(self) -> None:
        """In a forked child: forget what is the parent's, so that its end is seen when it comes."""
        self._lock = threading.RLock()  # a thread that is not here may have held it
        if self._nursery is not None:
            self._nursery.returncode = 0  # not this process's child: nothing to wait for
        self._forget()


BROOD = Brood()
atexit.register(BROOD.close)
os.register_at_fork(after_in_child=BROOD.leave_to_parent)


def how_it_ended(status: int | None) -> str:
    """Say in words how a process ended, from its wait status."""
    if status is None:
        return "its worker was killed"
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return f"its worker ended (exit code {code})"
    if -code == signal.SIGKILL:
        return "its worker was killed (signal 9; the system does so when memory ends)"
    named = signal.strsignal(-code)
    with contextlib.suppress(ValueError):
        named = named or signal.Signals(-code).name
    return f"its worker died (signal {-code}{', ' + named.lower() if named else ''})"
