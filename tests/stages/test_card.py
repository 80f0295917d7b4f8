"""The stage card puts what became known of a student into its model card."""

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from datatools import tables
from datatools.errors import DataError, UsageError
from datatools.progress import Progress
from datatools.records import Sample, SplitRow, StageResult
from datatools.stages import audit, card
from datatools.stages.card import Settings
from datatools.student import card_file
from datatools.student.card import Card, Run
from datatools.student.folder import ModelFolder
from datatools.workspace import Workspace
from tests.scores import score_with_iou
from tests.stages import people
from tests.stages.people import answer, sample_id
from tests.unit.student.cards import small_card

QUIET = Progress("quiet")
N_TEST = 24


def trained(workspace: Workspace, name: str = "student") -> ModelFolder:
    """Put a model, its card and the record of its training into a workspace."""
    files = ModelFolder(workspace.model_folder(name))
    tables.write_bytes(files.model, b"weights")
    run = Run(device="a CPU", elapsed_s=1.0, versions={}, weights_sha256=tables.sha256_file(files.model))
    with workspace.run("train", {"name": name}, writes=(files.model,)):
        card_file.write(files, replace(small_card(), name=name, run=run))
    return files


def kept_aside(workspace: Workspace, *, first: int = 100, split: str | None = "test") -> list[Sample]:
    """Put people into a workspace, women a little better segmented than men, and nobody else."""
    samples = [people.sample(first + number, source="aside") for number in range(N_TEST)]
    people.ingest(workspace, workspace.root, samples)
    if split is not None:
        rows = [SplitRow(sample_id=s.sample_id, person_id=s.person_id, split=split) for s in samples]
        workspace.write(tables.SPLITS, rows)
    workspace.append_batch(
        answer(first + number, "female" if number % 2 else "male") for number in range(N_TEST)
    )
    return samples


def scored(workspace: Workspace, samples: list[Sample], *, split: str | None = "test") -> None:
    """Write what evaluate writes."""
    ious = np.random.default_rng(0).normal(0.94, 0.01, len(samples)).tolist()
    rows = [
        score_with_iou(each.sample_id, each.person_id, iou, split=split)
        for each, iou in zip(samples, ious, strict=True)
    ]
    with workspace.run("evaluate", {"model": "student"}, writes=(tables.SCORES,)):
        workspace.write(tables.SCORES, rows)


def audited(workspace: Workspace, **settings: object) -> None:
    """Compare the groups."""
    audit.run(workspace, audit.Settings.model_validate({"replicates": 200, **settings}), QUIET)


def run(workspace: Workspace, **settings: object) -> tuple[StageResult, Card]:
    """Run the stage; give its result and the card."""
    result = card.run(workspace, Settings.model_validate({"replicates": 200, **settings}), QUIET)
    return result, card_file.read(workspace.model_folder("student") / "card.json")


@pytest.fixture
def ready(workspace: Workspace) -> Workspace:
    """Give a workspace with a model that was scored and audited on its test split."""
    trained(workspace)
    scored(workspace, kept_aside(workspace))
    audited(workspace, split="test")
    return workspace


def test_scores_and_groups_of_the_test_split_go_into_the_card(ready: Workspace) -> None:
    """With the records of the runs behind them, for people and for programs."""
    result, found = run(ready)
    (evaluation,) = found.evaluations
    assert (evaluation.data, evaluation.split, evaluation.measures) == ("aside", "test", "accuracy")
    assert (evaluation.n_images, evaluation.n_people) == (N_TEST, N_TEST)
    assert evaluation.metrics["iou_fg_image"].value == pytest.approx(0.94, abs=0.01)
    assert set(evaluation.metrics) == set(evaluation.definitions)
    assert [table.attribute for table in evaluation.groups] == ["perceived_gender"]
    assert evaluation.record == "runs/0002-evaluate.json"
    assert found.run is not None
    assert found.run.record == "runs/0001-train.json"
    assert found.run.record_sha256 == tables.sha256_file(ready.root / "runs" / "0001-train.json")
    told = ModelFolder(ready.model_folder("student")).card.read_text()
    assert "### aside, test split: accuracy against human masks" in told
    assert result.facts == {"name": "student", "n_evaluations": 1}
    assert result.notes == ["Wrote the card of student with 1 evaluation on pictures kept aside."]


def test_doing_it_again_changes_nothing(ready: Workspace) -> None:
    """The intervals are the same, byte for byte."""
    _, first = run(ready)
    _, again = run(ready)
    assert asdict(first) == asdict(again)


