"""Which pictures should an annotator look at next, in which order?

Writes a label sheet (CSV) of the questions that still need answers, and beside it a folder of the
pictures under their sample ids: file names of data sets often give the label away. Each annotator gets
the pictures in an order of their own, drawn by the seed and kept in the column presentation_order, so
that tiredness and habit do not fall on the same pictures for everybody. Fill in the column value, then
``annotate import --sheet FILE``. With ``--html`` a folder with a page takes the sheet's place: it asks by
keyboard, without a network, shows masks under review in several ways, and saves the file to import.

Example::

    datatools annotate export --workspace ws --annotator-id ann01 --questions perceived_gender
    datatools annotate export --workspace ws --annotator-id ann01 --questions mask_review --html
"""

import os
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import Field

from datatools import images, sheets, tables, vocab
from datatools.asking import order
from datatools.asking.pictures import scaled
from datatools.errors import ImageError, UsageError
from datatools.intake import Finder
from datatools.masks import RGB
from datatools.progress import Progress
from datatools.records import Sample, StageResult
from datatools.settings import PictureSettings
from datatools.workspace import Workspace, file_name

STAGE = "annotate_export"
_PEOPLES_WORD = frozenset(
    {"annotator", "self_report"}
)  # what data sets and models said needs no second answer
_BACKGROUND_LIGHT = 0.25  # of a mask under review: dark enough to see its edge, light enough to see beyond


class Settings(PictureSettings):
    """Settings of ``annotate export``."""

    questions: tuple[str, ...] = Field(min_length=1)
    """Questions to ask, as QUESTION or QUESTION:VOCABULARY@VERSION."""

    annotator_id: str = Field(min_length=1)
    """Who will fill the sheet in. A code, not a name."""

    answers_needed: int = Field(default=1, ge=1)
    """How many annotators should answer about each picture; two or more show how far they agree."""

    sheet: Path | None = None
    """File to write; the workspace's sheets/ANNOTATOR.csv if not given. Pictures go beside it. With --html
    the folder to write, sheets/ANNOTATOR-page if not given."""

    queue: Path | None = None
    """Ask about the pictures of this label sheet, in its order, as `review` writes one; else by lot."""

    honeypots: Path | None = None
    """Label sheet with answers that are known: its pictures are asked about too, mixed in with the others."""

    html: bool = False
    """Write a page to answer by keyboard, without a network, in place of a sheet."""

    picture_px: int = Field(default=1024, ge=64)
    """Longer side of the pictures, at most."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """One question of the sheet."""

    name: str
    question: vocab.Question
    vocabulary: vocab.Vocabulary


def _asked(spec: str) -> _Asked:
    axis = vocab.axis(spec)
    question = vocab.question(axis.question)
    key = axis.target or question.vocabularies[0]
    if key not in question.vocabularies:
        raise UsageError(
            f"expected {axis.question} in one of {', '.join(question.vocabularies)}; got {key!r}"
        )
    return _Asked(axis.question, question, vocab.load(key))


def _waiting(
    workspace: Workspace,
    samples: Sequence[Sample],
    asked: _Asked,
    masks: Mapping[str, Path],
    known: Mapping[str, set[str]],
    settings: Settings,
) -> set[str]:
    """Give the samples about which the question still needs this annotator's answer, or which test it."""
    tests = known.get(asked.name, set())
    said: dict[str, set[str]] = defaultdict(set)
    for row in workspace.rows_or_empty(tables.ANNOTATIONS):
        if row.question == asked.name and row.source in _PEOPLES_WORD:
            said[row.sample_id].add(row.annotator_id)
    return {
        sample.sample_id
        for sample in samples
        if (len(said[sample.sample_id]) < settings.answers_needed or sample.sample_id in tests)
        and settings.annotator_id not in said[sample.sample_id]
        and (asked.question.kind != "review" or sample.sample_id in masks)
    }


