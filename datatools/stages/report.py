"""Which page do people read, and which file do programs read, of one audit?

``index.html`` is one self-contained file: no request, no script, no pictures of people unless asked
for. ``report.json`` holds the same figures.

Example::

    datatools report --workspace ws --name audit --title "Portraits, first audit"
"""

from pydantic import Field, ValidationError

from datatools import tables
from datatools.errors import DataError, UsageError
from datatools.fairness.result import AuditResult
from datatools.progress import Progress
from datatools.records import StageResult
from datatools.settings import StageSettings
from datatools.withdrawal import tombstone
from datatools.workspace import Workspace


class Settings(StageSettings):
    """Settings of ``report``."""

    name: str = "audit"
    """Which audit to show: the name that the audit stage was given."""

    title: str | None = Field(default=None, min_length=1)
    """The page's title."""

    with_images: bool = False
    """Put pictures of people into the page: the worst, typical and best of each model."""

    max_gallery: int = Field(default=6, ge=1, le=50)
    """At most so many pictures in each row of the gallery."""


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Write an audit as a page and as JSON.

    Raises:
        UsageError: there is no audit of that name.
        DataError: the audit's file, a run record or a training history is broken.
        TableError: a table is missing or broken.
    """
    # Imported here: matplotlib and jinja2 take half a second that other verbs should not pay.
    from datatools.report import facts, gallery, html, summary
    from datatools.report.document import Report

    workspace.require()
    folder = workspace.report_folder(settings.name)
    audit_file, page_file, json_file = (folder / name for name in ("audit.json", "index.html", "report.json"))
    if not audit_file.is_file():
        raise UsageError(
            f"no audit {settings.name!r} in {workspace.root}: run `datatools audit --workspace "
            f"{workspace.root} --name {settings.name}` first"
        )
    try:
        audit = AuditResult.model_validate_json(audit_file.read_bytes())
    except ValidationError as error:
        raise DataError(
            f"{audit_file} is not an audit of this version: {error.error_count()} of its fields are "
            "missing, unknown or of another type; run `datatools audit` again"
        ) from error
    old = [mark for mark in tombstone.stale(workspace) if mark.path == workspace.relative(audit_file)]
    counted = facts.collect(workspace, audit.inputs)
    told = summary.summarise(audit, counted)
    page: dict[str, object] = {
        "report": str(page_file),
        "headline": told.headline,
        "n_gaps": sum(model.n_gaps for model in told.models),
        "n_insufficient": sum(model.n_insufficient for model in told.models),
        "with_images": settings.with_images,
        "is_stale": bool(old),
    }
    if settings.dry_run:
        return StageResult(stage="report", facts=page, notes=[f"would write {page_file} and {json_file}"])
    title = settings.title or ("Audit" if audit.name == "audit" else f"Audit {audit.name}")
    document = Report(title=title, summary=told, audit=audit, facts=counted)
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
    notes = [told.headline, f"the report is {page_file}", *tombstone.sentences(old)]
    return StageResult(stage="report", facts=page, notes=notes)
