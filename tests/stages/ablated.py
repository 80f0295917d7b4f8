"""What tests of ``ablate`` begin with: small pictures, a file of arms, and a way to run it."""

import dataclasses
from pathlib import Path

from PIL import Image

from datatools import ablate, tables
from datatools.ablate import Settings
from datatools.fairness.models.arms_result import AblationResult, Row
from datatools.images import write_mask
from datatools.progress import Progress
from datatools.records import Finding, MaskRow, Sample, SplitRow, StageResult
from datatools.workspace import Workspace
from tests.pictures import draw_person
from tests.stages import people

N_HUMAN = 9  # to learn from with masks of people; N_MADE more have generated ones
N_MADE = 7
N_VAL = 3
N_TEST = 6
ARMS = """
description = "Does data help?"
reference = "human"
seeds = [0, 1]
metrics = ["iou_fg_image", "boundary_f1"]

[parameters]
faces = ""

[train]
size_px = 32
epochs_coarse = 0
epochs_whole = 1
batch = 4
workers = 1

[[arms]]
name = "human"
train = { targets = "reference" }

[[arms]]
name = "more"
train = { targets = "best" }

"""
OWN_TEST = """
[[tests]]
name = "test split"
split = "test"
"""
FACES = """
[[tests]]
name = "faces"
workspace = "{faces}"
attributes = ["perceived_gender"]
"""
ONLY_FACES = ARMS + FACES
TEXT = ARMS + OWN_TEST + FACES


def drawn_samples(folder: Path, numbers: range, mask_source: str = "human") -> list[Sample]:
    """Draw people, with their masks."""
    folder.mkdir()
    found = []
    for number in numbers:
        image, mask = draw_person(
            width_px=48, height_px=64, seed=number, centre_frac=0.4 + 0.03 * (number % 7)
        )
        path = folder / f"{number}.png"
        Image.fromarray(image).save(path)
        write_mask(folder / f"{number}_mask.png", mask)
        found.append(
            dataclasses.replace(
                people.sample(number, path=path.name, source=folder.name, person=str(number)),
                sample_id=tables.sha256_file(path)[:16],
                width_px=48,
                height_px=64,
                reference_mask=f"{number}_mask.png",
                mask_source=mask_source,
                mask_encoding="binary255",
            )
        )
    return found


def fill(workspace: Workspace) -> None:
    """Put pictures with masks of people and with generated ones into a workspace, and split them."""
    folder = workspace.root.parent / f"{workspace.root.name}-pictures"
    n_train = N_HUMAN + N_MADE
    samples = drawn_samples(folder, range(n_train + N_VAL + N_TEST))
    rows, findings = [], []
    for number, sample in enumerate(samples[N_HUMAN:n_train], N_HUMAN):
        samples[number] = dataclasses.replace(
            sample, reference_mask=None, mask_source=None, mask_encoding=None
        )
        path = workspace.mask_file(sample.sample_id)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes((folder / f"{number}_mask.png").read_bytes())
        rows.append(
            MaskRow(
                sample_id=sample.sample_id,
                path=workspace.relative(path),
                rules_applied=[],
                mask_source="model:selfie",
                sha256=None,
                parents="p",
                status="ok",
                error=None,
            )
        )
        findings.append(
            Finding(sample_id=sample.sample_id, check="mask_area", score=None, passed=True, detail=None)
        )
    ends = {"train": n_train, "val": n_train + N_VAL, "test": len(samples)}
    splits = [
        SplitRow(
            sample_id=sample.sample_id,
            person_id=sample.person_id,
            split=next(split for split, end in ends.items() if number < end),
        )
        for number, sample in enumerate(samples)
    ]
    people.ingest(workspace, folder, samples)
    workspace.write(tables.MASKS, rows)
    workspace.write(tables.FINDINGS, findings)
    workspace.write(tables.SPLITS, splits)


def other_faces(root: Path, mask_source: str = "human") -> Workspace:
    """Make a workspace of twelve others, women and men in turn."""
    workspace = Workspace(root)
    workspace.create()
    samples = drawn_samples(root.parent / f"{root.name}-pictures", range(100, 112), mask_source)
    people.ingest(workspace, root.parent / f"{root.name}-pictures", samples)
    answers = [
        dataclasses.replace(people.answer(number, value), sample_id=sample.sample_id)
        for number, (sample, value) in enumerate(zip(samples, ["female", "male"] * 6, strict=True))
    ]
    workspace.append_batch(answers)
    return workspace


def write_arms(folder: Path, text: str = TEXT) -> Path:
    """Write a file of arms."""
    path = folder / "tiny.toml"
    path.write_text(text)
    return path


def run(workspace: Workspace, file: Path, **settings: object) -> StageResult:
    """Run the verb with few replicates."""
    given = Settings.model_validate({"ablation": str(file), "replicates": 200, **settings})
    return ablate.run(workspace, given, Progress("quiet"))


def result_of(workspace: Workspace, name: str = "tiny") -> AblationResult:
    """Read what an ablation found."""
    path = workspace.report_folder(f"ablate-{name}") / "ablation.json"
    return AblationResult.model_validate_json(path.read_text())


def compared_rows(result: AblationResult, test: str, asked: str = "value") -> list[Row]:
    """Give the compared rows of a test."""
    return [row for row in result.rows if (row.test, row.asked, row.is_compared) == (test, asked, True)]
