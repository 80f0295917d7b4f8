"""Does each picture bring the right number to each step of the chain, from what the stages left?"""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import pytest

from datatools import tables
from datatools.fairness.chain.chain_cases import (
    ACCEPTED,
    ACCEPTED_ACCURACY,
    FACES,
    GAIN,
    LANDMARKS,
    REFINED,
    STUDENT,
    TEACHER,
    gather,
)
from datatools.fairness.chain.steps import COLUMNS, Cases
from datatools.masks import iou
from datatools.progress import Progress
from datatools.records import LandmarkRow, Score
from datatools.workspace import Workspace
from tests.pictures import draw_person
from tests.scores import frame_of, score_with_iou
from tests.stages import judged, people
from tests.unit.fairness.proposed import fuse, propose

_SPLITS = (0.0, 0.1, 0.2)  # what the refined masks lack
_N = len(_SPLITS)
_SELFIE = f"{TEACHER}selfie"


def _gathered(workspace: Workspace, scores: Sequence[Score] = (), *, n: int = _N) -> Cases:
    person_of = {people.sample_id(number): f"p{number}" for number in range(n)}
    return gather(workspace, person_of, frame_of(scores), Progress("quiet"))


def _values(cases: Cases, step: str, source: str | None = None) -> list[float]:
    """Give a step's numbers in the order of the pictures."""
    rows = cases.frame[cases.frame["step"] == step]
    if source is not None:
        rows = rows[rows["reference_source"] == source]
    return [float(value) for value in rows.sort_values("sample_id")["value"]]


def _face(number: int, *, points: list[float] | None = None, detector: str = "dlib68") -> LandmarkRow:
    """Give what a finder says; without points it found no face."""
    return LandmarkRow(
        sample_id=people.sample_id(number),
        scheme="dlib68",
        points=points,
        detector=detector,
        score=None,
        face=None if points is None else 0,
        n_faces=int(points is not None),
        box=None if points is None else [10.0, 10.0, 50.0, 50.0],
        is_cut=None,
        parents="p",
        status="ok",
        error=None,
    )


def _score(number: int, value: float, model: str, source: str = "human") -> Score:
    return score_with_iou(people.sample_id(number), f"p{number}", value, model=model, reference_source=source)


def test_faces_and_landmarks_are_what_a_finder_found(workspace: Workspace) -> None:
    """Landmarks beyond the picture's border are none; those that came with the data were not found."""
    judged.checked(workspace, _SPLITS)
    workspace.write(
        tables.LANDMARKS,
        [
            _face(0, points=[20.0, 20.0, 30.0, 30.0]),
            _face(1, points=[20.0, -3.0, 30.0, 30.0]),
            _face(2),
            _face(2, points=[20.0, 20.0, 30.0, 30.0], detector="given"),
        ],
    )
    found = _gathered(workspace)
    assert _values(found, FACES) == [1.0, 1.0, 0.0]
    assert _values(found, LANDMARKS) == [1.0, 0.0, 0.0]


def test_of_several_finders_the_first_by_name_counts(workspace: Workspace) -> None:
    """As for the stages that read faces; a look that failed is none."""
    judged.checked(workspace, _SPLITS)
    failed = replace(_face(1, detector="dlib68"), status="failed", error="unreadable")
    rows = [_face(0, detector="mesh", points=[1.0, 1.0]), _face(0, detector="dlib68"), failed]
    workspace.write(tables.LANDMARKS, rows)
    assert _values(_gathered(workspace), FACES) == [0.0]


def test_teachers_are_measured_from_their_mattes(workspace: Workspace) -> None:
    """Where none was scored; the definition says so."""
    judged.checked(workspace, _SPLITS)
    propose(workspace, "selfie", range(_N))
    found = _gathered(workspace)
    assert len(_values(found, _SELFIE, "human")) == _N
    assert max(_values(found, _SELFIE)) < 1
    assert "mattes on disk" in found.definitions[_SELFIE]


def test_scores_of_a_teacher_go_before_its_mattes(workspace: Workspace) -> None:
    """Nothing is compared again that a table holds."""
    judged.checked(workspace, _SPLITS)
    propose(workspace, "selfie", range(_N))
    found = _gathered(workspace, [_score(0, 0.75, "selfie"), _score(1, 0.5, "selfie")])
    assert _values(found, _SELFIE) == [0.75, 0.5]
    assert "scores table" in found.definitions[_SELFIE]
    assert {row.mask for row in workspace.rows(tables.MASK_PAIRS)} == {"human"}


def test_agreement_of_a_teacher_does_not_hide_its_accuracy(workspace: Workspace) -> None:
    """Scored against keyed masks alone, it is measured against the human ones from its mattes."""
    judged.checked(workspace, _SPLITS)
    propose(workspace, "selfie", range(_N))
    found = _gathered(workspace, [_score(0, 0.75, "selfie", "keyed"), _score(1, 0.5, "generated", "keyed")])
    assert len(_values(found, _SELFIE, "human")) == _N
    assert _values(found, _SELFIE, "keyed") == [0.75]
    assert len(_values(found, REFINED, "human")) == _N
    assert _values(found, REFINED, "keyed") == [0.5]


