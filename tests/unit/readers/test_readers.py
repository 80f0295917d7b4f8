"""What each data set's own rules give."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from datatools.errors import DataError
from datatools.readers import Entry
from datatools.readers._detect import detect
from tests import datasets


def _entries(root: Path, name: str) -> list[Entry]:
    return list(detect(root, name, datasets.WRITERS[name](root)).entries())


def _answers(entry: Entry) -> dict[str, str]:
    return {answer.question: answer.value for answer in entry.answers}


def test_eg1800_gives_one_face_per_49_points(tmp_path: Path) -> None:
    """98 points are two faces; no file is no face."""
    entries = _entries(tmp_path, "eg1800")
    assert [[len(face.points) for face in entry.landmarks] for entry in entries] == [[49], [49, 49], []]
    assert {entry.mask_source for entry in entries} == {"human"}


@pytest.mark.parametrize("points", [np.zeros((50, 2), np.float32), np.zeros((0, 2), np.float32)])
def test_landmarks_of_another_number_are_a_problem(tmp_path: Path, points: NDArray[np.float32]) -> None:
    """A file with a wrong number of points loses its faces and says so."""
    datasets.eg1800(tmp_path)
    np.save(tmp_path / "landmarks" / "00000.npy", points)
    first = next(detect(tmp_path, "eg1800", {}).entries())
    assert first.landmarks == ()
    assert first.problem == f"00000.npy: expected 49 points a face, got {len(points)}"


@pytest.mark.parametrize("data", [b"", b"no numpy file", b"\x93NUMPY"])
def test_unreadable_landmarks_are_a_problem(tmp_path: Path, data: bytes) -> None:
    """A broken file loses its faces and says so; the picture stays."""
    datasets.eg1800(tmp_path)
    (tmp_path / "landmarks" / "00000.npy").write_bytes(data)
    first = next(detect(tmp_path, "eg1800", {}).entries())
    assert first.landmarks == ()
    assert str(first.problem).startswith("00000.npy: not readable as an array")


def test_landmarks_with_nan_are_a_problem(tmp_path: Path) -> None:
    """Points that are no numbers are no landmarks."""
    datasets.eg1800(tmp_path)
    np.save(tmp_path / "landmarks" / "00000.npy", np.full((49, 2), np.nan, np.float32))
    first = next(detect(tmp_path, "eg1800", {}).entries())
    assert "finite" in str(first.problem)


def test_authors_lists_give_splits_and_missing_pictures(tmp_path: Path) -> None:
    """Numbers become five-digit names; a picture that is gone is an entry that says so."""
    entries = _entries(tmp_path, "eg1800_original")
    assert [(entry.path, entry.source_split) for entry in entries] == [
        ("images_data_crop/00000.jpg", "train"),
        ("images_data_crop/00001.jpg", "train"),
        ("images_data_crop/00007.jpg", "train"),
        ("images_data_crop/00002.jpg", "val"),
    ]
    assert [str(entry.problem).partition(":")[0] for entry in entries] == ["None", "None", "missing", "None"]
    assert entries[3].mask == "GT_png/00002_mask.png"


def test_portraitnet_layout_is_read_too(tmp_path: Path) -> None:
    """File names in the lists, equal names of picture and mask; unlisted pictures come last."""
    for number in (1, 2, 3):
        datasets.write_picture(
            tmp_path / f"Images/0000{number}.png", number, tmp_path / f"Labels/0000{number}.png"
        )
    (tmp_path / "eg1800_train.txt").write_text("00003.png\n")
    (tmp_path / "eg1800_test.txt").write_text("00002.png\n00003.png\n")
    entries = list(detect(tmp_path, None, {}).entries())
    assert [(entry.path, entry.mask, entry.source_split) for entry in entries] == [
        ("Images/00003.png", "Labels/00003.png", "train"),
        ("Images/00002.png", "Labels/00002.png", "val"),
        ("Images/00001.png", "Labels/00001.png", None),
    ]


def test_one_list_is_enough(tmp_path: Path) -> None:
    """A test list alone, without the train list, is still this data set."""
    datasets.eg1800_original(tmp_path)
    (tmp_path / "train.txt").unlink()
    splits = [entry.source_split for entry in detect(tmp_path, None, {}).entries()]
    assert splits == ["val", None, None]


def test_authors_layout_without_its_folders_is_refused(tmp_path: Path) -> None:
    """The error names both layouts."""
    with pytest.raises(DataError, match="images_data_crop"):
        list(detect(tmp_path, "eg1800_original", {}).entries())


def test_london_keeps_what_people_said(tmp_path: Path) -> None:
    """Self-reports stay self-reports, two races are two values, a missing age is missing."""
    entries = _entries(tmp_path, "london")
    assert [entry.person_id for entry in entries] == ["london_001", "london_001", "london_002"]
    assert _answers(entries[0]) == {
        "self_reported_gender": "female",
        "self_reported_race": "white",
        "self_reported_age": "24",
    }
    assert [(answer.question, answer.value) for answer in entries[2].answers] == [
        ("self_reported_gender", "female"),
        ("self_reported_race", "east_asian"),
        ("self_reported_race", "white"),
    ]
    assert {answer.source for answer in entries[0].answers} == {"self_report"}
    assert entries[0].answers[0].annotator_id == "self:london_001"


def test_london_masks_are_keyed_and_failures_left_out(tmp_path: Path) -> None:
    """No mask of this set counts as ground truth."""
    entries = _entries(tmp_path, "london")
    assert [entry.mask_source for entry in entries] == ["keyed", None, "keyed"]
    assert [len(entry.landmarks) for entry in entries] == [1, 0, 0]


def test_mebeauty_labels_are_perceived(tmp_path: Path) -> None:
    """The collectors' folders are a guess about the people, kept as one."""
    entries = _entries(tmp_path, "mebeauty")
    assert _answers(entries[1]) == {"perceived_gender": "male", "perceived_race": "black"}
    assert {answer.source for answer in entries[1].answers} == {"dataset"}
    assert [face.scheme for face in entries[0].landmarks] == ["ibug68"]


