"""Result files of FHIBE's evaluation API."""

import json
from pathlib import Path

import pandas as pd
import pytest

from datatools.errors import DataError
from datatools.fairness.audit import Scope
from datatools.fairness.brought.bring import Stated, scope
from datatools.progress import Progress
from tests.unit.fairness.brought.made import levels

_VALUES = (0.9, 0.8, 0.7)
_PEOPLE = pd.DataFrame(
    {
        "image_id": ["i1", "i1", "i2"],
        "subject_id": ["s1", "s2", "s1"],
        "filepath": ["x/i1.png", "x/i1.png", "x/i2.png"],
        "age": [24, 61, 24],
        "pronoun": ["['1. He/him/his']", "['0. She/her/hers', '2. They/them/their']", "['1. He/him/his']"],
        "ancestry": ["['11. Asia']", "['0. Africa', '4. Southern Africa']", "['11. Asia']"],
        "scene": ["12. Indoor: Home or hotel", "1. Outdoor: Mountains", "12. Indoor: Home or hotel"],
        "nationality": ["[broken", "", "['184. South African']"],
    }
)


def _detailed(values: list[dict[str, object]]) -> dict[str, object]:
    who = (("i1", "s1"), ("i1", "s2"), ("i2", "s1"))
    rows = [
        {"idx": n, "image_id": image, "subject_id": person, "filepath": f"x/{image}.png", **value}
        for n, ((image, person), value) in enumerate(zip(who, values, strict=True))
    ]
    return {threshold: {"summary": "0.5", "individual_results": rows} for threshold in ("0.50", "0.75")}


def _masks() -> dict[str, object]:
    return _detailed([{"val": value, "accept": 1} for value in _VALUES])


def _read(tmp_path: Path, results: object, people: pd.DataFrame = _PEOPLE, **stated: object) -> Scope:
    (tmp_path / "results.json").write_text(json.dumps(results))
    people.to_csv(tmp_path / "people.csv", index=False)
    return scope(
        scores=tmp_path / "results.json",
        groups=tmp_path / "people.csv",
        stated=Stated(**stated),  # type: ignore[arg-type]  # each test gives the fields it means
        progress=Progress("quiet"),
    )


def test_detailed_results_have_a_number_for_each_person(tmp_path: Path) -> None:
    """Two people in a picture are two samples; thresholds repeat the same numbers."""
    found = _read(tmp_path, _masks())
    assert found.person_of == {"i1 / s1": "s1", "i1 / s2": "s2", "i2": "s1"}
    assert tuple(found.scores["given:val"]) == _VALUES


def test_parts_are_metrics_of_their_own(tmp_path: Path) -> None:
    """Body parts have a number each."""
    parts: list[dict[str, object]] = [
        {"Face": {"val": value, "accept_Face": 1}, "Hand": {"val": value / 2, "accept_Hand": 0}}
        for value in _VALUES
    ]
    found = _read(tmp_path, _detailed(parts), metrics=["Hand"])
    assert found.scores["given:Hand"].tolist() == [0.45, 0.4, 0.35]


def test_attributes_are_those_of_its_own_reports(tmp_path: Path) -> None:
    """Numbers and brackets go, several answers are several, ancestry is told by region, age has its bins."""
    found = _read(tmp_path, _masks(), answered_by="self_report")
    assert levels(found, "pronoun") == {"s1": "He/him/his", "s2": "several"}
    assert levels(found, "ancestry") == {"s1": "Asia", "s2": "Africa"}
    assert levels(found, "age") == {"s1": "age < 30", "s2": "age >= 60"}
    assert {axis.answered_by for axis in found.axes} == {("self_report",)}


def test_other_attributes_are_asked_for(tmp_path: Path) -> None:
    """A cell that is no list stays as it is."""
    found = _read(tmp_path, _masks(), attributes=["scene", "nationality"])
    assert set(levels(found, "scene").values()) == {"Indoor: Home or hotel", "Outdoor: Mountains"}
    assert levels(found, "nationality") == {}  # a tie, and an empty cell


@pytest.mark.parametrize("prefix", ["", "faces_crop_and_align_"])
def test_files_by_path_have_a_number_or_one_for_each_class(tmp_path: Path, prefix: str) -> None:
    """The picture is the file's name without what its kind adds; classes that are absent have no number."""
    people = _PEOPLE.iloc[[0, 2]].assign(image_id=["i1_s1", "i2_s1"])
    by_class = {
        f"/data/{prefix}i1_s1.png": {"skin": 0.9, "hair": 0.5},
        f"/data/{prefix}i2_s1.png": {"skin": 0.8},
    }
    found = _read(tmp_path, by_class, people, metrics=["skin", "hair"])
    assert found.person_of == {"i1_s1": "s1", "i2_s1": "s1"}
    assert "Without a number for hair, and left out of it: 1 row." in found.notes
    plain = _read(tmp_path, {f"C:\\data\\{prefix}i1_s1.png": 0.25}, people)
    assert plain.scores["given:score"].tolist() == [0.25]


@pytest.mark.parametrize("content", ["[0.1, 0.2]", "{}", '{"a": "b"}'])
def test_another_result_file_is_refused(tmp_path: Path, content: str) -> None:
    """The files that are read are named."""
    (tmp_path / "oks_scores.json").write_text(content)
    with pytest.raises(DataError, match=r"oks_scores\.json: expected a result file of FHIBE"):
        scope(scores=tmp_path / "oks_scores.json", stated=Stated(), progress=Progress("quiet"))


def test_broken_and_missing_files_are_data_errors(tmp_path: Path) -> None:
    """No JSON, no file, no metadata."""
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(DataError, match=r"broken\.json: expected a result file, in JSON"):
        scope(scores=tmp_path / "broken.json", stated=Stated(), progress=Progress("quiet"))
    with pytest.raises(DataError, match="there is no such file"):
        scope(scores=tmp_path / "none.json", stated=Stated(), progress=Progress("quiet"))
    with pytest.raises(DataError, match="metadata with a column subject_id"):
        _read(tmp_path, _masks(), _PEOPLE.drop(columns="subject_id"))
