"""Which documents do people read of one audit, and which file do programs read?

One typed result, report.json, becomes index.html (one self-contained page that makes no request),
report.pdf (to print), report.md with its figures, and report.ipynb, which makes the main tables again.
No pictures of people are in them unless asked for.

Example::

    datatools report --workspace ws --name audit --title "Portraits, first audit"
    datatools report --audit audit/audit.json
"""

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from datatools.errors import UsageError
from datatools.progress import Progress
from datatools.records import StageResult
from datatools.settings import StageSettings
from datatools.withdrawal import tombstone
from datatools.workspace import Workspace

if TYPE_CHECKING:
    from datatools.report.document import Report


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

    gallery: Path | None = None
    """A folder that `datatools gallery` wrote: groups link to their pictures. By default `gallery` in the
    report's own folder, where that is one."""


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Write an audit as a page, a PDF, Markdown, a notebook and JSON.

    Raises:
        UsageError: there is no audit of that name, there is no gallery in the folder that was named, or
            pictures are asked for without a workspace.
        DataError: the audit's file, a run record or a training history is broken.
        TableError: a table is missing or broken.
    """
    if settings.audit is not None:
        return _run_brought(settings.audit, settings, progress)
    return _run_workspace(workspace, settings, progress)


def _run_workspace(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    # Imported here: matplotlib and jinja2 take half a second that other verbs should not pay.
    from datatools.report import gallery, linked, rebuilt, written

    workspace.require()
    folder = workspace.report_folder(settings.name)
    document = rebuilt.rebuild(workspace, settings.name, title=settings.title)
    audit_file, page_file = folder / rebuilt.AUDIT_FILE, folder / written.PAGE_FILE
    old = [mark for mark in tombstone.stale(workspace) if mark.path == workspace.relative(audit_file)]
    address = linked.gallery_of(folder, settings.gallery)
    page = _page(document, page_file) | {"with_images": settings.with_images, "is_stale": bool(old)}
    page["gallery"] = address
    if settings.dry_run:
        return StageResult(stage="report", facts=page, notes=[f"would write {page_file} and its files"])
    pictures = (
        gallery.collect(workspace, document.audit, settings.max_gallery) if settings.with_images else None
    )
    made = written.documents(document, pictures, linked=address)
    with workspace.run(
        "report",
        settings.model_dump(mode="json"),
        reads=(audit_file,),
        writes=[folder / name for name in made],
    ) as run:
        run.facts |= page
        written.leave(made, folder)
    progress.say(f"report: {page_file}")
    notes = [document.summary.headline, f"the report is {page_file}", *tombstone.sentences(old)]
    return StageResult(stage="report", facts=page, notes=notes)


def _run_brought(audit_file: Path, settings: Settings, progress: Progress) -> StageResult:
    from datatools.report import rebuilt, written

    if settings.with_images or settings.gallery is not None:
        flag = "--with-images" if settings.with_images else "--gallery"
        raise UsageError(f"{flag} needs the pictures of a workspace: leave it out beside --audit")
    document = rebuilt.of_brought(rebuilt.read_audit(audit_file), title=settings.title)
    page_file = audit_file.parent / written.PAGE_FILE
    page = _page(document, page_file) | {"with_images": False, "is_stale": False}
    if settings.dry_run:
        return StageResult(stage="report", facts=page, notes=[f"would write {page_file} and its files"])
    written.leave(written.documents(document), audit_file.parent)
    progress.say(f"report: {page_file}")
    notes = [document.summary.headline, f"the report is {page_file}"]
    return StageResult(stage="report", facts=page, notes=notes)


def _page(document: "Report", page_file: Path) -> dict[str, object]:
    models = document.summary.models
    return {
        "report": str(page_file),
        "headline": document.summary.headline,
        "n_gaps": sum(model.n_gaps for model in models),
        "n_insufficient": sum(model.n_insufficient for model in models),
    }
