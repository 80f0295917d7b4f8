"""Label Studio's exports are read as they are: several annotators, skipped tasks, both JSON forms."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from datatools.errors import DataError
from datatools.exchange import Item
from datatools.exchange.label_studio import LabelStudio
from datatools.sheets import Cell, Rejected

WHEN = "2021-03-09T22:16:08.728353Z"


def _result(name: str, **value: object) -> dict[str, object]:
    """Give a result in the shape of the documented exports."""
    return {
        "id": "Dx_aB91ISN",
        "from_name": name,
        "to_name": "image",
        "type": "choices",
        "origin": "manual",
        "value": value,
    }


def _annotation(user: object, *results: Mapping[str, object], **fields: object) -> dict[str, object]:
    return {
        "id": 1001,
        "completed_by": user,
        "result": list(results),
        "was_cancelled": False,
        "ground_truth": False,
        "created_at": "2021-03-09T22:00:00.000000Z",
        "updated_at": WHEN,
        "draft_created_at": None,
        "lead_time": 4.5,
        "prediction": {},
        "result_count": 0,
        "task": 1,
        "parent_prediction": None,
        **fields,
    }


def _task(*annotations: dict[str, object], **fields: object) -> dict[str, object]:
    return {
        "id": 1,
        "data": {"image": "/data/upload/83/1a2b3c4d-face.jpg"},
        "annotations": list(annotations),
        "predictions": [],
        "drafts": [],
        "meta": {},
        "created_at": "2021-03-09T21:52:49.513742Z",
        "updated_at": "2021-03-09T22:16:08.746926Z",
        "project": 83,
        **fields,
    }


def _read(folder: Path, content: object, **users: str) -> list[Cell | Rejected]:
    path = folder / "project-83.json"
    path.write_text(json.dumps(content))
    return list(LabelStudio(**users).read(path))


def _said(found: list[Cell | Rejected]) -> list[tuple[str, str, str, dict[str, str]]]:
    return [(c.sample, c.question, c.value, dict(c.fields)) for c in found if isinstance(c, Cell)]


GENDER = _result("perceived_gender", choices=["female"])


def test_every_annotators_answers_are_read(tmp_path: Path) -> None:
    """Users are numbers or objects; a task's time is shared out among its questions."""
    several = _result("perceived_race", choices=["white", "black"])
    second = _annotation({"id": 11, "email": "a@example.org"}, GENDER, lead_time=None)
    third = _annotation({"email": "b@example.org"}, GENDER, created_at=None, updated_at=None)
    found = _said(
        _read(tmp_path, [_task(_annotation(10, GENDER, several), second, third)], **{"10": "ann10"})
    )
    ten = {"annotator_id": "ann10", "created_at": WHEN, "lead_time_s": "2.25"}
    assert found == [
        ("face.jpg", "perceived_gender", "female", ten),
        ("face.jpg", "perceived_race", "white", ten),
        ("face.jpg", "perceived_race", "black", ten),
        ("face.jpg", "perceived_gender", "female", {"annotator_id": "label_studio:11", "created_at": WHEN}),
        (
            "face.jpg",
            "perceived_gender",
            "female",
            {"annotator_id": "label_studio:b@example.org", "lead_time_s": "4.5"},
        ),
    ]


def test_numbers_ratings_and_notes_are_read(tmp_path: Path) -> None:
    """A number's no-answers are a control of their own; a note belongs to all answers of its annotation."""
    results = [
        _result("perceived_age", number=44),
        _result("note", text=["odd", "light"]),
        _result("hair", choices=[]),
        _result("perceived_gender", rating=3),
    ]
    unsure = _result("perceived_age-no_answer", choices=["cannot_tell"])
    found = _read(
        tmp_path, [_task(_annotation(None, *results, lead_time=None)), _task(_annotation(1, unsure))]
    )
    assert [(cell.question, cell.value) for cell in found] == [
        ("perceived_age", "44"),
        ("perceived_gender", "3"),
        ("perceived_age", "cannot_tell"),
    ]
    assert _said(found)[0][3] == {"created_at": WHEN, "note": "odd\nlight"}


