"""Mattes become masks: fused, refined, recorded, resumed."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from datatools import tables
from datatools.errors import TableError, UsageError
from datatools.images import read_mask, read_matte, write_matte
from datatools.masks import Mask, Matte, iou
from datatools.progress import Progress
from datatools.records import LandmarkRow, MaskRow, MatteRow
from datatools.stages.refine import Settings, disagreement, run
from datatools.workspace import Workspace
from tests.pictures import draw_person, face_points
from tests.stages import people


def matte_row(workspace: Workspace, number: int, teacher: str, matte: Matte) -> MatteRow:
    """Write a matte and give its row."""
    path = workspace.matte_file(teacher, people.sample_id(number))
    data = write_matte(path, matte)
    return MatteRow(
        sample_id=people.sample_id(number),
        teacher=teacher,
        path=workspace.relative(path),
        seconds=0.1,
        sha256=tables.sha256_bytes(data),
        parents="p",
        status="ok",
        error=None,
    )


def failed_matte_row(number: int, teacher: str) -> MatteRow:
    """Give the row of a picture that a teacher could not do."""
    return MatteRow(
        sample_id=people.sample_id(number),
        teacher=teacher,
        path=None,
        seconds=None,
        sha256=None,
        parents="p",
        status="failed",
        error="it would not",
    )


def landmark_row(number: int) -> LandmarkRow:
    """Give the row of the face that ``draw_person`` draws in the middle."""
    points = face_points().points
    return LandmarkRow(
        sample_id=people.sample_id(number),
        scheme="ibug68",
        points=points.ravel().tolist(),
        detector="dlib68",
        score=1.0,
        face=0,
        n_faces=1,
        box=[*points.min(axis=0).tolist(), *points.max(axis=0).tolist()],
        is_cut=False,
        parents="p",
        status="ok",
        error=None,
    )


def truth(number: int) -> Mask:
    """Give the exact mask of a drawn person."""
    return draw_person(seed=number)[1]


def rough_matte(number: int) -> Matte:
    """Give a matte of a drawn person with a blurred edge, a crumb, a hole and doubt in the face."""
    values = truth(number).array.astype(np.float32)
    values[4:8, 4:8] = 1
    values[110:113, 50:53] = 0
    values[50:54, 46:50] = 0.4
    return Matte(np.clip(cv2.GaussianBlur(values, (0, 0), 1.0), 0, 1))


def ingest_people(
    workspace: Workspace, n_people: int, teachers: Sequence[str] = ("selfie",), *, with_faces: bool = True
) -> Path:
    """Write drawn people, rough mattes of them and their landmarks; give the folder of pictures."""
    folder = workspace.root.parent / "pictures"
    folder.mkdir()
    for number in range(n_people):
        Image.fromarray(draw_person(seed=number)[0]).save(folder / f"{number}.png")
    samples = [people.sample(number, path=f"{number}.png") for number in range(n_people)]
    people.ingest(workspace, folder, samples)
    rows = [matte_row(workspace, n, name, rough_matte(n)) for n in range(n_people) for name in teachers]
    workspace.write(tables.MATTES, rows)
    if with_faces:
        workspace.write(tables.LANDMARKS, [landmark_row(number) for number in range(n_people)])
    return folder


def _masks(workspace: Workspace) -> list[MaskRow]:
    return workspace.rows(tables.MASKS)


def test_each_picture_gets_a_mask_close_to_the_truth(workspace: Workspace, quiet: Progress) -> None:
    """A file, its hash, who proposed it and the rules that changed it."""
    ingest_people(workspace, 3)
    result = run(workspace, Settings(), quiet)
    for number, row in enumerate(_masks(workspace)):
        assert row.path == f"masks/{people.sample_id(number)}.png"
        assert row.sha256 == tables.sha256_file(workspace.file(row.path))
        assert row.mask_source == "model:selfie"
        assert row.rules_applied == ["face_seed", "edge_colour"]  # colour removes crumb and hole too
        assert iou(read_mask(workspace.file(row.path)), truth(number)) > 0.97
    assert result.facts["rules_applied"] == dict.fromkeys(Settings().rules, 0) | {
        "face_seed": 3,
        "edge_colour": 3,
    }
    assert result.facts["n_masks"] == 3


def test_rules_act_in_the_order_that_was_asked_for(workspace: Workspace, quiet: Progress) -> None:
    """Recorded in that order."""
    ingest_people(workspace, 1)
    run(workspace, Settings(rules=("face_component", "face_seed", "fill_holes")), quiet)
    assert _masks(workspace)[0].rules_applied == ["face_component", "face_seed", "fill_holes"]


def test_a_rule_that_is_left_out_does_not_act(workspace: Workspace, quiet: Progress) -> None:
    """Without rules, the mask is the matte cut at one half."""
    ingest_people(workspace, 1)
    run(workspace, Settings(rules=()), quiet)
    (row,) = _masks(workspace)
    assert row.rules_applied == []
    assert row.path is not None
    cut = np.round(rough_matte(0).array * 255) / 255 > 0.5
    assert (read_mask(workspace.file(row.path)).array == cut).all()


def test_the_teachers_of_a_picture_are_averaged(workspace: Workspace, quiet: Progress) -> None:
    """By default all that have a matte of it; one pixel 0.9 and 0.3 make 0.6."""
    ingest_people(workspace, 2, ())
    light, heavy = (Matte(np.full((128, 96), value, np.float32)) for value in (0.9, 0.3))
    rows = [matte_row(workspace, n, "light", light) for n in range(2)]
    workspace.write(tables.MATTES, [*rows, matte_row(workspace, 1, "heavy", heavy)])
    run(workspace, Settings(rules=()), quiet)
    assert [row.mask_source for row in _masks(workspace)] == ["model:light", "model:heavy+light"]
    path = _masks(workspace)[1].path
    assert path is not None
    assert read_mask(workspace.file(path)).array.all()


def test_the_fusion_is_chosen(workspace: Workspace, quiet: Progress) -> None:
    """Another one, or other weights, make the masks anew; the record says which it was."""
    ingest_people(workspace, 1, ())
    for teacher, value in (("light", 0.9), ("heavy", 0.3)):
        row = matte_row(workspace, 0, teacher, Matte(np.full((128, 96), value, np.float32)))
        workspace.write(tables.MATTES, [*workspace.rows_or_empty(tables.MATTES), row])

    def area(**settings: object) -> float:
        result = run(workspace, Settings.model_validate({"rules": (), **settings}), quiet)
        assert result.facts["n_computed"] == 1
        return read_mask(workspace.mask_file(people.sample_id(0))).area_frac

    assert area() == 1.0
    assert area(fusion="weighted", weights={"light": 1, "heavy": 3}) == 0.0
    assert area(fusion="weighted", weights={"light": 3, "heavy": 1}) == 1.0
    assert area(fusion="core_edge", core="heavy") == 0.0
    facts = json.loads(workspace.run_files()[-1].read_text())["facts"]
    assert facts["fusion"]["name"] == "core_edge"


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"fusion": "median"}, "expected one of the fusions core_edge, learned, mean, weighted"),
        ({"weights": {"selfie": 1}}, "--weights is for the fusion weighted, this is mean"),
        (
            {"fusion": "weighted", "weights": {"selfie": 1}, "core": "selfie"},
            "--core is for the fusion core_edge",
        ),
        ({"fusion": "weighted"}, "positive weight for each teacher"),
    ],
)
def test_a_fusion_that_cannot_be_is_refused(
    workspace: Workspace, quiet: Progress, wrong: dict[str, object], reason: str
) -> None:
    """Before any picture is read."""
    ingest_people(workspace, 1)
    with pytest.raises(UsageError, match=reason):
        run(workspace, Settings.model_validate(wrong), quiet)


def test_maps_are_written_when_asked_for(workspace: Workspace, quiet: Progress) -> None:
    """The fused matte and where the teachers disagree; a map that was deleted is made again."""
    ingest_people(workspace, 1, ())
    rows = [
        matte_row(workspace, 0, teacher, Matte(np.full((128, 96), value, np.float32)))
        for teacher, value in (("light", 1.0), ("heavy", 0.2))
    ]
    workspace.write(tables.MATTES, rows)
    run(workspace, Settings(rules=()), quiet)
    fused, apart = (
        workspace.fused_file(people.sample_id(0)),
        workspace.disagreement_file(people.sample_id(0)),
    )
    assert not fused.exists()
    assert run(workspace, Settings(rules=(), maps=True), quiet).facts["n_computed"] == 1
    np.testing.assert_allclose(read_matte(fused).array, 0.6, atol=1 / 255)
    np.testing.assert_allclose(read_matte(apart).array, 0.8, atol=1 / 255)
    apart.unlink()
    assert run(workspace, Settings(rules=(), maps=True), quiet).facts["n_computed"] == 1
    assert apart.exists()


def test_teachers_who_agree_have_an_empty_map() -> None:
    """The range of their values: 0 of one, 1 of yes and no."""
    yes, no = (Matte(np.full((2, 3), value, np.float32)) for value in (1.0, 0.0))
    assert disagreement([yes]).array.max() == 0.0
    assert disagreement([yes, no, yes]).array.min() == 1.0


def test_named_teachers_alone_are_used(workspace: Workspace, quiet: Progress) -> None:
    """And one without mattes is an error that says how to get them."""
    ingest_people(workspace, 1, ("selfie", "isnet"))
    run(workspace, Settings(teachers=("isnet",)), quiet)
    assert [row.mask_source for row in _masks(workspace)] == ["model:isnet"]
    with pytest.raises(UsageError, match=r"isnet, selfie.*got 'u2net'.*segment --teachers u2net"):
        run(workspace, Settings(teachers=("u2net",)), quiet)


def test_a_failed_matte_is_a_failed_mask(workspace: Workspace, quiet: Progress) -> None:
    """With the teacher's reason; the other pictures go on."""
    ingest_people(workspace, 1)
    row = replace(people.sample(1, path="0.png"))
    workspace.write(tables.MANIFEST, [people.sample(0, path="0.png"), row])
    workspace.write(tables.MATTES, [*workspace.rows(tables.MATTES), failed_matte_row(1, "selfie")])
    result = run(workspace, Settings(), quiet)
    good, bad = _masks(workspace)
    assert (good.status, bad.status) == ("ok", "failed")
    assert bad.error == "teacher selfie gave no matte: it would not"
    assert bad.path is None
    assert result.facts["n_failed"] == 1


