"""Samples belong to the groups that an audit would compare."""

from pathlib import Path

import pytest

from datatools import tables
from datatools.errors import UsageError
from datatools.fairness.who.membership import membership
from datatools.records import ConsensusRow, Measurement
from datatools.workspace import Workspace
from tests.stages.people import answer, ingest, sample, sample_id


@pytest.fixture
def people(workspace: Workspace, tmp_path: Path) -> Workspace:
    """Give six pictures: two of Ada, the others of a person each; the last is of somebody unknown."""
    names = ["ada", "ada", "bo", "cy", "di", "ed"]
    ingest(workspace, tmp_path, [sample(n, person=name) for n, name in enumerate(names)])
    said = ["female", "male", "female", "male"]
    workspace.append_batch([answer(n, value) for n, value in zip((0, 2, 3, 4), said, strict=True)])
    rows = [
        Measurement(sample_id=sample_id(n), name="ita_deg", value=10.0 * n, measured_by="dataset:x")
        for n in range(5)
    ]
    workspace.write(tables.MEASUREMENTS, rows)
    return workspace


def test_a_picture_without_an_answer_is_in_its_persons_group(people: Workspace) -> None:
    """Ada was asked about on her first picture alone; Ed on none."""
    found = membership(people, ["perceived_gender"])
    groups = [found.of(sample_id(n)) for n in range(6)]
    woman, man = (found.names.index(name) for name in ("female", "male"))
    assert groups == [woman, woman, man, woman, man, -1]


def test_a_measurement_is_cut_at_its_edges(people: Workspace) -> None:
    """Ada's two pictures count by their median, 5 degrees."""
    found = membership(people, ["ita_deg:25"])
    assert found.names == ("ita_deg < 25", "ita_deg >= 25")
    assert [found.of(sample_id(n)) for n in range(6)] == [0, 0, 0, 1, 1, -1]


def test_several_attributes_are_crossed(people: Workspace) -> None:
    """Who lacks one of them is in no group."""
    found = membership(people, ["perceived_gender", "ita_deg:25"])
    assert "female x ita_deg < 25" in found.names
    assert len(set(found.group_of.values())) == len(found.names) == 4
    assert found.of(sample_id(5)) == -1


def test_a_consensus_is_read_where_it_is_asked_for(people: Workspace) -> None:
    """Not the most frequent answer."""
    row = ConsensusRow(
        sample_id=sample_id(5),
        person_id="set/ed",
        question="perceived_gender",
        vocabulary="gender@1",
        unit="person",
        value="male",
        probability=0.9,
        n_annotators=3,
        entropy_bits=0.5,
        values=["male"],
        posterior=[0.9],
    )
    people.write(tables.CONSENSUS, [row])
    found = membership(people, ["perceived_gender@consensus"])
    assert found.group_of == {sample_id(5): 0}


def test_no_attribute_makes_no_groups(people: Workspace) -> None:
    """Everybody's group is unknown."""
    found = membership(people, [])
    assert (found.names, found.of(sample_id(0))) == ((), -1)


def test_an_unknown_attribute_is_refused(people: Workspace) -> None:
    """With those that there are."""
    with pytest.raises(UsageError, match="perceived_gender"):
        membership(people, ["perceived_age"])
