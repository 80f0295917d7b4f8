"""What the composition panel shows."""

import json

import pytest

from datatools.browse.plugin import composition_shown
from datatools.errors import DataError
from datatools.fairness.composition.composition_result import RESULT_FILE, AgainstReference, ReferenceTest
from datatools.fairness.estimates import Interval
from datatools.progress import Progress
from datatools.stages import composition
from datatools.workspace import Workspace
from tests.stages import people
from tests.stages.people import answer, sample


@pytest.fixture
def filled(workspace: Workspace) -> Workspace:
    """Give a workspace of twelve women, six men, two others and one who cannot be told."""
    people.ingest(workspace, workspace.root, [sample(number) for number in range(21)])
    values = ["female"] * 12 + ["male"] * 6 + ["another"] * 2 + ["cannot_tell"]
    workspace.append_batch([answer(number, value) for number, value in enumerate(values)])
    return workspace


def _cells(counted: composition_shown.Counted) -> dict[str, dict[str, str]]:
    rows = composition_shown.rows(counted, "perceived_gender")
    return {row.cells["label"]: row.cells for row in rows}


def test_without_a_report_people_are_counted_now(filled: Workspace) -> None:
    """People, pictures and shares; nothing is held against a population."""
    counted = composition_shown.read(filled)
    women = _cells(counted)["female"]
    assert (counted.report, women["n_people"], women["n_images"], women["reference"]) == (
        None,
        "12",
        "12",
        "",
    )


def test_small_groups_stay_hidden(filled: Workspace) -> None:
    """A group of few people has no numbers, nor the one that would give it away."""
    cells = _cells(composition_shown.read(filled))
    hidden = [cells[name]["n_people"] for name in ("male", "another")]
    assert hidden == ["too few people to show"] * 2


def test_groups_that_nobody_is_in_are_named(workspace: Workspace) -> None:
    """An empty group has no pictures to open."""
    people.ingest(workspace, workspace.root, [sample(number) for number in range(12)])
    workspace.append_batch([answer(number, "female") for number in range(12)])
    found = composition_shown.rows(composition_shown.read(workspace), "perceived_gender")
    empty = {row.cells["label"] for row in found if row.cells["remark"] == "empty"}
    assert "male" in empty
    assert [row.cells["label"] for row in found if row.group] == ["female"]


def test_the_report_is_read_where_there_is_one(filled: Workspace) -> None:
    """With its settings: here, groups are shown from two people on."""
    settings = composition.Settings(min_people=1, pictures=False, name="mine")
    composition.run(filled, settings, Progress("quiet"))
    counted = composition_shown.read(filled)
    assert (counted.report, _cells(counted)["another"]["n_people"]) == ("mine", "2")


def test_shares_stand_beside_the_reference(filled: Workspace) -> None:
    """The population's share, and the verdict on the difference."""
    counted = composition_shown.read(filled)
    nothing = Interval(value=None, low=None, high=None)
    women = AgainstReference(
        group="female",
        reference_share=0.5,
        share=0.6,
        difference=nothing,
        ratio=nothing,
        p_value=0.2,
        p_holm=0.4,
        verdict="insufficient data",
    )
    test = ReferenceTest(
        attribute="perceived_gender",
        source="census",
        n_people=18,
        n_left_out=0,
        chi_square=1.0,
        p_value=0.2,
        p_holm=0.2,
        method="chi-square",
        groups=[women],
    )
    held = composition_shown.Counted(
        report="c", asked=counted.asked, headcounts=counted.headcounts, references=[test]
    )
    assert _cells(held)["female"]["reference"] == "50.0%: insufficient data"


def test_a_broken_report_is_told(filled: Workspace) -> None:
    """The message says how to make it again."""
    path = filled.report_folder("composition") / RESULT_FILE
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"name": 1}))
    with pytest.raises(DataError, match="run `datatools composition` again"):
        composition_shown.read(filled)
