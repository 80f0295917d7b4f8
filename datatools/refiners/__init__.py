"""How do landmarks and edges improve a matte? One rule per file."""

from collections.abc import Sequence
from typing import Protocol

from datatools.masks import RGB, Face, Matte


class Refiner(Protocol):
    """One rule; pure. Applied twice it gives what it gave once."""

    name: str
    fingerprint: str  # of its settings

    def refine(self, image: RGB, matte: Matte, faces: Sequence[Face]) -> Matte:
        """Give the improved matte, or the same object when the rule does not apply."""
        ...
