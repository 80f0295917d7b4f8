"""Which page do people read, and which file do programs read, of one audit?

``index.html`` is one self-contained file: no request, no script, no pictures of people unless asked
for. ``report.json`` holds the same figures.

Example::

    datatools report --workspace ws --name audit --title "Portraits, first audit"
    datatools report --audit audit/audit.json
"""

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field, ValidationError

from datatools import tables
from datatools.errors import DataError, UsageError
from datatools.fairness.result import AuditResult
from datatools.progress import Progress
from datatools.records import StageResult
from datatools.settings import StageSettings
from datatools.withdrawal import tombstone
from datatools.workspace import Workspace

if TYPE_CHECKING:
    from datatools.report.document import Report
    from datatools.report.facts import ReportFacts


AUDIT_FILE, PAGE_FILE, JSON_FILE = "audit.json", "index.html", "report.json"


class Settings(StageSettings):
    """Settings of ``report``."""

    name: str = "audit"
    """Which audit to show: the name that the audit stage was given."""

    audit: Path | None = None
    """An audit.json of results that you brought, instead of a workspace's; the page goes beside it."""

    title: str | None = Field(default=None, min_length=1)
    """The page's title."""

    with_images: bool = False
    """Put pictures of people into the page: the worst, typical and best of each model."""

    max_gallery: int = Field(default=6, ge=1, le=50)
    """At most so many pictures in each row of the gallery."""


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Write an audit as a page and as JSON.

    Raises:
        UsageError: there is no audit of that name, or a gallery is asked for without a workspace.
        DataError: the audit's file, a run record or a training history is broken.
        TableError: a table is missing or broken.
    """
    if settings.audit is not None:
        return _run_brought(settings.audit, settings, progress)
    return _run_workspace(workspace, settings, progress)


def _run_workspace(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    # Imported here: matplotlib and jinja2 take half a second that other verbs should not pay.
    from datatools.report import facts, gallery, html

    workspace.require()
    folder = workspace.report_folder(settings.name)
    audit_file, page_file, json_file = (folder / name for name in (AUDIT_FILE, PAGE_FILE, JSON_FILE))
    if not audit_file.is_file():
        raise UsageError(
            f"no audit {settings.name!r} in {workspace.root}: run `datatools audit --workspace "
            f"{workspace.root} --name {settings.name}` first"
        )
    audit = _read(audit_file)
    old = [mark for mark in tombstone.stale(workspace) if mark.path == workspace.relative(audit_file)]
    document = _document(audit, facts.collect(workspace, audit.inputs), settings)
    page = _page(document, page_file) | {"with_images": settings.with_images, "is_stale": bool(old)}
    if settings.dry_run:
        return StageResult(stage="report", facts=page, notes=[f"would write {page_file} and {json_file}"])
    with workspace.run(
        "report",
        settings.model_dump(mode="json"),
        reads=(audit_file,),
        writes=(page_file, json_file),
    ) as run:
        run.facts |= page
        pictures = gallery.collect(workspace, settings.max_gallery) if settings.with_images else None
        tables.write_bytes(page_file, html.render(document, pictures).encode())
        tables.write_bytes(json_file, document.model_dump_json(indent=1).encode() + b"\n")
    progress.say(f"report: {page_file}")
    notes = [document.summary.headline, f"the report is {page_file}", *tombstone.sentences(old)]
    return StageResult(stage="report", facts=page, notes=notes)


def _run_brought(audit_file: Path, settings: Settings, progress: Progress) -> StageResult:
    from datatools.report import facts, html

    if settings.with_images:
        raise UsageError("--with-images needs the pictures of a workspace: leave it out beside --audit")
    if not audit_file.is_file():
        raise UsageError(f"expected an audit.json, found no file {audit_file}; `datatools audit` writes one")
    page_file, json_file = (audit_file.parent / name for name in (PAGE_FILE, JSON_FILE))
    document = _document(_read(audit_file), facts.nothing(), settings)
    page = _page(document, page_file) | {"with_images": False, "is_stale": False}
    if settings.dry_run:
        return StageResult(stage="report", facts=page, notes=[f"would write {page_file} and {json_file}"])
    tables.write_bytes(page_file, html.render(document).encode())
    tables.write_bytes(json_file, document.model_dump_json(indent=1).encode() + b"\n")
    progress.say(f"report: {page_file}")
    notes = [document.summary.headline, f"the report is {page_file}"]
    return StageResult(stage="report", facts=page, notes=notes)


def _read(audit_file: Path) -> AuditResult:
    try:
        return AuditResult.model_validate_json(audit_file.read_bytes())
    except ValidationError as error:
        raise DataError(
            f"{audit_file} is not an audit of this version: {error.error_count()} of its fields are "
            "missing, unknown or of another type; run `datatools audit` again"
        ) from error


def _document(audit: AuditResult, counted: "ReportFacts", settings: Settings) -> "Report":
    from datatools.report import summary
    from datatools.report.document import Report

    title = settings.title or ("Audit" if audit.name == "audit" else f"Audit {audit.name}")
    return Report(title=title, summary=summary.summarise(audit, counted), audit=audit, facts=counted)


def _page(document: "Report", page_file: Path) -> dict[str, object]:
    models = document.summary.models
    return {
        "report": str(page_file),
        "headline": document.summary.headline,
        "n_gaps": sum(model.n_gaps for model in models),
        "n_insufficient": sum(model.n_insufficient for model in models),
    }
