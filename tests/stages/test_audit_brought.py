"""Can any model's results be audited from files, and shown, without a workspace?"""

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from datatools.errors import UsageError
from datatools.fairness.result import AuditResult
from datatools.images import write_mask
from datatools.masks import Mask
from datatools.progress import Progress
from datatools.stages import audit, report
from datatools.workspace import Workspace

N_PEOPLE = 60


def _write(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


@pytest.fixture
def tables(tmp_path: Path) -> tuple[Path, Path]:
    """Give scores of two models, one of which serves men 4 points worse, and who people are."""
    rng = np.random.default_rng(5)
    scores: list[list[object]] = [["image_id", "person_id", "model", "iou"]]
    groups: list[list[object]] = [["person_id", "gender"]]
    for number in range(N_PEOPLE):
        gender = ("woman", "man")[number % 2]
        groups.append([f"p{number}", gender])
        for picture in range(2):
            iou = 0.93 + rng.normal(0, 0.01)
            scores.append([f"{number}_{picture}.jpg", f"p{number}", "old", round(iou, 4)])
            harm = 0.04 if gender == "man" else 0.0
            scores.append([f"{number}_{picture}.jpg", f"p{number}", "new", round(iou - harm, 4)])
    return _write(tmp_path / "scores.csv", scores), _write(tmp_path / "groups.csv", groups)


def _settings(**values: object) -> audit.Settings:
    return audit.Settings.model_validate({"replicates": 400, **values})


def _result(folder: Path) -> AuditResult:
    return AuditResult.model_validate_json((folder / "audit.json").read_bytes())


def test_a_gap_in_brought_scores_is_named_and_shown(
    tables: tuple[Path, Path], tmp_path: Path, quiet: Progress
) -> None:
    """The gap of the model that has one, the group that it harms, a page of it; no workspace is made."""
    scores, groups = tables
    settings = _settings(
        scores=scores, groups=groups, out=tmp_path / "out", reference_source="human", baseline="old"
    )
    found = audit.run(Workspace(tmp_path / "none"), settings, quiet)
    result = _result(tmp_path / "out")
    verdicts = {model.model: model.attributes[0].groups[0].comparison.verdict for model in result.models}
    assert (verdicts, result.models[0].reading) == ({"new": "gap", "old": "equivalent"}, "accuracy")
    assert "new, accuracy against human masks: gender man is " in found.notes[1]
    assert result.model_pairs is not None
    (pair,) = result.model_pairs.pairs
    harm = {group.group: group.harm for group in pair.attributes[0].groups}
    assert harm == {"man": "harmed", "woman": "not harmed"}
    assert set(result.inputs) == {"scores.csv", "groups.csv"}

    shown = report.run(
        Workspace(tmp_path / "none"), report.Settings(audit=tmp_path / "out" / "audit.json"), quiet
    )
    page = (tmp_path / "out" / "index.html").read_text()
    assert "there is no workspace behind them" in page
    assert json.loads((tmp_path / "out" / "report.json").read_text())["audit"]["name"] == "audit"
    assert (shown.facts["n_gaps"], (tmp_path / "none").exists()) == (1, False)


def test_the_same_files_give_the_same_result(
    tables: tuple[Path, Path], tmp_path: Path, quiet: Progress
) -> None:
    """Byte for byte, wherever it is written."""
    scores, groups = tables
    for name in ("a", "b"):
        settings = _settings(scores=scores, groups=groups, out=tmp_path / name)
        audit.run(Workspace(tmp_path / "none"), settings, quiet)
    a, b = (json.loads((tmp_path / name / "audit.json").read_text()) for name in ("a", "b"))
    for one in (a, b):
        del one["settings"]["out"]
    assert a == b


def test_two_folders_of_masks_are_scored(tmp_path: Path, quiet: Progress) -> None:
    """A mask of one half against one of a quarter of the picture has an IoU of one half."""
    for name, columns in (("pred", 8), ("ref", 4)):
        (tmp_path / name).mkdir()
        mask = np.zeros((16, 16), np.bool_)
        mask[:, :columns] = True
        for number in range(3):
            write_mask(tmp_path / name / f"{number}.png", Mask(mask))
    settings = _settings(pred=tmp_path / "pred", ref=tmp_path / "ref", out=tmp_path / "out")
    audit.run(Workspace(tmp_path / "none"), settings, quiet)
    (model,) = _result(tmp_path / "out").models
    assert (model.model, model.reading) == ("pred", "agreement")
    assert model.overall["iou_fg_image"].value == pytest.approx(0.5)


def test_a_dry_run_writes_nothing(tables: tuple[Path, Path], tmp_path: Path, quiet: Progress) -> None:
    """It counts what would be audited."""
    settings = _settings(scores=tables[0], groups=tables[1], out=tmp_path / "out", dry_run=True)
    found = audit.run(Workspace(tmp_path / "none"), settings, quiet)
    assert found.notes[0] == "Would audit 120 samples with 240 scores."
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "expected --out FOLDER"),
        ({"out": "out", "split": "test"}, "--split is about a workspace"),
        ({"out": "out", "only": "faces"}, "--only is about a workspace"),
        ({"out": "out", "exclude": ["a>1"]}, "--exclude is about a workspace"),
        ({"out": "out", "limit": 3}, "--limit is about a workspace"),
        ({"out": "out", "models": ["none"]}, r"models that were scored \(new, old\); got none"),
        ({"out": "out", "pred": "masks"}, "either --scores FILE, or --pred FOLDER"),
    ],
)
def test_flags_that_do_not_go_together_are_refused(
    tables: tuple[Path, Path], tmp_path: Path, quiet: Progress, values: dict[str, object], message: str
) -> None:
    """With what to do."""
    with pytest.raises(UsageError, match=message):
        audit.run(Workspace(tmp_path / "none"), _settings(scores=tables[0], **values), quiet)


@pytest.mark.parametrize("flag", ["groups", "ref", "out", "id_column", "model_column"])
def test_flags_of_brought_results_need_results(tmp_path: Path, quiet: Progress, flag: str) -> None:
    """Beside a workspace they mean nothing."""
    with pytest.raises(UsageError, match="expected --scores or --pred beside it"):
        audit.run(Workspace(tmp_path), _settings(**{flag: "x"}), quiet)


def test_a_page_needs_its_audit_and_a_gallery_its_pictures(tmp_path: Path, quiet: Progress) -> None:
    """Both are said before anything is written."""
    missing = report.Settings(audit=tmp_path / "audit.json")
    with pytest.raises(UsageError, match=r"expected an audit\.json"):
        report.run(Workspace(tmp_path), missing, quiet)
    with pytest.raises(UsageError, match="needs the pictures of a workspace"):
        report.run(Workspace(tmp_path), missing.model_copy(update={"with_images": True}), quiet)
    with pytest.raises(UsageError, match="--gallery needs the pictures of a workspace"):
        report.run(Workspace(tmp_path), missing.model_copy(update={"gallery": tmp_path}), quiet)
