"""Where around the face models err: from scoring to the audit, and out of the workspace with a person."""

import dataclasses
import json

import numpy as np
import pytest

from datatools import tables
from datatools.fairness.maps import keeping
from datatools.fairness.maps.error_grid import Grid
from datatools.fairness.maps.keeping import GridKeeper
from datatools.fairness.maps.maps_result import GRID
from datatools.fairness.result import AuditResult
from datatools.images import read_mask, write_mask
from datatools.masks import Mask
from datatools.progress import Progress
from datatools.records import Annotation, ErrorGrid, LandmarkRow, MaskRow, Score, StageResult
from datatools.stages import audit, evaluate, withdraw
from datatools.workspace import Workspace
from tests.portraits import rendered
from tests.stages import made

_QUIET = Progress("quiet")
_N_PEOPLE = 6


class KilledError(BaseException):
    """Stands for the process being killed."""


@pytest.fixture
def scored(workspace: Workspace) -> Workspace:
    """Give people with masks, faces (of all but the first) and generated masks; nothing is scored yet."""
    made.with_people(workspace, _N_PEOPLE)
    _find_faces(workspace)
    rows = []
    for sample in workspace.samples():
        reference = workspace.reference_file(sample)
        assert reference is not None
        path = workspace.mask_file(sample.sample_id)
        write_mask(path, Mask(np.roll(read_mask(reference).array, 12, axis=1)))
        rows.append(
            MaskRow(
                sample_id=sample.sample_id,
                path=workspace.relative(path),
                rules_applied=[],
                mask_source="model:selfie",
                sha256=None,
                parents="x",
                status="ok",
                error=None,
            )
        )
    workspace.write(tables.MASKS, rows)
    return workspace


def _find_faces(workspace: Workspace) -> None:
    """Put a rendered face's landmarks into the heads that ``draw_person`` draws."""
    rows = []
    for sample in workspace.samples()[1:]:
        reference = workspace.reference_file(sample)
        assert reference is not None
        middle = float(np.flatnonzero(read_mask(reference).array[160]).mean())
        points = rendered(3).faces[0].points
        points = (points - points.mean(axis=0)) / np.ptp(points[:, 1]) * 80 + (middle, 165)
        rows.append(
            LandmarkRow(
                sample_id=sample.sample_id,
                scheme="ibug68",
                points=points.ravel().tolist(),
                detector="dlib68",
                score=1.0,
                face=0,
                n_faces=1,
                box=[middle - 40.0, 120.0, middle + 40.0, 210.0],
                is_cut=False,
                parents="x",
                status="ok",
                error=None,
            )
        )
    workspace.write(tables.LANDMARKS, rows)


def _evaluate(workspace: Workspace, **settings: object) -> StageResult:
    wanted = {"model": "generated", "replicates": 100, "metrics": ["iou_fg_image"], **settings}
    return evaluate.run(workspace, evaluate.Settings.model_validate(wanted), _QUIET)


def _grids(workspace: Workspace) -> list[ErrorGrid]:
    return workspace.rows(tables.ERROR_GRIDS)


def _bytes(workspace: Workspace) -> list[bytes]:
    scores, grids = workspace.table_file(tables.SCORES), workspace.table_file(tables.ERROR_GRIDS)
    return [scores.read_bytes(), grids.read_bytes()]


def _journals(workspace: Workspace) -> list[str]:
    return [path.name for path in (workspace.root / "tables").glob(".*")]


