"""Do report.json and the documents beside it say what the workspace and the audit give now?"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from datatools import tables
from datatools.errors import DatatoolsError
from datatools.report import gallery, rebuilt, written
from datatools.report.document import Report
from datatools.report.provenance import RunRecord
from datatools.report.verified.differences import Difference, compare, first_unlike
from datatools.report.verified.located import Located
from datatools.workspace import Workspace


class Written(BaseModel):
    """What a run of ``report`` was told, as far as it shows in its files."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    title: str | None = None
    with_images: bool = False
    max_gallery: int = Field(default=6, ge=1)
    linked: str | None = None  # address of the gallery that groups point into, of the run's facts


@dataclass(frozen=True, slots=True, eq=False)
class Pages:
    """A report made again, and with what."""

    report: Report
    told: Written


def last_run(located: Located, records: Sequence[RunRecord]) -> RunRecord | None:
    """Give the record of the run that wrote the report; None where none is kept."""
    name = located.file(rebuilt.JSON_FILE)
    return next((one for one in reversed(records) if one.stage == "report" and name in one.outputs), None)


def made_again(located: Located, view: Workspace, run: RunRecord | None) -> Pages | Difference:
    """Make the report again of the audit as it was kept; differences of the audit itself are told apart.

    Args:
        located: the report.
        view: the workspace as it was when the report was written.
        run: what ``last_run`` gave.
    """
    kept = located.report
    told = Written(title=None if kept is None else kept.title) if run is None else _told(run)
    try:
        if located.workspace is None:
            return Pages(rebuilt.of_brought(located.audit, title=told.title), told)
        return Pages(rebuilt.of_workspace(view, located.audit, title=told.title), told)
    except DatatoolsError as error:
        words = f"report.json: cannot be made again: {error}"
        return Difference(step="report", where="report.json#", told=words, remedy="report")


def _told(run: RunRecord) -> Written:
    return Written.model_validate({**run.settings, "linked": run.facts.get("gallery")})


def unlike_report(located: Located, again: Report) -> Iterator[Difference]:
    """Give every value of report.json that is another one when it is made again."""
    for at, told in compare(located.kept_report, as_json(again)):
        where = f"report.json#{at}"
        yield Difference(step="report", where=where, told=f"report.json {at}: {told}{_record(again, at)}")


def _record(report: Report, pointer: str) -> str:
    """Name the run record that a value of a run was read from."""
    parts = pointer.split("/")
    if parts[1:3] != ["facts", "runs"] or len(parts) < 5:
        return ""
    place = int(parts[3])
    if place >= len(report.facts.runs):
        return "; its run record is gone"
    run = report.facts.runs[place]
    return f"; runs/{run.number:04d}-{run.stage}.json is not what it was"


def as_json(report: Report) -> object:
    """Give a report as a file of it holds it."""
    return json.loads(report.model_dump_json())


def is_of_older_audit(
    located: Located, run: RunRecord | None, records: Sequence[RunRecord]
) -> Difference | None:
    """Say that the audit was made again after the report was written, where it was."""
    name = located.file(rebuilt.AUDIT_FILE)
    later = next((one for one in reversed(records) if one.stage == "audit" and name in one.outputs), None)
    if run is None or later is None or later.number < run.number or located.report is None:
        return None
    now = tables.sha256_file(located.folder / rebuilt.AUDIT_FILE) if located.has_audit_file else None
    if now != later.outputs[name] or now == run.inputs.get(name):
        return None
    told = (
        f"report.json and its documents are stale: audit (run {later.number}) was made after report (run "
        f"{run.number}); they were not compared; run `datatools report` again"
    )
    return Difference(step="report", where=rebuilt.JSON_FILE, told=told, remedy="report")


def unlike_documents(located: Located, pages: Pages, workspace: Workspace) -> tuple[list[Difference], int]:
    """Render every document again; give those that are other bytes, and how many were compared.

    A document that shows report.json as it lies there differs because report.json does: that is told once.
    """
    pictures = (
        gallery.collect(workspace, pages.report.audit, pages.told.max_gallery)
        if pages.told.with_images
        else None
    )
    again = written.documents(pages.report, pictures, linked=pages.told.linked)
    again.pop(rebuilt.JSON_FILE)
    files = {name: located.folder / name for name in again}
    there = {name: path.read_bytes() for name, path in files.items() if path.is_file()}
    unlike = {name: data for name, data in there.items() if data != again[name]}
    if unlike and located.report is not None and located.report != pages.report:
        as_kept = written.documents(located.report, pictures, linked=pages.told.linked)
        unlike = {name: data for name, data in unlike.items() if data != as_kept[name]}
    found = [
        Difference(
            step="documents",
            where=name,
            told=f"{name}: {first_unlike(data, again[name])}; run `datatools report` again",
            remedy="report",
        )
        for name, data in unlike.items()
    ]
    return found, len(there)


def files_of(located: Located, run: RunRecord | None) -> dict[str, Path]:
    """Give the files of a report as run records name them, and where they lie."""
    names = [rebuilt.AUDIT_FILE, *([] if run is None else _below(run, located))]
    return {located.file(name): located.folder / name for name in names}


def _below(run: RunRecord, located: Located) -> Iterator[str]:
    for name in run.outputs:
        if name.startswith(located.file("")):
            yield name.removeprefix(located.file(""))
