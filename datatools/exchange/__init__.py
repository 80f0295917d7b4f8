"""How do questions and answers travel to other tools and back? One file per format; its name is the format's.

A format writes a sheet that asks (items without values) or one that holds answers, and reads both back.
It carries what the store keeps of an answer; a reader opens no picture and follows no path that a file
names, it only looks names up.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from datatools.sheets import Cell, Rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One question about one sample, with its answer where there is one."""

    sample_id: str
    question: str
    vocabulary: str  # name@version
    annotator_id: str
    source: str
    presentation_order: int | None
    values: tuple[str, ...] = ()  # none: still open
    created_at: str | None = None  # ISO 8601, UTC
    lead_time_s: float | None = None
    batch: str | None = None
    note: str = ""
    picture: str | None = None  # POSIX path beside the file, as the tool is to show it
    width_px: int | None = None  # of that picture
    height_px: int | None = None


class Format(Protocol):
    """Writes and reads one tool's files; built as ``build(**options)``."""

    suffix: str  # of what it writes; empty: a folder
    shows_pictures: bool  # its tool is of no use without the pictures

    def matches(self, path: Path) -> bool:
        """Say whether the file or folder looks like this format."""
        ...

    def write(self, path: Path, items: Sequence[Item]) -> None:
        """Write a sheet, and beside it what its tool needs to open it.

        Raises:
            DataError: the format has no place for an item.
        """
        ...

    def read(self, path: Path) -> Iterator[Cell | Rejected]:
        """Give every answer, the open questions with value ""; what cannot be read is a Rejected.

        Raises:
            DataError: the file as a whole is not what the format promises.
        """
        ...
