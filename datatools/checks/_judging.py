"""How do observations become findings, and what do these say of the set?

One check after the other, so that some rows of one alone are in memory; what each says waits in a file until
it is put together in the order of the table.
"""

import heapq
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from itertools import chain, islice

from datatools import streams, tables
from datatools.checks import Check, Seen
from datatools.keys import Marked
from datatools.records import Finding
from datatools.spool import Spool
from datatools.workspace import Workspace

UNREADABLE = "corrupt"  # the check that speaks for pictures which no check could look at
_AT_ONCE = 1024  # rows that are objects at a time


@dataclass(slots=True)
class Tally:
    """What pictures failed by."""

    n_unreadable: int = 0
    failed: Counter[str] = field(default_factory=Counter)

    def rejected_by(self) -> Counter[str]:
        """Count the pictures that each check failed, those first that no check could look at."""
        return Counter({UNREADABLE: self.n_unreadable}) + self.failed


@dataclass(frozen=True, slots=True)
class _Observed:
    """A column of observations, of today's masks of samples that are there; read anew each time."""

    workspace: Workspace
    today: Marked
    name: str
    where: Mapping[str, str]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        wanted = {column: {value} for column, value in self.where.items()}
        names = ("sample_id", "parents", self.name)
        for rows in self.workspace.pieces(tables.OBSERVATIONS, names, where=wanted, at_once=_AT_ONCE):
            sample_ids, parents, values = (column.to_pylist() for column in rows.columns)
            places = self.today.keys.find(sample_ids)
            for sample_id, made_of, value, place in zip(sample_ids, parents, values, places, strict=True):
                if place >= 0 and self.today.has(place, made_of):
                    yield sample_id, value


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one check saw."""

    observed: _Observed

    def __iter__(self) -> Iterator[Seen]:
        return ((sample_id, json.loads(value)) for sample_id, value in self.observed)


def findings_of(
    workspace: Workspace, checks: Sequence[Check], today: Marked, tally: Tally
) -> Iterator[Finding]:
    """Judge the observations, and count what fails; what could not be looked at fails, and says why.

    Samples of other sources are judged too, as far as their observations are of today's masks.

    Args:
        workspace: has the observations.
        checks: judge them.
        today: the samples that are there, and what their observations must be made of.
        tally: is filled while findings come.

    Returns:
        The findings, in the order of their table.
    """
    unreadable = streams.Rows(workspace, tables.MANIFEST, {"status": {"failed"}})
    failed = ((sample.sample_id, sample.error) for sample in unreadable)
    broken = _Observed(workspace, today, "error", {"status": "failed"})
    with ExitStack() as stack:

        def waiting(findings: Iterable[Finding]) -> Iterator[Finding]:
            spool = stack.enter_context(
                closing(Spool[list[Finding]](workspace.table_file(tables.FINDINGS).parent))
            )
            coming = iter(findings)
            while some := list(islice(coming, _AT_ONCE)):
                spool.add(some)
            return chain.from_iterable(spool)

        judged = (_judged(workspace, check, today, tally) for check in checks)
        several = map(waiting, (_broken(failed, tally), _broken(broken, tally), *judged))
        yield from heapq.merge(*several, key=lambda row: (row.sample_id, row.check))


def _broken(samples: Iterable[tuple[str, str | None]], tally: Tally) -> Iterator[Finding]:
    for sample_id, error in samples:
        tally.n_unreadable += 1
        yield Finding(sample_id=sample_id, check=UNREADABLE, score=None, passed=False, detail=error)


def _judged(workspace: Workspace, check: Check, today: Marked, tally: Tally) -> Iterator[Finding]:
    seen = _Seen(_Observed(workspace, today, "value", {"check": check.name, "status": "ok"}))
    tally.failed[check.name] = 0  # keeps the order of the checks
    for sample_id, verdict in check.judge(seen):
        tally.failed[check.name] += not verdict.passed
        yield Finding(
            sample_id=sample_id,
            check=check.name,
            score=verdict.score,
            passed=verdict.passed,
            detail=verdict.detail,
        )
