"""How do observations become findings, and what do these say of the set?

One check after the other, so that the observations of one alone are in memory.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from datatools import streams, tables
from datatools.checks import Check, Observed
from datatools.records import Finding, Observation
from datatools.workspace import Workspace

UNREADABLE = "corrupt"  # the check that speaks for pictures which no check could look at


@dataclass(slots=True)
class Tally:
    """Who was judged, and what by."""

    everyone: set[str] = field(default_factory=set)
    rejected_by: Counter[str] = field(default_factory=Counter)

    def counted(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Count findings on their way."""
        for row in findings:
            self.everyone.add(row.sample_id)
            self.rejected_by[row.check] += not row.passed
            yield row


def findings_of(
    workspace: Workspace, checks: Sequence[Check], parents: Mapping[str, str]
) -> Iterator[Finding]:
    """Judge the observations; what could not be looked at fails, and says why.

    Samples of other sources are judged too, as far as their observations are of today's masks.
    """

    def current(**where: str) -> Iterator[Observation]:
        wanted = {name: {value} for name, value in where.items()}
        for row in streams.Rows(workspace, tables.OBSERVATIONS, wanted):
            if parents.get(row.sample_id) == row.parents:
                yield row

    broken = [(row.sample_id, row.error) for row in current(status="failed")]
    unreadable = streams.Rows(workspace, tables.MANIFEST, {"status": {"failed"}})
    for sample_id, error in [*broken, *((sample.sample_id, sample.error) for sample in unreadable)]:
        yield Finding(sample_id=sample_id, check=UNREADABLE, score=None, passed=False, detail=error)
    for check in checks:
        seen: dict[str, Observed] = {
            row.sample_id: json.loads(row.value) for row in current(check=check.name, status="ok")
        }
        for sample_id, verdict in check.judge(seen).items():
            yield Finding(
                sample_id=sample_id,
                check=check.name,
                score=verdict.score,
                passed=verdict.passed,
                detail=verdict.detail,
            )
