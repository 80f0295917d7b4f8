"""A small workspace that went all the way: drawn people, masks, scores, an audit and its report."""

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
from PIL import Image

from datatools import tables
from datatools.images import write_mask
from datatools.masks import Mask
from datatools.progress import Progress
from datatools.records import Finding, LandmarkRow, MaskRow
from datatools.stages import audit, evaluate, ingest, report, segment
from datatools.student import checkpoint, published
from datatools.student.extremec3net import ExtremeC3Net
from datatools.workspace import Workspace
from tests.pictures import write_people
from tests.portraits import rendered
from tests.stages.people import answer

N_PEOPLE = 12
PICTURES = "people"  # the folder beside the workspace
_QUIET = Progress("quiet")


def build(folder: Path) -> Workspace:
    """Make the workspace ``folder/ws`` of pictures in ``folder/people``.

    Its models: the workspace's own masks; ``kept``, a network whose mattes lie here; and ``tiny``, one that
    keeps nothing.
    """
    workspace = Workspace(folder / "ws")
    write_people(folder / PICTURES, N_PEOPLE)
    settings = ingest.Settings(
        source=folder / PICTURES, reader="folder_masks", options={"mask_source": "human"}
    )
    ingest.run(workspace, settings, _QUIET)
    _faces(workspace)
    _masks(workspace)
    _answers(workspace)
    for seed, name in enumerate(("kept", "tiny")):
        _network(workspace.model_folder(name) / "model.pt", seed)
    kept = str(workspace.model_folder("kept") / "model.pt")
    segment.run(workspace, segment.Settings(teachers=[kept]), _QUIET)
    for name in ("generated", "kept", "tiny"):
        evaluate.run(workspace, evaluate.Settings(model=name, replicates=100), _QUIET)
    quick = audit.Settings(replicates=200, min_people=2, slices=0, codings=False)
    audit.run(workspace, quick, _QUIET)
    report.run(workspace, report.Settings(title="Drawn people"), _QUIET)
    return workspace


def copied(workspace: Workspace, folder: Path) -> Workspace:
    """Copy a workspace and its pictures, to change something there."""
    shutil.copytree(workspace.root.parent, folder)
    copy = Workspace(folder / workspace.root.name)
    roots = [dataclasses.replace(row, root=str(folder / PICTURES)) for row in copy.rows(tables.SOURCES)]
    copy.write(tables.SOURCES, roots)
    return copy


def flip(path: Path) -> None:
    """Change one pixel of a mask or matte, away from the edges of what it shows."""
    values = np.asarray(Image.open(path)).copy()
    values[0, 0] = 255 - values[0, 0]
    Image.fromarray(values).save(path)


def edit(path: Path, old: str, new: str) -> None:
    """Change a text file in one place."""
    text = path.read_text("utf-8")
    assert text.count(old) >= 1
    path.write_text(text.replace(old, new, 1), "utf-8")


def record(workspace: Workspace, stage: str) -> Path:
    """Give the last run record of a stage."""
    return [path for path in workspace.run_files() if path.stem.partition("-")[2] == stage][-1]


def first_number(path: Path, *keys: str | int) -> float:
    """Read a number from a JSON file."""
    value = json.loads(path.read_text())
    for key in keys:
        value = value[key]
    return float(value)


def _masks(workspace: Workspace) -> None:
    """Write masks of our own: the given ones, cut off by some rows, more for odd people."""
    rows, findings = [], []
    for number, sample in enumerate(workspace.samples()):
        given = np.asarray(Image.open(workspace.reference_file(sample) or "")) > 0
        own = given.copy()
        own[-(4 + 6 * (number % 2) + number % 5) :] = False
        path = workspace.mask_file(sample.sample_id)
        data = write_mask(path, Mask(own))
        rows.append(
            MaskRow(
                sample_id=sample.sample_id,
                path=workspace.relative(path),
                rules_applied=[],
                mask_source="model:selfie",
                sha256=tables.sha256_bytes(data),
                parents="p",
                status="ok",
                error=None,
            )
        )
        findings.append(
            Finding(sample_id=sample.sample_id, check="mask_area", score=None, passed=True, detail=None)
        )
    workspace.write(tables.MASKS, rows)
    workspace.write(tables.FINDINGS, findings)


def _faces(workspace: Workspace) -> None:
    """Put a rendered face's landmarks into the head of every drawing."""
    points = rendered(3).faces[0].points
    points = (points - points.mean(axis=0)) / np.ptp(points[:, 1]) * 34 + (48, 54)
    workspace.write(
        tables.LANDMARKS,
        [
            LandmarkRow(
                sample_id=sample.sample_id,
                scheme="ibug68",
                points=points.ravel().tolist(),
                detector="dlib68",
                score=1.0,
                face=0,
                n_faces=1,
                box=[32.0, 30.0, 64.0, 72.0],
                is_cut=False,
                parents="p",
                status="ok",
                error=None,
            )
            for sample in workspace.samples()
        ],
    )


def _answers(workspace: Workspace) -> None:
    rows = [
        dataclasses.replace(answer(0, ("female", "male")[number % 2]), sample_id=sample.sample_id)
        for number, sample in enumerate(workspace.samples())
    ]
    workspace.append_batch(rows)


def _network(path: Path, seed: int) -> None:
    import torch

    torch.manual_seed(seed)
    small = dataclasses.replace(published.PREPROCESSING, size_px=32)
    checkpoint.save(path, ExtremeC3Net().state_dict(), small, {})
