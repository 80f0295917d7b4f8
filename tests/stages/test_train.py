"""The train stage turns a workspace into a student, and goes on after a stop."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from PIL import Image

from datatools import plugins, tables
from datatools.errors import TooManyFailuresError, UsageError
from datatools.progress import Progress
from datatools.records import Sample, SplitRow
from datatools.stages import train
from datatools.stages.train import Settings
from datatools.student import card_file, checkpoint, recipe
from datatools.student.job import pick_device
from datatools.teachers._load import load_teacher
from datatools.workspace import Workspace
from tests.pictures import draw_person
from tests.stages.taught import N_PEOPLE, add_generated, fill, sample, settings


@pytest.fixture
def people(workspace: Workspace, tmp_path: Path) -> list[Sample]:
    """Give the samples of a workspace that is ready for training."""
    return fill(workspace, tmp_path / "people")


def test_it_writes_a_student_that_can_be_used(
    workspace: Workspace, people: list[Sample], quiet: Progress
) -> None:
    """Weights, card, history, events and a run record; the weights work as a teacher."""
    result = train.run(workspace, settings(), quiet)
    folder = workspace.model_folder("student")
    assert sorted(path.name for path in folder.iterdir()) == [
        "card.json",
        "card.md",
        "checkpoint.pt",
        "history.csv",
        "log",
        "model.pt",
    ]
    assert len(list((folder / "log").glob("events.out.tfevents.*"))) == 1
    teacher = plugins.build("teachers", "student", {"checkpoint": str(folder / "model.pt")})
    assert teacher.name == "student"
    assert teacher.matte(draw_person()[0], []).array.shape == (128, 96)
    (record,) = workspace.run_files()
    assert json.loads(record.read_text())["facts"] == result.facts


def test_its_facts_say_what_was_trained_on_and_how_well(
    workspace: Workspace, people: list[Sample], quiet: Progress
) -> None:
    """Counts, parameters, and the validation IoU as accuracy, because the masks are rendered."""
    facts = train.run(workspace, settings(), quiet).facts
    scores = facts.pop("val")
    assert {name: facts[name] for name in ("n_train", "n_val", "n_failed", "n_without_target")} == {
        "n_train": 9,
        "n_val": 3,
        "n_failed": 0,
        "n_without_target": 0,
    }
    assert (facts["n_parameters"], facts["epochs"], facts["size_px"]) == (37_738, "1 + 1", 32)
    assert (facts["mask_sources"], facts["licences"]) == ({"rendered": 9}, {"CC0-1.0": 12})
    assert isinstance(scores, list)
    (score,) = scores
    assert (score["reference_source"], score["measures"], score["n_images"]) == ("rendered", "accuracy", 3)


def test_the_best_epochs_iou_is_the_one_reported(
    workspace: Workspace, people: list[Sample], quiet: Progress
) -> None:
    """The history's line of the best epoch holds the same value."""
    result = train.run(workspace, settings(epochs_whole=2), quiet)
    with (workspace.model_folder("student") / "history.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [row["phase"] for row in rows] == ["coarse", "whole", "whole"]
    best_epoch = result.facts["best_epoch"]
    assert isinstance(best_epoch, int)
    value = float(rows[best_epoch - 1]["val_iou"])
    assert f"{value:.4f}" in result.notes[1]
    assert value == max(float(row["val_iou"]) for row in rows[1:])


def test_generated_masks_give_agreement(workspace: Workspace, people: list[Sample], quiet: Progress) -> None:
    """A teacher's masks measure no accuracy, and the card says so."""
    add_generated(workspace, people)
    result = train.run(workspace, settings(targets="generated"), quiet)
    assert result.facts["mask_sources"] == {"model:selfie": 9}
    card = (workspace.model_folder("student") / "card.md").read_text()
    assert "agreement against model:selfie masks" in card
    assert "accuracy against" not in card


def test_the_card_counts_pictures_people_masks_and_steps(
    workspace: Workspace, people: list[Sample], quiet: Progress
) -> None:
    """By source, with the checks that accepted the masks, and what the run itself knows."""
    add_generated(workspace, people)
    result = train.run(workspace, settings(targets="generated"), quiet)
    card = card_file.read(workspace.model_folder("student") / "card.json")
    (source,) = card.sources
    assert (source.name, source.n_train, source.n_val, source.n_people) == ("people", 9, 3, 12)
    assert (card.n_people_train, card.n_people_val) == (9, 3)
    assert card.generated is not None
    assert (card.generated.n_train, card.generated.n_accepted) == (9, N_PEOPLE)
    assert card.generated.checks == ["mask_area"]
    assert (card.n_epochs, card.n_steps, card.n_seen) == (2, 4, 16)
    (score,) = card.val
    assert score.low is not None
    assert score.low <= score.iou_fg_image
    assert score.n_people == 3
    assert card.run is not None
    assert card.run.weights_sha256 == tables.sha256_file(workspace.model_folder("student") / "model.pt")
    assert card.licences == result.facts["licences"]


def test_the_best_targets_may_come_from_two_sources(
    workspace: Workspace, tmp_path: Path, quiet: Progress
) -> None:
    """Each source of validation masks has its own score."""
    samples = fill(workspace, tmp_path / "people", mask_source=None)
    add_generated(workspace, samples)
    mixed = [sample(tmp_path / "people", n, "rendered" if n % 2 else None) for n in range(N_PEOPLE)]
    workspace.write(tables.MANIFEST, mixed)
    facts = train.run(workspace, settings(), quiet).facts
    assert facts["mask_sources"] == {"rendered": 4, "model:selfie": 5}
    scores = facts["val"]
    assert isinstance(scores, list)
    assert [(s["reference_source"], s["measures"], s["n_images"]) for s in scores] == [
        ("model:selfie", "agreement", 1),
        ("rendered", "accuracy", 2),
    ]


def test_the_test_split_is_never_opened(workspace: Workspace, people: list[Sample], quiet: Progress) -> None:
    """Its picture may be gone."""
    workspace.image_file(people[-1]).unlink()
    assert train.run(workspace, settings(), quiet).facts["n_failed"] == 0


def test_a_dry_run_writes_nothing(workspace: Workspace, people: list[Sample], quiet: Progress) -> None:
    """It says what would be learned from."""
    result = train.run(workspace, settings(dry_run=True), quiet)
    assert result.facts == {"n_train": 9, "n_val": 3}
    assert "would be trained by the recipe short" in result.notes[0]
    assert not workspace.model_folder("student").exists()
    assert not workspace.run_files()


def test_without_splits_it_says_what_to_run(
    workspace: Workspace, people: list[Sample], quiet: Progress
) -> None:
    """A random split would put one person on both sides."""
    workspace.table_file(tables.SPLITS).unlink()
    with pytest.raises(UsageError, match="datatools split"):
        train.run(workspace, settings(), quiet)


def test_without_a_workspace_it_says_what_to_run(tmp_path: Path, quiet: Progress) -> None:
    """Ingest comes first."""
    with pytest.raises(UsageError, match="datatools ingest"):
        train.run(Workspace(tmp_path / "none"), settings(), quiet)


def test_too_few_training_pictures_are_refused(
    workspace: Workspace, people: list[Sample], quiet: Progress
) -> None:
    """Counted after pictures without a mask are left out."""
    rows = [SplitRow(sample_id=s.sample_id, person_id=s.person_id, split="train") for s in people[:7]]
    workspace.write(tables.SPLITS, rows)
    with pytest.raises(UsageError, match=r"at least 8 training pictures with a mask.*got 7"):
        train.run(workspace, settings(), quiet)


def test_no_validation_picture_is_refused(
    workspace: Workspace, people: list[Sample], quiet: Progress
) -> None:
    """The best epoch cannot be chosen on what was learned."""
    rows = [SplitRow(sample_id=s.sample_id, person_id=s.person_id, split="train") for s in people]
    workspace.write(tables.SPLITS, rows)
    with pytest.raises(UsageError, match="run split again"):
        train.run(workspace, settings(), quiet)


def test_samples_without_a_mask_are_counted(workspace: Workspace, tmp_path: Path, quiet: Progress) -> None:
    """They are in the split, and nothing can be learned from them."""
    fill(workspace, tmp_path / "people")
    samples = [sample(tmp_path / "people", n, None if n == 0 else "rendered") for n in range(N_PEOPLE)]
    workspace.write(tables.MANIFEST, samples)
    facts = train.run(workspace, settings(), quiet).facts
    assert (facts["n_train"], facts["n_without_target"]) == (8, 1)


def test_an_unreadable_picture_is_left_out_and_told(
    workspace: Workspace, people: list[Sample], capsys: pytest.CaptureFixture[str]
) -> None:
    """With its id and the reason."""
    workspace.image_file(people[0]).write_bytes(b"broken")
    mask = workspace.reference_file(people[9])
    assert mask is not None
    mask.unlink()
    facts = train.run(workspace, settings(), Progress("plain")).facts
    assert (facts["n_train"], facts["n_val"], facts["n_failed"]) == (8, 2, 2)
    assert f"left out {people[0].sample_id}: 000.png: not " in capsys.readouterr().err


def test_mostly_unreadable_pictures_stop_the_stage(
    workspace: Workspace, people: list[Sample], quiet: Progress
) -> None:
    """Something is wrong with the data as a whole."""
    for each in people[:8]:
        Image.new("RGB", (5, 5)).save(workspace.image_file(each))
    with pytest.raises(TooManyFailuresError, match="8 of 12 pictures or masks"):
        train.run(workspace, settings(), quiet)
    assert not workspace.run_files()


def test_a_learning_rate_that_explodes_leaves_no_model(
    workspace: Workspace, people: list[Sample], quiet: Progress
) -> None:
    """The error reaches the caller and no run record is written."""
    with pytest.raises(Exception, match="lower --lr"):
        train.run(workspace, settings(lr=1e30), quiet)
    assert not (workspace.model_folder("student") / "model.pt").exists()
    assert not workspace.run_files()


def test_device_names_are_those_of_the_student_package() -> None:
    """The stage cannot import them without importing torch."""
    for device in ("auto", "cpu"):
        assert pick_device(Settings.model_validate({"device": device}).device).type == "cpu"


def test_a_recipe_of_ones_own_is_a_file(
    workspace: Workspace, people: list[Sample], tmp_path: Path, quiet: Progress
) -> None:
    """It is called after its file."""
    path = tmp_path / "mine.toml"
    path.write_text((Path(recipe.__file__).parent / "recipes" / "short.toml").read_text())
    facts = train.run(workspace, settings(recipe=str(path)), quiet).facts
    assert facts["recipe"] == "mine"


def test_importing_the_stage_does_not_import_torch() -> None:
    """The command line reads every stage's settings."""
    code = "import sys, datatools.stages.train; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize("network", plugins.names("networks"))
def test_every_network_becomes_a_model_that_can_be_used(
    workspace: Workspace, people: list[Sample], quiet: Progress, network: str
) -> None:
    """The file says which it is, the card as well; evaluate and segment load it like any other."""
    coarse = 1 if plugins.build("networks", network).has_coarse else 0
    result = train.run(workspace, settings(network=network, epochs_coarse=coarse), quiet)
    model = workspace.model_folder("student") / "model.pt"
    student = checkpoint.load(model)
    assert (student.architecture, student.preprocessing.size_px) == (network, 32)
    assert result.facts["network"] == network
    assert load_teacher(str(model)).matte(draw_person()[0], []).array.shape == draw_person()[1].array.shape


def test_an_unknown_network_is_refused(workspace: Workspace, people: list[Sample], quiet: Progress) -> None:
    """The known ones are named."""
    with pytest.raises(UsageError, match=r"expected one of the networks extremec3net, .*; got 'unet'"):
        train.run(workspace, settings(network="unet"), quiet)


def test_a_network_that_the_recipe_does_not_fit_is_refused(
    workspace: Workspace, people: list[Sample], quiet: Progress
) -> None:
    """Before anything is written."""
    with pytest.raises(UsageError, match="has no coarse network"):
        train.run(workspace, settings(network="lraspp"), quiet)
    assert not workspace.model_folder("student").exists()


def test_the_number_of_threads_is_left_alone(
    workspace: Workspace, people: list[Sample], quiet: Progress
) -> None:
    """Torch's threads are the caller's choice."""
    before = torch.get_num_threads()
    train.run(workspace, settings(epochs_coarse=0), quiet)
    assert torch.get_num_threads() == before
