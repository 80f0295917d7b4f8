"""How are the rows of a per-sample table computed: only what is missing or stale, whatever happens?

Every finished item goes into a journal beside the tables at once; the table itself is written at the
end. A run that is killed therefore loses at most the items in flight, and running again completes it
to the same rows. A crew of processes, here or in a cluster, shares the items; little work, and networks
that bring their own threads, stay in this process. Nothing that grows with the pictures stays in memory
but each item's key and fingerprint.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Generic

import numpy as np
from numpy.typing import NDArray

from datatools import streams
from datatools.announced import announced
from datatools.crews import Crew, Lost, Needs, Tool
from datatools.crews.local import LocalCrew, n_cores
from datatools.errors import TooManyFailuresError
from datatools.journal import Journal
from datatools.keys import Keys, Marked, Texts
from datatools.pipeline import Batches as Batches
from datatools.pipeline import Item as Item
from datatools.pipeline import Output, Prepared, Row, Rows, Subject, through
from datatools.pipeline import With as With
from datatools.pipeline import Work as Work
from datatools.progress import Progress
from datatools.spool import Spool
from datatools.tables import Table
from datatools.telemetry import event
from datatools.workspace import Workspace

MakeWork = Callable[[], Work[Subject, Prepared, Output, Row]]  # picklable, as MakeTool
Beside = Callable[[Item[Subject], Sequence[object]], None]

NEEDS = Needs(limit_s=600.0)  # no picture takes ten minutes; something that hangs does

_TOLERATED_FAILURES = 20  # below this many, failures never stop a stage
_FAILED_FRAC_LIMIT = 0.5
_FEW = 32  # items for which a local crew is not worth its start


@dataclass(frozen=True, slots=True)
class Derived(Generic[Row]):
    """All rows of the table after the run, and how many items were computed, kept and failed."""

    rows: Iterable[Row]  # in the table's order
    keys: Keys  # of the items that the run was for
    key: Callable[[Row], str]
    n_computed: int
    n_kept: int
    n_failed: int

    def own(self) -> Iterator[Row]:
        """Give the rows of the items that the run was for."""
        return (row for row, which in self.keys.located(self.rows, self.key) if which >= 0)


def derive(
    workspace: Workspace,
    table: Table[Row],
    items: Iterable[Item[Subject]],
    make_work: MakeWork[Subject, Prepared, Output, Row],
    *,
    key: Callable[[Row], str],
    label: str,
    progress: Progress,
    crew: Crew | None,
    needs: Needs = NEEDS,
    is_intact: Callable[[Row], bool] = lambda _: True,
    keep_beside: Beside[Subject] | None = None,
    threads: int | None = None,
) -> Derived[Row]:
    """Bring a table up to date for ``items`` and write it; rows of other items stay as they are.

    A row is kept when it did not fail, its parents equal the item's, and ``is_intact`` (does its file
    still exist?). What failed is tried again: its cause may be mended. Without a crew the work is done in
    this process, by ``threads``. ``keep_beside`` is given the rows of another table that came ``With`` an
    item's rows, before these are kept.

    Raises:
        TooManyFailuresError: more than half of the items failed, and more than 20.
    """
    journal = Journal(workspace, table)
    workspace.table_file(table).parent.mkdir(parents=True, exist_ok=True)
    with closing(Spool[Item[Subject]](workspace.table_file(table).parent)) as todo, journal:
        keys, n_kept = _gather(todo, workspace, table, journal, items, key, is_intact)
        n_items, n_failed = len(keys.of_each), 0
        started = time.monotonic()
        to_see = announced(workspace, table, journal.path, label, len(todo))
        with to_see, progress.bar(label, len(todo)) as advance:
            for item, made in _made(todo, make_work, crew, needs, threads or n_cores()):
                rows = made.rows if isinstance(made, With) else made
                if keep_beside is not None and isinstance(made, With):
                    keep_beside(item, made.beside)
                journal.append(item.key, rows)
                for row in rows:
                    if row.status == "failed":
                        event(
                            "item_failed",
                            level=logging.WARNING,
                            table=table.name,
                            item=item.key,
                            reason=row.error,
                        )
                n_failed += any(row.status == "failed" for row in rows)
                if n_failed > max(_TOLERATED_FAILURES, _FAILED_FRAC_LIMIT * n_items):
                    raise TooManyFailuresError(
                        f"{label}: {n_failed} of {n_items} items failed, the last because: "
                        f"{rows[0].error}; mend the cause and run the same command again"
                    )
                advance()
        n_computed = len(todo)
        event(
            "items_done",
            table=table.name,
            engine="none" if crew is None else crew.name,
            n_computed=n_computed,
            n_kept=n_kept,
            n_failed=n_failed,
            seconds=round(time.monotonic() - started, 3),
        )
        _write(workspace, table, journal, key)
    journal.remove()
    return Derived(streams.Rows(workspace, table), keys, key, n_computed, n_kept, n_failed)


def outstanding(
    workspace: Workspace,
    table: Table[Row],
    items: Iterable[Item[Subject]],
    *,
    key: Callable[[Row], str],
    is_intact: Callable[[Row], bool] = lambda _: True,
) -> list[Item[Subject]]:
    """Give the items that ``derive`` would compute; for dry runs."""
    journal, keys, parents, asked = Journal(workspace, table), Texts(), Texts(), list(items)
    journal.read()
    for item in asked:
        keys.add(item.key)
        parents.add(item.parents)
    wanted = Marked(keys, parents)
    is_fresh = _fresh(workspace, table, journal, wanted, key, is_intact)
    return [item for item, which in zip(asked, wanted.keys.of_each, strict=True) if not is_fresh[which]]


def tool(make_work: MakeWork[Subject, Prepared, Output, Row]) -> Tool[Item[Subject], Rows[Row]]:
    """Make what a crew's worker works with."""
    # One thread for all chunks: finders and networks make what they need anew for each thread.
    return partial(_one_after_the_other, make_work(), ThreadPoolExecutor(1))


