"""The verb ablate trains arms with several seeds and says what differs, and goes on after a stop."""

import csv
import dataclasses
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from datatools import tables
from datatools.errors import DataError, UsageError
from datatools.records import StageResult
from datatools.workspace import Workspace
from tests.stages import people
from tests.stages.ablated import (
    FACES,
    N_HUMAN,
    N_MADE,
    N_TEST,
    N_VAL,
    ONLY_FACES,
    OWN_TEST,
    TEXT,
    compared_rows,
    fill,
    other_faces,
    result_of,
    run,
    write_arms,
)

Done = tuple[Workspace, Path, StageResult]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    """Give a workspace whose ablation is done, its file, and what the verb said."""
    folder = tmp_path_factory.mktemp("ablate")
    workspace = Workspace(folder / "ws")
    workspace.create()
    fill(workspace)
    faces = other_faces(folder / "faces")
    result = run(workspace, write_arms(folder), set={"faces": str(faces.root)})
    return workspace, write_arms(folder), result


def test_it_compares_the_arms_overall_and_by_group(done: Done) -> None:
    """On the test split, and on another workspace by perceived gender."""
    workspace, _, told = done
    result = result_of(workspace)
    assert [row.group for row in compared_rows(result, "test split")] == ["all"]
    assert [(row.group, row.n_people) for row in compared_rows(result, "faces")] == [
        ("all", 12),
        ("female", 6),
        ("male", 6),
    ]
    assert [row.group for row in compared_rows(result, "faces", "gap to the rest")] == ["female"]
    assert all(row.se_seeds is not None and row.reading == "accuracy" for row in result.rows)
    assert (result.n_overall, result.n_by_group) == (2, 4)
    assert any("faces: accuracy against human masks, iou_fg_image" in note for note in told.notes)


def test_an_arm_with_more_data_is_not_trained_for_longer(done: Done) -> None:
    """Sixteen pictures and nine: the same steps."""
    workspace, _, _ = done
    assert set(map(tuple, result_of(workspace).pictures_seen.values())) == {
        ("whole at 32 px, 2 steps of 4 pictures",)
    }
    records = [json.loads(path.read_text()) for path in workspace.run_files()]
    n_train = {r["settings"]["name"]: r["facts"]["n_train"] for r in records if r["stage"] == "train"}
    assert n_train == {
        "ablate-tiny-human-0": N_HUMAN,
        "ablate-tiny-human-1": N_HUMAN,
        "ablate-tiny-more-0": N_HUMAN + N_MADE,
        "ablate-tiny-more-1": N_HUMAN + N_MADE,
    }


def test_its_files_say_what_they_were_made_from(done: Done) -> None:
    """Models and scores by their hashes, in the result and in the run record."""
    workspace, _, _ = done
    folder = workspace.report_folder("ablate-tiny")
    assert sorted(path.name for path in folder.iterdir()) == [
        "ablation.json",
        "comparisons.csv",
        "figures",
        "index.html",
        "pareto.csv",
        "report.md",
        "report.pdf",
    ]
    record = json.loads(workspace.run_files()[-1].read_text())
    model = "models/ablate-tiny-more-1/model.pt"
    digest = tables.sha256_file(workspace.root / model)
    assert record["stage"] == "ablate"
    assert (record["inputs"][model], result_of(workspace).inputs[model]) == (digest, digest)
    assert "reports/ablate-tiny/comparisons.csv" in record["outputs"]
    with (folder / "comparisons.csv").open() as stream:
        assert len(list(csv.DictReader(stream))) == len(result_of(workspace).rows)


def test_the_same_command_again_trains_nothing(done: Done) -> None:
    """And finds the same."""
    workspace, file, first = done
    models = sorted(workspace.root.glob("models/*/model.pt"))
    before = [path.stat().st_mtime_ns for path in models]
    again = run(workspace, file, set=result_of(workspace).settings["set"])
    assert [path.stat().st_mtime_ns for path in models] == before
    assert again.facts == first.facts


