"""Which pictures show where a model does worst, usually, and best?

Only made when asked for: these are pictures of people. They go into the page itself as small JPEGs
without metadata.
"""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools import images, tables
from datatools.errors import ImageError
from datatools.fairness.behind import behind_groups
from datatools.fairness.estimates import ModelAudit
from datatools.fairness.result import AuditResult
from datatools.masks import RGB, Mask
from datatools.records import Sample, Score
from datatools.report import words
from datatools.workspace import Workspace

_GENERATED = "generated"  # what evaluate calls the workspace's own masks
_HEIGHT_PX = 300
_MAX_WIDTH_PX = 8 * _HEIGHT_PX  # a picture may be a thread: its height alone does not bound its size
_REFERENCE = (255, 255, 255)
_PROPOSED = (255, 92, 40)
_OWN = "Orange: the model's own mask, where it was kept."


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One picture with outlines drawn in; ``uri`` is a JPEG as data URI."""

    uri: str
    width_px: int
    height_px: int
    caption: str
    alt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """A row of the gallery."""

    model: str
    title: str
    outlines: str  # which line is what
    pictures: Sequence[Picture]


Gallery = Sequence[Strip]


def collect(workspace: Workspace, audit: AuditResult, per_strip: int) -> list[Strip]:
    """Give each model's worst, typical and best pictures by IoU, of everybody and of each group.

    Of everybody there is a strip for each, of ``per_strip`` pictures; of a group all three share one. A
    picture that can no longer be read is left out, and so are groups that the audit does not show.

    Raises:
        UsageError: the audit cannot be traced to the workspace's pictures.
        TableError: nothing was ingested, or a table is broken.
    """
    shelf = _Shelf(workspace)
    strips = []
    for model in audit.models:
        scored = shelf.scored(model)
        for name, chosen in _picked(scored, per_strip) if scored else ():
            strips.append(shelf.strip(model, name.capitalize(), [("", *one) for one in chosen]))
    for model, attribute, group, sample_ids in behind_groups(workspace, audit):
        scored = shelf.scored(model, sample_ids)
        third = max(1, per_strip // 3)
        named = [(f"{name}, ", *one) for name, chosen in _picked(scored, third) for one in chosen]
        # A group of few pictures has some that are typical and best at once: each is shown once.
        once = list({sample_id: (name, iou, sample_id) for name, iou, sample_id in reversed(named)}.values())
        strips.append(shelf.strip(model, words.whom(attribute, group), once[::-1]))
    return sorted(strips, key=lambda strip: (strip.model, strip.outlines))  # stable: everybody first


def _picked(scored: Sequence[tuple[float, str]], n: int) -> Iterator[tuple[str, Sequence[tuple[float, str]]]]:
    middle = max(0, (len(scored) - n) // 2)
    yield from (("worst", scored[:n]), ("typical", scored[middle : middle + n]), ("best", scored[::-1][:n]))


class _Shelf:
    """The workspace's pictures and scores, read once."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._samples = tables.index(workspace.samples(), "sample_id")
        self._kept = _kept_masks(workspace)
        self._ious: dict[tuple[str, str], dict[str, float]] = {}
        for row in workspace.rows_or_empty(tables.SCORES):
            iou = _iou(row)
            if iou is not None and row.sample_id in self._samples:
                self._ious.setdefault((row.model, row.reference_source), {})[row.sample_id] = iou

    def scored(self, model: ModelAudit, only: Sequence[str] | None = None) -> list[tuple[float, str]]:
        """Give IoU and sample, the worst first; equal scores always give the same order."""
        ious = self._ious.get((model.model, model.reference_source), {})
        return sorted((ious[name], name) for name in (ious if only is None else only) if name in ious)

    def strip(self, model: ModelAudit, title: str, chosen: Sequence[tuple[str, float, str]]) -> Strip:
        """Draw the chosen pictures: what each is, its IoU, its sample."""
        pictures = [
            picture
            for name, iou, sample_id in chosen
            if (picture := self._picture(sample_id, self._kept.get((model.model, sample_id)), iou, name))
        ]
        outlines = f"White: {words.reference(model.reference_source)}. {_OWN}"
        return Strip(model=model.model, title=title, outlines=outlines, pictures=pictures)

    def _picture(self, sample_id: str, kept: str | None, iou: float, name: str) -> Picture | None:
        sample = self._samples[sample_id]
        caption = f"{name}IoU {words.points(iou)}"
        return _picture(self._workspace, sample, kept, caption)


def _kept_masks(workspace: Workspace) -> dict[tuple[str, str], str]:
    """Give the files of the masks that models left in the workspace, by model and sample."""
    mattes = workspace.rows_or_empty(tables.MATTES)
    kept = {(row.teacher, row.sample_id): row.path for row in mattes if row.path is not None}
    masks = workspace.rows_or_empty(tables.MASKS)
    return kept | {(_GENERATED, row.sample_id): row.path for row in masks if row.path is not None}


def _iou(row: Score) -> float | None:
    """Give the foreground IoU; None where the picture failed or both masks are empty."""
    if row.tp is None or row.fp is None or row.fn is None:
        return None
    union = row.tp + row.fp + row.fn
    return row.tp / union if union else None


def _picture(workspace: Workspace, sample: Sample, kept: str | None, caption: str) -> Picture | None:
    target = workspace.reference_file(sample)
    try:
        picture = images.read_rgb(workspace.image_file(sample))
        reference = None if target is None else images.read_reference_mask(target).mask
        # A mask file of 0 and 255 is a matte that is nowhere in between.
        proposed = None if kept is None else images.read_matte(workspace.file(kept)).threshold()
    except ImageError:
        return None
    height, width = picture.shape[:2]
    scale = min(_HEIGHT_PX / height, _MAX_WIDTH_PX / width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    for mask, colour in ((reference, _REFERENCE), (proposed, _PROPOSED)):
        if mask is not None:
            small = _outlined(small, mask, colour)
    text = base64.b64encode(images.to_jpeg(small, quality=80)).decode()
    return Picture(
        uri=f"data:image/jpeg;base64,{text}",
        width_px=size[0],
        height_px=size[1],
        caption=caption[:1].upper() + caption[1:],
        alt=f"Picture {sample.sample_id} of {sample.source} with mask outlines, {caption}",
    )


def _outlined(picture: RGB, mask: Mask, colour: tuple[int, int, int]) -> RGB:
    height, width = picture.shape[:2]
    array = cv2.resize(mask.array.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
    lines, _ = cv2.findContours(array, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    drawn: NDArray[np.uint8] = picture.copy()
    cv2.drawContours(drawn, lines, -1, (0, 0, 0), 3, cv2.LINE_AA)
    cv2.drawContours(drawn, lines, -1, colour, 1, cv2.LINE_AA)
    return drawn
