"""Findings decide, a person's review overrides them, and a human mask beats a generated one."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from datatools import selection, tables
from datatools.errors import DataError, TableError
from datatools.masks import Face, Landmarks
from datatools.records import Annotation, Finding, LandmarkRow, MaskRow
from datatools.workspace import Workspace
from tests.stages.people import answer, ingest, sample, sample_id


def _finding(number: int, check: str, passed: bool) -> Finding:
    return Finding(sample_id=sample_id(number), check=check, score=None, passed=passed, detail=None)


def _mask(number: int, path: str | None) -> MaskRow:
    return MaskRow(
        sample_id=sample_id(number),
        path=path,
        rules_applied=[],
        mask_source="model:selfie",
        sha256=None,
        parents="p",
        status="ok" if path else "failed",
        error=None if path else "cannot",
    )


def _review(number: int, value: str, created_at: str | None = None, annotator_id: str = "a") -> Annotation:
    return answer(
        number,
        value,
        annotator_id=annotator_id,
        question="mask_review",
        vocabulary="mask_review@1",
        created_at=created_at,
    )


@pytest.mark.parametrize(
    ("mask_source", "is_accuracy"),
    [("human", True), ("rendered", True), ("keyed", False), ("model:x", False)],
)
def test_only_human_and_rendered_masks_measure_accuracy(mask_source: str, is_accuracy: bool) -> None:
    """Anything else measures agreement."""
    assert selection.measures_accuracy(mask_source) == is_accuracy


def test_the_latest_review_counts() -> None:
    """Whatever the order of rows; other questions are no reviews; one without a date is the oldest."""
    rows = [
        _review(1, "accept", "2024-01-02"),
        _review(1, "reject", "2024-01-01"),
        _review(2, "reject"),
        _review(2, "accept", "2024-01-01"),
        answer(3, "male"),
    ]
    expected = {sample_id(1): "accept", sample_id(2): "accept"}
    assert selection.reviews(rows) == selection.reviews(rows[::-1]) == expected


def test_of_two_reviews_at_one_moment_the_rejection_counts() -> None:
    """A mask in doubt is not trained on."""
    rows = [_review(1, "accept", annotator_id="a"), _review(1, "reject", annotator_id="b")]
    assert selection.reviews(rows) == selection.reviews(rows[::-1]) == {sample_id(1): "reject"}


def test_a_sample_is_accepted_when_it_passed_every_check(workspace: Workspace) -> None:
    """One failed check is enough."""
    findings = [
        _finding(1, "a", True),
        _finding(1, "b", True),
        _finding(2, "a", True),
        _finding(2, "b", False),
    ]
    workspace.write(tables.FINDINGS, findings)
    assert selection.accepted(workspace) == {sample_id(1)}


def test_a_review_overrides_the_checks(workspace: Workspace) -> None:
    """Both ways; a review of a sample that was never checked accepts nothing."""
    workspace.write(tables.FINDINGS, [_finding(1, "a", True), _finding(2, "a", False)])
    workspace.append_batch([_review(1, "reject"), _review(2, "accept"), _review(3, "accept")])
    assert selection.accepted(workspace) == {sample_id(2)}


def test_nothing_is_accepted_before_the_check(workspace: Workspace) -> None:
    """That is an error, not an empty set."""
    with pytest.raises(TableError, match="no table findings"):
        selection.accepted(workspace)


@pytest.fixture
def masked(workspace: Workspace, tmp_path: Path) -> Workspace:
    """Give references of 1 (human) and 2 (keyed); masks of 1 to 4, 4 rejected; 5 has failed."""
    rows = [
        replace(sample(1), reference_mask="1.png", mask_source="human"),
        replace(sample(2), reference_mask="2.png", mask_source="keyed"),
        *(sample(number) for number in (3, 4, 5)),
    ]
    ingest(workspace, tmp_path, rows)
    workspace.write(tables.FINDINGS, [_finding(number, "a", number != 4) for number in range(1, 6)])
    masks = [_mask(number, f"masks/{number}.png") for number in range(1, 5)]
    workspace.write(tables.MASKS, [*masks, _mask(5, None)])
    return workspace


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        ("best", {1: "human", 2: "model:selfie", 3: "model:selfie"}),
        ("generated", {1: "model:selfie", 2: "model:selfie", 3: "model:selfie"}),
        ("reference", {1: "human", 2: "keyed"}),
    ],
)
def test_targets_are_what_was_asked_for(
    masked: Workspace, targets: selection.Targets, expected: dict[int, str]
) -> None:
    """A human mask beats a generated one, which beats a keyed one."""
    found = selection.training_targets(masked, targets)
    assert {key: target.mask_source for key, target in found.items()} == {
        sample_id(number): source for number, source in expected.items()
    }


def test_targets_come_sample_by_sample(masked: Workspace) -> None:
    """In the order of the ids, those without a mask too; of some samples alone."""
    samples = [row for row in masked.samples() if row.sample_id != sample_id(1)]
    found = selection.training_targets(masked, "best")
    expected = [(row, found.get(row.sample_id)) for row in samples]
    assert list(selection.each_target(masked, samples, "best")) == expected


def test_targets_lie_where_their_masks_do(masked: Workspace, tmp_path: Path) -> None:
    """References below the source, generated masks below the workspace."""
    found = selection.training_targets(masked, "best")
    assert found[sample_id(1)].path == (tmp_path / "1.png").resolve()
    assert found[sample_id(3)].path == (masked.root / "masks" / "3.png").resolve()


def test_references_need_no_check(workspace: Workspace, tmp_path: Path) -> None:
    """A data set with human masks can be trained on at once."""
    ingest(workspace, tmp_path, [replace(sample(1), reference_mask="1.png", mask_source="human")])
    assert set(selection.training_targets(workspace, "best")) == {sample_id(1)}


def test_a_reference_of_unknown_origin_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    """Nobody could say whether a score against it is accuracy."""
    row = replace(sample(1), reference_mask="1.png")
    ingest(workspace, tmp_path, [row])
    with pytest.raises(DataError, match="has a reference mask but no mask_source"):
        selection.reference_target(workspace, row)


def _landmarks(number: int, detector: str, face: int | None, **changes: object) -> LandmarkRow:
    row = LandmarkRow(
        sample_id=sample_id(number),
        scheme="ibug68",
        points=None if face is None else [1.0, 2.0, 3.0, 4.0],
        detector=detector,
        score=0.5,
        face=face,
        n_faces=0 if face is None else 1,
        box=None if face is None else [0.0, 0.0, 9.0 - face, 9.0],
        is_cut=False,
        parents="p",
        status="ok",
        error=None,
    )
    return replace(row, **changes)  # type: ignore[arg-type]  # fields of the row


def test_faces_come_largest_first(workspace: Workspace) -> None:
    """With the finder's box, points and score."""
    workspace.write(tables.LANDMARKS, [_landmarks(1, "dlib68", 1), _landmarks(1, "dlib68", 0, points=None)])
    first, second = selection.faces(workspace)[sample_id(1)]
    assert (first.box, first.landmarks) == ((0.0, 0.0, 9.0, 9.0), None)
    assert second.score == 0.5
    assert second.landmarks is not None
    assert second.landmarks.points.tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_a_finders_word_goes_before_given_landmarks(workspace: Workspace) -> None:
    """Given ones may miss faces; they are used where no finder looked."""
    rows = [
        _landmarks(1, "given", 0),
        _landmarks(1, "dlib68", None),
        _landmarks(2, "given", 0),
        _landmarks(3, "dlib68", None, status="failed", error="cannot"),
    ]
    workspace.write(tables.LANDMARKS, rows)
    found = selection.faces(workspace)
    assert {key: len(faces) for key, faces in found.items()} == {sample_id(1): 0, sample_id(2): 1}


def test_faces_are_fingerprinted_by_all_that_is_used_of_them() -> None:
    """Box, score, scheme and points."""
    points = Landmarks(np.array([[1, 2]], np.float32), "x")
    faces = [
        Face((0, 0, 1, 1), points, 0.5),
        Face((0, 0, 1, 2), points, 0.5),
        Face((0, 0, 1, 1), points, 0.6),
        Face((0, 0, 1, 1), None, 0.5),
        Face((0, 0, 1, 1), Landmarks(np.array([[1, 3]], np.float32), "x"), 0.5),
        Face((0, 0, 1, 1), Landmarks(np.array([[1, 2]], np.float32), "y"), 0.5),
    ]
    assert len({selection.faces_fingerprint([face]) for face in faces}) == len(faces)
    assert selection.faces_fingerprint([]) == selection.faces_fingerprint([])