def test_a_trained_network_can_stand_beside_the_arms(done: Done) -> None:
    """A model's name or file, which has no luck of training here; runs of that name are taken as they are."""
    workspace, file, _ = done
    arm = '[[arms]]\nname = "published"\nmodel = "ablate-tiny-human-0"\n'
    run(workspace, write_arms(file.parent, TEXT + arm), set={"faces": ""})
    result = result_of(workspace)
    row = next(row for row in compared_rows(result, "test split") if row.arm == "published")
    human = [run.value for run in result.runs if run.arm == "human" and run.metric == "iou_fg_image"]
    assert row.value == pytest.approx(human[0])
    assert "Passed over, since no workspace was given for it: faces." in result.notes
    write_arms(file.parent)


_FIXED = """
description = "Which of two?"
reference = "old"

[[arms]]
name = "old"
model = "ablate-tiny-human-0"

[[arms]]
name = "new"
model = "{new}"

[parameters]
new = "ablate-tiny-more-0"
faces = ""

"""


def test_networks_that_are_there_are_compared_over_people(done: Done, tmp_path: Path) -> None:
    """Nothing is trained, no seed is needed, and differences can be told; what they are is recorded."""
    workspace, file, _ = done
    n_runs = sum("train" in path.name for path in workspace.run_files())
    text = (_FIXED + OWN_TEST + FACES).replace("{faces}", str(workspace.root.parent / "faces"))
    told = run(workspace, write_arms(tmp_path, text), name="pair")
    result = result_of(workspace, "pair")
    assert sum("train" in path.name for path in workspace.run_files()) == n_runs
    assert (result.seeds, result.pictures_seen) == ([], {})
    row = compared_rows(result, "test split")[0]
    assert (row.n_people, row.se_seeds) == (N_TEST, 0.0)
    assert row.p_holm is not None
    assert [one.group for one in compared_rows(result, "faces")] == ["all", "female", "male"]
    assert any("these networks as they are" in note for note in told.notes)
    assert set(result.inputs) >= {"network ablate-tiny-human-0", "network ablate-tiny-more-0"}
    assert "Nothing was trained." in (workspace.report_folder("ablate-pair") / "index.html").read_text()
    assert file.is_file()


def test_networks_that_are_there_need_no_splits(done: Done, tmp_path: Path) -> None:
    """In a workspace where nothing was ever trained; a dry run says what would be scored."""
    workspace, _, _ = done
    faces = other_faces(tmp_path / "faces")
    models = {
        name: str(workspace.model_folder(f"ablate-tiny-{name}-0") / "model.pt") for name in ("human", "more")
    }
    text = _FIXED.replace("ablate-tiny-human-0", models["human"]) + '[[tests]]\nname = "everybody"\n'
    told = run(faces, write_arms(tmp_path, text), set={"new": models["more"]}, dry_run=True)
    assert told.notes == ["Would score them on everybody (12 pictures); nothing is written."]


def test_unlike_networks_of_one_name_are_refused(done: Done, tmp_path: Path) -> None:
    """Their scores would be rows of one model."""
    workspace, _, _ = done
    folder = tmp_path / "weights"
    folder.mkdir()
    for name in ("human", "more"):
        path = workspace.model_folder(f"ablate-tiny-{name}-0") / "model.pt"
        (folder / f"{name}.pt").write_bytes(path.read_bytes())
    text = _FIXED.replace("ablate-tiny-human-0", str(folder / "human.pt")) + OWN_TEST
    with pytest.raises(UsageError, match="two called 'weights'"):
        run(workspace, write_arms(tmp_path, text), set={"new": str(folder / "more.pt")})


def test_agreement_is_never_beside_accuracy(done: Done, tmp_path: Path) -> None:
    """Keyed masks: another heading, and a sentence."""
    workspace, file, _ = done
    keyed = other_faces(tmp_path / "keyed", "keyed")
    told = run(workspace, write_arms(file.parent, ONLY_FACES), set={"faces": str(keyed.root)})
    write_arms(file.parent)
    assert {row.reading for row in result_of(workspace).rows} == {"agreement"}
    page = (workspace.report_folder("ablate-tiny") / "index.html").read_text()
    assert ("Agreement with masks keyed" in page, "Accuracy against" in page) == (True, False)
    assert any("agreement against keyed masks" in note for note in told.notes)
    assert any("an error that both sides make" in note for note in told.notes)


