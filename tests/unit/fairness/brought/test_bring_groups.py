"""Groups of people from columns of somebody else's table."""

from pathlib import Path

import numpy as np
import pytest

from datatools.errors import DataError, UsageError
from tests.unit.fairness.brought.made import Rows, bring, levels

_N = 60
_NAMES = [f"n{number}" for number in range(_N)]
_SCORES: Rows = {"image_id": _NAMES, "iou": [0.9] * _N}


def _groups(**columns: list[object]) -> Rows:
    return {"image_id": _NAMES[: len(next(iter(columns.values())))], **columns}


def test_numbers_are_cut_at_edges_by_the_median(tmp_path: Path) -> None:
    """A person's pictures need not agree; the lower edge of a group belongs to it."""
    groups = {**_groups(age=[20, 30, 64, 49, 50, "", 35]), "person_id": ["a", "b", "c", "d", "e", "f", "a"]}
    found = bring(tmp_path, _SCORES, groups, attributes=["age:30,50"])
    assert levels(found, "age") == {
        "a": "age < 30",
        "b": "age 30 to 50",
        "c": "age >= 50",
        "d": "age 30 to 50",
        "e": "age >= 50",
    }
    assert found.axes[0].levels == (("age < 30",), ("age 30 to 50",), ("age >= 50",))


def test_numbers_without_edges_are_no_groups(tmp_path: Path) -> None:
    """Asked for it is an error that says how; else a note."""
    groups = _groups(age=list(range(20, 60)))
    with pytest.raises(UsageError, match=r"age of groups\.csv has 40 different numbers, .* as in age:30,50"):
        bring(tmp_path, _SCORES, groups, attributes=["age"])
    found = bring(tmp_path, _SCORES, groups)
    assert found.axes == []
    assert any(note.startswith("Not audited: age of groups.csv") for note in found.notes)


def test_a_few_different_numbers_are_codes(tmp_path: Path) -> None:
    """0 and 1 are groups."""
    found = bring(tmp_path, _SCORES, _groups(Male=[0, 1, 1]))
    assert levels(found, "Male") == {"n0": "0", "n1": "1", "n2": "1"}


def test_an_identifier_is_no_attribute(tmp_path: Path) -> None:
    """Ten thousand values are named as what they are, in a moment."""
    names = [f"n{number}" for number in range(10_000)]
    groups: Rows = {"image_id": names, "serial": [f"s{number}" for number in range(10_000)]}
    with pytest.raises(UsageError, match="10,000 different values, as an identifier has: more than 60"):
        bring(tmp_path, {"image_id": names, "iou": [0.9] * 10_000}, groups, attributes=["serial"])


def test_missing_and_withheld_answers_are_no_group(tmp_path: Path) -> None:
    """Empty, cannot tell, prefer not to say: unlabelled, and counted by the audit."""
    hair: list[object] = ["dark", "", "cannot_tell", "Prefer not to say", "n/a", "fair"]
    found = bring(tmp_path, _SCORES, _groups(hair=hair))
    assert levels(found, "hair") == {"n0": "dark", "n5": "fair"}


def test_several_values_are_a_group_of_their_own(tmp_path: Path) -> None:
    """That somebody gave two says of nobody which."""
    found = bring(tmp_path, _SCORES, _groups(race=["asian", "asian|black", "black"]))
    assert levels(found, "race") == {"n0": "asian", "n1": "several", "n2": "black"}


def test_a_person_is_what_most_rows_say(tmp_path: Path) -> None:
    """A tie is no group, and the reader is told of people whose rows differ."""
    groups = {
        **_groups(hair=["dark", "dark", "fair", "dark", "fair"]),
        "person_id": ["p", "p", "p", "q", "q"],
    }
    found = bring(tmp_path, _SCORES, groups)
    assert levels(found, "hair") == {"p": "dark"}
    assert any("hair: 2 people have different values" in note for note in found.notes)


def test_rows_that_repeat_count_once_and_that_differ_are_named(tmp_path: Path) -> None:
    """Two rows of a picture that differ in what is asked are an error; elsewhere they may."""
    groups: Rows = {"image_id": ["n0", "n1", "n0"], "hair": ["dark", "fair", "dark"], "note": ["x", "y", "z"]}
    found = bring(tmp_path, _SCORES, groups, attributes=["hair"])
    assert levels(found, "hair") == {"n0": "dark", "n1": "fair"}
    with pytest.raises(DataError, match=r"groups\.csv, rows 2, 4: expected one row for each picture"):
        bring(tmp_path, _SCORES, groups)


def test_nothing_known_of_an_attribute_is_said(tmp_path: Path) -> None:
    """A column that is empty for everybody who was scored makes no groups."""
    with pytest.raises(UsageError, match=r"hair of groups\.csv is empty for everybody"):
        bring(tmp_path, _SCORES, _groups(hair=["", ""], other=["x", "y"]), attributes=["hair"])


@pytest.mark.parametrize(
    ("spec", "reason"),
    [("age:old", "COLUMN:EDGE,EDGE"), ("age:50,30", "rising edges"), ("age:nan", "rising edges")],
)
def test_edges_are_rising_numbers(tmp_path: Path, spec: str, reason: str) -> None:
    """Else the words say what was expected."""
    with pytest.raises(UsageError, match=reason):
        bring(tmp_path, _SCORES, _groups(age=[20, 40]), attributes=[spec])


def test_only_numbers_are_cut(tmp_path: Path) -> None:
    """A word among them is named by its row; a column without any is said to have none."""
    with pytest.raises(DataError, match="row 3: expected a number in 'age', got 'old'"):
        bring(tmp_path, _SCORES, _groups(age=[20, "old"]), attributes=["age:30"])
    with pytest.raises(UsageError, match=r"expected numbers to cut .* got none"):
        bring(tmp_path, _SCORES, _groups(age=["", ""], other=["x", "y"]), attributes=["age:30"])


def test_relabelling_groups_relabels_the_axes(tmp_path: Path) -> None:
    """Names carry no meaning."""
    swap = {"dark": "fair", "fair": "dark"}
    hair = np.random.default_rng(0).choice(["dark", "fair"], _N).tolist()
    one = levels(bring(tmp_path, _SCORES, _groups(hair=hair)), "hair")
    other = levels(bring(tmp_path, _SCORES, _groups(hair=[swap[said] for said in hair])), "hair")
    assert {person: swap[level] for person, level in one.items()} == other