def test_celebamask_answers_are_the_crowds(tmp_path: Path) -> None:
    """0 and 1 become words; an ambiguous row answers nothing; a blank is no answer."""
    entries = _entries(tmp_path, "celebamask")
    assert _answers(entries[0]) == {
        "perceived_gender": "male",
        "perceived_age_band": "young",
        "glasses": "no",
        "head_covering": "yes",
    }
    assert _answers(entries[1]) == {}
    assert "perceived_age_band" not in _answers(entries[2])


def test_celebamask_measurements_are_kept_where_they_are(tmp_path: Path) -> None:
    """A blank skin tone is absent, not zero."""
    entries = _entries(tmp_path, "celebamask")
    assert entries[0].measurements == {
        "ita_deg": 11.5,
        "L_skin": 55.5,
        "qc_bottom_bg": 0.1,
        "person_frac": 0.5,
    }
    assert "ita_deg" not in entries[2].measurements


def test_celebamask_cell_that_is_no_number_is_named(tmp_path: Path) -> None:
    """The error says which file's row is broken."""
    datasets.celebamask(tmp_path)
    listing = tmp_path / "labels.csv"
    listing.write_text(listing.read_text().replace("11.5", "pale"))
    with pytest.raises(DataError, match=r"file a\.png: .*pale"):
        list(detect(tmp_path, "celebamask", {}).entries())


def test_utkface_reads_its_file_names(tmp_path: Path) -> None:
    """Age, gender and race digits become the vocabulary's words."""
    entries = {entry.path[:3]: entry for entry in _entries(tmp_path, "utkface")}
    assert _answers(entries["26_"]) == {
        "perceived_age": "26",
        "perceived_gender": "female",
        "perceived_race": "asian",
    }
    assert _answers(entries["1_0"])["perceived_race"] == "other"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("61_1_20170109142408075.jpg.chip.jpg", "it has 3 parts, not 4"),
        ("39_2_0_20170116174525125.jpg", "gender is '2', not 0 or 1"),
        ("121_0_7_20170116174525125.jpg", "age is '121', not 0 to 120 years, race is '7', not 0 to 4"),
        ("24_0_1_20170116220224657 .jpg.chip.jpg", "date is '20170116220224657 ', not 8 to 17 digits"),
    ],
)
def test_utkface_malformed_name_gives_no_labels(tmp_path: Path, name: str, reason: str) -> None:
    """The picture stays, without answers, and with what is wrong with each part of its name."""
    datasets.utkface(tmp_path)
    datasets.write_picture(tmp_path / name, 9)
    entries = {entry.path: entry for entry in detect(tmp_path, "utkface", {}).entries()}
    assert entries[name].answers == ()
    assert entries[name].problem == f"the name is not AGE_GENDER_RACE_DATE, so it gives no labels: {reason}"


def test_real_data_sets_are_recognised(shared_data: Path) -> None:
    """Each folder of real portraits is taken for what it is, with as many pictures as its page says."""
    counts = {"ccp": 312, "celebamask": 505, "eg1800": 1341, "london": 204, "mebeauty": 2036, "utkface": 1272}
    found = {name: len(list(detect(shared_data / name, None, {}).entries())) for name in counts}
    assert found == counts
