"""How are the rows of a per-sample table computed: only what is missing or stale, whatever happens?

Every finished item goes into a journal beside the tables at once; the table itself is written at the
end. A run that is killed therefore loses at most the items in flight, and running again completes it
to the same rows. Reading ahead and writing behind happen in threads; ``forward`` alone stays on the
calling thread, because networks bring their own threads.
"""

import contextlib
import dataclasses
import json
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from datatools.errors import DatatoolsError, TableError, TooManyFailuresError
from datatools.progress import Progress
from datatools.tables import Table
from datatools.workspace import Workspace


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
Kept = TypeVar("Kept")  # a journal keeps rows of any table
Subject = TypeVar("Subject")
Prepared = TypeVar("Prepared")
Output = TypeVar("Output")

_TOLERATED_FAILURES = 20  # below this many, failures never stop a stage
_FAILED_FRAC_LIMIT = 0.5


@dataclass(frozen=True, slots=True)
class Item(Generic[Subject]):
    """One unit of work: its key in the table, the fingerprint of its inputs, and what to work on."""

    key: str
    parents: str
    subject: Subject


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
    finish: Callable[[Item[Subject], Output], Sequence[Row]]  # in threads: write
    failed: Callable[[Item[Subject], str], Row]
    batches: Batches[Subject, Prepared, Output] | None = None


@dataclass(frozen=True, slots=True)
class Derived(Generic[Row]):
    """All rows of the table after the run, and how many items were computed, kept and failed."""

    rows: list[Row]
    n_computed: int
    n_kept: int
    n_failed: int


def derive(
    workspace: Workspace,
    table: Table[Row],
    items: Sequence[Item[Subject]],
    work: Work[Subject, Prepared, Output, Row],
    *,
    key: Callable[[Row], str],
    label: str,
    progress: Progress,
    is_intact: Callable[[Row], bool] = lambda _: True,
    workers: int | None = None,
) -> Derived[Row]:
    """Bring a table up to date for ``items`` and write it; rows of other items stay as they are.

    A row is kept when it did not fail, its parents equal the item's, and ``is_intact`` (does its file
    still exist?). What failed is tried again: its cause may be mended.

    Raises:
        TooManyFailuresError: more than half of the items failed, and more than 20.
    """
    journal = Journal(workspace, table)
    done = _done(workspace, table, journal, key)
    fresh = _fresh(done, items, is_intact)
    todo = [item for item in items if item.key not in fresh]
    n_failed = 0
    with journal, progress.bar(label, len(todo)) as advance:
        for item, rows in _pipeline(todo, work, workers or os.cpu_count() or 1):
            done[item.key] = list(rows)
            if any(row.status == "failed" for row in rows):
                n_failed += 1  # not in the journal: when the cause is mended, the next run tries again
            else:
                journal.append(item.key, rows)
            if n_failed > max(_TOLERATED_FAILURES, _FAILED_FRAC_LIMIT * len(items)):
                raise TooManyFailuresError(
                    f"{label}: {n_failed} of {len(items)} items failed, the last because: "
                    f"{rows[0].error}; mend the cause and run the same command again"
                )
            advance()
    everything = [row for rows in done.values() for row in rows]
    workspace.write(table, everything)
    journal.remove()
    return Derived(everything, len(todo), len(fresh), n_failed)


def outstanding(
    workspace: Workspace,
    table: Table[Row],
    items: Sequence[Item[Subject]],
    *,
    key: Callable[[Row], str],
    is_intact: Callable[[Row], bool] = lambda _: True,
) -> list[Item[Subject]]:
    """Give the items that ``derive`` would compute; for dry runs."""
    done = _done(workspace, table, Journal(workspace, table), key)
    fresh = _fresh(done, items, is_intact)
    return [item for item in items if item.key not in fresh]


def _done(
    workspace: Workspace, table: Table[Row], journal: "Journal[Row]", key: Callable[[Row], str]
) -> dict[str, list[Row]]:
    done: dict[str, list[Row]] = {}
    for row in workspace.rows_or_empty(table):
        done.setdefault(key(row), []).append(row)
    return done | journal.items()


