"""Which pictures are in the workspace, for those who cannot run a server?

A folder with a page that any browser opens from disk: small pictures, filters by everything that is known of
them, overlays of masks and errors. These are pictures of people, so nothing is written unless a folder is
named; the run record remembers the folder, and a withdrawal cleans it.

Example::

    datatools gallery --workspace ws --out ws-gallery
    datatools gallery --workspace ws --out for-reviewers --samples view-1234 --no-answers
"""

from pathlib import Path

from pydantic import Field

from datatools import lists, tables
from datatools.errors import UsageError
from datatools.progress import Progress
from datatools.records import StageResult
from datatools.settings import ListedSettings
from datatools.workspace import Workspace

_AUDIENCE = (
    "They are for those alone whom the people in charge of this data set have allowed to see it. If you do "
    "not know whether you are one of them, you are not: close this page."
)


class Settings(ListedSettings):
    """Settings of ``gallery``."""

    out: Path
    """Folder for the gallery: a new one, an empty one, or a gallery to bring up to date."""

    title: str | None = Field(default=None, min_length=1)
    """The page's title; without one the workspace's name."""

    audience: str = Field(default=_AUDIENCE, min_length=1)
    """Who may see the pictures: sentences for the first screen."""

    answers: bool = True
    """Put people's answers about people into the page, too."""

    attributes: list[str] | None = None
    """Groups to filter by, as `audit` takes them; left out: those of all questions and of the audits."""

    side_px: int = Field(default=224, ge=64, le=1024)
    """Longer side of the pictures in the gallery."""

    per_page: int = Field(default=120, ge=1, le=2000)
    """Pictures on one page of the gallery."""

    min_people: int = Field(default=5, ge=1)
    """Say of filters that leave fewer people that their numbers are about individuals."""


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Write a static gallery: pictures, filters and overlays in a folder that needs no server.

    Raises:
        UsageError: the folder holds other files, or there is no such source, list or attribute.
        DataError: no picture can be read.
        TooManyFailuresError: more than half of the pictures cannot be read, and more than 20.
        TableError: nothing was ingested, or a table is broken.
    """
    # Imported here: pandas and jinja2 take half a second that other verbs should not pay.
    from datatools.browse.gallery import folder
    from datatools.withdrawal import galleries

    workspace.require()
    out = settings.out.resolve()
    folder.require(out)
    samples = lists.samples(workspace, source=settings.only, listed=settings.samples, limit=settings.limit)
    if not samples:
        raise UsageError("expected pictures to show, the workspace has none: run `datatools ingest` first")
    if settings.dry_run:
        told = f"would write {len(samples)} pictures of people, and a page about them, to {out}"
        return StageResult(
            stage="gallery", facts={"gallery": str(out), "n_images": len(samples)}, notes=[told]
        )
    asked = folder.Asked(
        title=settings.title or workspace.root.resolve().name,
        audience=settings.audience,
        side_px=settings.side_px,
        per_page=settings.per_page,
        min_people=settings.min_people,
        attributes=settings.attributes,
        answers=settings.answers,
    )
    reads = (
        tables.MANIFEST,
        tables.MATTES,
        tables.MASKS,
        tables.FINDINGS,
        tables.SCORES,
        tables.ANNOTATIONS,
        *lists.files(workspace, settings.samples),
    )
    dump = settings.model_dump(mode="json")
    with (
        workspace.locked("gallery", [out / galleries.INDEX]),
        workspace.run("gallery", dump, reads=reads) as run,
    ):
        run.facts["gallery"] = str(out)
        written = folder.write(workspace, samples, out, asked, progress)
        run.facts |= {
            "n_images": written.n_images,
            "n_people": written.n_people,
            "n_unreadable": written.n_unreadable,
            "n_bytes": written.n_bytes,
        }
    progress.say(f"gallery: {written.index}")
    return StageResult(stage="gallery", facts=run.facts, notes=_notes(written.index, run.facts))


def _notes(index: Path, facts: dict[str, object]) -> list[str]:
    notes = [
        f"{facts['n_images']} pictures of {facts['n_people']} people: open {index} in a browser.",
        "These are pictures of people: the folder is for those who may see them, and not for a web site.",
    ]
    if facts["n_unreadable"]:
        notes.append(f"{facts['n_unreadable']} pictures cannot be read; the page says so in their place.")
    return notes