def test_a_matte_of_another_size_is_a_failed_mask(workspace: Workspace, quiet: Progress) -> None:
    """Than its picture's, or than the other teacher's."""
    ingest_people(workspace, 2)
    small = Matte(np.ones((64, 48), np.float32))
    kept = [row for row in workspace.rows(tables.MATTES) if row.sample_id == people.sample_id(1)]
    rows = [matte_row(workspace, 0, "selfie", small), matte_row(workspace, 1, "isnet", small), *kept]
    workspace.write(tables.MATTES, rows)
    run(workspace, Settings(), quiet)
    first, second = (str(row.error) for row in _masks(workspace))
    assert "the matte of selfie has shape (64, 48) and its picture (128, 96)" in first
    assert "the matte of isnet has shape (64, 48) and its picture (128, 96)" in second


def test_a_second_run_does_only_what_is_stale(workspace: Workspace, quiet: Progress) -> None:
    """Nothing; then a lost file, a new face, a new matte and another rule list, each by itself."""
    ingest_people(workspace, 3)
    first = run(workspace, Settings(), quiet)
    before = workspace.table_file(tables.MASKS).read_bytes()
    assert run(workspace, Settings(), quiet).facts["n_computed"] == 0
    workspace.mask_file(people.sample_id(0)).unlink()
    assert run(workspace, Settings(), quiet).facts["n_computed"] == 1
    assert workspace.table_file(tables.MASKS).read_bytes() == before
    faces = workspace.rows(tables.LANDMARKS)
    workspace.write(tables.LANDMARKS, [replace(faces[0], score=0.5), *faces[1:]])
    assert run(workspace, Settings(), quiet).facts["n_computed"] == 1
    mattes = workspace.rows(tables.MATTES)
    new = matte_row(workspace, 2, "selfie", Matte(truth(2).array.astype(np.float32)))
    workspace.write(tables.MATTES, [*mattes[:2], new])
    assert run(workspace, Settings(), quiet).facts["n_computed"] == 1
    assert run(workspace, Settings(rules=("fill_holes",)), quiet).facts["n_computed"] == 3
    assert first.facts["n_computed"] == 3


