"""What ingest makes of folders: rows, aliases, reasons, landmarks and measurements."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from datatools import images, tables
from datatools.errors import DataError, TooManyFailuresError, UsageError
from datatools.masks import RGB
from datatools.progress import Progress
from datatools.records import LandmarkRow, Measurement, Sample, StageResult
from datatools.selection import GIVEN, faces
from datatools.stages import ingest
from datatools.workspace import Workspace
from tests import datasets
from tests.dirty import write_dirty


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give an empty folder for a source."""
    folder = tmp_path / "set"
    folder.mkdir()
    return folder


def _ingest(workspace: Workspace, source: Path, **settings: object) -> StageResult:
    chosen = ingest.Settings.model_validate({"source": source, **settings})
    return ingest.run(workspace, chosen, Progress("quiet"))


def _rows(workspace: Workspace) -> dict[str, Sample]:
    return {row.path: row for row in workspace.rows(tables.MANIFEST)}


def _table_bytes(workspace: Workspace) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (workspace.root / "tables").glob("*.parquet")}


# -- rows ---------------------------------------------------------------------------------------------


def test_each_picture_is_a_row(workspace: Workspace, root: Path) -> None:
    """The row holds the hash of the bytes, the size, the source, and the person where one is known."""
    datasets.folder(root)
    _ingest(workspace, root, name="my set", licence="CC0")
    row = _rows(workspace)["a.png"]
    assert row.sample_id == tables.sha256_file(root / "a.png")[:16]
    assert (row.width_px, row.height_px, row.status, row.error) == (96, 128, "ok", None)
    assert (row.source, row.licence, row.person_id) == ("my_set", "CC0", row.sample_id)
    assert workspace.image_file(row) == root / "a.png"


def test_person_carries_the_name_of_the_source(workspace: Workspace, root: Path) -> None:
    """Person 1 of two data sets are two people."""
    datasets.london(root)
    _ingest(workspace, root, name="london")
    assert {row.person_id for row in _rows(workspace).values()} == {"london:london_001", "london:london_002"}


def test_dirty_folder_gives_a_right_row_or_a_reason_for_every_file(
    workspace: Workspace, tmp_path: Path
) -> None:
    """Nothing crashes and nothing vanishes: each file is a sample, an alias or a failed row."""
    files = write_dirty(tmp_path / "dirty")
    result = _ingest(workspace, tmp_path / "dirty")
    rows = _rows(workspace)
    by_name = rows | {alias: row for row in rows.values() for alias in row.aliases}
    assert by_name.keys() == files.keys()
    for name, expected in files.items():
        row = by_name[name]
        if expected.picture is not None:
            height_px, width_px, _ = expected.picture.shape
            assert (row.status, row.width_px, row.height_px) == ("ok", width_px, height_px), name
        else:
            assert row.status == "failed", name
            assert str(expected.reason) in str(row.error), name
    copies = [name for name, expected in files.items() if expected.alias_of is not None]
    assert all(by_name[name] is by_name[str(files[name].alias_of)] for name in copies)
    assert result.facts["n_duplicates"] == len(copies)


def test_listed_picture_that_is_gone_is_a_failed_row(workspace: Workspace, root: Path) -> None:
    """Without bytes to hash, the row is identified by its source and path."""
    datasets.eg1800_original(root)
    result = _ingest(workspace, root)
    row = _rows(workspace)["images_data_crop/00007.jpg"]
    assert (row.status, row.error) == ("failed", "missing: a list names it, but there is no such file")
    assert len(row.sample_id) == 16
    assert result.facts["failures"] == {row.error: 1}
    assert {row.source_split for row in _rows(workspace).values()} == {"train", "val"}


def test_path_that_is_no_file_is_a_failed_row(workspace: Workspace, root: Path) -> None:
    """What the operating system refuses to read (here a folder) is a reason and no crash."""
    (root / "sub").mkdir()
    (root / "all.csv").write_text("f\nsub\n")
    result = _ingest(workspace, root, reader="table", options={"image": "f"})
    assert result.facts["failures"] == {"cannot be read: Is a directory": 1}


