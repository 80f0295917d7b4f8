"""A workspace that has something for every view of FiftyOne's data set."""

import dataclasses
import json
from collections.abc import Sequence

import numpy as np

from datatools import tables
from datatools.progress import Progress
from datatools.quality import examples as kept
from datatools.quality.committee import MODEL
from datatools.records import Annotation, ConsensusRow, Finding, Measurement, Observation, SplitRow
from datatools.stages import audit, composition
from datatools.workspace import Workspace
from tests.scores import score_with_iou
from tests.stages import people
from tests.stages.judged import checked, review
from tests.stages.people import answer, sample_id
from tests.unit.quality.made import SIGNAL, examples

N = 72  # pictures, two of each person
PAIR = (4, 5, 40)  # near-duplicates; the last is in another split
REVIEWED = (7, "reject"), (9, "repair"), (11, "accept")
DIVIDED = 20  # two say female, one male
METRIC = "iou_fg_image"


def age(number: int) -> str:
    """Give the age that is said of a picture; of the last two bands there are too few people to show."""
    return "60-69" if number < 24 else "20-29" if number < 52 else "30-39" if number < 66 else "70+"


def write(workspace: Workspace) -> None:
    """Write what every stage up to the audits leaves, without looking at pixels."""
    rng = np.random.default_rng(0)
    rejected = [number for number in range(N) if number % 9 == 3]
    checked(workspace, rng.uniform(0.02, 0.5, N).tolist(), mask_source=None, rejected=rejected)
    rows = [
        dataclasses.replace(row, person_id=f"p{number // 2}")
        for number, row in enumerate(workspace.rows(tables.MANIFEST))
    ]
    workspace.write(tables.MANIFEST, rows)
    kept.write(
        workspace.model_folder(MODEL),
        examples(),
        committee="selfie by mean",
        reference_source="human",
        data="set",
    )
    _judge(workspace)
    _answer(workspace)
    splits = ["test" if number == PAIR[2] else "train" for number in range(N)]
    workspace.write(
        tables.SPLITS,
        [
            SplitRow(sample_id=row.sample_id, person_id=row.person_id, split=split)
            for row, split in zip(rows, splits, strict=True)
        ],
    )
    is_male = [number % 4 >= 2 for number in range(N)]
    scores = [
        score_with_iou(
            row.sample_id, row.person_id, float(iou) - 0.2 * lower, model=model, reference_source=kind
        )
        for model, kind in (("student", "human"), ("generated", "keyed"))
        for row, iou, lower in zip(rows, rng.uniform(0.7, 1, N), is_male, strict=True)
    ]
    scores[3] = dataclasses.replace(scores[3], tp=None, fp=None, fn=None, status="failed", error="broken")
    workspace.write(tables.SCORES, scores)
    conditions = ("picture_lightness", "face_side_light", "face_yaw_deg", "face_pitch_deg")
    workspace.write(
        tables.MEASUREMENTS,
        [
            Measurement(sample_id=row.sample_id, name=name, value=float(rng.normal()), measured_by="measure")
            for row in rows
            for name in conditions
        ],
    )
    run_audits(workspace)


def run_audits(workspace: Workspace) -> None:
    """Audit gender and age, and who is there."""
    asked = ["perceived_gender", "perceived_age_band"]
    values = {"replicates": 200, "codings": False, "chain": False, "slices": 0, "attributes": asked}
    audit.run(workspace, audit.Settings.model_validate(values), Progress("quiet"))
    counted = {"attributes": asked, "pictures": False, "replicates": 200, "permutations": 99}
    composition.run(workspace, composition.Settings.model_validate(counted), Progress("quiet"))


def _judge(workspace: Workspace) -> None:
    seen: list[Observation] = [
        dataclasses.replace(row, value=json.dumps({SIGNAL: json.loads(row.value)[SIGNAL]}))
        for row in workspace.rows(tables.OBSERVATIONS)
    ]
    for number in range(N):
        apart = {"unsure_frac": 0.1, "disagreement": number / 1000}
        seen.append(
            Observation(
                sample_id=sample_id(number),
                check="teacher_unsure",
                value=json.dumps(apart),
                parents="p",
                status="ok",
                error=None,
            )
        )
    workspace.write(tables.OBSERVATIONS, seen)
    first, *others = PAIR
    found = workspace.rows(tables.FINDINGS)
    for number in range(N):
        is_copy = number in others
        found.append(
            Finding(
                sample_id=sample_id(number),
                check="near_duplicate",
                score=3.0 if number in PAIR else 1.0,
                passed=not is_copy,
                detail=f"nearly the same picture as {sample_id(first)}" if is_copy else None,
            )
        )
    workspace.write(tables.FINDINGS, found)


def _answer(workspace: Workspace) -> None:
    said: list[Annotation] = []
    for number in range(N):
        said.append(answer(number, "male" if number % 4 >= 2 else "female"))
        said.append(answer(number, age(number), question="perceived_age_band", vocabulary="fairface_age@1"))
    said += [
        answer(DIVIDED, value, annotator_id=who) for who, value in (("ann02", "female"), ("ann03", "male"))
    ]
    said += [review(number, value) for number, value in REVIEWED]
    workspace.append_batch(
        dataclasses.replace(row, vocabulary="mask_review@2") if row.question == "mask_review" else row
        for row in said
    )
    workspace.write(
        tables.CONSENSUS,
        [
            ConsensusRow(
                sample_id=sample_id(number),
                person_id=f"p{number // 2}",
                question="perceived_gender",
                vocabulary="gender@1",
                unit="picture",
                value="female",
                probability=1 - entropy,
                n_annotators=3,
                entropy_bits=entropy,
                values=["female", "male"],
                posterior=[1 - entropy, entropy],
            )
            for number, entropy in ((DIVIDED, 0.4), (DIVIDED + 1, 0.1), (DIVIDED + 4, 0.0))
        ],
    )


def numbered(sample_ids: Sequence[str]) -> list[int]:
    """Give the numbers of samples."""
    return [int(name, 16) for name in sample_ids]


def ingested(workspace: Workspace) -> None:
    """Write what ingest leaves of people with one picture each."""
    people.ingest(workspace, workspace.root, [people.sample(number) for number in range(3)])
