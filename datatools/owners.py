"""Which process is this one, and does the one that is named here still run?

A number alone names no process: it is given again to another one. With the time that the process began,
counted from the start of the machine, it does, as long as the machine runs. No clock is asked: clocks jump.
"""

import json
import os
import secrets
import socket
from dataclasses import asdict, dataclass, fields
from pathlib import Path

_PROC = Path("/proc")
_STATE, _STARTED = 0, 19  # places in /proc/PID/stat after the name, which ends with the last bracket
_ENDED = "ZX"  # a process that ended, and whose parent has not asked how


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A process that does something, as a lock's file names it. What a system does not tell is empty."""

    host: str
    machine: str  # the number that the system was given when it was installed
    namespace: str  # where the process numbers count: a container has its own
    boot: str  # another one after each start of the machine
    pid: int
    started: str  # in ticks since the start of the machine
    verb: str
    since: str  # a clock's reading, for people
    token: str  # by lot: this lock and no other

    @staticmethod
    def this(verb: str, since: str) -> "Owner":
        """Give this process."""
        return Owner(
            host=socket.gethostname(),
            machine=_read(Path("/etc/machine-id")),
            namespace=_namespace(),
            boot=_read(_PROC / "sys/kernel/random/boot_id"),
            pid=os.getpid(),
            started=_started(os.getpid()) or "",
            verb=verb,
            since=since,
            token=secrets.token_hex(8),
        )

    def to_bytes(self) -> bytes:
        """Give the content of a lock's file."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False).encode() + b"\n"

    @staticmethod
    def of_bytes(data: bytes) -> "Owner | None":
        """Read a lock's file; None where it is torn."""
        try:
            found = json.loads(data)
            owner = Owner(**found)
        except (ValueError, TypeError):
            return None
        is_sound = all(
            isinstance(found[each.name], int if each.name == "pid" else str) for each in fields(Owner)
        )
        return owner if is_sound else None

    def is_near(self) -> bool:
        """Say whether it is, or was, of this machine, and of this container where there are some."""
        return (
            self.host == socket.gethostname()
            and self.machine == _read(Path("/etc/machine-id"))
            and self.namespace == _namespace()
        )

    def is_dead(self) -> bool:
        """Say whether this process provably ended; of another machine or container nothing can be proved."""
        if not self.is_near():
            return False
        if self.boot != _read(_PROC / "sys/kernel/random/boot_id"):
            return True
        started = _started(self.pid)
        return started is None or bool(started and self.started and started != self.started)

    def told(self) -> str:
        """Say who it is."""
        return f"`datatools {self.verb}` (process {self.pid} on {self.host}, since {self.since})"


def _started(pid: int) -> str | None:
    """Give when a process began; empty where the system does not say; None where there is no such process."""
    try:
        content = (_PROC / str(pid) / "stat").read_text("utf-8", errors="replace")
    except OSError:
        return "" if _exists(pid) else None  # no /proc, or one that hides the processes of others
    told = content.rpartition(")")[2].split()
    return None if told[_STATE] in _ENDED else told[_STARTED]


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):  # the latter: a number that no process can have
        return False
    except PermissionError:
        return True
    return True


def _namespace() -> str:
    try:
        return str((_PROC / "self/ns/pid").readlink())
    except OSError:
        return ""


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except OSError:
        return ""