def test_predictions_are_a_models_word(tmp_path: Path) -> None:
    """Whoever made the project: nobody's annotation is taken for a prediction, or the other way round."""
    prediction = {"model_version": "v 2", "created_ago": "3 hours", "score": 0.5, "result": [GENDER]}
    found = _read(tmp_path, [_task(predictions=[prediction])])
    assert [fields for *_, fields in _said(found)] == [{"source": "model", "annotator_id": "model:v 2"}]


def test_a_skipped_task_holds_no_answer(tmp_path: Path) -> None:
    """Even where something had been chosen before it was skipped."""
    assert _read(tmp_path, [_task(_annotation(10, GENDER, was_cancelled=True))]) == []


def test_json_min_is_read(tmp_path: Path) -> None:
    """Where one choice is a word, several are an object, and other controls are lists of objects."""
    row = {
        "image": "https://example.org/set/face.jpg",
        "id": 1,
        "perceived_gender": "female",
        "perceived_race": {"choices": ["white", "black"]},
        "perceived_age": [{"number": 24}],
        "note": "odd",
        "annotator": 10,
        "annotation_id": 7,
        "created_at": WHEN,
        "updated_at": WHEN,
        "lead_time": 3,
    }
    found = _said(_read(tmp_path, [row, {"image": "b.jpg", "id": 2}]))
    ten = {"annotator_id": "label_studio:10", "created_at": WHEN, "lead_time_s": "1.0", "note": "odd"}
    assert found == [
        ("set/face.jpg", "perceived_gender", "female", ten),
        ("set/face.jpg", "perceived_race", "white", ten),
        ("set/face.jpg", "perceived_race", "black", ten),
        ("set/face.jpg", "perceived_age", "24", ten),
    ]


def test_what_is_no_question_is_rejected(tmp_path: Path) -> None:
    """A box, a relation, a control of another name."""
    box = {**_result("tag", x=50.8, y=5.8, rectanglelabels=["Moonwalker"]), "type": "rectanglelabels"}
    relation = {"from_id": "a", "to_id": "b", "type": "relation", "direction": "right"}
    found = _read(tmp_path, [_task(_annotation(10, box, relation, GENDER))])
    assert [(cell.question, type(cell)) for cell in found] == [
        ("tag", Rejected),
        ("relation", Rejected),
        ("perceived_gender", Cell),
    ]


def _open_items() -> list[Item]:
    return [
        Item(
            sample_id="0" * 16,
            question=question,
            vocabulary=key,
            annotator_id="ann01",
            source="annotator",
            presentation_order=order,
            picture="ann01/a b.jpg",
        )
        for order, (question, key) in enumerate([("perceived_gender", "gender@1"), ("hair", "hair@1")], 1)
    ]


def _sheet(folder: Path) -> list[dict[str, object]]:
    LabelStudio().write(folder / "ann01.json", _open_items())
    tasks: list[dict[str, object]] = json.loads((folder / "ann01.json").read_text())
    return tasks


def test_a_sheet_that_one_user_filled_in_is_its_annotators(tmp_path: Path) -> None:
    """The order, the vocabulary and whose sheet it is come from the task; what waits, waits."""
    (task,) = _sheet(tmp_path)
    assert task["data"]["image"] == "/data/local-files/?d=ann01/a%20b.jpg"  # type: ignore[index]  # JSON
    found = _said(_read(tmp_path, [{**task, "annotations": [_annotation(10, GENDER)]}]))
    plan = {"annotator_id": "ann01", "source": "annotator"}
    assert [(question, value) for _, question, value, _ in found] == [
        ("perceived_gender", "female"),
        ("hair", ""),
    ]
    assert found[0][3] == {
        **plan,
        "vocabulary": "gender@1",
        "presentation_order": "1",
        "created_at": WHEN,
        "lead_time_s": "4.5",
    }
    assert found[1][3] == {**plan, "vocabulary": "hair@1", "presentation_order": "2"}


