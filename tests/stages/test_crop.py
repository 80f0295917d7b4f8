"""Are portraits cut, listed with their lineage, and read back as nobody new?"""

import csv
from pathlib import Path

import pytest
from PIL import Image

from datatools import tables
from datatools.errors import UsageError
from datatools.images import read_mask, read_rgb
from datatools.masks import iou
from datatools.progress import Progress
from datatools.records import StageResult
from datatools.stages import crop, ingest
from datatools.workspace import Workspace
from tests.stages import made


def _run(workspace: Workspace, **settings: object) -> StageResult:
    return crop.run(workspace, crop.Settings.model_validate(settings), Progress("quiet"))


@pytest.fixture
def people(workspace: Workspace) -> Workspace:
    """Give four people with masks; in one picture no face was found."""
    made.with_people(workspace, 4)
    made.with_faces(workspace, faceless=1)
    return workspace


def test_each_face_is_cut_at_each_framing(people: Workspace) -> None:
    """Kept crops have a picture and a mask of one size; every other row has its reason."""
    result = _run(people, framings=["head", "shoulders"])
    rows = people.rows(tables.MADE)
    assert len(rows) == 8
    kept = [row for row in rows if row.image is not None]
    assert result.facts["n_crops"] == len(kept) == 6
    assert result.facts["not_kept"] == {"no face was found": 2}
    for row in kept:
        image = read_rgb(Path(row.folder) / str(row.image))
        mask = read_mask(Path(row.folder) / str(row.mask))
        assert image.shape[:2] == mask.array.shape
        assert row.mask_source == "human"
    assert all(row.reason for row in rows if row.image is None)


def test_crop_is_its_window_of_picture_and_mask(people: Workspace) -> None:
    """No pixel is resampled: the box of the row gives the crop back."""
    _run(people)
    row = next(row for row in people.rows(tables.MADE) if row.box is not None)
    sample = next(s for s in people.samples() if s.sample_id == row.sample_id)
    x0, y0, x1, y1 = row.box or []
    image = read_rgb(Path(row.folder) / str(row.image))
    assert (image == read_rgb(people.image_file(sample))[y0:y1, x0:x1]).all()
    whole = read_mask(people.reference_file(sample) or Path())
    part = read_mask(Path(row.folder) / str(row.mask))
    assert (part.array == whole.array[y0:y1, x0:x1]).all()
    assert iou(part, part) == 1


def test_crops_are_ingested_as_their_parents_people(people: Workspace) -> None:
    """The folder is read as derived; people, mask source and lineage come with it."""
    _run(people)
    before = {sample.person_id for sample in people.samples()}
    folder = people.made_folder("crops")
    result = ingest.run(people, ingest.Settings(source=folder), Progress("quiet"))
    assert result.facts["reader"] == "derived"
    crops = people.samples(source="crops")
    assert crops
    assert {sample.person_id for sample in crops} <= before
    assert {sample.mask_source for sample in crops} == {"human"}
    parents = {row.sample_id: row.parent for row in people.rows(tables.LINEAGE)}
    person_of = {sample.sample_id: sample.person_id for sample in people.samples(source="people")}
    assert all(person_of[parents[sample.sample_id]] == sample.person_id for sample in crops)


def test_crops_are_not_cut_again(people: Workspace) -> None:
    """A second run over a workspace with crops in it looks at the others alone."""
    _run(people)
    ingest.run(people, ingest.Settings(source=people.made_folder("crops")), Progress("quiet"))
    assert _run(people).facts["n_pictures"] == 4


def test_second_run_computes_nothing_and_changes_nothing(people: Workspace) -> None:
    """What is there is kept; the listing's bytes stay."""
    _run(people)
    index = people.made_folder("crops") / "index.csv"
    before = index.read_bytes()
    again = _run(people)
    assert again.facts["n_computed"] == 0
    assert index.read_bytes() == before


def test_lost_file_is_made_again(people: Workspace) -> None:
    """A crop that somebody deleted comes back with the same bytes under the same name."""
    _run(people)
    picture = next((people.made_folder("crops") / "images").iterdir())
    before = picture.read_bytes()
    picture.unlink()
    assert _run(people).facts["n_computed"] == 1
    assert picture.read_bytes() == before


def test_other_settings_need_another_set(people: Workspace) -> None:
    """Two settings are never mixed in one folder; another name keeps both."""
    _run(people)
    with pytest.raises(UsageError, match="--name"):
        _run(people, seed=1)
    _run(people, seed=1, name="others")
    assert {Path(row.folder).name for row in people.rows(tables.MADE)} == {"crops", "others"}


def test_folder_of_somebody_else_is_left_alone(people: Workspace, tmp_path: Path) -> None:
    """--out never writes into a folder that holds other things."""
    other = tmp_path / "mine"
    other.mkdir()
    (other / "notes.txt").write_text("keep")
    with pytest.raises(UsageError, match="something else"):
        _run(people, out=other)


def test_set_may_lie_elsewhere(people: Workspace, tmp_path: Path) -> None:
    """--out names the folder; its listing has a row for each crop."""
    result = _run(people, out=tmp_path / "cut")
    with (tmp_path / "cut" / "index.csv").open() as stream:
        assert len(list(csv.DictReader(stream))) == result.facts["n_crops"]


def test_landmarks_come_first(workspace: Workspace) -> None:
    """Without a finder's look at the pictures the stage says what to run."""
    made.with_people(workspace, 1)
    with pytest.raises(UsageError, match="datatools landmarks"):
        _run(workspace)


def test_pictures_without_masks_are_counted(people: Workspace) -> None:
    """What has no mask cannot be cut, and is not silently gone."""
    result = _run(people, targets="generated")
    assert result.facts["n_without_mask"] == 4
    assert any("no mask" in note for note in result.notes)


def test_broken_mask_is_a_failed_row(people: Workspace) -> None:
    """A mask of another size, or none any more, fails its picture alone."""
    first, second, *_ = people.samples()
    (people.reference_file(first) or Path()).unlink()
    whole = people.reference_file(second) or Path()
    Image.open(whole).crop((0, 0, 50, 50)).save(whole)
    result = _run(people)
    assert result.facts["n_failed"] == 2
    errors = {row.sample_id: row.error for row in people.rows(tables.MADE) if row.status == "failed"}
    assert "ingest or refine again" in str(errors[second.sample_id])


def test_dry_run_writes_nothing(people: Workspace) -> None:
    """It says how many pictures would be cut."""
    result = _run(people, dry_run=True)
    assert result.facts["n_to_compute"] == 4
    assert not people.has(tables.MADE)
    assert not people.made_folder("crops").exists()
