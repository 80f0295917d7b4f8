"""How do the machines of a Ray cluster work through a stage's items?

A pool of actors takes chunks of tasks on demand, and results come as they are ready. What a picture can do to
a worker stays inside the actor (see ``actor``). The chunks of an actor that is killed, or of a machine that
leaves, are done again by whoever is free; another actor takes its place where there is room for it. Why these
are no pipelines of Ray Data: docs/adr/0013.
"""

import contextlib
import logging
import os
import pickle
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any, Generic, cast

from datatools.crews import Lost, MakeTool, Needs, Result, Task, actor, joining
from datatools.errors import DatatoolsError, UsageError
from datatools.telemetry import event

if TYPE_CHECKING:
    import pyarrow as pa
    from ray import ObjectRef
    from ray.actor import ActorHandle

_AHEAD = 2  # chunks that an actor has at once: the next one is there when the first is done
_CHUNKS = 4  # of the most that a worker is given at once in one of these, as each takes a way through Ray
_MOST_DEATHS = 8  # of actors in a row, for each worker, without a result: nobody can work there
_PATIENCE_S = 60.0  # before somebody is told that the work waits for machines
_LEAVE_S = 10.0  # how long actors may take to end
_OURS = "DATATOOLS_"  # the variables of the driver's environment that workers need, too


class RayCrew:
    """Works through tasks on the cluster that ``joining`` joins or starts.

    ``workers`` is the size of the pool of actors; None takes as many as the cluster has room for when
    the stage starts. More than that is no error: the rest begin when machines join.
    """

    name = "ray"

    def __init__(self, workers: int | None = None) -> None:
        self.workers = workers

    def work(
        self, make: MakeTool[Task, Result], tasks: Sequence[Task], needs: Needs
    ) -> Iterator[tuple[Task, Result | Lost]]:
        """Work through tasks with a pool of actors, see ``Crew``.

        Raises:
            UsageError: the cluster cannot be joined, or lacks what ``needs`` asks for.
            DatatoolsError: Ray gave up.
        """
        if not tasks:
            return
        joining.join((self.workers or 1) * needs.cpus)
        n_fit = joining.fits(needs.cpus, needs.gpus)
        if n_fit == 0 and not (self.workers and joining.may_grow()):
            raise UsageError(
                f"expected a Ray cluster with a machine of {needs.cpus:g} cores and {needs.gpus:g} GPUs for "
                "a worker, there is none; where machines are about to join, say with --workers how many"
            )
        folder = os.getcwd()  # noqa: PTH109  # not resolved: links may differ elsewhere
        job = actor.Job(
            make=pickle.dumps(make),
            needs=needs,
            folder=folder,
            path=[place or folder for place in sys.path],
            environment={name: value for name, value in os.environ.items() if name.startswith(_OURS)},
        )
        with closing(_Pool(job, self.workers or n_fit, tasks)) as pool:
            for place, result in pool.results():
                yield tasks[place], cast("Result | Lost", result)


