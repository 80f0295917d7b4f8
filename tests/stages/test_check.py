"""Masks are looked at, judged and accepted; whatever cannot be read is a finding."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from datatools import tables
from datatools.errors import TableError, UsageError
from datatools.images import write_mask
from datatools.masks import Mask
from datatools.progress import Progress
from datatools.records import Annotation, Finding, MaskRow
from datatools.selection import accepted
from datatools.stages.check import Settings, run
from datatools.workspace import Workspace
from tests.stages import people
from tests.stages.test_refine import failed_matte_row, ingest_people, landmark_row, truth

# Drawings resemble each other more than photographs do.
_NOT_FOR_DRAWINGS = {"near_duplicate", "teacher_unsure", "expected_iou"}
CHECKS = tuple(name for name in Settings().checks if name not in _NOT_FOR_DRAWINGS)


def _mask_row(workspace: Workspace, number: int, mask: Mask) -> MaskRow:
    path = workspace.mask_file(people.sample_id(number))
    data = write_mask(path, mask)
    return MaskRow(
        sample_id=people.sample_id(number),
        path=workspace.relative(path),
        rules_applied=[],
        mask_source="model:selfie",
        sha256=tables.sha256_bytes(data),
        parents="p",
        status="ok",
        error=None,
    )


def _refined(workspace: Workspace, n_people: int) -> Path:
    """Write what refine writes, with exact masks."""
    folder = ingest_people(workspace, n_people)
    workspace.write(tables.MASKS, [_mask_row(workspace, n, truth(n)) for n in range(n_people)])
    return folder


def _failed(workspace: Workspace) -> list[tuple[str, str, str | None]]:
    rows = workspace.rows(tables.FINDINGS)
    return [(row.sample_id, row.check, row.detail) for row in rows if not row.passed]


def test_good_masks_are_accepted(workspace: Workspace, quiet: Progress) -> None:
    """A finding for each check and sample, all passed."""
    _refined(workspace, 3)
    result = run(workspace, Settings(checks=CHECKS), quiet)
    assert len(workspace.rows(tables.FINDINGS)) == 3 * len(CHECKS)
    assert accepted(workspace) == {people.sample_id(number) for number in range(3)}
    assert result.facts["n_accepted"] == 3
    assert result.notes[0] == "3 of 3 samples accepted."
    assert result.passed


def test_the_default_checks_are_all_there_are(workspace: Workspace, quiet: Progress) -> None:
    """Every check gives every sample a finding."""
    _refined(workspace, 2)
    run(workspace, Settings(), quiet)
    seen = {(row.sample_id, row.check) for row in workspace.rows(tables.FINDINGS)}
    assert seen == {(people.sample_id(n), name) for n in range(2) for name in Settings().checks}


def test_a_bad_mask_is_rejected_with_its_reason(workspace: Workspace, quiet: Progress) -> None:
    """An empty one; the face is off it, too."""
    _refined(workspace, 2)
    empty = Mask(np.zeros((128, 96), np.bool_))
    workspace.write(tables.MASKS, [_mask_row(workspace, 0, truth(0)), _mask_row(workspace, 1, empty)])
    result = run(workspace, Settings(checks=CHECKS), quiet)
    assert accepted(workspace) == {people.sample_id(0)}
    assert result.facts["rejected_by"] == {"mask_area": 1, "landmarks_outside": 1}
    assert "Rejected by (a sample may fail several checks): " in result.notes[1]


def test_what_ingest_could_not_read_is_a_corrupt_finding(workspace: Workspace, quiet: Progress) -> None:
    """With the manifest's own reason: nothing is lost."""
    _refined(workspace, 1)
    broken = replace(people.sample(9), status="failed", error="9.jpg: the file is empty")
    workspace.write(tables.MANIFEST, [*workspace.rows(tables.MANIFEST), broken])
    result = run(workspace, Settings(checks=CHECKS), quiet)
    assert _failed(workspace) == [(people.sample_id(9), "corrupt", "9.jpg: the file is empty")]
    assert result.facts["n_samples"] == 2


def test_a_picture_that_vanished_is_a_corrupt_finding(workspace: Workspace, quiet: Progress) -> None:
    """The other checks have nothing to say about it."""
    folder = _refined(workspace, 2)
    (folder / "1.png").unlink()
    run(workspace, Settings(checks=CHECKS), quiet)
    assert _failed(workspace) == [(people.sample_id(1), "corrupt", "1.png: there is no such file")]


def test_a_mask_that_refine_could_not_make_is_rejected(workspace: Workspace, quiet: Progress) -> None:
    """There is a finding that says so."""
    _refined(workspace, 2)
    good, bad = workspace.rows(tables.MASKS)
    workspace.write(tables.MASKS, [good, replace(bad, path=None, sha256=None, status="failed", error="no")])
    workspace.write(tables.MATTES, [workspace.rows(tables.MATTES)[0], failed_matte_row(1, "selfie")])
    run(workspace, Settings(checks=CHECKS), quiet)
    assert _failed(workspace) == [
        (people.sample_id(1), "mask_area", "there is no mask: segment or refine failed")
    ]


@pytest.mark.parametrize(("least", "passed"), [(0.5, True), (0.6, False)])
def test_the_gate(workspace: Workspace, quiet: Progress, least: float, passed: bool) -> None:
    """One of two is accepted; everything is written all the same."""
    _refined(workspace, 2)
    workspace.write(tables.LANDMARKS, [landmark_row(0), replace(landmark_row(1), face=None, box=None)])
    result = run(workspace, Settings(checks=CHECKS, min_accepted_frac=least), quiet)
    assert result.passed == passed
    assert ("The gate is not met" in result.notes[-1]) == (not passed)
    assert len(workspace.run_files()) == 1


