"""Who works through the items of a stage: processes of this machine, or those of a cluster?

A crew's workers each make their own tool once (a network, a finder) and then take one chunk of tasks
after the other; who is done early takes more. A worker that dies costs the task that it died of: the
others of its chunk are done again, one by one.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

Tool = Callable[[Sequence[Task]], Iterator[Result]]  # one result for each task, in order
MakeTool = Callable[[], Tool[Task, Result]]  # picklable: a module's function, or functools.partial of one

Engine = Literal["local", "ray"]


@dataclass(frozen=True, slots=True)
class Lost:
    """In the place of a result: whoever worked on this task died of it, twice."""

    reason: str  # as in "its worker died (signal 11, segmentation fault)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What each worker takes; a cluster places workers by it."""

    cpus: float = 1.0
    gpus: float = 0.0
    chunk: int = 16  # most tasks that a worker is given at once
    limit_s: float | None = None  # a worker without a result for so long is stopped, as if it had died


class Crew(Protocol):
    """Works through tasks with several workers.

    Results come as they are ready, in any order; each task comes back exactly once. An exception of a
    tool that is no death stops the crew and is raised here.
    """

    @property
    def name(self) -> str: ...

    def work(
        self, make: MakeTool[Task, Result], tasks: Sequence[Task], needs: Needs
    ) -> Iterator[tuple[Task, Result | Lost]]: ...
