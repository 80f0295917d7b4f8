"""Which report is meant by a name or a path, and of which workspace is it?"""

import json
from dataclasses import dataclass
from pathlib import Path

from datatools.errors import UsageError
from datatools.fairness.recorded import Asked, asked
from datatools.fairness.result import AuditResult
from datatools.report import rebuilt
from datatools.report.document import Report
from datatools.workspace import Workspace


@dataclass(frozen=True, slots=True, eq=False)
class Located:
    """A report's folder, what was read from it, and the workspace that it is about."""

    folder: Path
    audit: AuditResult
    asked: Asked
    has_audit_file: bool  # False: the audit is the one within report.json
    report: Report | None  # None: no report was written of the audit
    kept_audit: object  # as JSON, as its file holds it
    kept_report: object
    workspace: Workspace | None  # None: results that somebody brought

    def file(self, name: str) -> str:
        """Give the path of a file of the report as run records keep it: below the workspace."""
        return f"reports/{self.folder.name}/{name}"


def locate(workspace: Workspace, word: str) -> Located:
    """Find a report by the audit's name in a workspace, or by the path of its folder or of a file in it.

    A folder inside another workspace is about that one; any other folder is about the given workspace.

    Raises:
        UsageError: there is no such report.
        DataError: its files are broken, or of another version.
    """
    folder = _folder(workspace, word)
    audit_file, report_file = folder / rebuilt.AUDIT_FILE, folder / rebuilt.JSON_FILE
    report = rebuilt.read_report(report_file) if report_file.is_file() else None
    kept_report = None if report is None else json.loads(report_file.read_bytes())
    if audit_file.is_file():
        audit = rebuilt.read_audit(audit_file)
        kept_audit = json.loads(audit_file.read_bytes())
    elif report is not None:
        audit, kept_audit = report.audit, json.loads(report_file.read_bytes())["audit"]
    else:
        raise UsageError(
            f"expected an audit's name in {workspace.root}, or a folder with {rebuilt.AUDIT_FILE} or "
            f"{rebuilt.JSON_FILE}; got {word!r}. `datatools audit` and `datatools report` write them"
        )
    wanted = asked(audit.settings)
    around = folder.resolve().parent.parent
    if wanted.is_brought:
        about = None
    elif folder.resolve().parent.name == "reports" and (around / "tables").is_dir():
        about = Workspace(around)
    else:
        about = workspace
    has_file = audit_file.is_file()
    return Located(folder, audit, wanted, has_file, report, kept_audit, kept_report, about)


def _folder(workspace: Workspace, word: str) -> Path:
    path = Path(word)
    if path.suffix == ".json" and path.is_file():
        return path.parent
    if path.name == word:  # a bare word is a name first
        named = workspace.report_folder(word)
        return named if named.is_dir() else path
    return path
