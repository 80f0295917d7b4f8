"""What does a sample show, and under which names?"""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from datatools import tables
from datatools.browse import facts, fields, numbers
from datatools.records import Measurement
from datatools.workspace import Workspace
from tests.unit.report.builders import fill


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("selfie", "selfie"),
        ("accuracy_a-b c.pth_on_human", "accuracy_a_b_c_pth_on_human"),
        ("agreement_x_on_model:isnet", "agreement_x_on_model_isnet"),
        ("9lives", "f_9lives"),
        ("山田", "f_"),
    ],
)
def test_names_become_field_names(name: str, expected: str) -> None:
    """Whatever a name holds, FiftyOne and its filters take the field."""
    assert fields.slug(name) == expected


def test_names_that_would_share_a_field_are_told_apart() -> None:
    """Two models never stand in one column."""
    found = fields.field_names(["matte_山田", "matte_田中", "matte_selfie"])
    assert (len(set(found.values())), found["matte_selfie"]) == (3, "matte_selfie")


def read(workspace: Workspace) -> dict[str, numbers.Column]:
    """Give the columns of numbers over the readable samples."""
    ids = pd.Index([sample.sample_id for sample in workspace.samples()])
    return numbers.read(workspace, ids).columns


def test_scores_are_named_metrics_of_one_picture(workspace: Workspace, tmp_path: Path) -> None:
    """A score says accuracy or agreement, of which model on whose masks, and which metric."""
    fill(workspace, tmp_path / "src")
    assert read(workspace)["accuracy_student_on_rendered_iou_fg_image"][0] == 3000 / 3500


def test_agreement_is_another_field_than_accuracy(workspace: Workspace, tmp_path: Path) -> None:
    """Scores against keyed masks never stand under accuracy."""
    fill(workspace, tmp_path / "src")
    rows = workspace.rows(tables.SCORES)
    workspace.write(tables.SCORES, [*rows, *(replace(row, reference_source="keyed") for row in rows)])
    assert sorted(name for name in read(workspace) if name.endswith("iou_fg_image")) == [
        "accuracy_student_on_rendered_iou_fg_image",
        "agreement_student_on_keyed_iou_fg_image",
    ]


def test_models_of_one_field_name_are_told_apart(workspace: Workspace, tmp_path: Path) -> None:
    """What differs in a letter that no field can hold has columns of its own."""
    fill(workspace, tmp_path / "src")
    rows = workspace.rows(tables.SCORES)
    two = [replace(row, model=name) for row in rows for name in ("a-b", "a.b")]
    workspace.write(tables.SCORES, two)
    assert len([name for name in read(workspace) if name.endswith("iou_fg_image")]) == 2


def test_failed_scores_are_left_out(workspace: Workspace, tmp_path: Path) -> None:
    """A picture that could not be scored has no number."""
    fill(workspace, tmp_path / "src")
    failed = [replace(r, status="failed", error="no mask", tp=None) for r in workspace.rows(tables.SCORES)]
    workspace.write(tables.SCORES, failed)
    assert [name for name in read(workspace) if name.startswith("accuracy")] == []


def test_measurements_say_who_measured(workspace: Workspace, tmp_path: Path) -> None:
    """Two measurements of one thing are two fields; a missing one is none."""
    samples = fill(workspace, tmp_path / "src")
    one = samples[1].sample_id
    workspace.write(
        tables.MEASUREMENTS,
        [
            Measurement(sample_id=one, name="ita_deg", value=31.0, measured_by="dataset:celebamask"),
            Measurement(sample_id=one, name="ita_deg", value=float("nan"), measured_by="skin"),
        ],
    )
    found = {name: column[0] for name, column in read(workspace).items() if name.startswith("measured")}
    assert found == {"measured_ita_deg_dataset_celebamask": 31.0}


def test_a_workspace_without_findings_accepts_nobody(workspace: Workspace, tmp_path: Path) -> None:
    """Before check has run, acceptance is unknown rather than false."""
    fill(workspace, tmp_path / "src")
    workspace.table_file(tables.FINDINGS).unlink()
    values = numbers.read(workspace, pd.Index([sample.sample_id for sample in workspace.samples()]))
    outline = fields.outline(workspace, values, has_references=True)
    assert facts.read(workspace, workspace.samples(), outline).accepted is None
