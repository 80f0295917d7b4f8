"""What the files of a sample say, in the words of other programs too, and what is wrong with them."""

import json
from pathlib import Path

import pytest

from datatools.errors import UsageError
from datatools.readers import Answer, Entry
from datatools.readers.webdataset import WebDataset
from datatools.remote.places import NOTE
from tests import datasets

_ANSWER = {
    "question": "perceived_gender",
    "values": ["female"],
    "vocabulary": "gender@1",
    "source": "annotator",
    "annotator_id": "a1",
    "created_at": "2026-01-01T00:00:00+00:00",
}


def _entries(root: Path, files: dict[str, object], **options: str) -> list[Entry]:
    """Read a folder of these files; what is no text is JSON."""
    root.mkdir(exist_ok=True)
    for name, content in files.items():
        (root / name).write_text(content if isinstance(content, str) else json.dumps(content))
    return list(WebDataset(root, **options).entries())


def test_facts_of_a_sample_are_read(tmp_path: Path) -> None:
    """Person, split, licence, mask with its source, and answers with who said so."""
    facts = {"person_id": "p1", "split": "test", "licence": "CC0", "mask": {"source": "model:selfie"}}
    (found,) = _entries(tmp_path, {"a.json": {**facts, "answers": [_ANSWER]}, "a.jpg": "", "a.mask.png": ""})
    assert found == Entry(
        path="a.jpg",
        person_id="p1",
        mask="a.mask.png",
        mask_source="model:selfie",
        source_split="test",
        licence="CC0",
        answers=(
            Answer(
                question="perceived_gender",
                value="female",
                vocabulary="gender@1",
                source="annotator",
                annotator_id="a1",
                created_at="2026-01-01T00:00:00+00:00",
            ),
        ),
    )


def test_mask_that_came_with_the_data_goes_first(tmp_path: Path) -> None:
    """A generated one beside it is not taken for ground truth, nor the other way round."""
    facts = {"mask": {"source": "model:x"}, "reference": {"source": "human"}}
    (found,) = _entries(tmp_path, {"a.json": facts, "a.png": "", "a.mask.png": "", "a.reference.png": ""})
    assert (found.mask, found.mask_source) == ("a.reference.png", "human")


@pytest.mark.parametrize(
    ("facts", "source"),
    [
        ({}, "model:unstated"),
        ({"mask": {"source": "somebody"}}, "model:unstated"),
        ({"mask": "human"}, "model:unstated"),
        ({"mask": {"source": "composite:human"}}, "composite:human"),
    ],
)
def test_mask_without_a_source_counts_as_agreement(
    tmp_path: Path, facts: dict[str, object], source: str
) -> None:
    """Until the user says who made it."""
    (found,) = _entries(tmp_path, {"a.json": facts, "a.png": "", "a.seg.png": ""})
    assert found.mask_source == source


def test_user_says_who_made_masks(tmp_path: Path) -> None:
    """By the option that other readers have."""
    (found,) = _entries(tmp_path, {"a.png": "", "a.seg.png": ""}, mask_source="human")
    assert found.mask_source == "human"
    with pytest.raises(UsageError, match="expected the option mask_source"):
        WebDataset(tmp_path, "somebody")


