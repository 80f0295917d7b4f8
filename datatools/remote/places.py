"""What does a place that files are brought from offer?"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

NOTE = "_source.json"  # in the folder of what was brought: where it is from


@dataclass(frozen=True, slots=True, order=True)
class Remote:
    """A file at its place."""

    name: str  # POSIX, below the source
    n_bytes: int | None = None  # None: the place does not say
    mark: str | None = None  # another one when the file is another: an ETag or a time
    where: str = field(default="", compare=False, repr=False)  # how the place finds it; may hold secrets


class Raw(Protocol):
    """An open file that is read from front to back."""

    def read(self, n_bytes: int, /) -> bytes: ...


class Place(Protocol):
    """Where files are; errors are whatever its protocol raises, see ``trouble``."""

    n_at_once: int  # how many files it may be asked for at the same time

    def listing(self) -> Sequence[Remote]:
        """Give the files, in the order of their names."""
        ...

    def opened(self, remote: Remote, start: int) -> AbstractContextManager[Raw]:
        """Open a file at a byte. Raises ``Changed`` where it is another one than was listed."""
        ...


class Changed(Exception):  # noqa: N818  # no error of ours: it is told as one file's line
    """A file is another one than when it was listed."""