def test_pictures_without_a_matte_or_a_finder_are_named(workspace: Workspace, quiet: Progress) -> None:
    """Left out, or refined without faces; both are said."""
    ingest_people(workspace, 2, with_faces=False)
    workspace.write(tables.MATTES, workspace.rows(tables.MATTES)[:1])
    notes = " ".join(run(workspace, Settings(), quiet).notes)
    assert "1 pictures have no matte yet" in notes
    assert "No finder looked at 1 pictures" in notes
    assert len(_masks(workspace)) == 1


def test_only_and_limit_choose_pictures(workspace: Workspace, quiet: Progress) -> None:
    """The masks of the others stay."""
    folder = ingest_people(workspace, 3)
    samples = [people.sample(n, path=f"{n}.png", source="b" if n else "a") for n in range(3)]
    people.ingest(workspace, folder, samples)
    assert run(workspace, Settings(only="a"), quiet).facts["n_masks"] == 1
    assert run(workspace, Settings(only="b", limit=1), quiet).facts["n_masks"] == 1
    assert len(_masks(workspace)) == 2


def test_a_dry_run_writes_nothing(workspace: Workspace, quiet: Progress) -> None:
    """It says what it would do, also without a rule."""
    ingest_people(workspace, 2)
    result = run(workspace, Settings(dry_run=True), quiet)
    assert result.notes == [f"Would make 2 masks with {', '.join(Settings().rules)}."]
    assert run(workspace, Settings(dry_run=True, rules=()), quiet).notes == [
        "Would make 2 masks with no rule."
    ]
    assert not workspace.has(tables.MASKS)
    assert not workspace.run_files()


def test_the_run_record_keeps_facts_and_hashes(workspace: Workspace, quiet: Progress) -> None:
    """Which tables were read and written, and how often each rule acted."""
    ingest_people(workspace, 1)
    run(workspace, Settings(), quiet)
    record = json.loads(workspace.run_files()[0].read_text())
    assert record["facts"]["mask_sources"] == {"model:selfie": 1}
    assert set(record["inputs"]) == {f"tables/{name}.parquet" for name in ("manifest", "mattes", "landmarks")}
    assert set(record["outputs"]) == {"tables/masks.parquet", "tables/effects.parquet"}


def test_refine_needs_a_workspace_mattes_and_known_rules(
    tmp_path: Path, workspace: Workspace, quiet: Progress
) -> None:
    """Each missing thing has its own error."""
    with pytest.raises(UsageError, match="no workspace yet"):
        run(Workspace(tmp_path / "nowhere"), Settings(), quiet)
    people.ingest(workspace, tmp_path, [people.sample(0)])
    with pytest.raises(TableError, match="no table mattes"):
        run(workspace, Settings(), quiet)
    with pytest.raises(UsageError, match="expected one of the refiners"):
        run(workspace, Settings(rules=("polish",)), quiet)