def _fresh(
    done: dict[str, list[Row]], items: Sequence[Item[Subject]], is_intact: Callable[[Row], bool]
) -> set[str]:
    parents = {item.key: item.parents for item in items}
    return {
        name
        for name, rows in done.items()
        if name in parents
        and all(r.status == "ok" and r.parents == parents[name] and is_intact(r) for r in rows)
    }


def _pipeline(
    todo: Sequence[Item[Subject]],
    work: Work[Subject, Prepared, Output, Row],
    workers: int,
) -> Iterator[tuple[Item[Subject], Sequence[Row]]]:
    """Yield each item's rows in order, with a bounded number of items in memory."""
    ahead: deque[tuple[Item[Subject], Future[Prepared]]] = deque()
    behind: deque[tuple[Item[Subject], Future[Sequence[Row]]]] = deque()

    def fail(item: Item[Subject], error: DatatoolsError) -> Sequence[Row]:
        return [work.failed(item, str(error))]

    def finish(item: Item[Subject], output: Output) -> Sequence[Row]:
        try:
            return work.finish(item, output)
        except DatatoolsError as error:
            return fail(item, error)

    sizes = [1] if work.batches is None else [work.batches.size(item.subject) for item in todo]
    n_ahead = 2 * workers + max(sizes, default=1) - 1
    pending = iter(todo)
    with ThreadPoolExecutor(workers) as pool:
        try:
            while True:
                while len(ahead) < n_ahead and (item := next(pending, None)) is not None:
                    ahead.append((item, pool.submit(work.prepare, item.subject)))
                if not ahead:
                    break
                taken = _take(ahead, work)
                outputs, errors = _forward([future for _, future in taken], work)
                for place, (item, _) in enumerate(taken):
                    if place in errors:
                        ready: Future[Sequence[Row]] = Future()
                        ready.set_result(fail(item, errors[place]))
                        behind.append((item, ready))
                    else:
                        behind.append((item, pool.submit(finish, item, outputs[place])))
                while behind and (behind[0][1].done() or len(behind) > 2 * workers):
                    item, rows = behind.popleft()
                    yield item, rows.result()
            while behind:
                item, rows = behind.popleft()
                yield item, rows.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


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


class Journal(Generic[Kept]):
    """Rows that were finished before their table was written: one JSON line per item."""

    def __init__(self, workspace: Workspace, table: Table[Kept]) -> None:
        self.path: Path = workspace.table_file(table).with_name(f".{table.name}.journal")
        self._table = table

    def items(self) -> dict[str, list[Kept]]:
        """Read what an interrupted run left, by item; a line cut off by a kill is left out.

        Raises:
            TableError: a whole line is not an item of this table.
        """
        if not self.path.exists():
            return {}
        found: dict[str, list[Kept]] = {}
        for line in self.path.read_text().split("\n")[:-1]:
            try:
                entry = json.loads(line)
                found[entry["key"]] = [self._table.record(**row) for row in entry["rows"]]
            except (ValueError, TypeError, KeyError) as error:
                raise TableError(
                    f"{self.path} holds a line that is no row of {self._table.name}; "
                    "remove the file to start the stage again"
                ) from error
        return found

    def __enter__(self) -> "Journal[Kept]":
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self.path.exists():  # drop a half line, so that the next one starts at its beginning
            os.truncate(self.path, self.path.read_bytes().rfind(b"\n") + 1)
        self._stream = self.path.open("a")
        return self

    def append(self, key: str, rows: Sequence[Kept]) -> None:
        """Keep one item's rows."""
        as_json = [dataclasses.asdict(row) for row in rows]  # type: ignore[call-overload]  # records are dataclasses
        self._stream.write(json.dumps({"key": key, "rows": as_json}) + "\n")
        self._stream.flush()

    def __exit__(self, *exc: object) -> None:
        self._stream.close()

    def remove(self) -> None:
        """Forget the journal: its rows are in the table now."""
        self.path.unlink(missing_ok=True)
