"""The verb ablate trains arms with several seeds and says what differs, and goes on after a stop."""

import csv
import dataclasses
import json
import signal
import subprocess
import sys
import time
import tomllib
from importlib import resources
from pathlib import Path

import pytest
from PIL import Image

from datatools import ablate, tables
from datatools.ablate import Settings
from datatools.ablating import plan, thresholds, training
from datatools.ablating.training import Planned
from datatools.errors import DataError, UsageError
from datatools.fairness.models.arms_result import AblationResult, Row
from datatools.images import write_mask
from datatools.progress import Progress
from datatools.records import Finding, Lineage, MaskRow, Measurement, Sample, SplitRow, StageResult
from datatools.stages import train
from datatools.workspace import Workspace
from tests.pictures import draw_person
from tests.stages import people

N_HUMAN = 9  # to learn from with masks of people; N_MADE more have generated ones
N_MADE = 7
N_VAL = 3
N_TEST = 6
_ARMS = """
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
_OWN_TEST = """
[[tests]]
name = "test split"
split = "test"
"""
_FACES = """
[[tests]]
name = "faces"
workspace = "{faces}"
attributes = ["perceived_gender"]
"""
_ONLY_FACES = _ARMS + _FACES
_TEXT = _ARMS + _OWN_TEST + _FACES


Done = tuple[Workspace, Path, StageResult]


def _samples(folder: Path, numbers: range, mask_source: str = "human") -> list[Sample]:
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


def _fill(workspace: Workspace) -> None:
    """Put pictures with masks of people and with generated ones into a workspace, and split them."""
    folder = workspace.root.parent / f"{workspace.root.name}-pictures"
    n_train = N_HUMAN + N_MADE
    samples = _samples(folder, range(n_train + N_VAL + N_TEST))
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


def _faces(root: Path, mask_source: str = "human") -> Workspace:
    """Make a workspace of twelve others, women and men in turn."""
    workspace = Workspace(root)
    workspace.create()
    samples = _samples(root.parent / f"{root.name}-pictures", range(100, 112), mask_source)
    people.ingest(workspace, root.parent / f"{root.name}-pictures", samples)
    answers = [
        dataclasses.replace(people.answer(number, value), sample_id=sample.sample_id)
        for number, (sample, value) in enumerate(zip(samples, ["female", "male"] * 6, strict=True))
    ]
    workspace.append_batch(answers)
    return workspace


def _file(folder: Path, text: str = _TEXT) -> Path:
    path = folder / "tiny.toml"
    path.write_text(text)
    return path


def _run(workspace: Workspace, file: Path, **settings: object) -> StageResult:
    given = Settings.model_validate({"ablation": str(file), "replicates": 200, **settings})
    return ablate.run(workspace, given, Progress("quiet"))


def _result(workspace: Workspace, name: str = "tiny") -> AblationResult:
    path = workspace.report_folder(f"ablate-{name}") / "ablation.json"
    return AblationResult.model_validate_json(path.read_text())


def _rows(result: AblationResult, test: str, asked: str = "value") -> list[Row]:
    return [row for row in result.rows if (row.test, row.asked, row.is_compared) == (test, asked, True)]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    """Give a workspace whose ablation is done, its file, and what the verb said."""
    folder = tmp_path_factory.mktemp("ablate")
    workspace = Workspace(folder / "ws")
    workspace.create()
    _fill(workspace)
    faces = _faces(folder / "faces")
    result = _run(workspace, _file(folder), set={"faces": str(faces.root)})
    return workspace, _file(folder), result


def test_it_compares_the_arms_overall_and_by_group(done: Done) -> None:
    """On the test split, and on another workspace by perceived gender."""
    workspace, _, told = done
    result = _result(workspace)
    assert [row.group for row in _rows(result, "test split")] == ["all"]
    assert [(row.group, row.n_people) for row in _rows(result, "faces")] == [
        ("all", 12),
        ("female", 6),
        ("male", 6),
    ]
    assert [row.group for row in _rows(result, "faces", "gap to the rest")] == ["female"]
    assert all(row.se_seeds is not None and row.reading == "accuracy" for row in result.rows)
    assert (result.n_overall, result.n_by_group) == (2, 4)
    assert any("faces: accuracy against human masks, iou_fg_image" in note for note in told.notes)


def test_an_arm_with_more_data_is_not_trained_for_longer(done: Done) -> None:
    """Sixteen pictures and nine: the same steps."""
    workspace, _, _ = done
    assert set(map(tuple, _result(workspace).pictures_seen.values())) == {
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
    assert (record["inputs"][model], _result(workspace).inputs[model]) == (digest, digest)
    assert "reports/ablate-tiny/comparisons.csv" in record["outputs"]
    with (folder / "comparisons.csv").open() as stream:
        assert len(list(csv.DictReader(stream))) == len(_result(workspace).rows)


def test_the_same_command_again_trains_nothing(done: Done) -> None:
    """And finds the same."""
    workspace, file, first = done
    models = sorted(workspace.root.glob("models/*/model.pt"))
    before = [path.stat().st_mtime_ns for path in models]
    again = _run(workspace, file, set=_result(workspace).settings["set"])
    assert [path.stat().st_mtime_ns for path in models] == before
    assert again.facts == first.facts


def test_a_trained_network_can_stand_beside_the_arms(done: Done) -> None:
    """A model's name or file, which has no luck of training here; runs of that name are taken as they are."""
    workspace, file, _ = done
    arm = '[[arms]]\nname = "published"\nmodel = "ablate-tiny-human-0"\n'
    _run(workspace, _file(file.parent, _TEXT + arm), set={"faces": ""})
    result = _result(workspace)
    row = next(row for row in _rows(result, "test split") if row.arm == "published")
    human = [run.value for run in result.runs if run.arm == "human" and run.metric == "iou_fg_image"]
    assert row.value == pytest.approx(human[0])
    assert "Passed over, since no workspace was given for it: faces." in result.notes
    _file(file.parent)


