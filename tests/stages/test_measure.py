"""The stage ``measure``: rows of measurements from pictures, faces and masks."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datatools import measures, tables
from datatools.errors import UsageError
from datatools.images import write_mask
from datatools.masks import Mask
from datatools.progress import Progress
from datatools.records import LandmarkRow, MaskRow, Measurement
from datatools.stages.measure import MEASURED_BY, Settings, run
from datatools.workspace import Workspace
from tests.stages import people
from tests.unit.measures import faces


@pytest.fixture
def portraits(workspace: Workspace) -> Workspace:
    """Give three drawn portraits; the last has no face, the first alone a human mask."""
    folder = workspace.root.parent / "pictures"
    folder.mkdir()
    image, mask = faces.plain()
    for number in range(3):
        Image.fromarray(np.roll(image, number, axis=1)).save(folder / f"{number}.png")
    Image.fromarray(mask.array.astype(np.uint8) * 255).save(folder / "mask.png")
    samples = [people.sample(number, path=f"{number}.png") for number in range(3)]
    first = replace(samples[0], reference_mask="mask.png", mask_source="human", mask_encoding="binary255")
    people.ingest(workspace, folder, [first, *samples[1:]])
    workspace.write(tables.LANDMARKS, [_landmarks(0), _landmarks(1), _faceless(2)])
    return workspace


def _landmarks(number: int) -> LandmarkRow:
    return LandmarkRow(
        sample_id=people.sample_id(number),
        scheme="ibug68",
        points=[float(value) for value in faces.points_of(faces.frontal()).ravel()],
        detector="dlib68",
        score=1.0,
        face=0,
        n_faces=1,
        box=[90.0, 160.0, 210.0, 290.0],
        is_cut=False,
        parents="p",
        status="ok",
        error=None,
    )


def _faceless(number: int) -> LandmarkRow:
    return replace(_landmarks(number), points=None, face=None, n_faces=0, box=None, is_cut=None, score=None)


def _mask_row(workspace: Workspace, number: int, mask: Mask) -> MaskRow:
    path = workspace.mask_file(people.sample_id(number))
    sha256 = tables.sha256_bytes(write_mask(path, mask))
    return MaskRow(
        sample_id=people.sample_id(number),
        path=workspace.relative(path),
        rules_applied=[],
        mask_source="model:selfie",
        sha256=sha256,
        parents="p",
        status="ok",
        error=None,
    )


def _values(workspace: Workspace, number: int) -> dict[str, tuple[float, str]]:
    rows = workspace.rows(tables.MEASUREMENTS)
    return {r.name: (r.value, r.measured_by) for r in rows if r.sample_id == people.sample_id(number)}


def test_rows_are_what_the_measures_give(portraits: Workspace, quiet: Progress) -> None:
    """One row for each number, under the version of the code and the mask it was read from."""
    run(portraits, Settings(), quiet)
    image, mask = faces.plain()
    expected = measures.measure(image, faces.frontal(), mask)
    found = _values(portraits, 0)
    assert {name: value for name, (value, _) in found.items()} == pytest.approx(expected.values)
    assert found["face_ita_deg"][1] == MEASURED_BY
    assert found["hair_below_chin"][1] == f"{MEASURED_BY}:human"


def test_what_cannot_be_measured_has_no_row(portraits: Workspace, quiet: Progress) -> None:
    """Without a mask none of its measures; without a face the picture alone."""
    run(portraits, Settings(), quiet)
    assert measures.NEEDS_MASK.isdisjoint(_values(portraits, 1))
    assert "face_ita_deg" in _values(portraits, 1)
    assert set(_values(portraits, 2)) == {"picture_lightness"}


def test_a_human_mask_goes_before_a_generated_one(portraits: Workspace, quiet: Progress) -> None:
    """A damaged generated mask must not decide in which band its person is."""
    wrong = Mask(np.zeros((faces.HEIGHT_PX, faces.WIDTH_PX), bool))
    right = faces.plain()[1]
    portraits.write(tables.MASKS, [_mask_row(portraits, 0, wrong), _mask_row(portraits, 1, right)])
    run(portraits, Settings(), quiet)
    assert _values(portraits, 0)["edge_contrast"][1] == f"{MEASURED_BY}:human"
    assert _values(portraits, 1)["edge_contrast"][1] == f"{MEASURED_BY}:model:selfie"


def test_why_a_value_is_missing_is_kept(portraits: Workspace, quiet: Progress) -> None:
    """A row for each picture lists what has no value, and the record counts the reasons."""
    facts = run(portraits, Settings(), quiet).facts
    row = portraits.rows(tables.MEASURED)[2]
    found = dict(zip(row.invalid, row.reasons, strict=True))
    assert (found["face_ita_deg"], found["edge_contrast"]) == ("no face was found", "no mask")
    n_invalid = facts["n_invalid"]
    assert isinstance(n_invalid, dict)
    assert n_invalid["face_ita_deg"] == {"no face was found": 1}
    assert n_invalid["edge_contrast"] == {"no mask": 2}


def test_a_face_without_landmarks_is_measured_in_its_box(portraits: Workspace, quiet: Progress) -> None:
    """Its rows say so."""
    rows = portraits.rows(tables.LANDMARKS)
    portraits.write(tables.LANDMARKS, [replace(rows[0], points=None), *rows[1:]])
    facts = run(portraits, Settings(), quiet).facts
    found = _values(portraits, 0)
    assert found["face_ita_deg"][1] == f"{MEASURED_BY}:box"
    assert found["back_light"][1] == f"{MEASURED_BY}:box:human"
    assert found["edge_contrast"][1] == f"{MEASURED_BY}:human"
    assert "face_yaw_deg" not in found
    assert facts["n_guessed"] == 1


def test_a_table_of_an_earlier_version_is_measured_again(portraits: Workspace, quiet: Progress) -> None:
    """Nothing in it was anybody's work."""
    run(portraits, Settings(), quiet)
    before = portraits.rows(tables.MEASUREMENTS)
    portraits.table_file(tables.MEASURED).write_bytes(portraits.table_file(tables.SOURCES).read_bytes())
    assert run(portraits, Settings(dry_run=True), quiet).facts["n_to_compute"] == 3
    assert run(portraits, Settings(), quiet).facts["n_computed"] == 3
    assert portraits.rows(tables.MEASUREMENTS) == before


