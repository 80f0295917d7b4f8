"""Which of a workspace's results of one kind is the newest?

The numbers of run records say it, which no clock gives: a file's date is another one after a copy, and a
clock may be set back.
"""

from pathlib import Path

from datatools.fairness.composition.composition_result import RESULT_FILE
from datatools.fairness.result import AuditResult
from datatools.report import provenance, rebuilt
from datatools.workspace import Workspace


def results(workspace: Workspace, stage: str, name: str) -> list[Path]:
    """Give the files WS/reports/*/NAME that are there, the newest first.

    Those that no run of the stage recorded come last, in the order of their folders: a run was killed before
    its record, or somebody put them there.

    Raises:
        DataError: a record of the stage is no run record.
    """
    there = {
        workspace.relative(path): path for path in sorted((workspace.root / "reports").glob(f"*/{name}"))
    }
    records = reversed(provenance.records(workspace, stage=stage))
    recorded_names = (file for record in records for file in sorted(record.outputs) if file in there)
    return [there[file] for file in dict.fromkeys([*recorded_names, *there])]


def audits(workspace: Workspace) -> list[Path]:
    """Give the files of a workspace's audits, the newest first.

    Raises:
        DataError: as ``results``.
    """
    return results(workspace, "audit", rebuilt.AUDIT_FILE)


def audit(workspace: Workspace) -> AuditResult | None:
    """Read the newest audit of this workspace's own results; None: there is none.

    Raises:
        DataError: as ``results``; or the audit is broken, or of another version.
    """
    found = map(rebuilt.read_audit, audits(workspace))
    return next((one for one in found if not rebuilt.is_brought(one)), None)


def composition(workspace: Workspace) -> Path | None:
    """Give the file of the newest composition audit; None: there is none.

    Raises:
        DataError: as ``results``.
    """
    return next(iter(results(workspace, "composition", RESULT_FILE)), None)