_MITIGATIONS = """
description = "What is won for the worst group?"
reference = "none"
seeds = [0, 1]

[train]
size_px = 32
epochs_coarse = 0
epochs_whole = 1
batch = 4
workers = 1
min_people = 1
group_by = ["light:0.5"]
composites = false

[[arms]]
name = "none"

[[arms]]
name = "balanced"
train = { sampler = "balanced" }

[[arms]]
name = "threshold"
like = "none"
threshold = "validation-worst"

[[tests]]
name = "test split"
split = "test"
attributes = ["light:0.5"]
"""
_TARGETED = """
[[arms]]
name = "targeted"
train = { composites = true }
"""


def _light(workspace: Workspace) -> None:
    """Put half of the people into the dark."""
    rows = [
        Measurement(sample_id=sample.sample_id, name="light", value=float(number % 2), measured_by="x")
        for number, sample in enumerate(workspace.samples())
    ]
    workspace.write(tables.MEASUREMENTS, rows)


def test_mitigations_stand_on_one_chart(workspace: Workspace, tmp_path: Path) -> None:
    """A threshold arm is cut elsewhere without training; the chart's numbers are the result's."""
    _fill(workspace)
    _light(workspace)
    told = _run(workspace, _file(tmp_path, _MITIGATIONS), min_people=2)
    result = _result(workspace)
    assert [path.parent.name for path in sorted(workspace.root.glob("models/*/model.pt"))] == [
        f"ablate-tiny-{arm}-{seed}" for arm in ("balanced", "none") for seed in (0, 1)
    ]
    assert set(result.thresholds) == {"ablate-tiny-threshold-0", "ablate-tiny-threshold-1"}
    assert result.arms["threshold"] == {"like": "none", "threshold": "validation-worst"}
    assert [(one.arm, one.attribute) for one in result.pareto] == [
        (arm, "light") for arm in ("none", "balanced", "threshold")
    ]
    of_arm = {(row.arm, row.asked): row.difference for row in result.rows if row.is_compared}
    for one in result.pareto[1:]:
        assert one.overall_change is not None
        assert one.worst_change is not None
        assert (of_arm[one.arm, "worst group"], one.worst_change.value) == (one.worst_change.value,) * 2
    folder = workspace.report_folder("ablate-tiny")
    with (folder / "pareto.csv").open() as stream:
        assert [row["arm"] for row in csv.DictReader(stream)] == ["none", "balanced", "threshold"]
    page = (folder / "index.html").read_text()
    assert "cut at " in page
    assert "Everybody and the worst group of light on test split: none " in page
    again = _run(workspace, _file(tmp_path, _MITIGATIONS), min_people=2)
    assert again.facts == told.facts
    scores = [row for row in workspace.rows(tables.SCORES) if row.model == "ablate-tiny-threshold-0"]
    assert len(scores) == N_TEST


