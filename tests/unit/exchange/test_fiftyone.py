"""A FiftyOneDataset's samples.json is read without FiftyOne."""

import json
from pathlib import Path

import pytest

from datatools.errors import DataError
from datatools.exchange.fiftyone import FiftyOne
from datatools.sheets import Cell


def _read(folder: Path, *samples: object) -> list[Cell]:
    (folder / "samples.json").write_text(json.dumps({"samples": list(samples)}))
    return list(FiftyOne().read(folder))


def _label(label: str | None, **fields: object) -> dict[str, object]:
    return {"_id": {"$oid": "6b"}, "_cls": "Classification", "tags": [], "label": label, **fields}


def test_fields_named_after_questions_are_answers(tmp_path: Path) -> None:
    """One label or several; other fields are left alone; files are found by their names."""
    sample = {
        "_id": {"$oid": "6b038ea289759847768497f1"},
        "filepath": "data/0.jpg",
        "tags": ["x"],
        "metadata": {"_cls": "ImageMetadata", "width": 2, "height": 3},
        "created_at": {"$date": "2026-11-23T00:53:54.139Z"},
        "hair": _label("bald", confidence=0.5),
        "answer_glasses": {"_cls": "Classifications", "classifications": [_label("yes", annotator_id="a")]},
        "ground_truth": _label("cat"),
    }
    assert [(cell.sample, cell.question, cell.value, cell.fields) for cell in _read(tmp_path, sample)] == [
        ("data/0.jpg", "hair", "bald", {}),
        ("data/0.jpg", "glasses", "yes", {"annotator_id": "a"}),
    ]


def test_labels_of_one_annotator_at_one_moment_are_one_answer(tmp_path: Path) -> None:
    """Labels that say the same of themselves belong together; an answer's place is its own."""
    one, two = {"annotator_id": "a", "answered_at": "2024-01-01T00:00:00Z"}, {"annotator_id": "b"}
    labels = [_label("white", **one), _label("white", **two), _label("black", **one), _label(None, **two)]
    found = _read(tmp_path, {"filepath": "0.jpg", "perceived_race": {"classifications": labels}})
    assert [(cell.where, cell.value) for cell in found] == [
        ("sample 1, answer 1", "white"),
        ("sample 1, answer 1", "black"),
        ("sample 1, answer 2", "white"),
    ]
    assert found[0].fields == {"annotator_id": "a", "created_at": "2024-01-01T00:00:00Z"}


def test_a_data_set_without_questions_is_refused(tmp_path: Path) -> None:
    """Rather than read as one without answers; the fields that came are named."""
    with pytest.raises(DataError, match=r"fields named answer_QUESTION or QUESTION.*got filepath, mood"):
        _read(tmp_path, {"filepath": "0.jpg", "mood": _label("fine")})


@pytest.mark.parametrize("content", [[], {"samples": {}}, {"samples": [1]}])
def test_anything_but_samples_is_refused(tmp_path: Path, content: object) -> None:
    """The error says what is meant."""
    (tmp_path / "samples.json").write_text(json.dumps(content))
    with pytest.raises(
        DataError, match=r"expected the samples\.json of a FiftyOneDataset, a list of samples"
    ):
        list(FiftyOne().read(tmp_path / "samples.json"))