def test_picture_behind_a_link_that_leaves_the_folder_is_a_failed_row(
    workspace: Workspace, root: Path, tmp_path: Path
) -> None:
    """A source never reaches outside its root; the row says so."""
    datasets.folder(root)
    datasets.write_picture(tmp_path / "secret.png", 9)
    (root / "z.png").symlink_to(tmp_path / "secret.png")
    _ingest(workspace, root)
    row = _rows(workspace)["z.png"]
    assert row.status == "failed"
    assert "which leaves it" in str(row.error)


def test_name_that_is_not_utf8_is_a_failed_row(workspace: Workspace, root: Path) -> None:
    """Such a name fits no table: the row shows it with escapes and says what to do."""
    datasets.folder(root)
    try:
        (Path(os.fsdecode(os.fsencode(root) + b"/caf\xe9.png"))).write_bytes((root / "a.png").read_bytes())
    except OSError:
        pytest.skip("this file system takes UTF-8 names alone")
    _ingest(workspace, root)
    row = _rows(workspace)["caf\\xe9.png"]
    assert (row.status, row.error) == (
        "failed",
        "caf\\xe9.png: the file's name is not UTF-8; rename it",
    )


# -- masks --------------------------------------------------------------------------------------------


def test_masks_are_kept_with_source_and_encoding(workspace: Workspace, root: Path) -> None:
    """The manifest says who made a mask and how its file holds it; so does the note."""
    datasets.eg1800(root)
    result = _ingest(workspace, root)
    row = _rows(workspace)["images/00000.png"]
    assert (row.reference_mask, row.mask_source, row.mask_encoding) == (
        "masks/00000.png",
        "human",
        "binary255",
    )
    assert result.facts["mask_encodings"] == {"binary255": 3}
    assert "Reference masks: 3 human; in the files: 3 binary255." in result.notes


def test_masks_of_unstated_origin_are_pointed_out(workspace: Workspace, root: Path) -> None:
    """The note says that scores will count as agreement, and how to say otherwise."""
    datasets.folder_masks(root)
    notes = _ingest(workspace, root).notes
    assert any("--options.mask_source human" in note for note in notes)
    assert not any(
        "--options" in note for note in _ingest(workspace, root, options={"mask_source": "human"}).notes
    )


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (None, "there is no such file"),
        (b"", "the file is empty"),
        (Image.new("L", (5, 5)), "expected the picture's 96 x 128 px, got 5 x 5"),
    ],
)
def test_unusable_mask_leaves_the_picture(
    workspace: Workspace, root: Path, data: bytes | Image.Image | None, reason: str
) -> None:
    """The picture is still good: status ok, no reference mask, and the error says why."""
    datasets.eg1800(root)
    file = root / "masks" / "00001.png"
    file.unlink()
    if isinstance(data, bytes):
        file.write_bytes(data)
    elif data is not None:
        data.save(file)
    result = _ingest(workspace, root)
    row = _rows(workspace)["images/00001.png"]
    assert (row.status, row.reference_mask, row.mask_source) == ("ok", None, None)
    assert row.error == f"mask not used: 00001.png: {reason}"
    assert result.facts["n_failed"] == 0
    assert any(note.startswith("Readable, but: images/00001.png: mask not used") for note in result.notes)


def test_problem_of_an_entry_stays_with_its_picture(workspace: Workspace, root: Path) -> None:
    """A malformed name costs the labels, not the picture."""
    datasets.utkface(root)
    datasets.write_picture(root / "61_1_20170109142408075.jpg.chip.jpg", 7)
    result = _ingest(workspace, root, reader="utkface")
    row = _rows(workspace)["61_1_20170109142408075.jpg.chip.jpg"]
    assert row.status == "ok"
    assert result.facts["remarks"] == {str(row.error): 1}


