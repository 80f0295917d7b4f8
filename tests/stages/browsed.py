"""A workspace with everything that FiftyOne shows, and a way to look at what its database holds."""

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from datatools import tables, vocab
from datatools.images import read_reference_mask, write_mask, write_matte
from datatools.masks import Mask, Matte
from datatools.metrics._counts import count
from datatools.records import Annotation, ConsensusRow, Finding, MatteRow, Measurement, Sample, Score
from datatools.workspace import Workspace
from tests.unit.report.builders import fill

TEACHER = "selfie"


def fill_all(workspace: Workspace, folder: Path, n_people: int = 6) -> list[Sample]:
    """Fill every table that a data set is made of; give the readable samples.

    The generated masks and the teacher's mattes are the references, moved by two pixels and by one, and are
    scored with their true counts; the student's scores are made up, and its masks are kept nowhere.
    """
    samples = fill(workspace, folder, n_people)[1:]
    mattes, scores = [], []
    for sample in samples:
        truth = read_reference_mask(folder / str(sample.reference_mask)).mask
        made, soft = (Mask(np.roll(truth.array, shift, axis=1)) for shift in (2, 1))
        write_mask(workspace.mask_file(sample.sample_id), made)
        path = workspace.matte_file(TEACHER, sample.sample_id)
        write_matte(path, Matte(soft.array.astype(np.float32)))
        mattes.append(
            MatteRow(
                sample_id=sample.sample_id,
                teacher=TEACHER,
                path=workspace.relative(path),
                seconds=0.1,
                sha256="1" * 64,
                parents="p",
                status="ok",
                error=None,
            )
        )
        scores += [scored(sample, "generated", made, truth), scored(sample, TEACHER, soft, truth)]
    workspace.write(tables.MATTES, mattes)
    workspace.write(tables.SCORES, [*workspace.rows(tables.SCORES), *scores])
    workspace.write(
        tables.MEASUREMENTS,
        [
            Measurement(sample_id=sample.sample_id, name="ita_deg", value=1 / (n + 3), measured_by="measure")
            for n, sample in enumerate(samples)
        ],
    )
    first, second, *_ = samples
    workspace.write(
        tables.FINDINGS,
        [
            *workspace.rows(tables.FINDINGS),
            duplicate(first, passed=True, detail=None),
            duplicate(second, passed=False, detail=f"nearly the same picture as {first.sample_id}"),
        ],
    )
    workspace.write(tables.CONSENSUS, [_consensus(second)])
    said = {"a1": "female", "a2": "female", "a3": "male"}
    workspace.append_batch([answered(second, who, value) for who, value in said.items()])
    return samples


def scored(sample: Sample, model: str, mask: Mask, truth: Mask) -> Score:
    """Score a mask against its reference."""
    return Score(
        sample_id=sample.sample_id,
        person_id=sample.person_id,
        model=model,
        reference_source="rendered",
        split="test",
        seconds=0.1,
        parents="p",
        status="ok",
        error=None,
        **asdict(count(mask, truth)),
    )


def duplicate(sample: Sample, *, passed: bool, detail: str | None) -> Finding:
    """Give a finding of a cluster of two near-duplicates."""
    return Finding(
        sample_id=sample.sample_id, check="near_duplicate", score=2.0, passed=passed, detail=detail
    )


def answered(
    sample: Sample, annotator_id: str, value: str, question: str = "perceived_gender", minute: int = 0
) -> Annotation:
    """Give an annotator's answer."""
    return Annotation(
        sample_id=sample.sample_id,
        question=question,
        value=value,
        annotator_id=annotator_id,
        source="annotator",
        vocabulary=vocab.question(question).vocabularies[0],
        created_at=f"2024-06-01T09:{minute:02d}:00+00:00",
        lead_time_s=1.5,
        presentation_order=1,
        batch="b",
    )


def _consensus(sample: Sample) -> ConsensusRow:
    return ConsensusRow(
        sample_id=sample.sample_id,
        person_id=sample.person_id,
        question="perceived_gender",
        vocabulary="gender@1",
        unit="picture",
        value="female",
        probability=0.75,
        n_annotators=3,
        entropy_bits=0.8,
        values=["female", "male"],
        posterior=[0.75, 0.25],
    )


def change_mask_row(workspace: Workspace, sample: Sample) -> None:
    """Let the rules that made one sample's mask be others."""
    rows = workspace.rows(tables.MASKS)
    changed = [
        replace(row, rules_applied=["beard"]) if row.sample_id == sample.sample_id else row for row in rows
    ]
    workspace.write(tables.MASKS, changed)


def keep(workspace: Workspace, samples: list[Sample]) -> None:
    """Let the manifest list these samples alone."""
    workspace.write(tables.MANIFEST, samples)
