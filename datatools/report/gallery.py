"""Which pictures show where a model does worst, usually, and best?

Only made when asked for: these are pictures of people. They go into the page itself as small JPEGs
without metadata.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools import images, tables
from datatools.errors import ImageError
from datatools.masks import RGB, Mask
from datatools.records import Sample, Score
from datatools.report import words
from datatools.workspace import Workspace

_GENERATED = "generated"  # what evaluate calls the workspace's own masks
_HEIGHT_PX = 300
_REFERENCE = (255, 255, 255)
_PROPOSED = (255, 92, 40)


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


def collect(workspace: Workspace, per_strip: int) -> list[Strip]:
    """Give each model's worst, typical and best pictures by IoU, ``per_strip`` each.

    A picture that can no longer be read is left out.

    Raises:
        TableError: nothing was ingested, or a table is broken.
    """
    samples = tables.index(workspace.samples(), "sample_id")
    kept = _kept_masks(workspace)
    by_model: dict[tuple[str, str], list[tuple[float, str]]] = {}
    for row in workspace.rows_or_empty(tables.SCORES):
        iou = _iou(row)
        if iou is not None and row.sample_id in samples:
            by_model.setdefault((row.model, row.reference_source), []).append((iou, row.sample_id))
    strips = []
    for (model, source), scored in sorted(by_model.items()):
        scored.sort()  # by score, then sample: equal scores always give the same pictures
        middle = max(0, (len(scored) - per_strip) // 2)
        for title, chosen in (
            ("Worst", scored[:per_strip]),
            ("Typical", scored[middle : middle + per_strip]),
            ("Best", scored[::-1][:per_strip]),
        ):
            pictures = [
                picture
                for iou, sample_id in chosen
                if (picture := _picture(workspace, samples[sample_id], kept.get((model, sample_id)), iou))
            ]
            strips.append(Strip(model=model, title=title, outlines=_outlines(source), pictures=pictures))
    return strips


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


def _outlines(source: str) -> str:
    return f"White: {words.reference(source)}. Orange: the model's own mask, where it was kept."


def _picture(workspace: Workspace, sample: Sample, kept: str | None, iou: float) -> Picture | None:
    target = workspace.reference_file(sample)
    try:
        picture = images.read_rgb(workspace.image_file(sample))
        reference = None if target is None else images.read_reference_mask(target).mask
        # A mask file of 0 and 255 is a matte that is nowhere in between.
        proposed = None if kept is None else images.read_matte(workspace.file(kept)).threshold()
    except ImageError:
        return None
    height, width = picture.shape[:2]
    scale = _HEIGHT_PX / height
    size = (max(1, round(width * scale)), _HEIGHT_PX)
    small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    for mask, colour in ((reference, _REFERENCE), (proposed, _PROPOSED)):
        if mask is not None:
            small = _outlined(small, mask, colour)
    text = base64.b64encode(images.to_jpeg(small, quality=80)).decode()
    return Picture(
        uri=f"data:image/jpeg;base64,{text}",
        width_px=size[0],
        height_px=size[1],
        caption=f"IoU {words.points(iou)}",
        alt=f"Picture {sample.sample_id} of {sample.source} with mask outlines, IoU {words.points(iou)}",
    )


def _outlined(picture: RGB, mask: Mask, colour: tuple[int, int, int]) -> RGB:
    height, width = picture.shape[:2]
    array = cv2.resize(mask.array.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
    lines, _ = cv2.findContours(array, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    drawn: NDArray[np.uint8] = picture.copy()
    cv2.drawContours(drawn, lines, -1, (0, 0, 0), 3, cv2.LINE_AA)
    cv2.drawContours(drawn, lines, -1, colour, 1, cv2.LINE_AA)
    return drawn