def test_a_gate_over_nothing_is_not_met(workspace: Workspace, quiet: Progress) -> None:
    """No samples: no fraction."""
    _refined(workspace, 1)
    workspace.write(tables.MASKS, [])
    result = run(workspace, Settings(min_accepted_frac=0.1), quiet)
    assert result.facts["accepted_frac"] is None
    assert not result.passed
    assert "1 pictures have no mask yet" in result.notes[-1]


def test_a_person_s_review_counts_in_the_summary(workspace: Workspace, quiet: Progress) -> None:
    """An accepted answer overrides a failed finding."""
    _refined(workspace, 1)
    workspace.write(tables.LANDMARKS, [replace(landmark_row(0), face=None, box=None)])
    review = Annotation(
        sample_id=people.sample_id(0),
        question="mask_review",
        value="accept",
        annotator_id="ann01",
        source="annotator",
        vocabulary="mask_review@1",
        created_at=None,
        lead_time_s=None,
        presentation_order=None,
        batch="b",
    )
    workspace.append_batch([review])
    assert run(workspace, Settings(checks=CHECKS), quiet).facts["n_accepted"] == 1


def test_a_second_run_looks_only_at_what_changed(workspace: Workspace, quiet: Progress) -> None:
    """Nothing; then one new mask, one new face, and another list of checks."""
    _refined(workspace, 3)
    settings = Settings(checks=CHECKS)
    assert run(workspace, settings, quiet).facts["n_computed"] == 3
    before = workspace.table_file(tables.FINDINGS).read_bytes()
    assert run(workspace, settings, quiet).facts["n_computed"] == 0
    assert workspace.table_file(tables.FINDINGS).read_bytes() == before
    rows = workspace.rows(tables.MASKS)
    grown = truth(0).array | np.roll(truth(0).array, 1, axis=0)
    workspace.write(tables.MASKS, [_mask_row(workspace, 0, Mask(grown)), *rows[1:]])
    assert run(workspace, settings, quiet).facts["n_computed"] == 1
    faces = workspace.rows(tables.LANDMARKS)
    workspace.write(tables.LANDMARKS, [*faces[:2], replace(faces[2], score=0.1)])
    assert run(workspace, settings, quiet).facts["n_computed"] == 1
    assert run(workspace, Settings(checks=("no_face",)), quiet).facts["n_computed"] == 3


def _checked(rows: list[Finding]) -> set[str]:
    return {row.sample_id for row in rows}


def test_only_adds_to_the_findings_of_other_sources(workspace: Workspace, quiet: Progress) -> None:
    """As long as those are of today's masks; a stale one is dropped until it is looked at again."""
    folder = _refined(workspace, 2)
    people.ingest(
        workspace, folder, [people.sample(n, path=f"{n}.png", source="b" if n else "a") for n in range(2)]
    )
    first, second = people.sample_id(0), people.sample_id(1)
    run(workspace, Settings(checks=CHECKS, only="a"), quiet)
    assert _checked(workspace.rows(tables.FINDINGS)) == {first}
    run(workspace, Settings(checks=CHECKS, only="b"), quiet)
    assert _checked(workspace.rows(tables.FINDINGS)) == {first, second}
    rows = workspace.rows(tables.MASKS)
    other = Mask(np.roll(truth(0).array, 1, axis=0))
    workspace.write(tables.MASKS, [_mask_row(workspace, 0, other), rows[1]])
    run(workspace, Settings(checks=CHECKS, only="b"), quiet)
    assert _checked(workspace.rows(tables.FINDINGS)) == {second}


def test_near_duplicates_lose_to_the_best(workspace: Workspace, quiet: Progress) -> None:
    """The same drawing twice under two ids."""
    _refined(workspace, 2)
    workspace.write(tables.MANIFEST, [people.sample(0, path="0.png"), people.sample(1, path="0.png")])
    run(workspace, Settings(checks=("near_duplicate",)), quiet)
    assert _failed(workspace) == [
        (people.sample_id(1), "near_duplicate", f"nearly the same picture as {people.sample_id(0)}")
    ]


def test_a_dry_run_writes_nothing(workspace: Workspace, quiet: Progress) -> None:
    """It says what it would do."""
    _refined(workspace, 2)
    result = run(workspace, Settings(checks=("corrupt", "no_face"), dry_run=True), quiet)
    assert result.notes == ["Would check 2 masks by corrupt, no_face."]
    assert not workspace.has(tables.FINDINGS)
    assert not workspace.run_files()


def test_the_run_record_keeps_the_counts(workspace: Workspace, quiet: Progress) -> None:
    """And the hashes of the tables that were written."""
    _refined(workspace, 1)
    run(workspace, Settings(checks=CHECKS), quiet)
    record = json.loads(workspace.run_files()[0].read_text())
    assert record["facts"]["n_accepted"] == 1
    assert set(record["outputs"]) == {
        "tables/observations.parquet",
        "tables/findings.parquet",
        "tables/parity.parquet",
    }


def test_check_needs_masks_and_landmarks(tmp_path: Path, workspace: Workspace, quiet: Progress) -> None:
    """Each missing thing has its own error; without the check for a face, landmarks are not needed."""
    with pytest.raises(UsageError, match="no workspace yet"):
        run(Workspace(tmp_path / "nowhere"), Settings(), quiet)
    ingest_people(workspace, 1, with_faces=False)
    with pytest.raises(UsageError, match=r"expects the landmarks table.*datatools landmarks"):
        run(workspace, Settings(), quiet)
    with pytest.raises(TableError, match="no table masks"):
        run(workspace, Settings(checks=("mask_area",)), quiet)
