"""Who proposes a matte for a picture? One file per model family; also what ``evaluate`` scores."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from datatools.masks import RGB, Face, Matte


@runtime_checkable
class Teacher(Protocol):
    """Proposes a soft matte for a picture.

    ``fingerprint`` hashes weights and preprocessing: rows made with another fingerprint are stale.
    """

    name: str
    fingerprint: str
    needs_faces: bool  # True: the landmarks stage must run first

    def matte(self, image: RGB, faces: Sequence[Face]) -> Matte:
        """Propose a matte of the picture's own size."""
        ...


@runtime_checkable
class Licensed(Protocol):
    """A teacher whose weights came under a licence, which goes into the run record."""

    licence: str


@runtime_checkable
class Concurrent(Protocol):
    """A teacher that says whether several threads may ask it at once, each on a core of its own."""

    is_concurrent: bool


def is_concurrent(teacher: Teacher) -> bool:
    """Say whether a teacher works on one core, so that several may be asked at once."""
    return isinstance(teacher, Concurrent) and teacher.is_concurrent


@runtime_checkable
class Batched(Protocol):
    """A teacher that takes several pictures at once.

    On a CPU ``batch_size`` is 1: more give no speed there, but results that differ in their last bits.
    """

    batch_size: int

    def mattes(self, images: Sequence[RGB], faces: Sequence[Sequence[Face]]) -> list[Matte]:
        """Propose the matte of each picture, with the faces of each.

        Their sizes may differ, and there may be more than ``batch_size`` of them.
        """
        ...