def test_a_sheet_that_two_users_filled_in_asks_who_they_are(tmp_path: Path) -> None:
    """Neither's answers become the other's; with options both are known."""
    (task,) = _sheet(tmp_path)
    both = [{**task, "annotations": [_annotation(10, GENDER), _annotation(11, GENDER)]}]
    reasons = [cell.reason for cell in _read(tmp_path, both) if isinstance(cell, Rejected)]
    assert [reason.rpartition("in ")[2] for reason in reasons] == ["--options.10 ann01", "--options.11 ann01"]
    found = _said(_read(tmp_path, both, **{"10": "ann01", "11": "ann02"}))
    assert [fields["annotator_id"] for *_, fields in found[:2]] == ["ann01", "ann02"]


def test_answers_that_travel_stay_whose_they_were(tmp_path: Path) -> None:
    """Label Studio calls all that it imported its user's, and JSON-MIN keeps no ids: neither matters."""
    said = [replace(item, annotator_id=who, values=("female",)) for item in _open_items()[:1] for who in "ab"]
    LabelStudio().write(tmp_path / "a.json", said)
    (task,) = json.loads((tmp_path / "a.json").read_text())
    own = [one["result"][0] for one in task["annotations"]]
    exported = [_annotation(1, {**result, "id": "new"}) for result in own]
    row = {**task["data"], "perceived_gender": "female", "annotator": 1, "updated_at": WHEN}
    for content in ([task], [{**task, "annotations": exported}], [row, row]):
        fields = [fields for *_, fields in _said(_read(tmp_path, content))]
        assert [one["annotator_id"] for one in fields] == ["a", "b"]
        assert not any("created_at" in one for one in fields)
    both = {**task, "annotations": [*task["annotations"], _annotation(3, GENDER)]}
    assert _said(_read(tmp_path, [both]))[2][3]["annotator_id"] == "label_studio:3"


def test_the_labeling_configuration_has_a_control_for_each_question(tmp_path: Path) -> None:
    """Single or multiple as the question takes it; a number has a control for its no-answers."""
    keys = {"perceived_gender": "gender@1", "perceived_race": "race_coarse@1", "perceived_age": "age_years@1"}
    items = [
        Item(
            sample_id="0" * 16,
            question=question,
            vocabulary=key,
            annotator_id="a",
            source="annotator",
            presentation_order=1,
        )
        for question, key in keys.items()
    ]
    LabelStudio().write(tmp_path / "a.json", items)
    view = ElementTree.parse(tmp_path / "a-labeling.xml").getroot()
    assert {control.get("name"): control.get("choice") for control in view.iter("Choices")} == {
        "perceived_gender": "single",
        "perceived_race": "multiple",
        "perceived_age-no_answer": "single",
    }
    assert [control.get("name") for control in view.iter("Number")] == ["perceived_age"]
    assert [choice.get("value") for choice in view.iter("Choice")][:2] == ["female", "male"]


@pytest.mark.parametrize("content", [{"tasks": []}, [1], "[]"])
def test_anything_but_a_list_of_tasks_is_refused(tmp_path: Path, content: object) -> None:
    """The error says which export is meant."""
    with pytest.raises(DataError, match=r"project-83\.json: expected a list of Label Studio tasks"):
        _read(tmp_path, content)


@pytest.mark.parametrize("content", [[], [{"name": "perceived_gender", "attributes": []}]])
def test_objects_that_answer_nothing_are_refused(tmp_path: Path, content: object) -> None:
    """Rather than read as tasks without answers: another tool's list of labels looks alike."""
    with pytest.raises(DataError, match="no key that is a question"):
        _read(tmp_path, content)
