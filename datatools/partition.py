"""Which split does each person belong to, when nobody and no picture may be in two?

People who share a near-duplicate picture form one group, because they may be one person under two
names. Groups are dealt out whole, stratum by stratum, in an order that depends on their names and the
seed alone, so the same people give the same splits whatever the order of rows.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from datatools.errors import UsageError

SPLITS = ("train", "val", "test")


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """People who must stay together, and their pictures."""

    people: tuple[str, ...]  # sorted
    n_samples: int
    stratum: tuple[str, ...] = ()  # one value a question
    fixed: str | None = None  # the split that it must go to, whatever the fractions say


def join(links: Iterable[Sequence[str]]) -> dict[str, str]:
    """Give each name its group's smallest name; names that occur in one link are joined."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for link in links:
        for name in link:
            first, second = sorted((root(link[0]), root(name)))
            parent[second] = first
    return {name: root(name) for name in parent}


def _lot(seed: int, group: Group) -> bytes:
    return hashlib.blake2b(f"{seed}\x1f{group.people[0]}".encode(), digest_size=16).digest()


def deal(groups: Iterable[Group], fractions: Mapping[str, float], seed: int) -> dict[str, str]:
    """Give each person's split.

    Groups are laid in a row: by stratum, within a stratum the large ones first, else by lot. Walking
    along it, each group goes to the split that lags most behind its fraction. So every stretch of the
    row, a stratum too small to be cut as well as the whole, comes within a group of the fractions.

    Args:
        groups: people who must stay together; everybody is in exactly one group.
        fractions: the share of people that each split should get; they sum to 1.
        seed: of the lots.

    Raises:
        UsageError: the fractions are negative or do not sum to 1.
    """
    if min(fractions.values()) < 0 or abs(sum(fractions.values()) - 1) > 1e-6:
        raise UsageError(f"expected fractions of at least 0 that sum to 1, got {dict(fractions)}")
    row = sorted(
        groups, key=lambda group: (group.stratum, -len(group.people), -group.n_samples, _lot(seed, group))
    )
    found: dict[str, str] = {}
    owed = dict.fromkeys(fractions, 0.0)  # people
    open_to = [split for split, fraction in fractions.items() if fraction > 0]
    for group in row:
        split = group.fixed
        if split is None:
            for name, fraction in fractions.items():
                owed[name] += fraction * len(group.people)
            split = max(open_to, key=lambda name: owed[name])
            owed[split] -= len(group.people)
        found |= dict.fromkeys(group.people, split)
    return found