def test_measured_nowhere_is_said(portraits: Workspace, quiet: Progress) -> None:
    """Where no picture has a value of a measure."""
    portraits.write(tables.LANDMARKS, [_faceless(number) for number in range(3)])
    notes = run(portraits, Settings(), quiet).notes
    assert any(note.startswith("face_ita_deg: measured on no picture") for note in notes)


def test_a_second_run_measures_only_what_changed(portraits: Workspace, quiet: Progress) -> None:
    """Nothing; then one new mask; the rows of the others stay."""
    assert run(portraits, Settings(), quiet).facts["n_computed"] == 3
    before = portraits.table_file(tables.MEASUREMENTS).read_bytes()
    assert run(portraits, Settings(), quiet).facts["n_computed"] == 0
    assert portraits.table_file(tables.MEASUREMENTS).read_bytes() == before
    portraits.write(tables.MASKS, [_mask_row(portraits, 1, faces.plain()[1])])
    assert run(portraits, Settings(), quiet).facts["n_computed"] == 1
    assert "edge_contrast" in _values(portraits, 1)
    assert "edge_contrast" in _values(portraits, 0)


def test_numbers_of_data_sets_stay(portraits: Workspace, quiet: Progress) -> None:
    """Those of earlier versions of our own go."""
    given = Measurement(
        sample_id=people.sample_id(0), name="ita_deg", value=41.0, measured_by="dataset:celebamask"
    )
    old = replace(given, name="face_oldness", measured_by="pixels@0:human")
    portraits.write(tables.MEASUREMENTS, [given, old])
    run(portraits, Settings(), quiet)
    found = _values(portraits, 0)
    assert found["ita_deg"] == (41.0, "dataset:celebamask")
    assert "face_oldness" not in found


def test_an_unreadable_picture_is_a_failed_row(portraits: Workspace, quiet: Progress) -> None:
    """It has no measurements, says why, and is tried again."""
    path = portraits.image_file(portraits.samples()[1])
    whole = path.read_bytes()
    path.write_bytes(b"no picture")
    result = run(portraits, Settings(), quiet)
    assert result.facts["n_failed"] == 1
    failed = [row for row in portraits.rows(tables.MEASURED) if row.status == "failed"]
    assert [row.sample_id for row in failed] == [people.sample_id(1)]
    assert not _values(portraits, 1)
    path.write_bytes(whole)
    assert run(portraits, Settings(), quiet).facts["n_failed"] == 0
    assert _values(portraits, 1)


def test_a_lost_reference_mask_is_a_failed_row(portraits: Workspace, quiet: Progress) -> None:
    """The other pictures are measured all the same."""
    (portraits.root.parent / "pictures" / "mask.png").unlink()
    assert run(portraits, Settings(), quiet).facts["n_failed"] == 1
    assert not _values(portraits, 0)
    assert _values(portraits, 1)


def test_limit_and_dry_run_do_what_they_say(portraits: Workspace, quiet: Progress) -> None:
    """A dry run writes nothing; a limit takes the first pictures."""
    result = run(portraits, Settings(limit=2, dry_run=True), quiet)
    assert result.notes == ["Would measure 2 of 2 pictures."]
    assert not portraits.has(tables.MEASUREMENTS)
    assert not portraits.run_files()
    result = run(portraits, Settings(limit=2), quiet)
    assert result.facts["n_computed"] == 2
    assert not _values(portraits, 2)


def test_the_notes_say_what_was_measured_on_how_many(portraits: Workspace, quiet: Progress) -> None:
    """And why the others have no value."""
    notes = run(portraits, Settings(), quiet).notes
    assert notes[0] == "Measured 3 pictures, 0 were up to date, 0 failed."
    assert any(note.startswith("face_ita_deg: median ") and "of 2 pictures" in note for note in notes)
    assert any(note.endswith("Without a value: no face was found 1.") for note in notes)


def test_measure_needs_a_workspace_with_landmarks(
    tmp_path: Path, workspace: Workspace, quiet: Progress
) -> None:
    """Without faces it would measure next to nothing."""
    with pytest.raises(UsageError, match="no workspace yet"):
        run(Workspace(tmp_path / "nowhere"), Settings(), quiet)
    with pytest.raises(UsageError, match="datatools landmarks"):
        run(workspace, Settings(), quiet)