def share(n_left: int, n_workers: int, largest: int, smallest: int = 1) -> int:
    """Give the size of the next chunk: large ones first, small ones at the end so that all end together."""
    return min(n_left, max(smallest, min(largest, n_left // (2 * n_workers))))


class _Pool(Generic[Task]):
    """The actors of one stage, and what each of them is at."""

    def __init__(self, job: actor.Job, size: int, tasks: Sequence[Task]) -> None:
        """Hire nobody yet."""
        import ray  # after joining, which sets what Ray reads when it is imported

        self._job, self._size, self._tasks = job, size, tasks
        # Which machine an actor dies with, and who does its work, is for us to say: Ray tries nothing again.
        kind = ray.remote(num_cpus=job.needs.cpus, num_gpus=job.needs.gpus, scheduling_strategy="SPREAD")
        self._new = cast("Callable[[actor.Job], ActorHandle[Any]]", kind(actor.Worker).remote)
        self._beginning: dict[ObjectRef[None], ActorHandle[Any]] = {}
        self._under_way: dict[ObjectRef[pa.Table], tuple[ActorHandle[Any], Sequence[int]]] = {}
        self._n_chunks: dict[ActorHandle[Any], int] = {}  # of each actor that is there
        self._again: deque[Sequence[int]] = deque()  # chunks of those who died
        self._n_next = 0  # the first task that nobody was given yet
        self._n_done = 0
        self._n_deaths = 0  # since the last result

    def results(self) -> Iterator[tuple[int, object]]:
        """Give each task's place and result, as they are ready.

        Raises:
            DatatoolsError: no actor stays alive, or Ray fails otherwise.
        """
        from ray.exceptions import RayError

        try:
            while self._n_next < len(self._tasks) or self._again or self._under_way:
                self._hire()
                self._hand_out()
                yield from self._heard()
        except RayError as error:
            raise self._gave_up(error) from error

    def close(self) -> None:
        """End every actor, and wait until it is gone: Ray does not take it well to be left meanwhile."""
        import ray

        actors = (*self._beginning.values(), *self._n_chunks)
        for one in actors:
            _end(one)
        with contextlib.suppress(Exception):  # Ray is gone already
            gone: list[ObjectRef[Any]] = [one.begin.remote() for one in actors]
            ray.wait(gone, num_returns=len(gone), timeout=_LEAVE_S)

    def _hire(self) -> None:
        n_left = len(self._tasks) - self._n_next + len(self._again)
        n_here = len(self._beginning) + len(self._n_chunks)
        while n_here < min(self._size, n_left + len(self._under_way)):
            one = self._new(self._job)
            self._beginning[one.begin.remote()] = one
            n_here += 1

    def _hand_out(self) -> None:
        """Give whoever has least to do the next chunk, until all have enough."""
        while (self._again or self._n_next < len(self._tasks)) and self._n_chunks:
            one = min(self._n_chunks, key=self._n_chunks.__getitem__)
            if self._n_chunks[one] >= _AHEAD:
                return
            places = self._again.popleft() if self._again else self._next()
            chunk = actor.chunk([(place, self._tasks[place]) for place in places])
            self._under_way[one.work.remote(chunk)] = (one, places)
            self._n_chunks[one] += 1

    def _next(self) -> range:
        needs = self._job.needs
        n_left = len(self._tasks) - self._n_next
        smallest = needs.chunk if needs.gpus else 1  # a network's call wants to be full
        first = self._n_next
        self._n_next += share(n_left, self._size, _CHUNKS * needs.chunk, smallest)
        return range(first, self._n_next)

    def _heard(self) -> Iterator[tuple[int, object]]:
        """Wait for somebody, and give the results."""
        import ray
        from ray.exceptions import ObjectLostError, RayActorError

        asked: list[ObjectRef[Any]] = [*self._under_way, *self._beginning]
        ready, _ = ray.wait(asked, num_returns=1, timeout=_PATIENCE_S)
        if not ready and not self._n_chunks:
            event("waiting_for_machines", level=logging.WARNING, n_workers=self._size)
        for ref in ready:
            begun = self._beginning.pop(ref, None)
            one, places = (begun, ()) if begun is not None else self._under_way.pop(ref)
            try:
                table = ray.get(ref)
            except (RayActorError, ObjectLostError) as error:
                self._died(one, places, error)
                continue
            if begun is not None:
                self._n_chunks[one] = 0
                continue
            self._n_deaths = 0
            if one in self._n_chunks:
                self._n_chunks[one] -= 1
            for place, result in actor.results(table):
                self._n_done += 1
                yield place, result

    def _died(self, one: "ActorHandle[Any]", places: Sequence[int], error: Exception) -> None:
        """Let somebody else do what an actor had; its other chunks come here one by one."""
        if places:
            self._again.append(places)
        if self._n_chunks.pop(one, None) is not None or not places:
            _end(one)  # it may only be out of reach
            self._n_deaths += 1
            event("worker_lost", level=logging.WARNING, reason=joining.first_line(error), n_tasks=len(places))
        if self._n_deaths > _MOST_DEATHS * self._size:
            raise self._gave_up(error)

    def _gave_up(self, error: Exception) -> DatatoolsError:
        return DatatoolsError(
            f"expected the Ray cluster to finish {len(self._tasks)} items, it gave up with "
            f"{len(self._tasks) - self._n_done} left: {joining.first_line(error)}; look at `ray status`, "
            "then run the same command again"
        )


def _end(one: "ActorHandle[Any]") -> None:
    import ray

    with contextlib.suppress(Exception):  # it, or all of Ray, is gone already
        ray.kill(one)