@pytest.mark.parametrize(
    ("facts", "person"),
    [
        ({"person_id": "set:ann"}, "ann"),
        ({"person_id": "other:ann"}, "other:ann"),
        ({"person_id": 7}, "7"),
        ({"person_id": "0123", "sample_id": "0123"}, None),
        ({"person_id": True}, None),
        ({"person_id": "a\u001bb"}, None),
        ({"person_id": "x" * 201}, None),
        ({}, None),
    ],
)
def test_people_stay_who_they_are(tmp_path: Path, facts: dict[str, object], person: str | None) -> None:
    """The source's own name goes, for the manifest puts it there again; of other sources it stays."""
    (found,) = _entries(tmp_path / "set", {"a.json": facts, "a.png": ""})
    assert found.person_id == person


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "its JSON is not used"),
        ("[1]", "its JSON is not used: expected an object"),
        ('{"a": 1, "a": 2}', "its JSON is not used"),
        ("[" * 5000, "its JSON is not used"),
        ('{"answers": {}}', "its answers are not read"),
        ('{"answers": [{}, {"values": [null]}]}', "2 of its 2 answers are not read"),
        (json.dumps({"answers": [{**_ANSWER, "values": [[]]}]}), "1 of its 1 answers are not read"),
        (json.dumps({"answers": [{**_ANSWER, "source": "rumour"}]}), "1 of its 1 answers are not read"),
    ],
)
def test_facts_that_cannot_be_read_cost_the_facts(tmp_path: Path, text: str, told: str) -> None:
    """The picture stays, with a remark."""
    (found,) = _entries(tmp_path, {"a.json": text, "a.png": ""})
    assert found.path == "a.png"
    assert told in str(found.problem)
    assert found.answers == ()


def test_what_is_not_read_is_remarked(tmp_path: Path) -> None:
    """A class, a caption, a second picture that may be a mask."""
    (found,) = _entries(tmp_path, {"a.cls": "3", "a.txt": "ann", "a.png": "", "a.jpg": ""})
    assert found.path == "a.jpg"
    assert (
        found.problem == ".png is not read: a mask's name is KEY.mask.png; .cls is not read; .txt is not read"
    )


def test_mask_without_a_picture_is_a_problem(tmp_path: Path) -> None:
    """JSON alone is none: a listing, an index of shards."""
    (found,) = _entries(tmp_path, {"a.mask.png": "", "shards.json": {}})
    assert found == Entry(path="a", problem="a.mask.png is a mask without a picture of the same name")


def test_licences_of_all_samples_are_the_sources(tmp_path: Path) -> None:
    """Each row has its own."""
    _entries(tmp_path, {"a.json": {"licence": "CC0"}, "a.png": "", "b.png": ""})
    assert WebDataset(tmp_path).licence == "CC0; unknown"
    assert WebDataset(tmp_path / "nowhere").licence == "unknown"


def test_set_is_known_by_its_note_or_by_facts_beside_pictures(tmp_path: Path) -> None:
    """A note that is torn, or of a bucket of single files, says nothing."""
    for number, (note, has_facts, expected) in enumerate(
        [
            ('{"kind": "shards"}', False, True),
            ('{"kind": "files"}', False, False),
            ("{", False, False),
            (None, True, True),
            (None, False, False),
        ]
    ):
        root = tmp_path / str(number)
        (root / "sub").mkdir(parents=True)
        datasets.write_picture(root / "sub" / "a.png", 1)
        if has_facts:
            (root / "sub" / "a.json").write_text("{}")
        if note is not None:
            (root / NOTE).write_text(note)
        assert WebDataset(root).matches() == expected


def test_very_many_files_are_not_all_looked_at(tmp_path: Path) -> None:
    """Three hundred say enough."""
    for number in range(151):
        (tmp_path / f"{number}.png").touch()
        (tmp_path / f"{number}.json").touch()
    (tmp_path / "locked").mkdir(mode=0o000)
    assert WebDataset(tmp_path).matches()


def test_link_out_of_the_set_is_told(tmp_path: Path) -> None:
    """A folder elsewhere is not looked into; JSON elsewhere is not read."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "secret.json").write_text('{"person_id": "x"}')
    root = tmp_path / "set"
    root.mkdir()
    (root / "folder").symlink_to(tmp_path / "elsewhere")
    (root / "a.json").symlink_to(tmp_path / "elsewhere" / "secret.json")
    picture, folder = _entries(root, {"a.png": ""})
    assert picture.person_id is None
    assert "which leaves it" in str(picture.problem)
    assert "a link to a folder outside the source" in str(folder.problem)
