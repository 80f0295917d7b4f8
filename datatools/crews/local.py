"""How do the processes of this machine share work, and what happens when one of them dies?

Tasks are handed out on demand, in large chunks first and single ones at the end, so that no core idles.
The tasks that a dead worker had not finished are done again one by one; the one that kills again is lost.
"""

import contextlib
import logging
import os
import pickle
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import TracebackType
from typing import Generic, cast

from datatools.crews import Lost, MakeTool, Needs, Result, Task
from datatools.crews._brood import BROOD, Hand, how_it_ended
from datatools.crews._worker import Chunk, Done, Job, Raised, Ready
from datatools.errors import DatatoolsError
from datatools.telemetry import event

_LOOK_S = 1.0  # between two looks at who is late
_MOST_STILLBORN = 3  # workers in a row that die while they make their tool


@dataclass(slots=True, eq=False)
class _Shift:
    """What one worker is doing."""

    hand: Hand
    is_ready: bool = False
    pending: deque[int] = field(default_factory=deque)  # places of tasks without a result
    is_alone: bool = False  # its task was somebody's death before, perhaps
    late_at: float = float("inf")


class LocalCrew:
    """Processes of this machine, as many as there are cores unless told otherwise."""

    name = "local"

    def __init__(self, workers: int | None = None) -> None:
        self.is_asked = workers is not None  # somebody wants so many, however little there is to do
        self.workers = workers or n_cores()

    def work(
        self, make: MakeTool[Task, Result], tasks: Sequence[Task], needs: Needs
    ) -> Iterator[tuple[Task, Result | Lost]]:
        """Work through tasks with several workers, see ``Crew``."""
        with Hands(make, self.workers, needs) as hands:
            yield from hands.work(tasks)


def n_cores() -> int:
    """Give the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Hands(Generic[Task, Result]):
    """Workers that made their tools once and take one list of tasks after the other."""

    def __init__(self, make: MakeTool[Task, Result], workers: int, needs: Needs) -> None:
        """Hire nobody yet: workers come with the first tasks."""
        self._job = Job(
            make=pickle.dumps(make),
            folder=str(Path.cwd()),
            path=list(sys.path),
            environment=dict(os.environ),
            log_level=logging.getLogger().getEffectiveLevel(),
            threads=max(1, int(needs.cpus)),
        )
        self._workers = workers
        self._needs = needs
        self._shifts: dict[Connection, _Shift] = {}
        self._n_stillborn = 0

    def __enter__(self) -> "Hands[Task, Result]":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the workers go: those that are at work end, the others wait for the next job."""
        for shift in self._shifts.values():
            if shift.pending or not shift.is_ready:
                BROOD.end(shift.hand)
            else:
                BROOD.give_back(shift.hand)
        self._shifts.clear()

    def work(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, Result | Lost]]:
        """Give each task with its result, as they are ready.

        Raises:
            DatatoolsError: workers die while they make their tools.
        """
        n_next, alone = 0, deque[int]()
        while n_next < len(tasks) or alone or any(shift.pending for shift in self._shifts.values()):
            n_wanted = len(tasks) - n_next + len(alone)
            self._hire(min(self._workers, n_wanted + sum(bool(s.pending) for s in self._shifts.values())))
            for shift in self._shifts.values():
                if shift.is_ready and not shift.pending:
                    if alone:
                        self._hand_out(shift, tasks, [alone.popleft()], is_alone=True)
                    elif n_next < len(tasks):
                        size = self._size(len(tasks) - n_next)
                        self._hand_out(shift, tasks, range(n_next, n_next + size))
                        n_next += size
            for place, result in self._heard(alone):
                yield tasks[place], result

    def _hire(self, n: int) -> None:
        while len(self._shifts) < n:
            hand = BROOD.take()
            try:
                hand.line.send(self._job)
            except OSError:  # it left for want of work just now
                BROOD.end(hand)
                continue
            self._shifts[hand.line] = _Shift(hand)

    def _size(self, n_left: int) -> int:
        if self._workers == 1:  # nobody else waits
            return min(self._needs.chunk, n_left)
        return max(1, min(self._needs.chunk, n_left // (2 * self._workers)))

    def _hand_out(
        self, shift: _Shift, tasks: Sequence[Task], places: Sequence[int], *, is_alone: bool = False
    ) -> None:
        shift.pending, shift.is_alone = deque(places), is_alone
        self._expect(shift)
        with contextlib.suppress(OSError):  # it is dead, which the end of its line shows
            shift.hand.line.send(Chunk([tasks[place] for place in places]))

    def _expect(self, shift: _Shift) -> None:
        limit_s = self._needs.limit_s
        shift.late_at = float("inf") if limit_s is None else time.monotonic() + limit_s

    def _heard(self, alone: deque[int]) -> Iterator[tuple[int, Result | Lost]]:
        """Wait for what workers say, and give the results among it; what must be done again goes to alone."""
        before = time.monotonic()
        spoken = wait(list(self._shifts), _LOOK_S)
        stood_still_s = time.monotonic() - before - _LOOK_S
        for line in spoken:
            shift = self._shifts[cast("Connection", line)]
            try:
                message = shift.hand.told()
            except (EOFError, OSError):
                yield from self._died(shift, alone, None)
                continue
            if isinstance(message, Ready):
                shift.is_ready, self._n_stillborn = True, 0
            elif isinstance(message, Done):
                self._expect(shift)
                for result in message.results:
                    yield shift.pending.popleft(), cast("Result", result)
            elif isinstance(message, Raised):
                shift.is_ready = True  # for another job
                shift.pending.clear()
                raise message.error
        for shift in list(self._shifts.values()):
            if stood_still_s > _LOOK_S:  # the machine, or all of us: nobody is to blame
                shift.late_at += stood_still_s
            if shift.pending and time.monotonic() > shift.late_at:
                yield from self._died(shift, alone, f"it took longer than {self._needs.limit_s:g} s")

    def _died(self, shift: _Shift, alone: deque[int], why: str | None) -> Iterator[tuple[int, Result | Lost]]:
        del self._shifts[shift.hand.line]
        status = BROOD.end(shift.hand)
        reason = why or how_it_ended(status)
        if status != 0:
            event("worker_lost", level=logging.WARNING, reason=reason, n_tasks=len(shift.pending))
        if not shift.is_ready:
            self._n_stillborn += status != 0  # with 0 it left for want of work as the job came
            if self._n_stillborn > _MOST_STILLBORN:
                raise DatatoolsError(
                    f"worker processes cannot begin: of {self._n_stillborn} in a row each ended while it "
                    f"loaded what it needs; the last: {reason}. Free memory, or take fewer --workers"
                )
        elif shift.is_alone:
            yield shift.pending[0], Lost(reason)
        else:
            alone.extend(shift.pending)
