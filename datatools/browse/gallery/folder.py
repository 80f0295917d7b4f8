"""How does a workspace become a gallery in a folder?"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from datatools import __version__
from datatools.browse import facts, fields, numbers
from datatools.browse.gallery import content, drawn, page
from datatools.errors import DataError, UsageError
from datatools.progress import Progress
from datatools.records import Sample
from datatools.tables import PART, write_bytes
from datatools.withdrawal import galleries
from datatools.withdrawal.galleries import INDEX, MARKER
from datatools.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a gallery is to be."""

    title: str
    audience: str
    side_px: int
    per_page: int
    min_people: int
    attributes: Sequence[str] | None
    answers: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a gallery holds."""

    index: Path
    n_images: int
    n_people: int
    n_unreadable: int
    n_bytes: int


def require(folder: Path) -> None:
    """Make sure that a folder is empty, not there yet, or a gallery: nothing else is written over.

    Raises:
        UsageError: it is something else.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"expected a folder for the gallery, {folder} is a file")
    if folder.is_dir() and any(folder.iterdir()) and not galleries.is_one(folder):
        raise UsageError(
            f"expected an empty folder or a gallery to bring up to date, {folder} holds other files: "
            "give another --out"
        )


def write(
    workspace: Workspace, samples: Sequence[Sample], folder: Path, asked: Asked, progress: Progress
) -> Written:
    """Write a gallery of these samples, or bring it up to date; the page comes last.

    Raises:
        DataError: no picture can be read.
        TooManyFailuresError: as ``drawn.draw``.
        UsageError: an attribute that nobody answered or measured.
        TableError: a table is broken.
    """
    # Before any picture: a withdrawal cleans what a run that was killed has left, too.
    galleries.remember(workspace, folder)
    folder.mkdir(parents=True, exist_ok=True)
    write_bytes(folder / MARKER, json.dumps({"made_by": f"datatools {__version__}"}).encode() + b"\n")
    known = numbers.read(workspace, pd.Index([sample.sample_id for sample in samples], dtype=object))
    has_references = any(sample.reference_mask is not None for sample in samples)
    outline = fields.outline(workspace, known, has_references=has_references)
    told = facts.read(workspace, samples, outline)
    for left in folder.glob(f".*{PART}"):  # by a run that was killed while it wrote the page, or the journal
        left.unlink()
    with progress.bar("gallery", len(samples)) as advance:
        files = drawn.draw(workspace, samples, told, folder, side_px=asked.side_px, advance=advance)
    n_unreadable = sum(one.error is not None for one in files.values())
    if n_unreadable == len(samples):
        raise DataError(
            f"expected pictures to show, none of {len(samples)} can be read: `datatools verify` says why"
        )
    shown = content.Shown(
        workspace=workspace,
        samples=samples,
        facts=told,
        numbers=known,
        drawn=files,
        attributes=asked.attributes,
        answers=asked.answers,
    )
    held = content.content(shown)
    n_people = len({sample.person_id for sample in samples})
    html = page.render(
        page.Page(
            title=asked.title,
            audience=asked.audience,
            n_images=len(samples),
            n_people=n_people,
            licences=content.licences(samples),
            has_answers=asked.answers and workspace.annotations().num_rows > 0,
            min_people=asked.min_people,
            per_page=asked.per_page,
            made_by=f"datatools {__version__}",
        ),
        held,
    )
    write_bytes(folder / INDEX, html.encode())
    return Written(
        index=folder / INDEX,
        n_images=len(samples),
        n_people=n_people,
        n_unreadable=n_unreadable,
        n_bytes=sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
    )
