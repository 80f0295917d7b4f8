"""Workspaces whose masks were checked, of people whose true masks are known, without looking at pixels."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from datatools import tables
from datatools.images import write_mask
from datatools.masks import Mask
from datatools.records import Annotation, Finding, MaskRow, Observation
from datatools.workspace import Workspace
from tests.pictures import draw_person
from tests.stages import people
from tests.unit.quality.made import SIGNAL


def damaged(split: float, seed: int) -> Mask:
    """Give the mask of a drawn person without a share of its lowest pixels; its IoU is 1 - split."""
    person = draw_person(seed=seed)[1].array.copy()
    rows, columns = np.nonzero(person)
    lost = rows.argsort(kind="stable")[round((1 - split) * len(rows)) :]
    person[rows[lost], columns[lost]] = False
    return Mask(person)


def checked(
    workspace: Workspace,
    splits: Sequence[float],
    *,
    mask_source: str | None = "human",
    rejected: Sequence[int] = (),
) -> Path:
    """Write what ingest, refine and check leave of people whose masks err by ``splits``.

    What check saw is one feature, which tells the error. Give the folder of pictures.
    """
    folder = workspace.root.parent / "pictures"
    folder.mkdir()
    samples, masks, seen, found = [], [], [], []
    for number, split in enumerate(splits):
        image, truth = draw_person(seed=number)
        Image.fromarray(image).save(folder / f"{number}.png")
        Image.fromarray(truth.array.astype(np.uint8) * np.uint8(255)).save(folder / f"{number}_mask.png")
        has_mask = mask_source is not None
        samples.append(
            replace(
                people.sample(number, path=f"{number}.png"),
                reference_mask=f"{number}_mask.png" if has_mask else None,
                mask_source=mask_source,
            )
        )
        sample_id = people.sample_id(number)
        path = workspace.mask_file(sample_id)
        data = write_mask(path, damaged(split, number))
        masks.append(
            MaskRow(
                sample_id=sample_id,
                path=workspace.relative(path),
                rules_applied=[],
                mask_source="model:selfie",
                sha256=tables.sha256_bytes(data),
                parents="p",
                status="ok",
                error=None,
            )
        )
        value = json.dumps({SIGNAL: split})
        seen.append(
            Observation(
                sample_id=sample_id, check="expected_iou", value=value, parents="p", status="ok", error=None
            )
        )
        is_good = number not in rejected
        found.append(
            Finding(
                sample_id=sample_id,
                check="ragged_edge",
                score=None,
                passed=is_good,
                detail=None if is_good else "ragged",
            )
        )
    people.ingest(workspace, folder, samples)
    workspace.write(tables.MASKS, masks)
    workspace.write(tables.OBSERVATIONS, seen)
    workspace.write(tables.FINDINGS, found)
    return folder


def review(number: int, value: str, *, lead_time_s: float | None = None) -> Annotation:
    """Give a person's answer about a mask."""
    answer = people.answer(number, value, question="mask_review", vocabulary="mask_review@1")
    return replace(answer, lead_time_s=lead_time_s)
