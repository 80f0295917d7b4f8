"""How do items become rows, with reading ahead, writing behind and a bounded number in memory?

Reading and writing happen in threads; ``forward`` alone stays on the calling thread, because networks
bring their own threads.
"""

import contextlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from datatools.errors import DatatoolsError


class DerivedRow(Protocol):
    """What a row must have to be derived: its sample, its parents, and what became of it."""

    @property
    def sample_id(self) -> str: ...
    @property
    def parents(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def error(self) -> str | None: ...


Row = TypeVar("Row", bound=DerivedRow)
Subject = TypeVar("Subject")
Prepared = TypeVar("Prepared")
Output = TypeVar("Output")


@dataclass(frozen=True, slots=True)
class Item(Generic[Subject]):
    """One unit of work: its key in the table, the fingerprint of its inputs, and what to work on."""

    key: str
    parents: str
    subject: Subject


@dataclass(frozen=True, slots=True)
class With(Generic[Row]):
    """An item's rows, and rows of another table that must be kept before they are."""

    rows: Sequence[Row]
    beside: Sequence[object]


Rows = Sequence[Row] | With[Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batches(Generic[Subject, Prepared, Output]):
    """How several items go through ``forward`` in one call, which keeps a GPU busy."""

    size: Callable[[Subject], int]  # the most items like this one in a call
    is_alike: Callable[[Subject, Subject], bool]  # may the second follow the first into its call?
    forward: Callable[[Sequence[Prepared]], Sequence[Output]]  # one output for each, in order


@dataclass(frozen=True, slots=True, kw_only=True)
class Work(Generic[Subject, Prepared, Output, Row]):
    """How one item becomes rows.

    A DatatoolsError from any step becomes the row that ``failed`` gives; other errors are bugs and
    stop the stage. Where a batch fails its items are tried one by one.
    """

    prepare: Callable[[Subject], Prepared]  # in threads: read
    forward: Callable[[Prepared], Output]  # on the calling thread: the network
    finish: Callable[[Item[Subject], Output], Rows[Row]]  # in threads: write
    failed: Callable[[Item[Subject], str], Row]
    batches: Batches[Subject, Prepared, Output] | None = None


def through(
    todo: Sequence[Item[Subject]],
    work: Work[Subject, Prepared, Output, Row],
    pool: ThreadPoolExecutor,
    threads: int,
) -> Iterator[tuple[Item[Subject], Rows[Row]]]:
    """Yield each item's rows in order, with a bounded number of items in memory; ``pool`` has the threads."""
    ahead: deque[tuple[Item[Subject], Future[Prepared]]] = deque()
    behind: deque[tuple[Item[Subject], Future[Rows[Row]]]] = deque()

    def fail(item: Item[Subject], error: DatatoolsError) -> Rows[Row]:
        return [work.failed(item, str(error))]

    def finish(item: Item[Subject], output: Output) -> Rows[Row]:
        try:
            return work.finish(item, output)
        except DatatoolsError as error:
            return fail(item, error)

    pending = iter(todo)
    while True:
        _read_ahead(ahead, pending, pool, work, threads)
        if not ahead:
            break
        taken = _take(ahead, work)
        outputs, errors = _forward([future for _, future in taken], work)
        for place, (item, _) in enumerate(taken):
            if place in errors:
                ready: Future[Rows[Row]] = Future()
                ready.set_result(fail(item, errors[place]))
                behind.append((item, ready))
            else:
                behind.append((item, pool.submit(finish, item, outputs[place])))
        while behind and (behind[0][1].done() or len(behind) > 2 * threads):
            item, rows = behind.popleft()
            yield item, rows.result()
    while behind:
        item, rows = behind.popleft()
        yield item, rows.result()


def _read_ahead(
    ahead: deque[tuple[Item[Subject], Future[Prepared]]],
    pending: Iterator[Item[Subject]],
    pool: ThreadPoolExecutor,
    work: Work[Subject, Prepared, Output, Row],
    threads: int,
) -> None:
    """Begin to read as many items as keep the threads busy and fill the next call."""
    size = 1
    while len(ahead) < 2 * threads + size - 1 and (item := next(pending, None)) is not None:
        ahead.append((item, pool.submit(work.prepare, item.subject)))
        if work.batches is not None:
            size = work.batches.size(ahead[0][0].subject)


def _take(
    ahead: deque[tuple[Item[Subject], Future[Prepared]]], work: Work[Subject, Prepared, Output, Row]
) -> list[tuple[Item[Subject], Future[Prepared]]]:
    """Take the items of the next call off the front."""
    taken = [ahead.popleft()]
    batches, first = work.batches, taken[0][0].subject
    if batches is not None:
        size = batches.size(first)
        while ahead and len(taken) < size and batches.is_alike(first, ahead[0][0].subject):
            taken.append(ahead.popleft())
    return taken


def _forward(
    futures: Sequence[Future[Prepared]], work: Work[Subject, Prepared, Output, Row]
) -> tuple[dict[int, Output], dict[int, DatatoolsError]]:
    """Give, by place, the outputs of what succeeded and the errors of the rest."""
    prepared: dict[int, Prepared] = {}
    outputs: dict[int, Output] = {}
    errors: dict[int, DatatoolsError] = {}
    for place, future in enumerate(futures):
        try:
            prepared[place] = future.result()
        except DatatoolsError as error:
            errors[place] = error
    if work.batches is not None and len(prepared) > 1:
        with contextlib.suppress(DatatoolsError):  # which item it was shows below
            together = work.batches.forward(list(prepared.values()))
            return dict(zip(prepared, together, strict=True)), errors
    for place, ready in prepared.items():
        try:
            outputs[place] = work.forward(ready)
        except DatatoolsError as error:
            errors[place] = error
    return outputs, errors
