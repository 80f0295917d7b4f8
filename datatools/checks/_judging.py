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
from operator import itemgetter

from datatools import streams, tables
from datatools.checks import Check, Seen
from datatools.keys import Marked
from datatools.records import Finding
from datatools.spool import Spool
from datatools.workspace import Workspace

UNREADABLE = "corrupt"  # the check that speaks for pictures which no check could look at
_AT_ONCE = 1024  # rows that are objects at a time

_Said = tuple[str, str, float | None, bool, str | None]  # a finding, as a file takes it fastest


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

        def waiting(said: Iterable[_Said]) -> Iterator[_Said]:
            folder = workspace.table_file(tables.FINDINGS).parent
            spool = stack.enter_context(closing(Spool[list[_Said]](folder)))
            coming = iter(said)
            while some := list(islice(coming, _AT_ONCE)):
                spool.add(some)
            return chain.from_iterable(spool)

        judged = (_judged(workspace, check, today, tally) for check in checks)
        several = map(waiting, (_broken(failed, tally), _broken(broken, tally), *judged))
        for sample_id, check, score, passed, detail in heapq.merge(*several, key=itemgetter(0, 1)):
            yield Finding(sample_id=sample_id, check=check, score=score, passed=passed, detail=detail)


def _broken(samples: Iterable[tuple[str, str | None]], tally: Tally) -> Iterator[_Said]:
    for sample_id, error in samples:
        tally.n_unreadable += 1
        yield sample_id, UNREADABLE, None, False, error


def _judged(workspace: Workspace, check: Check, today: Marked, tally: Tally) -> Iterator[_Said]:
    seen = _Seen(_Observed(workspace, today, "value", {"check": check.name, "status": "ok"}))
    tally.failed[check.name] = 0  # keeps the order of the checks
    for sample_id, verdict in check.judge(seen):
        tally.failed[check.name] += not verdict.passed
        yield sample_id, check.name, verdict.score, verdict.passed, verdict.detail