def _masks(workspace: Workspace) -> dict[str, Path]:
    """Give the refined masks that can be reviewed, by sample."""
    rows = workspace.rows_or_empty(tables.MASKS)
    return {row.sample_id: workspace.file(row.path) for row in rows if row.path is not None}


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The pictures to ask about in the annotator's order, and who waits for which question."""

    samples: list[Sample]
    waiting: list[tuple[_Asked, set[str]]]
    n_known: int  # pictures whose answer is known

    def asked(self, sample: Sample) -> list[_Asked]:
        return [asked for asked, ids in self.waiting if sample.sample_id in ids]


def _choose(workspace: Workspace, settings: Settings, masks: Mapping[str, Path]) -> _Chosen:
    asked = [_asked(spec) for spec in settings.questions]
    samples = workspace.samples(source=settings.only)
    finder = Finder(samples, {sample.source for sample in samples})
    queue = None if settings.queue is None else order.queued(settings.queue, finder)
    known = {} if settings.honeypots is None else order.known(settings.honeypots, finder)
    tests = {sample_id for one in asked for sample_id in known.get(one.name, ())}
    waiting = [(one, _waiting(workspace, samples, one, masks, known, settings)) for one in asked]
    by_id = {sample.sample_id: sample for sample in samples}
    wait = {sample_id for _, ids in waiting for sample_id in ids}
    candidates = [name for name in (by_id if queue is None else queue) if name in wait - tests]
    mixed_in = wait & tests
    ordered = order.arranged(
        {*candidates[: settings.limit], *mixed_in},
        queue=queue,
        mixed_in=mixed_in,
        seed=settings.seed,
        annotator_id=settings.annotator_id,
    )
    return _Chosen([by_id[name] for name in ordered], waiting, len(mixed_in))


def _view(image: RGB, mask_file: Path | None, side_px: int) -> bytes:
    """Give the JPEG that an annotator sees, without metadata; outside a mask under review it is dark."""
    if mask_file is not None:
        background = ~images.read_mask(mask_file).array
        image = image.copy()
        image[background] = (image[background] * _BACKGROUND_LIGHT).astype(np.uint8)
    return images.to_jpeg(scaled(image, side_px))


def _write_views(
    workspace: Workspace,
    chosen: _Chosen,
    masks: Mapping[str, Path],
    folder: Path,
    side_px: int,
    progress: Progress,
) -> set[str]:
    """Write the pictures beside the sheet; give the samples whose picture or mask can no longer be read."""

    def write(sample: Sample) -> str | None:
        kinds = {asked.question.kind == "review" for asked in chosen.asked(sample)}
        try:
            image = images.read_rgb(workspace.image_file(sample))
            for is_review in kinds:
                data = _view(image, masks[sample.sample_id] if is_review else None, side_px)
                tables.write_bytes(folder / _view_name(sample, is_review), data)
        except ImageError:
            return sample.sample_id
        return None

    unreadable = set()
    with progress.bar("pictures", len(chosen.samples)) as advance, ThreadPoolExecutor(os.cpu_count()) as pool:
        for sample_id in pool.map(write, chosen.samples):
            if sample_id is not None:
                unreadable.add(sample_id)
            advance()
    return unreadable


def _view_name(sample: Sample, is_review: bool) -> str:
    return f"{sample.sample_id}_mask.jpg" if is_review else f"{sample.sample_id}.jpg"


def _lines(chosen: _Chosen, unreadable: Collection[str], folder: str, settings: Settings) -> list[list[str]]:
    """Give the sheet's lines: a picture's questions stand together, pictures in the annotator's order."""
    lines: list[list[str]] = []
    for sample in chosen.samples:
        if sample.sample_id in unreadable:
            continue
        for asked in chosen.asked(sample):
            cells = {
                "presentation_order": str(len(lines) + 1),
                "sample": sample.sample_id,
                "picture": f"{folder}/{_view_name(sample, asked.question.kind == 'review')}",
                "question": asked.name,
                "asks": asked.question.text,
                "allowed": asked.vocabulary.allowed,
                "annotator_id": settings.annotator_id,
                "source": "self_report" if asked.question.kind == "self_reported" else "annotator",
                "vocabulary": asked.vocabulary.key,
            }
            lines.append([cells.get(name, "") for name in sheets.SHEET_COLUMNS])
    return lines


