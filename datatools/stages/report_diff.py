"""What changed between two audits, and for whom do models work better or worse since?

Each audit is a name in the workspace, or the path of its folder or of a file in it, of this workspace or
another one. Writes diff.json, the typed result, and the same as documents.

Example::

    datatools report diff spring autumn --workspace ws
    datatools report diff ws1/reports/audit ws2/reports/audit --out changes
"""

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from datatools.errors import DatatoolsError, UsageError
from datatools.progress import Progress
from datatools.records import StageResult
from datatools.settings import StageSettings
from datatools.workspace import Workspace

if TYPE_CHECKING:  # statistics are loaded when the stage runs, not when its flags are read
    from datatools.fairness.differences.difference_result import AuditDifference
    from datatools.fairness.differences.known import Known
    from datatools.report.verified.located import Located

RESULT_FILE = "diff.json"
_AUDIT_FILES = ("audit.json", "report.json")
_STAGE = "report_diff"


class Settings(StageSettings):
    """Settings of ``report diff``."""

    reports: list[str] = Field(min_length=2, max_length=2)
    """The two audits, the earlier one first: names in the workspace, folders, or their report.json."""

    same: dict[str, str] = Field(default_factory=dict)
    """Models of the first audit that go by another name in the second: --same.OLD NEW."""

    out: Path | None = None
    """The folder to write to; WS/reports/diff-A-B by default."""


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Hold two audits against each other, the same people with themselves.

    Raises:
        UsageError: there is no such audit, or nowhere to write to.
        DataError: a file of an audit is broken.
    """
    from datatools.fairness.differences.differing import difference
    from datatools.report import difference_told, written
    from datatools.report.verified.located import locate

    located = [locate(workspace, word) for word in settings.reports]
    sides = (_known(located[0], progress), _known(located[1], progress))
    folder = _folder(workspace, located, settings)
    if settings.dry_run:
        note = f"would hold {located[0].folder} against {located[1].folder} and write to {folder}"
        return StageResult(stage=_STAGE, facts={"out": str(folder)}, notes=[note])
    result = difference(sides, settings.same, seed=settings.seed, progress=progress)
    made = _documents(result)
    if folder.resolve().is_relative_to(workspace.root.resolve()):
        audits = [one.folder / name for one in located for name in _AUDIT_FILES]
        reads = [path for path in audits if path.resolve().is_relative_to(workspace.root.resolve())]
        writes = [folder / name for name in made]
        with workspace.run(_STAGE, settings.model_dump(mode="json"), reads=reads, writes=writes) as record:
            written.leave(made, folder)
            record.facts |= difference_told.counts(result)
    else:
        written.leave(made, folder)
    return _told(result, folder)


def _folder(workspace: Workspace, located: "list[Located]", settings: Settings) -> Path:
    if settings.out is not None:
        return settings.out
    if not (workspace.root / "tables").is_dir():
        raise UsageError(
            f"expected --out FOLDER to write to: {workspace.root} is no workspace, in which a folder of "
            "its own would be made"
        )
    names = "-".join(one.folder.resolve().name for one in located)
    return workspace.report_folder(f"diff-{names}")


def _known(located: "Located", progress: Progress) -> "Known":
    """Read the scores and groups behind an audit, where they are at hand."""
    from datatools.fairness.differences.known import Known
    from datatools.fairness.recorded import scope_of
    from datatools.report.verified.audits import brought_files

    wanted, about = located.asked, located.workspace
    if about is None:
        wanted, _, _ = brought_files(located)
        about = Workspace(located.folder)  # not looked at
    elif not (about.root / "tables").is_dir():
        return Known(located.audit, wanted, None, "its workspace is not here")
    try:
        return Known(located.audit, wanted, scope_of(about, wanted, progress))
    except DatatoolsError as error:
        # What is published says nothing of this machine.
        return Known(located.audit, wanted, None, str(error).replace(str(about.root), "WS"))


def _documents(result: "AuditDifference") -> dict[str, bytes]:
    from datatools.report import difference, written

    made = written.pages(difference.outline(result))
    return {**made, RESULT_FILE: result.model_dump_json(indent=1).encode() + b"\n"}


def _told(result: "AuditDifference", folder: Path) -> StageResult:
    from datatools.report import difference_told

    facts = {"out": str(folder), **difference_told.counts(result)}
    notes = [difference_told.headline(result), *difference_told.sentences(result), *result.notes]
    return StageResult(stage=_STAGE, facts=facts, notes=[*notes, f"Wrote {folder / RESULT_FILE}."])