# -- the same picture twice ---------------------------------------------------------------------------


def test_copies_are_one_sample(workspace: Workspace, root: Path) -> None:
    """The first path names the sample, the others are its aliases; a copy may bring the mask."""
    for name in ("b.jpg", "c.jpg"):
        datasets.write_picture(root / "images" / name, 1)
    datasets.write_picture(root / "images" / "d.jpg", 2, root / "masks" / "d.png")
    (root / "images" / "e.jpg").write_bytes((root / "images" / "b.jpg").read_bytes())
    (root / "masks" / "e.png").write_bytes((root / "masks" / "d.png").read_bytes())
    result = _ingest(workspace, root, options={"mask_source": "human"})
    row = _rows(workspace)["images/b.jpg"]
    assert row.aliases == ["images/c.jpg", "images/e.jpg"]
    assert (row.reference_mask, row.mask_source) == ("masks/e.png", "human")
    assert (result.facts["n_samples"], result.facts["n_duplicates"]) == (2, 2)


def test_copies_with_other_labels_are_counted(workspace: Workspace, root: Path) -> None:
    """The same photograph under two labels says how far the labels can be trusted."""
    datasets.utkface(root)
    for name in ("27_1_2", "26_1_2"):
        copy = root / f"{name}_20170110220235234.jpg.chip.jpg"
        copy.write_bytes((root / "26_1_2_20170110220235233.jpg.chip.jpg").read_bytes())
    result = _ingest(workspace, root)
    assert (result.facts["n_duplicates"], result.facts["n_contradictory"]) == (2, 1)
    assert "1 copies carry other labels than the file that they copy." in result.notes


def test_picture_of_two_sources_stays_the_firsts(workspace: Workspace, tmp_path: Path) -> None:
    """The second source's path becomes an alias with its name, once however often it is ingested."""
    for name in ("one", "two"):
        datasets.folder(tmp_path / name)
    datasets.write_picture(tmp_path / "two" / "new.png", 9)
    _ingest(workspace, tmp_path / "one")
    for _ in range(2):
        result = _ingest(workspace, tmp_path / "two")
    assert (result.facts["n_samples"], result.facts["n_shared"]) == (1, 3)
    assert _rows(workspace)["a.png"].source == "one"
    assert _rows(workspace)["a.png"].aliases == ["two:a.png"]
    _ingest(workspace, tmp_path / "one")
    assert _rows(workspace)["a.png"].aliases == ["two:a.png"]


def test_picture_named_on_several_rows_is_read_once(workspace: Workspace, root: Path) -> None:
    """A listing with one row per answer is no folder of duplicates."""
    datasets.write_picture(root / "a.png", 1)
    (root / "all.csv").write_text("f,g\na.png,female\na.png,male\n")
    options = {"image": "f", "perceived_gender": "g"}
    result = _ingest(workspace, root, reader="table", options=options)
    assert (result.facts["n_samples"], result.facts["n_duplicates"]) == (1, 0)


# -- again --------------------------------------------------------------------------------------------


