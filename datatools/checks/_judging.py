"""How do observations become findings, and what do these say of the set?

Each check goes over its observations on its own, all of them at the same pace: findings come in the order of
their table, and no more than some rows of each check are in memory.
"""

import heapq
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from datatools import streams, tables
from datatools.checks import Check, Seen
from datatools.keys import Marked
from datatools.records import Finding
from datatools.workspace import Workspace

UNREADABLE = "corrupt"  # the check that speaks for pictures which no check could look at
_AT_ONCE = 4096  # rows of all checks that are read together


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
    broken = _Observed(workspace, today, "error", {"status": "failed"})
    unreadable = streams.Rows(workspace, tables.MANIFEST, {"status": {"failed"}})
    failed = ((sample.sample_id, sample.error) for sample in unreadable)

    def judged(check: Check) -> Iterator[Finding]:
        seen = _Seen(_Observed(workspace, today, "value", {"check": check.name, "status": "ok"}))
        return _judged(check, seen, tally)

    return heapq.merge(
        _broken(broken, tally),
        _broken(failed, tally),
        *map(judged, checks),
        key=lambda row: (row.sample_id, row.check),
    )


def _broken(samples: Iterable[tuple[str, str | None]], tally: Tally) -> Iterator[Finding]:
    for sample_id, error in samples:
        tally.n_unreadable += 1
        yield Finding(sample_id=sample_id, check=UNREADABLE, score=None, passed=False, detail=error)


def _judged(check: Check, seen: Iterable[Seen], tally: Tally) -> Iterator[Finding]:
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
