"""What does a sample show, and under which names?"""

from dataclasses import replace
from pathlib import Path

import pytest

from datatools import tables
from datatools.browse import fields
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


def test_scores_are_named_metrics_of_one_picture(workspace: Workspace, tmp_path: Path) -> None:
    """A score says accuracy or agreement, of which model on whose masks, and which metric."""
    samples = fill(workspace, tmp_path / "src")
    numbers = fields.read(workspace).numbers[samples[1].sample_id]
    assert numbers["accuracy_student_on_rendered_iou_fg_image"] == pytest.approx(3000 / 3500)


def test_agreement_is_another_field_than_accuracy(workspace: Workspace, tmp_path: Path) -> None:
    """Scores against keyed masks never stand under accuracy."""
    fill(workspace, tmp_path / "src")
    rows = workspace.rows(tables.SCORES)
    workspace.write(tables.SCORES, [*rows, *(replace(row, reference_source="keyed") for row in rows)])
    assert fields.read(workspace).score_fields == [
        "accuracy_student_on_rendered_iou_fg_image",
        "agreement_student_on_keyed_iou_fg_image",
    ]


def test_failed_scores_are_left_out(workspace: Workspace, tmp_path: Path) -> None:
    """A picture that could not be scored has no number."""
    fill(workspace, tmp_path / "src")
    failed = [replace(r, status="failed", error="no mask", tp=None) for r in workspace.rows(tables.SCORES)]
    workspace.write(tables.SCORES, failed)
    assert fields.read(workspace).score_fields == []


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
    found = {k: v for k, v in fields.read(workspace).numbers[one].items() if k.startswith("measured")}
    assert found == {"measured_ita_deg_dataset_celebamask": 31.0}


def test_a_workspace_without_findings_accepts_nobody(workspace: Workspace, tmp_path: Path) -> None:
    """Before check has run, acceptance is unknown rather than false."""
    fill(workspace, tmp_path / "src")
    workspace.table_file(tables.FINDINGS).unlink()
    assert fields.read(workspace).accepted is None
