"""Which pictures of the lowest group stand beside which pictures of people photographed alike?

Light and pose are matched as the audit matches people: a group's pictures look worse for many reasons, and
beside a peer's, taken in like light from a like side, the eye compares what is left.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datatools import tables
from datatools.browse.fields import slug
from datatools.browse.groups import OfModel
from datatools.fairness.estimates import ModelAudit
from datatools.fairness.statistics.layout import Layout
from datatools.fairness.statistics.people import Floats
from datatools.fairness.who.groups import group_name
from datatools.fairness.why.confounders import Conditions, chosen, confounder
from datatools.fairness.why.matching import peers
from datatools.workspace import Workspace

# Those of the audit's standard confounders that say how a picture was taken, not what stands behind.
LIGHT_AND_POSE = ("picture_lightness", "face_side_light", "back_light", "face_yaw_deg", "face_pitch_deg")
MOST_PAIRS = 100  # as many as one looks through


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A picture of a person of the group, and one of their peer."""

    own: str  # sample ids
    peer: str
    distance_sd: float  # root mean square over the conditions, each in standard deviations of all pictures


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """The lowest group of one attribute beside its peers."""

    attribute: str
    group: str
    told: ModelAudit  # of the model whose values the group is the lowest by
    conditions: list[str]
    pairs: list[Pair]  # the nearest first

    @property
    def field(self) -> str:
        """Name the field that says who stands beside whom."""
        return slug(f"peers_{self.attribute}")

    @property
    def distance_field(self) -> str:
        """Name the field with the pair's distance."""
        return slug(f"peers_{self.attribute}_distance_sd")

    def words(self) -> dict[str, str]:
        """Say of each sample which pair it is in, and on which side; in this order they stand in pairs."""
        sides = (("own", f"1: {self.group}"), ("peer", "2: peer"))
        return {
            getattr(pair, side): f"pair {number:03d}, {said}"
            for number, pair in enumerate(self.pairs, 1)
            for side, said in sides
        }

    def distances(self) -> dict[str, float]:
        """Give each sample's distance to the other one of its pair."""
        return {name: pair.distance_sd for pair in self.pairs for name in (pair.own, pair.peer)}


def lowest(workspace: Workspace, models: list[OfModel]) -> list[Beside]:
    """Find peers for the lowest group of each attribute, by the first model that has one.

    Raises:
        TableError: the measurements are broken.
    """
    numbers = _numbers(workspace)
    found: dict[str, Beside] = {}
    for of_model in models:
        for layout, told in of_model.attributes():
            if told.worst is None or layout.axis.name in found:
                continue
            made = _beside(of_model, layout, told.worst.group, numbers)
            if made is not None:
                found[layout.axis.name] = made
    return list(found.values())


def _numbers(workspace: Workspace) -> pd.DataFrame:
    """Give light and pose of each sample; of several values the last one counts, as in the audit."""
    rows = workspace.frame_or_empty(tables.MEASUREMENTS, ("sample_id", "name", "value"))
    rows = rows[rows["name"].isin(LIGHT_AND_POSE) & np.isfinite(rows["value"])].astype({"sample_id": object})
    rows = rows.drop_duplicates(["sample_id", "name"], keep="last")
    wide: pd.DataFrame = rows.pivot_table(index="sample_id", columns="name", values="value", observed=True)
    return wide


def _beside(of_model: OfModel, layout: Layout, group: str, numbers: pd.DataFrame) -> Beside | None:
    group_of = layout.axis.group_of
    if group not in map(group_name, layout.shown):  # by the tables of today it is too small
        return None
    is_labelled = np.array([person in group_of for person in of_model.rows["person_id"]], bool)
    rows = of_model.rows[is_labelled]
    known = Conditions(numbers.reindex(rows["sample_id"].astype(str)), {}, frozenset())
    standard, _ = chosen(layout.axis, None, known)
    names = [name for name in LIGHT_AND_POSE if name in standard]
    if not names:
        return None
    every = [confounder(name, known, np.zeros(len(rows), np.int64)).number for name in names]
    columns = np.stack([number for number in every if number is not None], axis=1)  # (n_images, k)
    is_known = np.isfinite(columns).all(axis=1)
    columns = columns[is_known]
    spread = columns.std(axis=0)
    columns = columns / np.where(spread > 0, spread, 1.0)
    ids = rows["sample_id"].astype(str).to_numpy(object)[is_known]
    codes, people = pd.factorize(rows["person_id"].astype(str).to_numpy(object)[is_known], sort=True)
    is_in = np.array([group_name(group_of[str(person)]) == group for person in people], bool)
    if is_in.all() or not is_in.any():
        return None
    pairs = _pairs(columns, codes.astype(np.int64), is_in, ids)
    if not pairs:
        return None
    return Beside(attribute=layout.axis.name, group=group, told=of_model.told, conditions=names, pairs=pairs)


def _pairs(
    columns: Floats, person: NDArray[np.int64], is_in: NDArray[np.bool_], ids: NDArray[np.object_]
) -> list[Pair]:
    """Pair people, and of each two the pictures that are nearest.

    Args:
        columns: (n_images, k), in standard deviations.
        person: (n_images,), the place in ``is_in``.
        is_in: (n_people,), the group.
        ids: (n_images,), of the samples.
    """
    n_own = np.bincount(person)
    means = np.stack([np.bincount(person, column) for column in columns.T], axis=1) / n_own[:, None]
    matched = peers(means, is_in)
    order = np.argsort(person, kind="stable")
    pictures = np.split(order, np.cumsum(n_own)[:-1])
    pairs = []
    for own, peer in zip(matched.own, matched.peer, strict=True):
        first, second = pictures[own], pictures[peer]
        apart = np.sqrt(((columns[first][:, None] - columns[second][None]) ** 2).mean(axis=2))
        one, other = np.unravel_index(int(apart.argmin()), apart.shape)
        names = str(ids[first[one]]), str(ids[second[other]])
        pairs.append(Pair(own=names[0], peer=names[1], distance_sd=float(apart[one, other])))
    return sorted(pairs, key=lambda pair: (pair.distance_sd, pair.own))[:MOST_PAIRS]
