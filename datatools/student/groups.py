"""Who is shown in the packed pictures, as far as training has to know?

Plain numbers: which attribute makes the groups, and who said so, is the caller's business.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """The group and the person of each packed picture."""

    names: tuple[str, ...]
    group: NDArray[np.int64]  # (n,), place of the group's name; -1 unknown
    person: NDArray[np.int64]  # (n,), another number for another person

    @staticmethod
    def made(names: Sequence[str], groups: Sequence[int], people: Sequence[str]) -> "Groups":
        """Number people, whose names do not matter; one group and one person a picture."""
        _, person = np.unique(np.array(people, np.str_), return_inverse=True)
        return Groups(tuple(names), np.array(groups, np.int64), person.astype(np.int64))

    @staticmethod
    def unknown(n: int) -> "Groups":
        """Give n pictures of people of whom nothing is known but that they differ."""
        return Groups((), np.full(n, -1, np.int64), np.arange(n))

    def large(self, pictures: NDArray[np.int64], min_people: int) -> NDArray[np.int64]:
        """Give every picture's group, (n,), -1 where the group has too few people among some pictures.

        A group of two people is learned by heart long before it is treated better.
        """
        found = self.group.copy()
        for number in range(len(self.names)):
            those = pictures[self.group[pictures] == number]
            if len(np.unique(self.person[those])) < min_people:
                found[self.group == number] = -1
        return found