def _one_after_the_other(
    work: Work[Subject, Prepared, Output, Row], pool: ThreadPoolExecutor, items: Sequence[Item[Subject]]
) -> Iterator[Rows[Row]]:
    for _, rows in through(items, work, pool, threads=1):
        yield rows


def _made(
    todo: Sequence[Item[Subject]],
    make_work: MakeWork[Subject, Prepared, Output, Row],
    crew: Crew | None,
    needs: Needs,
    threads: int,
) -> Iterator[tuple[Item[Subject], Rows[Row]]]:
    if not todo:
        return
    if crew is None or (isinstance(crew, LocalCrew) and not crew.is_asked and len(todo) < _FEW):
        pool = ThreadPoolExecutor(threads)
        try:
            yield from through(todo, make_work(), pool, threads)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
        return
    work: Work[Subject, Prepared, Output, Row] | None = None
    for item, rows in crew.work(partial(tool, make_work), todo, needs):
        if isinstance(rows, Lost):
            work = work or make_work()
            yield item, [work.failed(item, rows.reason)]
        else:
            yield item, rows


def _gather(
    todo: Spool[Item[Subject]],
    workspace: Workspace,
    table: Table[Row],
    journal: Journal[Row],
    items: Iterable[Item[Subject]],
    key: Callable[[Row], str],
    is_intact: Callable[[Row], bool],
) -> tuple[Keys, int]:
    """Leave in ``todo`` the items that must be computed; give the keys of all, and how many are kept."""
    keys, parents = Texts(), Texts()
    for item in items:
        todo.add(item)
        keys.add(item.key)
        parents.add(item.parents)
    wanted = Marked(keys, parents)
    is_fresh = _fresh(workspace, table, journal, wanted, key, is_intact)
    todo.keep(place for place, which in enumerate(wanted.keys.of_each) if not is_fresh[which])
    return wanted.keys, int(np.count_nonzero(is_fresh))


def _fresh(
    workspace: Workspace,
    table: Table[Row],
    journal: Journal[Row],
    wanted: Marked,
    key: Callable[[Row], str],
    is_intact: Callable[[Row], bool],
) -> NDArray[np.bool_]:
    """Say of each key whether all its rows are as they should be; the journal's go before the table's."""
    is_seen, is_stale = (np.zeros(len(wanted.keys), np.bool_) for _ in range(2))
    kept = (row for rows in journal.last() for row in rows)
    others = journal.others(streams.Rows(workspace, table), key)
    for row, which in wanted.keys.located(chain(kept, others), key):
        if which >= 0:
            is_seen[which] = True
            if not (row.status == "ok" and wanted.has(which, row.parents) and is_intact(row)):
                is_stale[which] = True
    return is_seen & ~is_stale


def _write(workspace: Workspace, table: Table[Row], journal: Journal[Row], key: Callable[[Row], str]) -> None:
    """Write the table: its rows, those of the journal in their place."""
    if not journal and workspace.has(table):
        return

    old = journal.others(streams.Rows(workspace, table), key)
    new = (row for rows in journal.last() for row in rows)
    streams.write(workspace, table, streams.merged(table, old, new))
