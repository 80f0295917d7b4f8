"""Which report do a workspace and an audit in it make?

The stage report writes it, verify and notebooks make it again: one computation. It depends on the audit, on
the workspace's tables and on the run records, not on a clock.
"""

from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from datatools.errors import DataError, UsageError
from datatools.fairness.result import AuditResult
from datatools.report import facts, summary
from datatools.report.document import Report
from datatools.report.facts import ReportFacts
from datatools.workspace import Workspace

AUDIT_FILE = "audit.json"
JSON_FILE = "report.json"
Result = TypeVar("Result", AuditResult, Report)


def rebuild(workspace: Workspace, name: str = "audit", *, title: str | None = None) -> Report:
    """Make the report of an audit in a workspace.

    Args:
        workspace: the workspace.
        name: the audit's name.
        title: the report's title; made of the name by default.

    Raises:
        UsageError: there is no audit of that name.
        DataError: the audit, a run record or a training history is broken.
        TableError: a table is missing or broken.
    """
    path = workspace.report_folder(name) / AUDIT_FILE
    if not path.is_file():
        raise UsageError(
            f"no audit {name!r} in {workspace.root}: run `datatools audit --workspace "
            f"{workspace.root} --name {name}` first"
        )
    return of_workspace(workspace, read_audit(path), title=title)


def of_workspace(workspace: Workspace, audit: AuditResult, *, title: str | None = None) -> Report:
    """Make the report of an audit and of the workspace that it is about.

    Raises:
        DataError, TableError: as ``rebuild``.
    """
    return _report(audit, facts.collect(workspace, audit.inputs), title)


def of_brought(audit: AuditResult, *, title: str | None = None) -> Report:
    """Make the report of an audit of results that somebody brought: there is no workspace to count in."""
    return _report(audit, facts.nothing(), title)


def _report(audit: AuditResult, counted: ReportFacts, title: str | None) -> Report:
    plain = "Audit" if audit.name == "audit" else f"Audit {audit.name}"
    return Report(title=title or plain, summary=summary.summarise(audit, counted), audit=audit, facts=counted)


def is_brought(audit: AuditResult) -> bool:
    """Say whether an audit is of results that somebody brought, not of a workspace."""
    return any(audit.settings.get(name) is not None for name in ("scores", "pred"))


def read_audit(path: Path) -> AuditResult:
    """Read an audit.json.

    Raises:
        UsageError: there is no such file.
        DataError: it is broken, or of another version.
    """
    return _read(path, AuditResult, "an audit")


def read_report(path: Path) -> Report:
    """Read a report.json.

    Raises:
        UsageError, DataError: as ``read_audit``.
    """
    return _read(path, Report, "a report")


def _read(path: Path, kind: type[Result], name: str) -> Result:
    verb = name.split()[-1]
    if not path.is_file():
        raise UsageError(f"expected {name}.json, found no file {path}; `datatools {verb}` writes one")
    try:
        return kind.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise DataError(
            f"{path} is not {name} of this version: {error.error_count()} of its fields are "
            f"missing, unknown or of another type; run `datatools {verb}` again"
        ) from error
