"""Which masks of a workspace can be learned from: what check saw of them, and how good they truly are."""

import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from datatools import selection, tables
from datatools.errors import ImageError, MaskError, UsageError
from datatools.images import read_mask, read_reference_mask
from datatools.masks import iou
from datatools.progress import Progress
from datatools.quality.examples import Examples, matrix
from datatools.records import MaskRow, Sample
from datatools.workspace import Workspace

CHECK = "expected_iou"  # whose observations are the features

Seen = dict[str, dict[str, float]]  # features by name, by sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """The masks with a true quality, in the order of their samples."""

    samples: list[Sample]
    examples: Examples | None  # None where there is none
    reference_source: str  # "human", "rendered" or "human+rendered"
    n_unreadable: int  # a mask or its reference cannot be read, or their sizes differ


def observed(workspace: Workspace) -> Seen:
    """Give the features that check left, by sample; samples without any are left out.

    Raises:
        UsageError: check has not run, or refine has run since.
    """
    last = {path.stem.partition("-")[2]: path.stem for path in workspace.run_files()}
    if not workspace.has(tables.OBSERVATIONS) or last.get("refine", "") > last.get("check", ""):
        raise UsageError(
            "expected what check saw of today's masks: run `datatools check --workspace "
            f"{workspace.root}` first"
        )
    rows = [row for row in workspace.rows(tables.OBSERVATIONS) if row.check == CHECK and row.status == "ok"]
    if not rows:
        raise UsageError(
            f"expected the check {CHECK} among those that ran: run `datatools check --workspace "
            f"{workspace.root}` with it"
        )
    values = {row.sample_id: json.loads(row.value) for row in rows}
    return {sample_id: value for sample_id, value in values.items() if value is not None}


def gather(workspace: Workspace, seen: Seen, samples: Sequence[Sample], progress: Progress) -> Gathered:
    """Measure the IoU of the samples' masks against human or rendered masks, where there are both."""
    masks = {
        row.sample_id: row
        for row in workspace.rows(tables.MASKS)
        if row.sample_id in seen and row.path is not None
    }
    pairs = [
        (sample, masks[sample.sample_id])
        for sample in samples
        if sample.sample_id in masks
        and sample.mask_source is not None
        and selection.measures_accuracy(sample.mask_source)
    ]

    def quality(pair: tuple[Sample, MaskRow]) -> float | None:
        sample, mask = pair
        target = selection.reference_target(workspace, sample)
        if target is None or mask.path is None:
            return None
        try:
            reference = read_reference_mask(target.path).mask
            return iou(read_mask(workspace.file(mask.path)), reference)
        except (ImageError, MaskError):
            return None

    values = []
    with progress.bar("true quality", len(pairs)) as advance, ThreadPoolExecutor(os.cpu_count()) as pool:
        for value in pool.map(quality, pairs):
            values.append(value)
            advance()
    known = [(sample, value) for (sample, _), value in zip(pairs, values, strict=True) if value is not None]
    found = [sample for sample, _ in known]
    examples = None
    if found:
        _, person = np.unique([sample.person_id for sample in found], return_inverse=True)
        examples = Examples(
            features=matrix([seen[sample.sample_id] for sample in found]),
            iou=np.array([value for _, value in known]),
            person=person.astype(np.int64),
        )
    return Gathered(
        samples=found,
        examples=examples,
        reference_source="+".join(sorted({str(sample.mask_source) for sample in found})),
        n_unreadable=values.count(None),
    )