def test_nobody_is_scored_whom_an_arm_learns_from(done: Done, tmp_path: Path) -> None:
    """Pictures and people of the train and val splits are left out and counted, wherever they turn up."""
    workspace, file, _ = done
    mixed = Workspace(tmp_path / "mixed")
    mixed.create()
    people.ingest(mixed, workspace.root.parent / "ws-pictures", workspace.samples())
    text = ONLY_FACES.replace('attributes = ["perceived_gender"]', "")
    run(workspace, write_arms(file.parent, text), set={"faces": str(mixed.root)})
    result = result_of(workspace)
    n_left_out = N_HUMAN + N_VAL  # who have a mask of people
    assert f"faces: left out {n_left_out} of {n_left_out + N_TEST} pictures" in " ".join(result.notes)
    assert [row.n_people for row in compared_rows(result, "faces")] == [N_TEST]
    train_only = TEXT.replace('split = "test"', 'split = "train"')
    with pytest.raises(DataError, match="no arm learns from"):
        run(workspace, write_arms(file.parent, train_only))
    write_arms(file.parent)


def test_without_attributes_every_answer_makes_groups(done: Done, tmp_path: Path) -> None:
    """What cannot be compared is told, not fatal; a condition leaves pictures out."""
    workspace, file, _ = done
    faces = other_faces(tmp_path / "faces")
    ids = [sample.sample_id for sample in faces.samples()]
    answer = dataclasses.replace(
        people.answer(0, "31", question="perceived_age", vocabulary="years@1"), sample_id=ids[0]
    )
    other = dataclasses.replace(answer, value="old", vocabulary="age3@1", sample_id=ids[1])
    faces.append_batch([answer, other])
    text = ONLY_FACES.replace('attributes = ["perceived_gender"]', "")
    run(workspace, write_arms(file.parent, text), set={"faces": str(faces.root)})
    found = {row.attribute for row in compared_rows(result_of(workspace), "faces")}
    assert "perceived_gender" in found
    write_arms(file.parent)


def test_a_test_whose_pictures_cannot_be_scored_is_an_error(done: Done, tmp_path: Path) -> None:
    """Every mask of it is gone."""
    workspace, file, _ = done
    faces = other_faces(tmp_path / "lost")
    for path in (tmp_path / "lost-pictures").glob("*_mask.png"):
        path.unlink()
    with pytest.raises(DataError, match=r"expected scores|two people or more"):
        run(workspace, file, set={"faces": str(faces.root)})


def test_a_test_of_one_person_is_nothing_to_compare_on(done: Done, tmp_path: Path) -> None:
    """However many pictures: nobody else would be drawn."""
    workspace, file, _ = done
    faces = other_faces(tmp_path / "one")
    faces.write(
        tables.MANIFEST, [dataclasses.replace(sample, person_id="one/a") for sample in faces.samples()]
    )
    with pytest.raises(DataError, match="two people or more"):
        run(workspace, file, set={"faces": str(faces.root)})


def _children(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(word) for word in path.read_text().split()] if path.exists() else []


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.slow
def test_killed_with_two_jobs_it_goes_on_to_the_same_networks(done: Done, tmp_path: Path) -> None:
    """SIGKILL while two processes train: they leave too; one job goes on, to the same bytes."""
    alone, _, first = done
    workspace = Workspace(tmp_path / "ws")
    workspace.create()
    fill(workspace)
    file = write_arms(tmp_path)
    command = ["ablate", str(file), "--workspace", str(workspace.root), "--jobs", "2", "--replicates", "200"]
    process = subprocess.Popen([sys.executable, "-m", "datatools", *command, "--quiet"])
    give_up = time.monotonic() + 300
    while not any(workspace.root.glob("models/*/*")) and time.monotonic() < give_up:
        time.sleep(0.01)
    children = _children(process.pid)
    process.send_signal(signal.SIGKILL)
    process.wait()
    while any(map(_is_alive, children)) and time.monotonic() < give_up:
        time.sleep(0.01)
    assert not any(map(_is_alive, children))
    assert not workspace.report_folder("ablate-tiny").exists()
    assert run(workspace, file).passed
    for path in sorted(workspace.root.glob("models/*/model.pt")):
        assert path.read_bytes() == (alone.root / path.relative_to(workspace.root)).read_bytes()
    (row,) = compared_rows(result_of(workspace), "test split")
    everybody = first.facts["everybody"]
    assert isinstance(everybody, list)
    (other,) = (one for one in everybody if one["test"] == "test split" and one["is_compared"])
    assert (row.value, row.difference) == (other["value"], other["difference"])
