"""The train stage treats groups of people apart where it is told what makes them."""

import csv
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from datatools.errors import MissingExtraError, UsageError
from datatools.progress import Progress
from datatools.records import Annotation, Sample
from datatools.stages import train
from datatools.stages.train import Settings
from datatools.workspace import Workspace
from tests.stages.taught import TINY, fill

GROUPED: dict[str, object] = {"group_by": ["perceived_gender"], "min_people": 1, "epochs_coarse": 0}


def settings(**changes: object) -> Settings:
    """Give settings of a run of two steps that knows of groups."""
    return Settings.model_validate(TINY | GROUPED | changes)


def say(workspace: Workspace, samples: Sequence[Sample], values: Sequence[str]) -> None:
    """Add an annotator's answers about the first samples."""
    workspace.append_batch(
        Annotation(
            sample_id=sample.sample_id,
            question="perceived_gender",
            value=value,
            annotator_id="ann01",
            source="annotator",
            vocabulary="gender@1",
            created_at=None,
            lead_time_s=None,
            presentation_order=None,
            batch="b",
        )
        for sample, value in zip(samples, values, strict=False)
    )


@pytest.fixture
def people(workspace: Workspace, tmp_path: Path) -> list[Sample]:
    """Give thirteen people: of the nine to learn from six women, two men and one of unknown gender."""
    samples = fill(workspace, tmp_path / "people")
    known = [sample for n, sample in enumerate(samples) if n != 8]
    say(workspace, known, ["female"] * 6 + ["male"] * 2 + ["female", "female", "male", "male"])
    return samples


def history(workspace: Workspace) -> list[dict[str, str]]:
    """Read the run's table."""
    with (workspace.model_folder("student") / "history.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_every_group_option_together_trains(
    workspace: Workspace, people: list[Sample], quiet: Progress
) -> None:
    """Curves by group lie in the history, and a sentence says who was learned from."""
    chosen = settings(
        sampler="balanced", robust="febs", choose_by="worst_group", patience=3, deterministic=True
    )
    result = train.run(workspace, chosen, quiet)
    (row,) = history(workspace)
    assert {"val_iou: female", "val_iou: male", "val_value"} <= set(row)
    assert float(row["val_value"]) <= float(row["val_iou"])
    assert result.notes[-1] == (
        "Pictures to learn from, by perceived_gender: female 6, male 2; of unknown group 1."
    )


def test_groups_may_only_be_watched(workspace: Workspace, people: list[Sample], quiet: Progress) -> None:
    """Groups of fewer than five people are not shown, and nothing is told apart."""
    train.run(workspace, settings(min_people=None), quiet)
    (row,) = history(workspace)
    assert not [name for name in row if name.startswith("val_iou:")]


@pytest.mark.parametrize("change", [{"sampler": "balanced"}, {"robust": "dro"}, {"choose_by": "worst_group"}])
def test_groups_of_nothing_are_refused(
    workspace: Workspace, people: list[Sample], quiet: Progress, change: dict[str, object]
) -> None:
    """The message says what to add."""
    with pytest.raises(UsageError, match="--group-by perceived_gender"):
        train.run(workspace, settings(group_by=None, **change), quiet)


def test_an_answer_given_meanwhile_makes_another_run(
    workspace: Workspace, people: list[Sample], quiet: Progress
) -> None:
    """Who is in which group is part of the data."""
    train.run(workspace, settings(), quiet)
    say(workspace, people[8:9], ["male"])
    with pytest.raises(UsageError, match="other data"):
        train.run(workspace, settings(), quiet)


def test_a_logger_without_its_package_is_refused_first(
    workspace: Workspace, people: list[Sample], quiet: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is packed before."""
    monkeypatch.setitem(sys.modules, "mlflow", None)
    monkeypatch.delitem(sys.modules, "datatools.loggers.mlflow", raising=False)
    with pytest.raises(MissingExtraError, match=r"portrait-datatools\[track\]"):
        train.run(workspace, settings(loggers=["tensorboard", "mlflow"]), quiet)
    assert not workspace.model_folder("student").exists()


def test_without_loggers_the_table_alone_is_written(
    workspace: Workspace, people: list[Sample], quiet: Progress
) -> None:
    """No folder of events."""
    train.run(workspace, settings(loggers=[]), quiet)
    folder = workspace.model_folder("student")
    assert (folder / "history.csv").is_file()
    assert not (folder / "log").exists()


def test_generated_masks_can_get_a_share(workspace: Workspace, people: list[Sample], quiet: Progress) -> None:
    """Where there are none, the run is refused before the first step."""
    with pytest.raises(UsageError, match=r"generated_share is 0\.5; got none among 9"):
        train.run(workspace, settings(generated_share=0.5), quiet)