def test_scored_models_are_students_but_for_the_teachers(workspace: Workspace) -> None:
    """A teacher's plug-in is one, also without mattes; the packaged student is none."""
    judged.checked(workspace, _SPLITS)
    names = ("isnet", "extremec3net", "mine")
    found = _gathered(workspace, [_score(0, 0.5, name) for name in names])
    steps = set(found.definitions)
    assert {f"{TEACHER}isnet", f"{STUDENT}extremec3net", f"{STUDENT}mine"} <= steps
    assert not {f"{STUDENT}isnet", f"{TEACHER}extremec3net"} & steps


def test_a_students_agreement_stays_apart_from_its_accuracy(workspace: Workspace) -> None:
    """By the source of the masks."""
    judged.checked(workspace, _SPLITS)
    scores = [_score(0, 0.5, "mine"), _score(0, 0.75, "mine", "keyed"), _score(1, 0.25, "mine", "keyed")]
    found = _gathered(workspace, scores)
    assert _values(found, f"{STUDENT}mine", "human") == [0.5]
    assert _values(found, f"{STUDENT}mine", "keyed") == [0.75, 0.25]


def test_refining_is_held_against_the_fused_matte(workspace: Workspace) -> None:
    """Of fused mattes without error, the gain is what the refined masks lack."""
    judged.checked(workspace, _SPLITS)
    fuse(workspace, range(_N))
    found = _gathered(workspace)
    assert _values(found, GAIN) == pytest.approx([0.0, -0.1, -0.2], abs=0.01)
    assert _values(found, REFINED) == pytest.approx([1.0, 0.9, 0.8], abs=0.01)
    assert "fused" in found.definitions[GAIN]


def test_without_fused_mattes_refining_is_held_against_the_teachers(workspace: Workspace) -> None:
    """Their mean, where all that the mask was made of were measured."""
    judged.checked(workspace, _SPLITS)
    masks = workspace.rows(tables.MASKS)
    workspace.write(tables.MASKS, [*masks[:2], replace(masks[2], mask_source="model:selfie+unknown")])
    propose(workspace, "selfie", range(_N))
    found = _gathered(workspace)
    truth = [draw_person(seed=number)[1] for number in range(2)]
    refined = [iou(judged.damaged(_SPLITS[number], number), truth[number]) for number in range(2)]
    before = _values(found, _SELFIE)
    assert _values(found, GAIN) == pytest.approx(
        [after - was for after, was in zip(refined, before[:2], strict=True)]
    )
    assert "teachers' masks" in found.definitions[GAIN]


def test_scores_of_the_generated_masks_are_taken_where_there_are_some(workspace: Workspace) -> None:
    """The stage evaluate has measured them."""
    judged.checked(workspace, _SPLITS)
    assert _values(_gathered(workspace, [_score(1, 0.5, "generated")]), REFINED) == [0.5]


def test_acceptance_and_the_accuracy_of_what_was_accepted(workspace: Workspace) -> None:
    """A rejected mask counts for the first alone."""
    judged.checked(workspace, _SPLITS, rejected=[2])
    found = _gathered(workspace)
    assert _values(found, ACCEPTED) == [1.0, 1.0, 0.0]
    assert _values(found, ACCEPTED_ACCURACY) == pytest.approx([1.0, 0.9], abs=0.01)


def test_only_pictures_under_audit_count(workspace: Workspace) -> None:
    """With the person that the audit says."""
    judged.checked(workspace, _SPLITS)
    found = _gathered(workspace, [_score(2, 0.5, "mine")], n=2)
    assert set(found.frame["person_id"]) == {"p0", "p1"}
    assert f"{STUDENT}mine" not in found.definitions


def test_masks_that_nobody_drew_make_no_accuracy(workspace: Workspace) -> None:
    """Keyed masks: the funnel ends at acceptance, and the notes say what is missing."""
    judged.checked(workspace, _SPLITS, mask_source="keyed")
    propose(workspace, "selfie", range(_N))
    found = _gathered(workspace)
    assert set(found.definitions) == {ACCEPTED}
    assert any("accuracy needs human or rendered masks" in note for note in found.notes)


def test_missing_steps_are_named(workspace: Workspace) -> None:
    """With the command that fills each."""
    people.ingest(workspace, workspace.root, [people.sample(0)])
    found = _gathered(workspace)
    assert list(found.frame.columns) == list(COLUMNS)
    assert isinstance(found.frame, pd.DataFrame)
    assert found.frame.empty
    commands = ("landmarks", "segment", "check", "evaluate")
    assert [command for command in commands if f"datatools {command}" in " ".join(found.notes)] == list(
        commands
    )


def test_masks_that_cannot_be_compared_are_counted(workspace: Workspace) -> None:
    """They are in no number."""
    judged.checked(workspace, _SPLITS)
    workspace.mask_file(people.sample_id(0)).write_bytes(b"no picture")
    found = _gathered(workspace)
    assert len(_values(found, REFINED)) == _N - 1
    assert any("could not be compared" in note and note.endswith(": 1.") for note in found.notes)
