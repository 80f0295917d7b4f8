"""What does a data set that FiftyOne exported to a folder give? FiftyOne itself is not needed."""

import json
import sys
from pathlib import Path

import pytest

from datatools.errors import DataError, MissingExtraError, UsageError
from datatools.readers import Entry
from datatools.readers._detect import detect
from tests.datasets import fiftyone


def _written(root: Path, about: dict[str, object] | None = None, **fields: object) -> Path:
    """Write the fixture, with other fields in its first sample."""
    fiftyone(root)
    told = json.loads((root / "samples.json").read_text())
    told["samples"][0] |= fields
    (root / "samples.json").write_text(json.dumps(told))
    (root / "metadata.json").write_text(json.dumps({"media_type": "image"} | (about or {})))
    return root


def _first(root: Path, **options: str) -> Entry:
    return next(iter(detect(root, "fiftyone", options).entries()))


def test_a_tag_is_the_split(tmp_path: Path) -> None:
    """Of a sample's tags the one that names a split counts; others are none."""
    splits = [entry.source_split for entry in detect(_written(tmp_path), None, {}).entries()]
    assert splits == ["test", None, None]


def test_a_field_is_the_split(tmp_path: Path) -> None:
    """A field goes before the tags."""
    assert _first(_written(tmp_path, fold="a"), split="fold").source_split == "a"


def test_nobody_is_assumed_to_have_drawn_a_mask(tmp_path: Path) -> None:
    """Masks of which nothing is said are no ground truth."""
    assert _first(_written(tmp_path)).mask_source == "model:unstated"


@pytest.mark.parametrize("said", ["rendered", "model:x", "composite:human"])
def test_a_label_says_who_made_its_mask(said: str, tmp_path: Path) -> None:
    """What our own export says is kept."""
    label = {"mask_path": "fields/reference_mask/0.png", "mask_source": said}
    assert _first(_written(tmp_path, reference_mask=label)).mask_source == said


def test_a_strange_maker_is_nobody(tmp_path: Path) -> None:
    """A word that is no mask source says nothing."""
    label = {"mask_path": "fields/reference_mask/0.png", "mask_source": "me"}
    assert _first(_written(tmp_path, reference_mask=label)).mask_source == "model:unstated"


def test_the_option_says_who_made_the_masks(tmp_path: Path) -> None:
    """It goes before what a label says; a misspelt one is refused."""
    assert _first(_written(tmp_path), mask_source="human").mask_source == "human"
    with pytest.raises(UsageError, match="hunam"):
        detect(tmp_path, "fiftyone", {"mask_source": "hunam"})


def test_a_mask_elsewhere_is_not_used(tmp_path: Path) -> None:
    """The picture stays, and its entry says why it has no mask."""
    label = {"_cls": "Segmentation", "mask_path": "../else.png"}
    entry = _first(_written(tmp_path / "set", reference_mask=label))
    assert (entry.mask, entry.mask_source, entry.problem) == (
        None,
        None,
        f"mask not used: it lies outside {tmp_path / 'set'}",
    )


def test_objects_are_no_mask(tmp_path: Path) -> None:
    """Instances can become masks; the entry says how."""
    entry = _first(_written(tmp_path, reference_mask={"_cls": "Detections", "detections": []}))
    assert entry.problem is not None
    assert "objects_to_segmentations" in entry.problem


@pytest.mark.parametrize(
    "about",
    [
        {"mask_targets": {"reference_mask": {"0": "sky", "1": "person", "2": "dog"}}},
        {"default_mask_targets": {"1": "person", "2": "dog"}},
    ],
)
def test_masks_of_several_classes_are_refused(about: dict[str, object], tmp_path: Path) -> None:
    """A dog must not pass for the person."""
    with pytest.raises(UsageError, match="dog, person"):
        _first(_written(tmp_path, about))


def test_one_class_of_several_values_is_one(tmp_path: Path) -> None:
    """1 and 255 both mean the person in many sets."""
    about: dict[str, object] = {"default_mask_targets": {"0": "background", "1": "person", "255": "person"}}
    assert _first(_written(tmp_path, about)).mask == "fields/reference_mask/0.png"


