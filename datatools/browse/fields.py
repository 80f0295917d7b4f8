"""Which of a workspace's facts does one sample show in FiftyOne, and under which field names?

Read once for the whole workspace; then each sample's fields are a look-up.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from datatools import plugins, selection, tables
from datatools.masks import Face
from datatools.metrics import Metric
from datatools.records import Annotation, Finding, MaskRow, MatteRow, Score
from datatools.workspace import Workspace

# Metrics that mean something for one picture; the others are of whole sets.
IMAGE_METRICS = ("iou_fg_image", "boundary_iou", "boundary_f1", "over_frac", "under_frac")
SORT_METRIC = "iou_fg_image"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything the tables say, by sample; mattes and numbers by field name."""

    faces: Mapping[str, list[Face]]
    mattes: Mapping[str, dict[str, MatteRow]]
    masks: Mapping[str, MaskRow]
    findings: Mapping[str, list[Finding]]
    answers: Mapping[str, dict[str, list[Annotation]]]
    numbers: Mapping[str, dict[str, float]]  # measurements, check scores, metrics
    splits: Mapping[str, str]
    accepted: frozenset[str] | None  # None: check has not run
    score_fields: list[str] = field(default_factory=list)  # of SORT_METRIC, one a model and reference


def slug(name: str) -> str:
    """Turn a name into a field name: letters, digits and underscores, a letter first."""
    safe = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_").lower()
    return safe if safe[:1].isalpha() else f"f_{safe}"


def read(workspace: Workspace) -> Facts:
    """Read the tables that exist.

    Raises:
        TableError: a table is broken.
    """
    mattes: dict[str, dict[str, MatteRow]] = defaultdict(dict)
    for matte in workspace.rows_or_empty(tables.MATTES):
        mattes[matte.sample_id][slug(f"matte_{matte.teacher}")] = matte
    findings: dict[str, list[Finding]] = defaultdict(list)
    numbers: dict[str, dict[str, float]] = defaultdict(dict)
    for finding in workspace.rows_or_empty(tables.FINDINGS):
        findings[finding.sample_id].append(finding)
        if finding.score is not None and np.isfinite(finding.score):
            numbers[finding.sample_id][slug(f"check_{finding.check}")] = finding.score
    answers: dict[str, dict[str, list[Annotation]]] = defaultdict(lambda: defaultdict(list))
    for answer in workspace.rows_or_empty(tables.ANNOTATIONS):
        answers[answer.sample_id][slug(answer.question)].append(answer)
    for measured in workspace.rows_or_empty(tables.MEASUREMENTS):
        if np.isfinite(measured.value):
            numbers[measured.sample_id][slug(f"measured_{measured.name}_{measured.measured_by}")] = (
                measured.value
            )
    score_fields = _add_scores(workspace.rows_or_empty(tables.SCORES), numbers)
    return Facts(
        faces=selection.faces(workspace),
        mattes=mattes,
        masks=tables.index(workspace.rows_or_empty(tables.MASKS), "sample_id"),
        findings=findings,
        answers=answers,
        numbers=numbers,
        splits={row.sample_id: row.split for row in workspace.rows_or_empty(tables.SPLITS)},
        accepted=frozenset(selection.accepted(workspace)) if workspace.has(tables.FINDINGS) else None,
        score_fields=score_fields,
    )


def _add_scores(rows: list[Score], numbers: dict[str, dict[str, float]]) -> list[str]:
    """Add each picture's metrics; a field's name says what was compared, and whether it is accuracy."""
    by_pair: dict[str, list[Score]] = defaultdict(list)
    for row in rows:
        if row.status == "ok":
            reading = "accuracy" if selection.measures_accuracy(row.reference_source) else "agreement"
            by_pair[slug(f"{reading}_{row.model}_on_{row.reference_source}")].append(row)
    metrics: list[Metric] = [plugins.build("metrics", name) for name in IMAGE_METRICS]
    for pair, scores in by_pair.items():
        frame = pd.DataFrame(scores)
        for metric in metrics:
            values = metric.value(metric.columns(frame))
            for row, value in zip(scores, values, strict=True):
                if np.isfinite(value):
                    numbers[row.sample_id][f"{pair}_{metric.name}"] = float(value)
    return sorted(f"{pair}_{SORT_METRIC}" for pair in by_pair)
