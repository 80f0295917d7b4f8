"""The pictures of the people whom a composition audit counts."""

import pytest

from datatools.errors import DataError, UsageError
from datatools.fairness.composition.members import Asked, asked, count, members
from datatools.workspace import Workspace
from tests.stages import people
from tests.stages.people import answer, sample, sample_id

_AGES = {"question": "perceived_age_band", "vocabulary": "fairface_age@1"}


@pytest.fixture
def filled(workspace: Workspace) -> Workspace:
    """Give a workspace of 30 people with two pictures each, of two genders and two ages, and one old man."""
    people.ingest(workspace, workspace.root, [sample(n, person=f"p{n // 2}") for n in range(60)])
    said = [answer(n, "female" if n < 30 else "male") for n in range(60)]
    said += [answer(n, "70+" if n == 59 else ("20-29", "30-39")[n // 2 % 2], **_AGES) for n in range(60)]
    workspace.append_batch(said)
    return workspace


def test_every_shown_group_has_the_pictures_that_were_counted(filled: Workspace) -> None:
    """Counts of groups and crossings are those of their pictures and people."""
    person_of = {row.sample_id: row.person_id for row in filled.samples()}
    heads = count(filled, Asked())
    seen = []
    for head in heads:
        for group in head.groups:
            if group.n_people is not None:
                ids = members(filled, Asked(), heads, attribute=head.attribute, group=group.group)
                assert (len(ids), len({person_of[one] for one in ids})) == (group.n_images, group.n_people)
                seen.append(head.attribute)
    assert {"perceived_gender", "perceived_age_band"} < set(seen)


def test_a_group_is_made_of_its_own_people(filled: Workspace) -> None:
    """The women's pictures, in the order of their ids."""
    heads = count(filled, Asked())
    found = members(filled, Asked(), heads, attribute="perceived_gender", group="female")
    assert found == [sample_id(n) for n in range(30)]


def test_what_is_hidden_has_no_pictures(workspace: Workspace) -> None:
    """Two people's pictures are not shown."""
    people.ingest(workspace, workspace.root, [sample(n) for n in range(20)])
    workspace.append_batch([answer(n, "male" if n < 2 else "female") for n in range(20)])
    heads = count(workspace, Asked())
    with pytest.raises(UsageError, match="is not shown"):
        members(workspace, Asked(), heads, attribute="perceived_gender", group="male")


@pytest.mark.parametrize(
    ("attribute", "group", "message"),
    [("hair", "x", "expected an attribute that was counted"), ("perceived_gender", "x", "expected a group")],
)
def test_what_was_not_counted_is_told(filled: Workspace, attribute: str, group: str, message: str) -> None:
    """The message names what there is."""
    with pytest.raises(UsageError, match=message):
        members(filled, Asked(), count(filled, Asked()), attribute=attribute, group=group)


def test_a_changed_workspace_is_told(filled: Workspace) -> None:
    """Other pictures than were counted are never shown in their place."""
    heads = count(filled, Asked())
    later = "2030-01-01T00:00:00+00:00"
    filled.append_batch([answer(n, "male", created_at=later) for n in range(4)])
    with pytest.raises(DataError, match="it changed since; run `datatools composition` again"):
        members(filled, Asked(), heads, attribute="perceived_gender", group="female")


def test_settings_of_another_version_are_told() -> None:
    """The message names the setting."""
    with pytest.raises(DataError, match="cross"):
        asked({"cross": "many"})
