"""How do the machines of a Ray cluster work through a stage's items?

As Ray Data pipelines: chunks of tasks go in, a pool of actors maps them, results stream out as they are
ready. What a picture can do to a worker stays inside the actor (see ``actor``). An actor that is killed,
and a machine that leaves, is Ray's to replace: the chunk that it had is done again, by whoever is there.
"""

import itertools
import os
import pickle
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, cast

from datatools.crews import Lost, MakeTool, Needs, Result, Task, actor, joining
from datatools.errors import DatatoolsError, UsageError

if TYPE_CHECKING:
    import ray.data

_TASKS_PER_WORKER = 4096  # in one pipeline: what Ray's object store and this process hold at once
# One chunk costs Ray 10 ms of a processor, half of them in this process: chunks of Ray's hold several of
# a worker's, and the last ones are a small part of a worker's share, and not smaller.
_CHUNKS = 4
_LAST_FRAC, _LAST = 1 / 16, 8
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
        size = self.workers or n_fit
        folder = os.getcwd()  # noqa: PTH109  # not resolved: links may differ elsewhere
        job = actor.Job(
            make=pickle.dumps(make),
            needs=needs,
            folder=folder,
            path=[place or folder for place in sys.path],
            environment={name: value for name, value in os.environ.items() if name.startswith(_OURS)},
        )
        for start in range(0, len(tasks), size * _TASKS_PER_WORKER):
            places = range(start, min(start + size * _TASKS_PER_WORKER, len(tasks)))
            for place, result in _pipeline(job, size, tasks, places):
                yield tasks[place], cast("Result | Lost", result)


def guided(n_tasks: int, n_workers: int, largest: int) -> Iterator[int]:
    """Give sizes of chunks that sum to ``n_tasks``: large ones first, small ones so that all end together."""
    smallest = max(1, min(_LAST, largest, int(n_tasks / n_workers * _LAST_FRAC)))
    while n_tasks > 0:
        size = min(n_tasks, max(smallest, min(largest, n_tasks // (2 * n_workers))))
        yield size
        n_tasks -= size


def _pipeline(
    job: actor.Job, size: int, tasks: Sequence[Task], places: range
) -> Iterator[tuple[int, object]]:
    """Give results by their tasks' places, each once."""
    import ray.data  # after joining, which sets what Ray reads when it is imported
    from ray.exceptions import RayError

    numbered = ((place, tasks[place]) for place in places)
    sizes = guided(len(places), size, _CHUNKS * job.needs.chunk)
    chunks = [actor.chunk(list(itertools.islice(numbered, n))) for n in sizes]
    with ray.data.DataContext.current(_context()):
        # Not from_arrow: it starts workers that look at the chunks alone, for 2 s of a processor each.
        dataset = ray.data.from_blocks(chunks).map_batches(
            actor.Worker,
            fn_constructor_args=(job,),
            batch_size=job.needs.chunk if job.needs.gpus else None,  # Ray wants a number with a GPU
            batch_format="pyarrow",
            compute=ray.data.ActorPoolStrategy(size=min(size, len(chunks)), max_tasks_in_flight_per_actor=2),
            num_cpus=job.needs.cpus,
            num_gpus=job.needs.gpus or None,
        )
    waiting = set(places)
    try:
        for batch in dataset.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=1):
            for place, result in actor.results(batch):
                if place in waiting:  # a machine that is lost may have sent it before
                    waiting.discard(place)
                    yield place, result
    except RayError as error:
        raise DatatoolsError(
            f"expected the Ray cluster to finish {len(places)} items, it gave up with {len(waiting)} left: "
            f"{joining.first_line(error)}; look at `ray status`, then run the same command again"
        ) from error


def _context() -> "ray.data.DataContext":
    import ray.data

    context = ray.data.DataContext.get_current().copy()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    context.op_resource_reservation_enabled = False  # one operator has nobody to share with; it costs a third
    return context
