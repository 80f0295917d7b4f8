"""What goes wrong in a process that is under test, and when?

A plan is made by the test and read by the child; its events are numbered over all processes of one command,
so that a worker's write counts as much as its parent's.
"""

import dataclasses
import errno
import hashlib
import json
from dataclasses import dataclass
from typing import Literal

Operation = Literal["open", "write", "sync", "rename", "link", "remove", "folder", "cut", "step"]
Kind = Literal["count", "kill", "power", "fail", "full", "read-only", "short", "interrupt", "stall", "clock"]
VARIABLE = "DATATOOLS_TEST_FAULTS"  # the plan, for processes that the child starts

# What a kernel may answer to each operation of a disk that is full, broken, or not ours.
POSSIBLE: dict[Operation, tuple[int, ...]] = {
    "open": (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EACCES),
    "write": (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG),
    "sync": (errno.EIO, errno.ENOSPC, errno.EDQUOT),
    "rename": (errno.EIO, errno.ENOSPC, errno.EROFS, errno.EACCES),
    "link": (errno.EIO, errno.ENOSPC, errno.EROFS, errno.EPERM),
    "remove": (errno.EIO, errno.EROFS, errno.EACCES),
    "folder": (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS),
    "cut": (errno.EIO,),
}
_GROWING: tuple[Operation, ...] = ("open", "write", "sync", "rename", "link", "folder")  # need room on a disk


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One thing that goes wrong.

    ``kill`` ends every process of the command by SIGKILL at event ``at``; ``power`` too, and files lose what
    was not synced. ``fail`` answers events with an error, each with the chance ``rate``, from ``at`` on to
    ``until``. ``full`` lets whatever needs room fail from ``at`` on, ``read-only`` everything. ``short``
    writes but a part, ``interrupt`` is interrupted once at each write, ``stall`` sleeps ``seconds`` at event
    ``at``, and ``clock`` sets the wall clock by ``seconds`` from then on.
    """

    kind: Kind
    root: str  # what lies elsewhere is left alone
    tickets: str  # a file whose length counts the events
    leader: int = 0  # the process that the command line started
    at: int = 0
    until: int | None = None  # the last event that goes wrong
    rate: float = 1.0
    seed: int = 0
    seconds: float = 0.0

    def text(self) -> str:
        """Give the plan as text."""
        return json.dumps(dataclasses.asdict(self))

    @staticmethod
    def of(text: str) -> "Plan":
        """Read what ``text`` gave."""
        return Plan(**json.loads(text))

    def answer(self, operation: Operation, number: int) -> int | None:
        """Give the error number that this operation is answered with, or None where it goes well."""
        if operation == "step" or not self.at <= number <= (number if self.until is None else self.until):
            return None
        if self.kind == "full":
            return errno.ENOSPC if operation in _GROWING else None
        if self.kind == "read-only":
            return errno.EROFS
        if self.kind != "fail":
            return None
        # Of the event's number: what fails does not depend on which thread came first.
        lot = int.from_bytes(_hashed(self.seed, number))
        return (
            POSSIBLE[operation][lot % len(POSSIBLE[operation])]
            if lot // 1000 % 1000 < 1000 * self.rate
            else None
        )


def _hashed(seed: int, number: int) -> bytes:
    return hashlib.sha256(f"{seed} {number}".encode()).digest()[:8]
