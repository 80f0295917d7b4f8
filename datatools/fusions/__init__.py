"""How do a committee's mattes become one matte? One strategy per file."""

from collections.abc import Mapping
from typing import Protocol

from datatools.masks import RGB, Matte


class Fusion(Protocol):
    """One strategy; pure, and its result does not depend on the order of the teachers."""

    name: str
    fingerprint: str  # of its settings and weights

    def fuse(self, image: RGB, mattes: Mapping[str, Matte]) -> Matte:
        """Fuse one picture's mattes, by teacher, all of the picture's size (H, W).

        Raises:
            DataError: the strategy cannot work with these teachers.
        """
        ...