def test_composites_teach_only_the_arm_that_asks_for_them(workspace: Workspace, tmp_path: Path) -> None:
    """Without any, that arm is refused; the others need none."""
    _fill(workspace)
    _light(workspace)
    file = _file(tmp_path, _MITIGATIONS + _TARGETED)
    with pytest.raises(UsageError, match="arm targeted: expected composites"):
        _run(workspace, file, dry_run=True)
    assert "ablate-tiny-targeted-0" not in str(
        _run(workspace, file, dry_run=True, arms=["balanced"]).facts["runs"]
    )
    made = Lineage(
        sample_id=workspace.samples()[0].sample_id,
        kind="composite",
        parent=workspace.samples()[1].sample_id,
        background=None,
        box=None,
        recipe="{}",
    )
    workspace.write(tables.LINEAGE, [made])
    assert _run(workspace, file, dry_run=True).passed


def test_a_threshold_is_chosen_on_pictures_that_can_be_read(workspace: Workspace) -> None:
    """What cannot is left out, as in training; nothing left is an error."""
    _fill(workspace)
    _light(workspace)
    model = workspace.model_folder("ablate-x-none-0") / "model.pt"
    model.parent.mkdir(parents=True)
    with resources.as_file(resources.files("datatools.student") / "released" / "extremec3net.pt") as released:
        model.write_bytes(released.read_bytes())
    settings = train.Settings(name="ablate-x-none-0", group_by=["light:0.5"])
    planned = Planned(runs=[training.Run(arm="none", settings=settings)], pictures_seen={})
    ablation = plan.Ablation.model_validate(tomllib.loads(_MITIGATIONS))
    val = [row.sample_id for row in workspace.rows(tables.SPLITS) if row.split == "val"]
    files = [workspace.image_file(sample) for sample in workspace.samples() if sample.sample_id in val]
    files[0].write_bytes(b"")
    (cut,) = thresholds.cuts(workspace, ablation, planned, "x", Progress("quiet")).values()
    assert (cut.name, 0.1 <= cut.threshold <= 0.9) == ("ablate-x-threshold-0", True)
    for file in files:
        file.write_bytes(b"")
    with pytest.raises(DataError, match="expected validation pictures to choose a threshold by"):
        thresholds.cuts(workspace, ablation, planned, "x", Progress("quiet"))


def test_a_threshold_needs_groups(workspace: Workspace, tmp_path: Path) -> None:
    """There is no worst group without any."""
    _fill(workspace)
    text = _MITIGATIONS.replace('group_by = ["light:0.5"]', "")
    with pytest.raises(UsageError, match="arm threshold: expected group_by"):
        _run(workspace, _file(tmp_path, text), dry_run=True)


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
    text = (_FIXED + _OWN_TEST + _FACES).replace("{faces}", str(workspace.root.parent / "faces"))
    told = _run(workspace, _file(tmp_path, text), name="pair")
    result = _result(workspace, "pair")
    assert sum("train" in path.name for path in workspace.run_files()) == n_runs
    assert (result.seeds, result.pictures_seen) == ([], {})
    row = _rows(result, "test split")[0]
    assert (row.n_people, row.se_seeds) == (N_TEST, 0.0)
    assert row.p_holm is not None
    assert [one.group for one in _rows(result, "faces")] == ["all", "female", "male"]
    assert any("these networks as they are" in note for note in told.notes)
    assert set(result.inputs) >= {"network ablate-tiny-human-0", "network ablate-tiny-more-0"}
    assert "Nothing was trained." in (workspace.report_folder("ablate-pair") / "index.html").read_text()
    assert file.is_file()


