"""Who is composed, how often, and what may stand behind them?"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from datatools import conditions, selection, tables
from datatools.making.backgrounds import Place
from datatools.records import Sample
from datatools.selection import COMPOSITE, Target, Targets
from datatools.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Role:
    """A picture whose person is composed; ``numbers`` are, of the person's composites, this picture's."""

    sample: Sample
    target: Target
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Cast:
    """Whoever is composed, and the pictures that may be behind them."""

    roles: list[Role]
    places: list[Place]
    n_people: int


def cast(
    workspace: Workspace,
    *,
    targets: Targets,
    source: str | None,
    only_where: Sequence[str],
    limit: int | None,
    background_source: str | None,
    per_person: int,
    seed: int,
) -> Cast:
    """Choose people and places; once there are splits, those of people who train alone.

    Composites are not composed again. Made pictures, and those in which several faces were found, are
    no places: somebody else would stand in the background unmarked.

    Raises:
        UsageError: no such source, or a condition that nobody fulfils.
    """
    known = selection.training_targets(workspace, targets)
    made = {row.sample_id: row.kind for row in workspace.rows_or_empty(tables.LINEAGE)}
    splits = {row.sample_id: row.split for row in workspace.rows_or_empty(tables.SPLITS)}

    def usable(sample: Sample) -> bool:
        return sample.sample_id in known and (not splits or splits.get(sample.sample_id) == "train")

    chosen = workspace.samples(source=source)
    for condition in only_where:
        fit = set(conditions.fulfilling(workspace, condition).to_pylist())
        chosen = [sample for sample in chosen if sample.sample_id in fit]
    chosen = [s for s in chosen if usable(s) and made.get(s.sample_id) != COMPOSITE][:limit]
    crowded = {sample_id for sample_id, seen in selection.faces(workspace).items() if len(seen) > 1}
    places = [
        Place(sample.sample_id, sample.person_id, workspace.image_file(sample), known[sample.sample_id].path)
        for sample in workspace.samples(source=background_source)
        if usable(sample) and sample.sample_id not in made and sample.sample_id not in crowded
    ]
    roles = _dealt(chosen, known, per_person, seed)
    return Cast(roles, places, len({sample.person_id for sample in chosen}))


def _dealt(
    samples: Sequence[Sample], targets: Mapping[str, Target], per_person: int, seed: int
) -> list[Role]:
    """Deal each person's composites out to their pictures, in an order drawn by lot."""
    of_person: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        of_person[sample.person_id].append(sample)
    found = []
    for person, pictures in sorted(of_person.items()):
        lot = int(tables.fingerprint(person), 16)
        order = np.random.default_rng([seed, lot]).permutation(len(pictures))
        for place, index in enumerate(order):
            sample, numbers = pictures[index], tuple(range(place, per_person, len(pictures)))
            if numbers:
                found.append(Role(sample, targets[sample.sample_id], numbers))
    return found