def test_second_run_gives_the_same_bytes_without_decoding(
    workspace: Workspace, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Readable pictures with the same path and bytes are not decoded again."""
    datasets.eg1800(root)
    _ingest(workspace, root)
    before = _table_bytes(workspace)

    def refuse(path: Path, max_megapixels: float) -> RGB:
        raise AssertionError(f"{path} was decoded again")

    monkeypatch.setattr(images, "read_rgb", refuse)
    _ingest(workspace, root)
    assert _table_bytes(workspace) == before


def test_changed_picture_replaces_its_row(workspace: Workspace, root: Path) -> None:
    """New bytes under an old path are a new sample; the old one is gone."""
    datasets.eg1800(root)
    _ingest(workspace, root)
    old = _rows(workspace)["images/00000.png"]
    datasets.write_picture(root / "images" / "00000.png", 77)
    _ingest(workspace, root)
    new = _rows(workspace)["images/00000.png"]
    assert new.sample_id != old.sample_id
    assert old.sample_id not in faces(workspace)
    assert len(_rows(workspace)) == 3


def test_lower_limit_is_applied_to_known_pictures(workspace: Workspace, root: Path) -> None:
    """What was readable under a higher limit is judged anew under a lower one."""
    datasets.folder(root)
    _ingest(workspace, root)
    result = _ingest(workspace, root, max_megapixels=0.001)
    assert result.facts["n_failed"] == 3


def test_name_of_another_folder_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    """Two folders called images must not overwrite each other's rows."""
    for parent in ("x", "y"):
        datasets.folder(tmp_path / parent / "images")
    _ingest(workspace, tmp_path / "x" / "images")
    with pytest.raises(UsageError, match="give another with --name"):
        _ingest(workspace, tmp_path / "y" / "images")
    assert _ingest(workspace, tmp_path / "y" / "images", name="other").facts["source"] == "other"


# -- landmarks and measurements -----------------------------------------------------------------------


def test_given_faces_come_largest_first(workspace: Workspace, root: Path) -> None:
    """Each face has its points' bounding box, and knows whether it leaves the picture."""
    datasets.eg1800(root)
    small = np.array([[10, 20], *[[15, 25]] * 47, [20, 30]], np.float32)
    large = np.array([[-5, 10], *[[30, 30]] * 47, [60, 90]], np.float32)
    np.save(root / "landmarks" / "00001.npy", np.vstack([small, large]))
    _ingest(workspace, root)
    sample_id = _rows(workspace)["images/00001.png"].sample_id
    rows = [row for row in workspace.rows(tables.LANDMARKS) if row.sample_id == sample_id]
    assert [(row.face, row.n_faces, row.box, row.is_cut) for row in rows] == [
        (0, 2, [-5.0, 10.0, 60.0, 90.0], True),
        (1, 2, [10.0, 20.0, 20.0, 30.0], False),
    ]
    assert {(row.detector, row.scheme, row.score) for row in rows} == {(GIVEN, "eg1800_49", None)}


def test_rows_of_finders_stay(workspace: Workspace, root: Path) -> None:
    """Ingesting again replaces what came with the data, not what a detector found."""
    datasets.eg1800(root)
    _ingest(workspace, root)
    given = workspace.rows(tables.LANDMARKS)
    found = LandmarkRow(
        sample_id=given[0].sample_id,
        scheme="ibug68",
        points=None,
        detector="dlib68",
        score=None,
        face=None,
        n_faces=0,
        box=None,
        is_cut=None,
        parents="p",
        status="ok",
        error=None,
    )
    workspace.write(tables.LANDMARKS, [*given, found])
    _ingest(workspace, root)
    assert found in workspace.rows(tables.LANDMARKS)
    assert len(workspace.rows(tables.LANDMARKS)) == len(given) + 1


def test_measurements_join_those_of_others(workspace: Workspace, root: Path) -> None:
    """The data set's numbers carry its name; ingesting again does not double them."""
    datasets.celebamask(root)
    _ingest(workspace, root, name="celeb")
    rows = workspace.rows(tables.MEASUREMENTS)
    assert {row.measured_by for row in rows} == {"dataset:celeb"}
    assert {row.value for row in rows if row.name == "ita_deg"} == {11.5, 20.0}
    ours = Measurement(sample_id=rows[0].sample_id, name="blur", value=1.0, measured_by="ours")
    workspace.write(tables.MEASUREMENTS, [*rows, ours])
    _ingest(workspace, root, name="celeb")
    assert sorted(map(repr, workspace.rows(tables.MEASUREMENTS))) == sorted(map(repr, [*rows, ours]))


def test_source_without_landmarks_writes_no_table_of_them(workspace: Workspace, root: Path) -> None:
    """An empty table would look as if somebody had searched for faces."""
    datasets.folder(root)
    _ingest(workspace, root)
    assert not workspace.has(tables.LANDMARKS)
    assert not workspace.has(tables.MEASUREMENTS)


# -- subsets, dry runs, refusals ----------------------------------------------------------------------


def _numbered(root: Path, n_pictures: int) -> None:
    for number in range(n_pictures):
        datasets.write_picture(root / f"{number:02d}.png", number)


def test_limit_takes_the_first(workspace: Workspace, root: Path) -> None:
    """Without a word on sampling, the first pictures in the reader's order are taken."""
    _numbered(root, 6)
    _ingest(workspace, root, limit=2)
    assert set(_rows(workspace)) == {"00.png", "01.png"}


def test_random_sample_is_repeated_by_its_seed(workspace: Workspace, root: Path) -> None:
    """A listing sorted by group needs a random subset; the same seed gives the same one."""
    _numbered(root, 12)
    chosen = []
    for seed in (1, 1, 2):
        _ingest(workspace, root, limit=5, sample="random", seed=seed)
        chosen.append(set(_rows(workspace)))
    assert chosen[0] == chosen[1] != chosen[2]
    assert len(chosen[0]) == 5


def test_dry_run_writes_nothing(workspace: Workspace, root: Path) -> None:
    """It says how many pictures which reader would read."""
    datasets.ccp(root)
    result = _ingest(workspace, root, dry_run=True)
    assert (result.facts["reader"], result.facts["n_entries"]) == ("ccp", 3)
    assert not workspace.has(tables.MANIFEST)
    assert workspace.run_files() == []


def test_folder_without_pictures_is_an_error(workspace: Workspace, root: Path) -> None:
    """An empty manifest would fail much later and say less."""
    with pytest.raises(DataError, match="the reader folder finds no picture"):
        _ingest(workspace, root)


def test_mostly_unreadable_source_stops(workspace: Workspace, root: Path) -> None:
    """More than twenty failures that are more than half stop the stage, and nothing is written."""
    for number in range(30):
        (root / f"{number}.jpg").write_text(f"no picture {number}")
    with pytest.raises(TooManyFailuresError, match=r"21 of 30 pictures cannot be read.*folder expects"):
        _ingest(workspace, root)
    assert not workspace.has(tables.MANIFEST)


def test_few_unreadable_files_do_not_stop(workspace: Workspace, root: Path) -> None:
    """Twenty broken files in a folder are twenty rows; the note lists five and counts the rest."""
    for number in range(20):
        (root / f"{number}.jpg").write_text(f"no picture {number}")
    result = _ingest(workspace, root)
    assert result.facts["n_failed"] == 20
    assert sum(note.startswith("Not readable: ") for note in result.notes) == 5
    assert result.notes[-1].startswith("... and 15 more")


def test_limit_above_what_later_stages_bear_is_refused() -> None:
    """A picture that only ingest could read would fail in every stage behind it."""
    with pytest.raises(ValidationError, match="max_megapixels"):
        ingest.Settings(source=Path(), max_megapixels=500)


def test_run_is_recorded(workspace: Workspace, root: Path) -> None:
    """The record names the tables that were written and the counts."""
    datasets.celebamask(root)
    _ingest(workspace, root)
    (record,) = workspace.run_files()
    assert record.name == "0001-ingest.json"
    assert "tables/measurements.parquet" in record.read_text()


@pytest.mark.parametrize("name", ["eg1800", "mebeauty", "celebamask", "london", "ccp", "utkface"])
def test_real_portraits_are_all_readable(workspace: Workspace, shared_data: Path, name: str) -> None:
    """A random dozen of each real data set: every picture and every mask is read."""
    result = _ingest(workspace, shared_data / name, limit=12, sample="random")
    assert (result.facts["n_samples"], result.facts["n_failed"]) == (12, 0)
    assert result.facts["remarks"] == {}