def test_a_dry_run_writes_nothing(ready: Workspace) -> None:
    """It says what would be written."""
    before = tables.sha256_file(ready.model_folder("student") / "card.json")
    result, found = run(ready, dry_run=True)
    assert result.notes[-1].startswith("Would write the card of student with 1 evaluation")
    assert (found.evaluations, len(ready.run_files())) == ([], 3)
    assert tables.sha256_file(ready.model_folder("student") / "card.json") == before


def test_without_scores_the_card_says_so(workspace: Workspace) -> None:
    """The run record of the training is found all the same."""
    trained(workspace)
    kept_aside(workspace)
    result, found = run(workspace)
    assert found.evaluations == []
    assert "student was not scored there" in result.notes[0]
    assert found.run is not None
    assert found.run.record == "runs/0001-train.json"


def test_scores_that_are_older_than_the_weights_are_left_out(workspace: Workspace) -> None:
    """They are of the weights that were there before."""
    samples = kept_aside(workspace)
    scored(workspace, samples)
    trained(workspace)
    result, found = run(workspace)
    assert found.evaluations == []
    assert "older than the weights" in result.notes[0]


def test_a_clock_that_was_set_back_makes_no_scores_older(workspace: Workspace) -> None:
    """Runs of one workspace have an order that no clock tells."""
    trained(workspace)
    scored(workspace, kept_aside(workspace))
    record = workspace.run_files()[-1]
    record.write_text(record.read_text().replace('"started_at": "2', '"started_at": "1'))
    _, found = run(workspace)
    assert len(found.evaluations) == 1


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"split": None}, "not of the split test alone"),
        ({"name": "other", "split": "test"}, "no audit audit"),
    ],
)
def test_an_audit_of_other_pictures_is_left_out(
    workspace: Workspace, settings: dict[str, object], reason: str
) -> None:
    """The scores stay."""
    trained(workspace)
    scored(workspace, kept_aside(workspace))
    audited(workspace, **settings)
    result, found = run(workspace)
    assert found.evaluations[0].groups == []
    assert reason in result.notes[0]


def test_an_audit_of_other_scores_is_left_out(ready: Workspace) -> None:
    """Somebody evaluated again since."""
    rows = ready.rows(tables.SCORES)
    ready.write(tables.SCORES, [*rows[1:], replace(rows[0], tp=1)])
    result, found = run(ready)
    assert found.evaluations[0].groups == []
    assert "is of other scores" in result.notes[0]


def test_a_broken_audit_is_refused(ready: Workspace) -> None:
    """The file is named."""
    (ready.report_folder("audit") / "audit.json").write_text("{}")
    with pytest.raises(DataError, match=r"audit\.json is not an audit"):
        run(ready)


def test_a_test_set_of_its_own_can_be_added(ready: Workspace, tmp_path: Path) -> None:
    """A workspace without splits shows all its scores, behind those of the first one."""
    other = Workspace(tmp_path / "other")
    other.create()
    scored(other, kept_aside(other, first=500, split=None), split=None)
    audited(other)
    _, found = run(ready, also=[other.root])
    assert [(each.split, each.n_images) for each in found.evaluations] == [("test", N_TEST), (None, N_TEST)]
    assert [len(each.groups) for each in found.evaluations] == [1, 1]


def test_a_test_set_with_pictures_that_were_learned_from_is_refused(ready: Workspace, tmp_path: Path) -> None:
    """A score on them says how well it remembers."""
    learned = SplitRow(sample_id=sample_id(505), person_id="p", split="train")
    ready.write(tables.SPLITS, [*ready.rows(tables.SPLITS), learned])
    other = Workspace(tmp_path / "other")
    other.create()
    kept_aside(other, first=500, split=None)
    with pytest.raises(UsageError, match=f"1 pictures of the training .* such as {sample_id(505)}"):
        run(ready, also=[other.root])


def test_the_card_of_other_weights_is_refused(ready: Workspace) -> None:
    """Weights and card are one."""
    tables.write_bytes(ready.model_folder("student") / "model.pt", b"others")
    with pytest.raises(DataError, match="run the same `datatools train` again"):
        run(ready)


def test_weights_that_no_run_wrote_are_refused(ready: Workspace) -> None:
    """Somebody put them there."""
    ready.run_files()[0].unlink()
    with pytest.raises(DataError, match=r"no run record says that it wrote models/student/model\.pt"):
        run(ready)


def test_a_model_that_is_not_there_is_refused(ready: Workspace) -> None:
    """Train it first."""
    with pytest.raises(UsageError, match="train the model first"):
        card.run(ready, Settings(name="nobody"), QUIET)
