"""The stage evaluate: scores of pictures, and what is said about them."""

import dataclasses
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from datatools import plugins, tables
from datatools.errors import DataError, UsageError
from datatools.images import write_mask
from datatools.masks import Mask
from datatools.progress import Progress
from datatools.records import Finding, LandmarkRow, MaskRow, Sample, Score, Source, SplitRow
from datatools.stages import evaluate
from datatools.stages.evaluate import Settings, evaluate_folder
from datatools.student import checkpoint, published
from datatools.student.extremec3net import ExtremeC3Net
from datatools.workspace import Workspace
from tests.pictures import draw_person, write_people
from tests.portraits import rendered

_ALL_METRICS = set(plugins.names("metrics"))


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Write five people with masks."""
    folder = tmp_path / "people"
    write_people(folder, 5)
    return folder


@pytest.fixture
def student(tmp_path: Path) -> Path:
    """Write a student with random weights that looks at 32 px."""
    path = tmp_path / "tiny" / "model.pt"
    small = dataclasses.replace(published.PREPROCESSING, size_px=32)
    checkpoint.save(path, ExtremeC3Net().state_dict(), small, {})
    return path


def _sample(folder: Path, number: int, mask_source: str = "human") -> Sample:
    path = f"images/{number:03d}.png"
    return Sample(
        sample_id=tables.sha256_file(folder / path)[:16],
        path=path,
        width_px=96,
        height_px=128,
        source="people",
        licence="own",
        person_id=f"people/{number // 2}",
        reference_mask=f"masks/{number:03d}.png",
        mask_source=mask_source,
        mask_encoding="binary255",
        source_split=None,
        aliases=[],
        status="ok",
        error=None,
    )


def _ingest(workspace: Workspace, folder: Path, samples: list[Sample] | None = None) -> list[Sample]:
    rows = samples or [_sample(folder, number) for number in range(5)]
    source = Source(source="people", root=str(folder), reader="folder_masks", licence="own")
    workspace.write(tables.SOURCES, [source])
    workspace.write(tables.MANIFEST, rows)
    return rows


def _mask_row(sample_id: str, path: str | None, error: str | None = None) -> MaskRow:
    return MaskRow(
        sample_id=sample_id,
        path=path,
        rules_applied=[],
        mask_source="model:selfie",
        sha256=None,
        parents="x",
        status="ok" if error is None else "failed",
        error=error,
    )


def _generate(workspace: Workspace, samples: list[Sample], shift_px: int = 0) -> None:
    """Write generated masks: the references, moved to the right."""
    rows = []
    for number, sample in enumerate(samples):
        truth = draw_person(seed=number, centre_frac=0.4 + 0.2 * (number % 7) / 6)[1].array
        path = workspace.mask_file(sample.sample_id)
        write_mask(path, Mask(np.roll(truth, shift_px, axis=1)))
        rows.append(_mask_row(sample.sample_id, workspace.relative(path)))
    workspace.write(tables.MASKS, rows)


def _accept(workspace: Workspace, samples: list[Sample]) -> None:
    workspace.write(
        tables.FINDINGS,
        [
            Finding(sample_id=sample.sample_id, check="mask_area", score=None, passed=True, detail=None)
            for sample in samples
        ],
    )


def _scores(workspace: Workspace) -> list[Score]:
    return workspace.rows(tables.SCORES)


def test_a_folder_is_scored_from_one_call(people: Path, student: Path, quiet: Progress) -> None:
    """The facts are the JSON contract: model, reference, counts, and an interval for every metric."""
    settings = Settings(
        model=str(student), data=people, options={"mask_source": "human"}, replicates=200, limit=4
    )
    facts = evaluate.run(Workspace("nowhere"), settings, quiet).facts
    metrics = facts["metrics"]
    assert isinstance(metrics, dict)
    assert set(metrics) == _ALL_METRICS
    assert all(set(interval) == {"value", "low", "high"} for interval in metrics.values())
    assert {name: facts[name] for name in facts if name != "metrics"} == {
        "model": "tiny",
        "reference": "human",
        "reading": "accuracy",
        "n_images": 4,
        "n_people": 4,
        "n_failed": 0,
    }
    assert not Path("nowhere").exists()


def test_masks_of_unstated_origin_measure_agreement(people: Path, student: Path) -> None:
    """A score against masks that nobody vouches for is not called accuracy."""
    (result,) = evaluate_folder(people, str(student), metrics=["iou_fg_image"], replicates=100)
    assert result.reading == "agreement"


def test_generated_masks_equal_to_the_references_score_one(
    workspace: Workspace, people: Path, quiet: Progress
) -> None:
    """The workspace's own masks are a model like any other."""
    _generate(workspace, _ingest(workspace, people))
    result = evaluate.run(workspace, Settings(model="generated", replicates=100), quiet)
    metrics = result.facts["metrics"]
    assert isinstance(metrics, dict)
    assert metrics["iou_fg_image"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert (result.facts["n_images"], result.facts["n_people"]) == (5, 3)


def test_scores_keep_counts_person_split_and_reference(
    workspace: Workspace, people: Path, quiet: Progress
) -> None:
    """A row says all that the audit needs: no mask is read again."""
    samples = _ingest(workspace, people)
    _generate(workspace, samples, shift_px=3)
    splits = [
        SplitRow(sample_id=s.sample_id, person_id=s.person_id, split="test" if i < 3 else "train")
        for i, s in enumerate(samples)
    ]
    workspace.write(tables.SPLITS, splits)
    evaluate.run(workspace, Settings(model="generated", split="test", replicates=100), quiet)
    rows = _scores(workspace)
    assert {(row.split, row.reference_source, row.model) for row in rows} == {("test", "human", "generated")}
    assert {row.person_id for row in rows} == {"people/0", "people/1"}
    assert all((row.tp or 0) + (row.fp or 0) + (row.fn or 0) + (row.tn or 0) == 96 * 128 for row in rows)
    assert all((row.fp or 0) > 0 for row in rows)


def test_a_second_run_scores_nothing_again(
    workspace: Workspace, people: Path, student: Path, quiet: Progress
) -> None:
    """Fresh rows are kept, and the run record says so."""
    _ingest(workspace, people)
    settings = Settings(model=str(student), replicates=100)
    evaluate.run(workspace, settings, quiet)
    first = workspace.table_file(tables.SCORES).read_bytes()
    evaluate.run(workspace, settings, quiet)
    record = json.loads(workspace.run_files()[-1].read_text())
    assert (record["facts"]["n_computed"], record["facts"]["n_kept"]) == (0, 5)
    assert workspace.table_file(tables.SCORES).read_bytes() == first


def test_a_changed_reference_is_scored_again(
    workspace: Workspace, people: Path, student: Path, quiet: Progress
) -> None:
    """A row made from another mask is stale."""
    _ingest(workspace, people)
    settings = Settings(model=str(student), replicates=100)
    evaluate.run(workspace, settings, quiet)
    Image.fromarray(np.zeros((128, 96), np.uint8)).save(people / "masks" / "000.png")
    evaluate.run(workspace, settings, quiet)
    record = json.loads(workspace.run_files()[-1].read_text())
    assert record["facts"]["n_computed"] == 1


def test_a_trained_model_is_known_by_its_name(
    workspace: Workspace, people: Path, student: Path, quiet: Progress
) -> None:
    """WS/models/NAME/model.pt goes by NAME."""
    _ingest(workspace, people)
    (workspace.model_folder("mine")).mkdir(parents=True)
    (workspace.model_folder("mine") / "model.pt").write_bytes(student.read_bytes())
    result = evaluate.run(workspace, Settings(model="mine", replicates=100), quiet)
    assert result.facts["model"] == "mine"


def test_scores_of_an_older_version_are_made_anew(
    workspace: Workspace, people: Path, student: Path, quiet: Progress
) -> None:
    """Their table has fewer columns: it is read, and its rows are stale."""
    _ingest(workspace, people)
    settings = Settings(model=str(student), replicates=100)
    evaluate.run(workspace, settings, quiet)
    path = workspace.table_file(tables.SCORES)
    now = _scores(workspace)
    rows = [dataclasses.replace(row, parents="of an older version") for row in now]
    later = [field.name for field in dataclasses.fields(Score) if field.default is None]
    older = tables.to_arrow(tables.SCORES, rows).drop_columns(later)
    tables.write_bytes(path, tables.to_bytes(older))
    assert {row.edge_ref_hit_1px for row in _scores(workspace)} == {None}
    evaluate.run(workspace, settings, quiet)
    assert [_untimed(row) for row in _scores(workspace)] == [_untimed(row) for row in now]


def _untimed(row: Score) -> Score:
    return dataclasses.replace(row, seconds=None)


def test_errors_by_zone_appear_once_faces_are_known(
    workspace: Workspace, people: Path, quiet: Progress
) -> None:
    """Without landmarks they have no value and a note says why; with them the masks are counted anew."""
    samples = _ingest(workspace, people)
    _generate(workspace, samples, shift_px=3)
    settings = Settings(model="generated", metrics=["iou_fg_image", "under_hair_frac"], replicates=100)
    before = evaluate.run(workspace, settings, quiet)
    assert before.facts["metrics"]["under_hair_frac"]["value"] is None  # type: ignore[index]  # facts are JSON
    assert any("under_hair_frac" in note and "landmarks" in note for note in before.notes)
    workspace.write(tables.LANDMARKS, [_face_row(sample) for sample in samples])
    after = evaluate.run(workspace, settings, quiet)
    assert 0 < after.facts["metrics"]["under_hair_frac"]["value"] < 1  # type: ignore[index]  # facts are JSON
    assert len(after.notes) == 1
    assert all(row.ref_hair for row in _scores(workspace))


def _face_row(sample: Sample) -> LandmarkRow:
    """Put a rendered face's landmarks into the head that ``draw_person`` draws in the middle."""
    points = rendered(3).faces[0].points
    points = (points - points.mean(axis=0)) / np.ptp(points[:, 1]) * 34 + (48, 54)
    return LandmarkRow(
        sample_id=sample.sample_id,
        scheme="ibug68",
        points=points.ravel().tolist(),
        detector="dlib68",
        score=1.0,
        face=0,
        n_faces=1,
        box=[32.0, 30.0, 64.0, 72.0],
        is_cut=False,
        parents="x",
        status="ok",
        error=None,
    )


def test_unreadable_pictures_and_masks_are_rows(
    workspace: Workspace, people: Path, student: Path, quiet: Progress
) -> None:
    """A failed picture has its reason and no counts, and is counted beside the others."""
    samples = _ingest(workspace, people)
    (people / "images" / "000.png").write_bytes(b"not a picture")
    (people / "masks" / "001.png").unlink()
    result = evaluate.run(workspace, Settings(model=str(student), replicates=100), quiet)
    failed = {row.sample_id: row for row in _scores(workspace) if row.status == "failed"}
    assert set(failed) == {samples[0].sample_id, samples[1].sample_id}
    assert all(row.tp is None and row.error for row in failed.values())
    assert (result.facts["n_images"], result.facts["n_failed"]) == (3, 2)


def test_a_mask_of_other_proportions_is_a_failed_row(people: Path, student: Path) -> None:
    """A reference that cannot belong to the picture is not stretched until it fits."""
    Image.fromarray(np.zeros((96, 128), np.uint8)).save(people / "masks" / "000.png")
    (result,) = evaluate_folder(people, str(student), metrics=["iou_fg_image"], replicates=100)
    assert (result.n_images, result.n_failed) == (4, 1)


def test_a_smaller_mask_of_the_same_proportions_is_fine(people: Path, student: Path) -> None:
    """The prediction is scaled to the reference's size."""
    path = people / "masks" / "000.png"
    mask = np.asarray(Image.open(path))
    Image.fromarray(cv2.resize(mask, (48, 64), interpolation=cv2.INTER_NEAREST)).save(path)
    (result,) = evaluate_folder(people, str(student), metrics=["iou_fg_image"], replicates=100)
    assert result.n_failed == 0


def test_accuracy_and_agreement_are_never_averaged(
    workspace: Workspace, people: Path, quiet: Progress
) -> None:
    """Two kinds of reference give two results, accuracy first."""
    kinds = ("keyed", "human", "human", "keyed", "human")
    samples = [_sample(people, number, kind) for number, kind in enumerate(kinds)]
    _generate(workspace, _ingest(workspace, people, samples))
    facts = evaluate.run(workspace, Settings(model="generated", replicates=100), quiet).facts
    others = facts["others"]
    assert isinstance(others, list)
    (other,) = others
    assert (facts["reference"], facts["reading"], facts["n_images"]) == ("human", "accuracy", 3)
    assert (other["reference"], other["reading"], other["n_images"]) == ("keyed", "agreement", 2)


def test_a_student_is_scored_against_the_accepted_generated_masks(
    workspace: Workspace, people: Path, student: Path, quiet: Progress
) -> None:
    """Without human masks there is agreement with what the toolkit made, named after its teacher."""
    samples = _ingest(workspace, people)
    _generate(workspace, samples)
    _accept(workspace, samples[:3])
    settings = Settings(model=str(student), reference="generated", replicates=100)
    facts = evaluate.run(workspace, settings, quiet).facts
    assert (facts["reference"], facts["reading"], facts["n_images"]) == ("model:selfie", "agreement", 3)


def test_a_sample_whose_refinement_failed_is_a_failed_row(
    workspace: Workspace, people: Path, quiet: Progress
) -> None:
    """The reason that refine gave is kept; a sample that refine never saw is left out."""
    samples = _ingest(workspace, people)
    _generate(workspace, samples[:3])
    masks = workspace.rows(tables.MASKS)
    workspace.write(tables.MASKS, [*masks, _mask_row(samples[3].sample_id, None, "no matte")])
    facts = evaluate.run(workspace, Settings(model="generated", replicates=100), quiet).facts
    assert (facts["n_images"], facts["n_failed"]) == (3, 1)
    assert [row.error for row in _scores(workspace) if row.error] == ["no matte"]


def test_a_teacher_that_needs_faces_fails_where_nobody_looked(
    workspace: Workspace, people: Path, quiet: Progress
) -> None:
    """A face that was found is used; a sample that the landmarks stage missed is a row that says so."""
    samples = _ingest(workspace, people)
    workspace.write(
        tables.LANDMARKS,
        [
            LandmarkRow(
                sample_id=sample.sample_id,
                scheme="ibug68",
                points=None,
                detector="dlib68",
                score=1.0,
                face=0,
                n_faces=1,
                box=[32.0, 30.0, 64.0, 72.0],
                is_cut=False,
                parents="x",
                status="ok",
                error=None,
            )
            for sample in samples[:4]
        ],
    )
    facts = evaluate.run(workspace, Settings(model="grabcut", replicates=100), quiet).facts
    assert (facts["n_images"], facts["n_failed"]) == (4, 1)
    assert any("landmarks has not looked" in (row.error or "") for row in _scores(workspace))


def test_a_folder_needs_no_landmarks_stage(people: Path) -> None:
    """Faces are looked for on the way; a picture without a face is the teacher's problem."""
    (result,) = evaluate_folder(people, "grabcut", metrics=["iou_fg_image"], replicates=100)
    assert result.n_images + result.n_failed == 5


def test_a_dry_run_writes_nothing(workspace: Workspace, people: Path, student: Path, quiet: Progress) -> None:
    """It says how many pictures would be scored."""
    _ingest(workspace, people)
    settings = Settings(model=str(student), dry_run=True)
    assert evaluate.run(workspace, settings, quiet).facts == {"n_to_score": 5}
    folder = Settings(model=str(student), dry_run=True, data=people)
    assert evaluate.run(workspace, folder, quiet).facts == {"n_to_score": 5}
    assert not workspace.has(tables.SCORES)
    assert not workspace.run_files()


def test_paths_of_a_listing_cannot_leave_the_folder(tmp_path: Path, student: Path) -> None:
    """An index that points elsewhere yields a failed row, not another folder's picture."""
    write_people(tmp_path / "other", 1)
    folder = tmp_path / "set"
    write_people(folder, 1)
    lines = ["id,image,mask,n_landmarks", "0,images/000.png,masks/000.png,0"]
    lines.append("1,../other/images/000.png,masks/000.png,0")
    (folder / "index.csv").write_text("\n".join(lines) + "\n")
    (result,) = evaluate_folder(folder, str(student), metrics=["iou_fg_image"], replicates=100)
    assert (result.n_images, result.n_failed) == (1, 1)


def test_a_folder_without_masks_is_a_data_error(tmp_path: Path, student: Path) -> None:
    """There is nothing to score against."""
    write_people(tmp_path / "p", 2, with_masks=False)
    with pytest.raises(DataError, match="reference masks"):
        evaluate_folder(tmp_path / "p", str(student))


def test_nothing_scored_is_a_data_error(people: Path, student: Path) -> None:
    """When every picture fails there is no value to report."""
    for path in (people / "images").iterdir():
        path.write_bytes(b"not a picture" + path.name.encode())
    with pytest.raises(DataError, match="got none of 5"):
        evaluate_folder(people, str(student), metrics=["iou_fg_image"], replicates=100)


def test_generated_masks_are_not_scored_against_themselves(
    workspace: Workspace, people: Path, quiet: Progress
) -> None:
    """That would be 1 whatever they are."""
    _ingest(workspace, people)
    with pytest.raises(UsageError, match="themselves"):
        evaluate.run(workspace, Settings(model="generated", reference="generated"), quiet)


def test_an_unknown_split_is_named_beside_the_known(
    workspace: Workspace, people: Path, student: Path, quiet: Progress
) -> None:
    """Without the stage split there is none."""
    _ingest(workspace, people)
    with pytest.raises(UsageError, match="split"):
        evaluate.run(workspace, Settings(model=str(student), split="test"), quiet)


def test_samples_without_references_are_a_data_error(
    workspace: Workspace, people: Path, student: Path, quiet: Progress
) -> None:
    """The error says how to score without human masks."""
    bare = [
        dataclasses.replace(_sample(people, number), reference_mask=None, mask_source=None)
        for number in range(2)
    ]
    _ingest(workspace, people, bare)
    with pytest.raises(DataError, match="--reference generated"):
        evaluate.run(workspace, Settings(model=str(student)), quiet)


def test_an_empty_list_of_metrics_is_a_usage_error(people: Path, student: Path) -> None:
    """All of them, or some, but not none."""
    with pytest.raises(UsageError, match="at least one metric"):
        evaluate_folder(people, str(student), metrics=[])


@pytest.mark.parametrize("name", ["eg1800", "celebamask"])
def test_the_published_weights_are_accurate_on_real_portraits(
    shared_data: Path, shared_models: Path, name: str
) -> None:
    """On a few pictures of each set the value is near what was measured on hundreds."""
    weights = shared_models / "extremec3net_official.pth"
    (result,) = evaluate_folder(shared_data / name, str(weights), limit=12, replicates=200)
    assert (result.model, result.reading) == ("extremec3net-published", "accuracy")
    assert 0.90 < (result.metrics["iou_fg_image"].value or 0) < 0.99
