"""Are composites dealt out to people, and to each person's pictures, evenly and repeatably?"""

from collections import defaultdict
from dataclasses import replace

import pytest

from datatools.making.casting import Cast, cast
from datatools.workspace import Workspace
from tests.stages.people import ingest, sample


@pytest.fixture
def people(workspace: Workspace) -> Workspace:
    """Give person a with three pictures and b with one, all with human masks."""
    samples = [
        replace(sample(number, person=person), reference_mask=f"{number}.png", mask_source="human")
        for number, person in enumerate("aaab")
    ]
    ingest(workspace, workspace.root.parent, samples)
    return workspace


def _cast(workspace: Workspace, *, per_person: int, seed: int = 0, limit: int | None = None) -> Cast:
    return cast(
        workspace,
        targets="best",
        source=None,
        only_where=(),
        limit=limit,
        background_source=None,
        per_person=per_person,
        seed=seed,
    )


@pytest.mark.parametrize("per_person", [1, 2, 3, 5])
def test_everybody_gets_the_same_number(people: Workspace, per_person: int) -> None:
    """However many pictures a person has; each number comes once."""
    numbers: dict[str, list[int]] = defaultdict(list)
    for role in _cast(people, per_person=per_person).roles:
        numbers[role.sample.person_id] += role.numbers
    assert {tuple(sorted(found)) for found in numbers.values()} == {tuple(range(per_person))}
    assert len(numbers) == 2


def test_pictures_of_a_person_take_turns(people: Workspace) -> None:
    """Three composites of somebody with three pictures are of all three."""
    roles = [role for role in _cast(people, per_person=3).roles if role.sample.person_id == "set/a"]
    assert sorted(role.numbers for role in roles) == [(0,), (1,), (2,)]


def test_seed_repeats_and_changes_the_draw(people: Workspace) -> None:
    """The same seed chooses the same pictures; among seeds every picture is chosen."""
    first = {role.sample.sample_id for role in _cast(people, per_person=1, seed=1).roles}
    assert first == {role.sample.sample_id for role in _cast(people, per_person=1, seed=1).roles}
    seeds = range(12)
    drawn = {r.sample.sample_id for s in seeds for r in _cast(people, per_person=1, seed=s).roles}
    assert len(drawn) == 4


def test_limit_counts_pictures(people: Workspace) -> None:
    """Two pictures of one person are one person; every picture remains a possible background."""
    found = _cast(people, per_person=1, limit=2)
    assert found.n_people == 1
    assert len(found.places) == 4
