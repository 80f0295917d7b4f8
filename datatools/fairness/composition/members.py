"""Which pictures are of the people whom a composition audit counts in a group?

They are found by the code that counted them, from the settings that the audit keeps. What it hides has no
pictures here either. Where no audit was made yet, the same code counts by the stage's own defaults.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from datatools import counting
from datatools.errors import DataError, UsageError
from datatools.fairness.composition import shopping
from datatools.fairness.composition.composition_result import Count, Headcount
from datatools.fairness.composition.composition_scope import people_of, pictures_of, singles_of
from datatools.fairness.composition.headcount import Hidden, headcount, hidden_groups
from datatools.fairness.composition.labelled import Everybody, Labels, crossed
from datatools.fairness.who.groups import group_name
from datatools.settings import explain
from datatools.workspace import Workspace


class Asked(BaseModel):
    """The settings of a composition audit that shape its counts, and what they are by default."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    attributes: list[str] | None = None
    cross: int = 2
    min_people: int = 5
    only: str | None = None
    split: str | None = None
    exclude: list[str] = []
    limit: int | None = None
    gap: float = 0.03
    sd: float = 0.05
    alpha: float = 0.05
    seed: int = 0


def asked(settings: Mapping[str, object]) -> Asked:
    """Read settings as a composition audit keeps them.

    Raises:
        DataError: one is not what this version takes.
    """
    try:
        return Asked.model_validate(settings)
    except ValidationError as error:
        raise DataError(
            f"expected the settings that a composition audit of this version keeps; {explain(error)}: run "
            "`datatools composition` again"
        ) from error


@dataclass(frozen=True, slots=True)
class _Counted:
    people: Everybody
    labels: list[Labels]
    hidden: Hidden


def _counted(workspace: Workspace, wanted: Asked) -> _Counted:
    pictures = pictures_of(
        workspace, source=wanted.only, split=wanted.split, exclude=wanted.exclude, limit=wanted.limit
    )
    people = people_of(pictures)
    singles, _ = singles_of(workspace, wanted.attributes, people, wanted.min_people)
    labels = [*singles, *crossed(singles, wanted.cross)]
    return _Counted(people, labels, hidden_groups(labels, wanted.min_people))


def count(workspace: Workspace, wanted: Asked) -> list[Headcount]:
    """Count who is in the data now, by every attribute and crossing.

    Raises:
        UsageError: an attribute, source, split or condition that does not exist, or no pictures.
    """
    found = _counted(workspace, wanted)
    enough = shopping.people_wanted(wanted.sd, wanted.gap, wanted.alpha)
    rng = np.random.default_rng(wanted.seed)
    return [
        headcount(label, found.people, found.hidden[label.attributes], enough, rng) for label in found.labels
    ]


def members(
    workspace: Workspace, wanted: Asked, headcounts: Sequence[Headcount], *, attribute: str, group: str
) -> list[str]:
    """Give the samples of the people in a group, in the order of their ids.

    Args:
        workspace: that was counted.
        wanted: the settings of the count.
        headcounts: what it came to.
        attribute: as the count names it, crossings too.
        group: as the count names it.

    Raises:
        UsageError: no such attribute or group, or one that is not shown.
        DataError: the workspace changed, so that it gives others than were counted.
    """
    told = _told(headcounts, attribute, group)
    found = _counted(workspace, wanted)
    label = next((one for one in found.labels if one.name == attribute), None)
    is_in = np.zeros(len(found.people), bool)
    if label is not None:
        places = [
            place
            for place in np.unique(label.code[label.is_placed], axis=0)
            if group_name(_levels(label, place)) == group
            and _levels(label, place) not in found.hidden[label.attributes]
        ]
        for place in places:
            is_in |= (label.code == place).all(axis=1)
    ids = found.people.samples.filter(counting.mask(is_in[found.people.person])).to_pylist()
    if (int(is_in.sum()), len(ids)) != (told.n_people, told.n_images):
        raise DataError(
            f"{attribute} {group}: {told.n_images} pictures of {told.n_people} people were counted, the "
            f"workspace now shows {len(ids)} of {int(is_in.sum())}: it changed since; run `datatools "
            "composition` again"
        )
    return sorted(ids)


def _levels(label: Labels, place: Sequence[int]) -> tuple[str, ...]:
    return tuple(levels[number] for levels, number in zip(label.levels, place, strict=True))


def _told(headcounts: Sequence[Headcount], attribute: str, group: str) -> Count:
    for head in headcounts:
        if head.attribute == attribute:
            for found in head.groups:
                if found.group == group:
                    if found.n_people is None:
                        raise UsageError(
                            f"{attribute} {group} is not shown: it has few people, or would let such a group "
                            "be found by subtraction"
                        )
                    return found
            groups = ", ".join(found.group for found in head.groups) or "none"
            raise UsageError(f"expected a group of {attribute} with people in it ({groups}), got {group!r}")
    known = ", ".join(head.attribute for head in headcounts) or "none"
    raise UsageError(f"expected an attribute that was counted ({known}), got {attribute!r}")