def test_networks_that_are_there_need_no_splits(done: Done, tmp_path: Path) -> None:
    """In a workspace where nothing was ever trained; a dry run says what would be scored."""
    workspace, _, _ = done
    faces = _faces(tmp_path / "faces")
    models = {
        name: str(workspace.model_folder(f"ablate-tiny-{name}-0") / "model.pt") for name in ("human", "more")
    }
    text = _FIXED.replace("ablate-tiny-human-0", models["human"]) + '[[tests]]\nname = "everybody"\n'
    told = _run(faces, _file(tmp_path, text), set={"new": models["more"]}, dry_run=True)
    assert told.notes == ["Would score them on everybody (12 pictures); nothing is written."]


def test_unlike_networks_of_one_name_are_refused(done: Done, tmp_path: Path) -> None:
    """Their scores would be rows of one model."""
    workspace, _, _ = done
    folder = tmp_path / "weights"
    folder.mkdir()
    for name in ("human", "more"):
        path = workspace.model_folder(f"ablate-tiny-{name}-0") / "model.pt"
        (folder / f"{name}.pt").write_bytes(path.read_bytes())
    text = _FIXED.replace("ablate-tiny-human-0", str(folder / "human.pt")) + _OWN_TEST
    with pytest.raises(UsageError, match="two called 'weights'"):
        _run(workspace, _file(tmp_path, text), set={"new": str(folder / "more.pt")})


def test_agreement_is_never_beside_accuracy(done: Done, tmp_path: Path) -> None:
    """Keyed masks: another heading, and a sentence."""
    workspace, file, _ = done
    keyed = _faces(tmp_path / "keyed", "keyed")
    told = _run(workspace, _file(file.parent, _ONLY_FACES), set={"faces": str(keyed.root)})
    _file(file.parent)
    assert {row.reading for row in _result(workspace).rows} == {"agreement"}
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
    text = _ONLY_FACES.replace('attributes = ["perceived_gender"]', "")
    _run(workspace, _file(file.parent, text), set={"faces": str(mixed.root)})
    result = _result(workspace)
    n_left_out = N_HUMAN + N_VAL  # who have a mask of people
    assert f"faces: left out {n_left_out} of {n_left_out + N_TEST} pictures" in " ".join(result.notes)
    assert [row.n_people for row in _rows(result, "faces")] == [N_TEST]
    train_only = _TEXT.replace('split = "test"', 'split = "train"')
    with pytest.raises(DataError, match="no arm learns from"):
        _run(workspace, _file(file.parent, train_only))
    _file(file.parent)


def test_without_attributes_every_answer_makes_groups(done: Done, tmp_path: Path) -> None:
    """What cannot be compared is told, not fatal; a condition leaves pictures out."""
    workspace, file, _ = done
    faces = _faces(tmp_path / "faces")
    ids = [sample.sample_id for sample in faces.samples()]
    answer = dataclasses.replace(
        people.answer(0, "31", question="perceived_age", vocabulary="years@1"), sample_id=ids[0]
    )
    other = dataclasses.replace(answer, value="old", vocabulary="age3@1", sample_id=ids[1])
    faces.append_batch([answer, other])
    text = _ONLY_FACES.replace('attributes = ["perceived_gender"]', "")
    _run(workspace, _file(file.parent, text), set={"faces": str(faces.root)})
    found = {row.attribute for row in _rows(_result(workspace), "faces")}
    assert "perceived_gender" in found
    _file(file.parent)


