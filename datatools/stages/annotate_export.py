"""Which pictures should an annotator look at next, in which order?

Writes a label sheet (CSV) of the questions that still need answers, and beside it a folder of the
pictures under their sample ids: file names of data sets often give the label away. Each annotator gets
the pictures in an order of their own, drawn by the seed and kept in the column presentation_order, so
that tiredness and habit do not fall on the same pictures for everybody. Fill in the column value, then
``annotate import --sheet FILE``.

Example::

    datatools annotate export --workspace ws --annotator-id ann01 --questions perceived_gender
"""

import hashlib
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from pydantic import Field

from datatools import images, sheets, tables, vocab
from datatools.errors import ImageError, UsageError
from datatools.masks import RGB
from datatools.progress import Progress
from datatools.records import Sample, StageResult
from datatools.settings import PictureSettings
from datatools.workspace import Workspace, file_name

STAGE = "annotate_export"
_PEOPLES_WORD = frozenset(
    {"annotator", "self_report"}
)  # what data sets and models said needs no second answer
_VIEW_SIDE_PX = 1024
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
    """File to write; the workspace's sheets/ANNOTATOR.csv if not given. Pictures go beside it."""


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
    settings: Settings,
) -> set[str]:
    """Give the samples about which the question still needs this annotator's answer."""
    said: dict[str, set[str]] = defaultdict(set)
    for row in workspace.rows_or_empty(tables.ANNOTATIONS):
        if row.question == asked.name and row.source in _PEOPLES_WORD:
            said[row.sample_id].add(row.annotator_id)
    return {
        sample.sample_id
        for sample in samples
        if len(said[sample.sample_id]) < settings.answers_needed
        and settings.annotator_id not in said[sample.sample_id]
        and (asked.question.kind != "review" or sample.sample_id in masks)
    }


def _masks(workspace: Workspace) -> dict[str, Path]:
    """Give the refined masks that can be reviewed, by sample."""
    rows = workspace.rows_or_empty(tables.MASKS)
    return {row.sample_id: workspace.file(row.path) for row in rows if row.path is not None}


def _view(image: RGB, mask_file: Path | None) -> bytes:
    """Give the JPEG that an annotator sees, without metadata; outside a mask under review it is dark."""
    if mask_file is not None:
        background = ~images.read_mask(mask_file).array
        image = image.copy()
        image[background] = (image[background] * _BACKGROUND_LIGHT).astype(np.uint8)
    scale = _VIEW_SIDE_PX / max(image.shape[:2])
    if scale < 1:
        image = np.asarray(
            cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8
        )
    return images.to_jpeg(image)


def _write_views(
    workspace: Workspace,
    samples: Sequence[Sample],
    waiting: Sequence[tuple[_Asked, set[str]]],
    masks: Mapping[str, Path],
    folder: Path,
    progress: Progress,
) -> set[str]:
    """Write the pictures beside the sheet; give the samples whose picture or mask can no longer be read."""

    def write(sample: Sample) -> str | None:
        kinds = {asked.question.kind == "review" for asked, ids in waiting if sample.sample_id in ids}
        try:
            image = images.read_rgb(workspace.image_file(sample))
            for is_review in kinds:
                data = _view(image, masks[sample.sample_id] if is_review else None)
                tables.write_bytes(folder / _view_name(sample, is_review), data)
        except ImageError:
            return sample.sample_id
        return None

    unreadable = set()
    with progress.bar("pictures", len(samples)) as advance, ThreadPoolExecutor(os.cpu_count()) as pool:
        for sample_id in pool.map(write, samples):
            if sample_id is not None:
                unreadable.add(sample_id)
            advance()
    return unreadable


def _view_name(sample: Sample, is_review: bool) -> str:
    return f"{sample.sample_id}_mask.jpg" if is_review else f"{sample.sample_id}.jpg"


def _lot(settings: Settings, sample: Sample) -> bytes:
    text = f"{settings.seed}\x1f{settings.annotator_id}\x1f{sample.sample_id}"
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def _lines(
    samples: Sequence[Sample], waiting: Sequence[tuple[_Asked, set[str]]], folder: str, settings: Settings
) -> list[list[str]]:
    """Give the sheet's lines: a picture's questions stand together, pictures in the annotator's order."""
    lines: list[list[str]] = []
    for sample in sorted(samples, key=lambda sample: _lot(settings, sample)):
        for asked, ids in waiting:
            if sample.sample_id in ids:
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


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Write a label sheet of the questions that still need answers.

    Raises:
        UsageError: an unknown question or vocabulary, or the sheet exists and may hold answers.
    """
    workspace.require()
    path = settings.sheet or workspace.root / "sheets" / f"{file_name(settings.annotator_id)}.csv"
    if path.exists():
        raise UsageError(f"{path} exists and may hold answers: import it and move it away, or give --sheet")
    asked = [_asked(spec) for spec in settings.questions]
    samples = workspace.samples(source=settings.only)
    masks = _masks(workspace)
    waiting = [(one, _waiting(workspace, samples, one, masks, settings)) for one in asked]
    wanted = [row for row in samples if any(row.sample_id in ids for _, ids in waiting)][: settings.limit]
    lines = _lines(wanted, waiting, path.stem, settings)
    facts: dict[str, object] = {"n_lines": len(lines), "n_samples": len(wanted), "sheet": str(path)}
    notes = [f"{len(lines)} questions about {len(wanted)} pictures for {settings.annotator_id}: {path}."]
    if not lines:
        return StageResult(stage=STAGE, facts=facts, notes=["Every question has its answers; no sheet."])
    if settings.dry_run:
        return StageResult(stage=STAGE, facts=facts, notes=[*notes, "Nothing was written."])
    reads = (tables.MANIFEST, tables.MASKS, tables.ANNOTATIONS)
    with workspace.run(STAGE, settings.model_dump(mode="json"), reads=reads) as record:
        unreadable = _write_views(workspace, wanted, waiting, masks, path.with_suffix(""), progress)
        if unreadable:
            wanted = [row for row in wanted if row.sample_id not in unreadable]
            notes.append(f"{len(unreadable)} pictures or masks can no longer be read and are left out.")
        lines = _lines(wanted, waiting, path.stem, settings)
        tables.write_bytes(path, sheets.to_csv(sheets.SHEET_COLUMNS, lines))
        facts |= {"n_lines": len(lines), "n_samples": len(wanted), "n_unreadable": len(unreadable)}
        record.facts |= facts
    return StageResult(stage=STAGE, facts=facts, notes=notes)