def test_every_scored_picture_with_a_face_has_a_grid(scored: Workspace) -> None:
    """Its cells show the planted shift: too much on the right of the person, too little on the left."""
    result = _evaluate(scored)
    first, *others = scored.samples()
    assert [row.sample_id for row in _grids(scored)] == sorted(sample.sample_id for sample in others)
    assert first.sample_id not in {row.sample_id for row in _grids(scored)}
    assert not any("error map" in note for note in result.notes)
    for row in _grids(scored):
        over, under = (np.frombuffer(cells, np.uint8).reshape(GRID, GRID) for cells in (row.over, row.under))
        beside = np.arange(GRID) - GRID / 2
        assert (over.sum(axis=0) * beside).sum() > 0 > (under.sum(axis=0) * beside).sum()
    scores = tables.index(scored.rows(tables.SCORES), "sample_id")
    assert [row.person_id for row in _grids(scored)] == [
        scores[r.sample_id].person_id for r in _grids(scored)
    ]


def test_a_second_run_makes_the_same_bytes(scored: Workspace) -> None:
    """And computes nothing."""
    _evaluate(scored)
    before = _bytes(scored)
    _evaluate(scored)
    assert _bytes(scored) == before
    assert _journals(scored) == []


@pytest.mark.parametrize("place", ["before the grid", "between grid and score", "before the tables"])
def test_a_killed_run_is_completed_to_the_same_bytes(
    scored: Workspace, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """Wherever it dies: no score that was kept is without its grid."""
    _evaluate(scored)
    whole = _bytes(scored)
    scored.table_file(tables.SCORES).unlink()
    scored.table_file(tables.ERROR_GRIDS).unlink()
    with monkeypatch.context() as patch:
        _kill(patch, place)
        with pytest.raises(KilledError):
            _evaluate(scored)
    _evaluate(scored)
    assert _bytes(scored) == whole
    assert _journals(scored) == []
    assert json.loads(scored.run_files()[-1].read_text())["facts"]["n_without_map"] == 0


def _kill(patch: pytest.MonkeyPatch, place: str) -> None:
    keep, kept = GridKeeper.keep, list[str]()

    def die(*_: object) -> None:
        raise KilledError

    def keep_some(self: GridKeeper, score: Score, grid: Grid) -> None:
        kept.append(score.sample_id)
        if len(kept) == 3 and place == "before the grid":
            raise KilledError
        keep(self, score, grid)
        if len(kept) == 3:
            raise KilledError

    if place == "before the tables":
        patch.setattr(GridKeeper, "write", die)  # the scores are written, and their journal is gone
    else:
        patch.setattr(GridKeeper, "keep", keep_some)


def test_a_changed_mask_has_a_new_grid(scored: Workspace) -> None:
    """A grid is stale when its score is."""
    _evaluate(scored)
    before = {row.sample_id: row for row in _grids(scored)}
    changed = scored.samples()[1]
    reference = scored.reference_file(changed)
    assert reference is not None
    write_mask(scored.mask_file(changed.sample_id), read_mask(reference))
    _evaluate(scored)
    for row in _grids(scored):
        if row.sample_id == changed.sample_id:
            assert not any(row.over)
            assert not any(row.under)
        else:
            assert row == before[row.sample_id]


def test_a_picture_that_fails_loses_its_grid(scored: Workspace) -> None:
    """Nothing stays of a score that is no more."""
    _evaluate(scored)
    broken = scored.samples()[1]
    scored.mask_file(broken.sample_id).write_bytes(b"no mask")
    _evaluate(scored)
    assert broken.sample_id not in {row.sample_id for row in _grids(scored)}
    assert len(_grids(scored)) == _N_PEOPLE - 2


def test_scores_of_an_older_version_keep_standing_until_asked(scored: Workspace) -> None:
    """They have no grid; a note says how many, and --maps scores those with a face again."""
    _evaluate(scored)
    whole = _bytes(scored)
    scored.table_file(tables.ERROR_GRIDS).unlink()
    result = _evaluate(scored)
    (note,) = (note for note in result.notes if "error map" in note)
    assert note.startswith("5 pictures with a face have no error map")
    assert "--maps" in note
    record = json.loads(scored.run_files()[-1].read_text())
    assert (record["facts"]["n_computed"], record["facts"]["n_without_map"]) == (0, 5)
    again = _evaluate(scored, maps=True)
    record = json.loads(scored.run_files()[-1].read_text())
    assert (record["facts"]["n_computed"], record["facts"]["n_kept"]) == (5, 1)
    assert not any("error map" in note for note in again.notes)
    assert _bytes(scored) == whole


def test_one_picture_without_a_map_is_told_in_the_singular(scored: Workspace) -> None:
    """The sentence agrees with the number."""
    _evaluate(scored)
    scored.write(tables.ERROR_GRIDS, _grids(scored)[1:])
    (note,) = (note for note in _evaluate(scored).notes if "error map" in note)
    assert note.startswith("1 picture with a face has no error map")


def test_a_grid_of_another_kind_is_stale(scored: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """When cells change their meaning, older ones are not mixed with new ones."""
    _evaluate(scored)
    monkeypatch.setattr(keeping, "GRIDS_VERSION", 99)
    _evaluate(scored)
    assert _grids(scored) == []
    _evaluate(scored, maps=True)
    assert len(_grids(scored)) == _N_PEOPLE - 1


def _answer(sample_id: str, value: str) -> Annotation:
    return Annotation(
        sample_id=sample_id,
        question="glasses",
        value=value,
        annotator_id="ann01",
        source="annotator",
        vocabulary="yes_no@1",
        created_at=None,
        lead_time_s=None,
        presentation_order=None,
        batch="b",
    )


def _audit(workspace: Workspace, **settings: object) -> AuditResult:
    wanted = {"replicates": 200, "slices": 0, "codings": False, "chain": False, "min_people": 2, **settings}
    audit.run(workspace, audit.Settings.model_validate(wanted), _QUIET)
    return AuditResult.model_validate_json((workspace.report_folder("audit") / "audit.json").read_text())


def test_the_audit_has_a_map_for_everybody_and_each_group(scored: Workspace) -> None:
    """Its run record says which grids it was made from, and a note what they leave out."""
    _evaluate(scored)
    samples = scored.samples()
    scored.append_batch([_answer(s.sample_id, "yes" if i % 2 else "no") for i, s in enumerate(samples)])
    result = _audit(scored)
    assert [(one.attribute, one.group, one.n_people) for one in result.error_maps] == [
        ("", "", 5),
        ("glasses", "yes", 3),
        ("glasses", "no", 2),
    ]
    assert "tables/error_grids.parquet" in result.inputs
    assert any(note.startswith("Error maps are of 5 of 6 scores") for note in result.notes)
    assert _audit(scored).error_maps == result.error_maps


def test_an_audit_without_grids_has_no_maps(scored: Workspace) -> None:
    """As of a workspace that an older version scored."""
    _evaluate(scored)
    scored.table_file(tables.ERROR_GRIDS).unlink()
    assert _audit(scored).error_maps == []


def test_maps_are_of_the_pictures_under_audit_alone(scored: Workspace) -> None:
    """What the audit leaves out has no part in them."""
    _evaluate(scored)
    assert _audit(scored, limit=4).error_maps[0].n_images == 3


def test_a_withdrawn_person_takes_their_grids_along(scored: Workspace) -> None:
    """Those of the table, and those that a killed run left beside it; nobody else's change."""
    _evaluate(scored)
    mine = scored.samples()[2]
    others = [row for row in _grids(scored) if row.sample_id != mine.sample_id]
    with GridKeeper(scored) as left:
        score = next(row for row in scored.rows(tables.SCORES) if row.sample_id == mine.sample_id)
        left.keep(dataclasses.replace(score, model="other"), Grid(*(np.zeros((GRID, GRID), np.uint8),) * 3))
    settings = withdraw.Settings(person=mine.person_id, browser=False)
    withdraw.run(scored, settings, _QUIET)
    assert _grids(scored) == others
    with GridKeeper(scored) as after:
        assert not after.had(dataclasses.replace(score, model="other"))