def test_a_dry_run_names_the_networks_and_writes_nothing(workspace: Workspace, tmp_path: Path) -> None:
    """Seeds and settings of train given as flags override the file's."""
    _fill(workspace)
    before = sorted(workspace.root.rglob("*"))
    flags = {"epochs_whole": "3", "targets": "best"}
    told = _run(workspace, _file(tmp_path), dry_run=True, seeds=[7], train=flags)
    assert told.facts["runs"] == ["ablate-tiny-human-7", "ablate-tiny-more-7"]
    phases = ["whole at 32 px, 12 steps of 4 pictures"]
    assert told.facts["pictures_seen"] == {"human": phases, "more": phases}
    assert sorted(workspace.root.rglob("*")) == before


def test_arms_of_unlike_compute_are_refused(workspace: Workspace, tmp_path: Path) -> None:
    """Unless the file says that they may be."""
    _fill(workspace)
    longer = _TEXT.replace('targets = "best"', 'targets = "best", epochs_whole = 2')
    with pytest.raises(UsageError, match="same compute"):
        _run(workspace, _file(tmp_path, longer), dry_run=True)
    told = _run(workspace, _file(tmp_path, "same_compute = false\n" + longer), dry_run=True)
    assert told.passed


def test_a_setting_that_train_does_not_take_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    """Before anything is trained, with the arm's name."""
    _fill(workspace)
    with pytest.raises(UsageError, match="arm human of the ablation: batch"):
        _run(workspace, _file(tmp_path), train={"batch": "many"})


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('"boundary_f1"]', '"beauty"]', "beauty"),
        ('split = "test"', 'split = "tset"', "expected a split among"),
        ('"{faces}"', '"nowhere"', "no workspace yet"),
        ('split = "test"', 'workspace = "{faces}"', "all are passed over"),
        ('train = { targets = "best" }', 'model = "nobodys.pt"', "which does not exist"),
    ],
)
def test_a_wrong_test_is_refused_before_anything_is_trained(
    workspace: Workspace, tmp_path: Path, old: str, new: str, reason: str
) -> None:
    """A metric, split or workspace that does not exist; no test at all."""
    _fill(workspace)
    with pytest.raises(UsageError, match=reason):
        _run(workspace, _file(tmp_path, _TEXT.replace(old, new)))
    assert not (workspace.root / "models").exists()


def test_a_test_whose_pictures_cannot_be_scored_is_an_error(done: Done, tmp_path: Path) -> None:
    """Every mask of it is gone."""
    workspace, file, _ = done
    faces = _faces(tmp_path / "lost")
    for path in (tmp_path / "lost-pictures").glob("*_mask.png"):
        path.unlink()
    with pytest.raises(DataError, match=r"expected scores|two people or more"):
        _run(workspace, file, set={"faces": str(faces.root)})


def test_a_test_of_one_person_is_nothing_to_compare_on(done: Done, tmp_path: Path) -> None:
    """However many pictures: nobody else would be drawn."""
    workspace, file, _ = done
    faces = _faces(tmp_path / "one")
    faces.write(
        tables.MANIFEST, [dataclasses.replace(sample, person_id="one/a") for sample in faces.samples()]
    )
    with pytest.raises(DataError, match="two people or more"):
        _run(workspace, file, set={"faces": str(faces.root)})


def test_out_of_time_it_leaves_the_rest_for_the_same_command(workspace: Workspace, tmp_path: Path) -> None:
    """Exit code 1, and no report yet."""
    _fill(workspace)
    told = _run(workspace, _file(tmp_path), minutes=1e-6)
    assert not told.passed
    assert told.facts == {"n_runs_left": 4}
    assert not workspace.report_folder("ablate-tiny").exists()


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
    _fill(workspace)
    file = _file(tmp_path)
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
    assert _run(workspace, file).passed
    for path in sorted(workspace.root.glob("models/*/model.pt")):
        assert path.read_bytes() == (alone.root / path.relative_to(workspace.root)).read_bytes()
    (row,) = _rows(_result(workspace), "test split")
    everybody = first.facts["everybody"]
    assert isinstance(everybody, list)
    (other,) = (one for one in everybody if one["test"] == "test split" and one["is_compared"])
    assert (row.value, row.difference) == (other["value"], other["difference"])
