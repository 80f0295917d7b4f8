"""Who is composed, how often, and what may stand behind them?"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

import numpy as np
from numpy.typing import NDArray

from datatools import conditions, selection, streams, tables
from datatools.keys import Keys, Texts
from datatools.making.backgrounds import Place, Places
from datatools.records import Lineage, Sample
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

    roles: Iterable[Role]  # in the order of their samples; made each time that somebody goes over them
    places: Places
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
    fitting = [_fitting(workspace, condition) for condition in only_where]

    def chosen() -> Iterator[tuple[Sample, Target]]:
        samples = streams.samples(workspace, source=source)
        for keys in fitting:
            samples = (one for one, which in keys.located(samples, _sample_id) if which >= 0)
        made = streams.Alongside(workspace, tables.LINEAGE)
        yield from islice(_usable(workspace, _uncomposed(samples, made), targets), limit)

    people = Texts()
    for sample, _ in chosen():
        people.add(sample.person_id)
    keys = Keys(people.letters())
    roles = _Roles(chosen, _dealt(keys, seed), np.bincount(keys.of_each)[keys.of_each], per_person)
    return Cast(roles, Places(_places(workspace, background_source, targets)), len(keys))


def _sample_id(sample: Sample) -> str:
    return sample.sample_id


def _fitting(workspace: Workspace, condition: str) -> Keys:
    found = Texts()
    for sample_id in conditions.fulfilling(workspace, condition):
        found.add(sample_id.as_py())
    return Keys(found.letters())


def _uncomposed(samples: Iterable[Sample], made: streams.Alongside[Lineage]) -> Iterator[Sample]:
    return (one for one in samples if not any(row.kind == COMPOSITE for row in made.of(one.sample_id)))


def _usable(
    workspace: Workspace, samples: Iterable[Sample], targets: Targets
) -> Iterator[tuple[Sample, Target]]:
    """Give the samples that have a mask, and train once there are splits."""
    splits = streams.Alongside(workspace, tables.SPLITS)
    is_split = any(True for _ in streams.Rows(workspace, tables.SPLITS))
    for sample, target in selection.each_target(workspace, samples, targets):
        trains = not is_split or any(row.split == "train" for row in splits.of(sample.sample_id))
        if target is not None and trains:
            yield sample, target


def _places(workspace: Workspace, source: str | None, targets: Targets) -> Iterator[Place]:
    made = streams.Alongside(workspace, tables.LINEAGE)
    landmarks = streams.Alongside(workspace, tables.LANDMARKS)
    samples = (one for one in streams.samples(workspace, source=source) if not made.of(one.sample_id))
    for sample, target in _usable(workspace, samples, targets):
        seen = selection.faces_of(landmarks.of(sample.sample_id)).get(sample.sample_id, [])
        if len(seen) <= 1:
            yield Place(sample.sample_id, sample.person_id, workspace.image_file(sample), target.path)


def _dealt(people: Keys, seed: int) -> NDArray[np.intp]:
    """Give each picture's turn among those of its person, in an order drawn by lot."""
    turn = np.empty_like(people.of_each)
    order = np.argsort(people.of_each, kind="stable")
    ends = np.cumsum(np.bincount(people.of_each))
    for person, (start, end) in enumerate(pairwise([0, *ends])):
        pictures = order[start:end]
        lot = int(tables.fingerprint(people.text(person)), 16)
        turn[pictures[np.random.default_rng([seed, lot]).permutation(len(pictures))]] = range(len(pictures))
    return turn


@dataclass(frozen=True, slots=True, eq=False)
class _Roles:
    """Each person's composites, dealt out to their pictures."""

    chosen: Callable[[], Iterable[tuple[Sample, Target]]]
    turns: NDArray[np.intp]  # of each chosen picture among its person's
    n_pictures: NDArray[np.intp]  # of its person
    per_person: int

    def __iter__(self) -> Iterator[Role]:
        for (sample, target), turn, n in zip(self.chosen(), self.turns, self.n_pictures, strict=True):
            if numbers := tuple(range(int(turn), self.per_person, int(n))):
                yield Role(sample, target, numbers)