def test_classes_of_masks_that_are_not_read_do_not_matter(tmp_path: Path) -> None:
    """A data set without the field has no reference masks, whatever its others mean."""
    _written(tmp_path, {"default_mask_targets": {"1": "person", "2": "dog"}})
    told = (tmp_path / "samples.json").read_text().replace('"reference_mask"', '"parts"')
    (tmp_path / "samples.json").write_text(told)
    assert _first(tmp_path).mask is None


def test_a_file_elsewhere_is_a_problem(tmp_path: Path) -> None:
    """A sample points anywhere; only what lies in the source is read."""
    entry = _first(_written(tmp_path, filepath="/else/where.png"))
    assert (entry.path, entry.problem) == (
        "/else/where.png",
        f"its file lies outside {tmp_path}: give a --source that holds all pictures",
    )


def test_a_sample_without_a_file_is_a_problem(tmp_path: Path) -> None:
    """It is named by its number."""
    entry = _first(_written(tmp_path, filepath=None))
    assert (entry.path, entry.problem) == ("sample 1", "it names no file")


def test_a_path_through_a_link_is_below_the_source(tmp_path: Path) -> None:
    """The folder may be known to FiftyOne under another name."""
    (tmp_path / "link").symlink_to(tmp_path / "set")
    root = _written(tmp_path / "set", filepath=str(tmp_path / "link" / "data" / "0.png"))
    assert _first(root).path == "data/0.png"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, []),
        (True, ["yes"]),
        (False, ["no"]),
        (31, ["31"]),
        (31.0, ["31"]),
        ("white", ["white"]),
        (["white", "black"], ["white", "black"]),
        ({"label": None}, []),
        ({"classifications": [{"label": "white"}, {"label": "black"}]}, ["white", "black"]),
    ],
)
def test_every_kind_of_field_holds_answers(value: object, words: list[str], tmp_path: Path) -> None:
    """Labels, texts, numbers and flags become the words of a vocabulary."""
    entry = _first(_written(tmp_path, said=value), perceived_race="said:fairface_race@1")
    assert [answer.value for answer in entry.answers] == words


def test_a_self_report_stays_one(tmp_path: Path) -> None:
    """The question says whose word it is."""
    root = _written(tmp_path, said="white")
    (answer,) = _first(root, self_reported_race="said").answers
    assert (answer.source, answer.annotator_id) == ("self_report", f"dataset:{tmp_path.name}")


def test_the_samples_name_the_licence(tmp_path: Path) -> None:
    """What one sample says is said of the set."""
    assert detect(_written(tmp_path, licence="CC0"), None, {}).licence == "CC0"


def test_a_field_that_no_sample_has_is_told(tmp_path: Path) -> None:
    """A misspelt field would otherwise give a set without masks."""
    with pytest.raises(UsageError, match=r"masc; expected one of .*reference_mask"):
        _first(_written(tmp_path), mask="masc")


def test_videos_are_refused(tmp_path: Path) -> None:
    """The sentence says how to get their pictures."""
    with pytest.raises(DataError, match="got video"):
        _first(_written(tmp_path, {"media_type": "video"}))


@pytest.mark.parametrize(("text", "why"), [("{", "in JSON"), ("{}", "expected a list of samples")])
def test_a_broken_export_is_told(text: str, why: str, tmp_path: Path) -> None:
    """The sentence names the file."""
    (_written(tmp_path) / "samples.json").write_text(text)
    with pytest.raises(DataError, match=why):
        _first(tmp_path)


def test_a_folder_that_is_no_export_is_told(tmp_path: Path) -> None:
    """The sentence names both ways to read a data set."""
    with pytest.raises(DataError, match="dataset=NAME"):
        _first(tmp_path)


@pytest.mark.parametrize("options", [{"dataset": "a", "zoo": "b"}, {"view": "a"}])
def test_options_that_do_not_go_together_are_told(options: dict[str, str], tmp_path: Path) -> None:
    """A data set is in one place; a view is of a data set of the database."""
    with pytest.raises(UsageError, match="or the option zoo"):
        detect(tmp_path, "fiftyone", options)


def test_without_fiftyone_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database needs the package; an exported folder does not."""
    monkeypatch.setitem(sys.modules, "fiftyone", None)
    with pytest.raises(MissingExtraError, match=r"portrait-datatools\[browse\]"):
        _first(_written(tmp_path), dataset="a")