def _write_page(
    workspace: Workspace,
    chosen: _Chosen,
    masks: Mapping[str, Path],
    folder: Path,
    settings: Settings,
    progress: Progress,
) -> tuple[Collection[str], dict[str, object]]:
    """Write the page; give the samples that cannot be read, and what the run's record keeps of it."""
    from datatools.asking import page, task

    pictures = []
    for sample in chosen.samples:
        asked = chosen.asked(sample)
        is_reviewed = any(one.question.kind == "review" for one in asked)
        pictures.append(
            task.Picture(
                sample_id=sample.sample_id,
                image=workspace.image_file(sample),
                mask=masks[sample.sample_id] if is_reviewed else None,
                asked=tuple(task.Asked(one.name, one.vocabulary) for one in asked),
            )
        )
    wanted = task.Task(
        annotator_id=settings.annotator_id,
        seed=settings.seed,
        order="lot" if settings.queue is None else "queue",
        pictures=pictures,
    )
    with progress.bar("pictures", len(pictures)) as advance:
        written = page.write(folder, wanted, side_px=settings.picture_px, advance=advance)
    return written.unreadable, {"page_id": written.task.page_id}


def _target(workspace: Workspace, settings: Settings) -> Path:
    """Give the sheet or the page's folder.

    Raises:
        UsageError: it exists.
    """
    name = file_name(settings.annotator_id)
    usual = workspace.root / "sheets" / (f"{name}-page" if settings.html else f"{name}.csv")
    path = settings.sheet or usual
    if path.exists():
        raise UsageError(f"{path} exists and may hold answers: import it and move it away, or give --sheet")
    return path


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Write a label sheet, or a page, of the questions that still need answers.

    Raises:
        UsageError: an unknown question or vocabulary, or the sheet exists and may hold answers.
        DataError: the sheet of the queue or of known answers is none.
    """
    workspace.require()
    path = _target(workspace, settings)
    masks = _masks(workspace)
    chosen = _choose(workspace, settings, masks)
    lines = _lines(chosen, (), path.stem, settings)
    n_samples = len(chosen.samples)
    facts: dict[str, object] = {"n_lines": len(lines), "n_samples": n_samples, "sheet": str(path)}
    if settings.honeypots is not None:
        facts["n_known"] = chosen.n_known
    if not lines:
        return StageResult(stage=STAGE, facts=facts, notes=["Every question has its answers; no sheet."])
    notes = [f"{len(lines)} questions about {n_samples} pictures for {settings.annotator_id}: {path}."]
    if settings.dry_run:
        return StageResult(stage=STAGE, facts=facts, notes=[*notes, "Nothing was written."])
    reads = (tables.MANIFEST, tables.MASKS, tables.ANNOTATIONS)
    with workspace.run(STAGE, settings.model_dump(mode="json"), reads=reads) as record:
        unreadable: Collection[str]
        if settings.html:
            unreadable, page_facts = _write_page(workspace, chosen, masks, path, settings, progress)
            facts |= page_facts
            notes.append(
                "Open index.html there in a browser; it saves the file for `annotate import --sheet`."
            )
        else:
            folder = path.with_suffix("")
            unreadable = _write_views(workspace, chosen, masks, folder, settings.picture_px, progress)
        lines = _lines(chosen, unreadable, path.stem, settings)
        if not settings.html:
            tables.write_bytes(path, sheets.to_csv(sheets.SHEET_COLUMNS, lines))
        if unreadable:
            notes.append(f"{len(unreadable)} pictures or masks can no longer be read and are left out.")
        facts |= {
            "n_lines": len(lines),
            "n_samples": n_samples - len(unreadable),
            "n_unreadable": len(unreadable),
        }
        record.facts |= facts
    return StageResult(stage=STAGE, facts=facts, notes=notes)
