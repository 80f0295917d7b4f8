"""What is one hostile file, and what must reading it give?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Way = Literal["picture", "mask", "set", "sheet", "table", "video", "shard"]
OK = "ok"
CUT = "truncated|not readable|not a picture"  # which of them depends on how far the decoder came


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Where a file lies, FOLDER/WAY/NAME, and how it is read."""

    way: Way
    name: str
    reader: str = "auto"  # of a data set
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case(Task):
    """A file, or a folder of a data set."""

    what: str
    expected: str  # ok, or what the reason must match (a regular expression)
    write: Callable[[Path], object]
    is_large: bool = False  # takes seconds, and some hundred megabytes


def dataset(
    name: str,
    what: str,
    expected: str,
    write: Callable[[Path], object],
    reader: str = "folder",
    options: Mapping[str, str] | None = None,
) -> Case:
    """Give a folder of a data set that ``write`` fills."""

    def make(path: Path) -> None:
        path.mkdir()
        write(path)

    return Case(
        way="set", name=name, what=what, expected=expected, write=make, reader=reader, options=options or {}
    )


def picture(name: str, what: str, expected: str, data: bytes | Callable[[], bytes]) -> Case:
    """Give a picture's file with these bytes."""
    return Case(way="picture", name=name, what=what, expected=expected, write=_writer(data))


def mask(name: str, what: str, expected: str, data: bytes) -> Case:
    """Give a mask's file with these bytes; its picture is 32 px wide and 24 px high."""
    return Case(way="mask", name=name, what=what, expected=expected, write=_writer(data))


def sheet(name: str, what: str, expected: str, data: bytes) -> Case:
    """Give a label sheet's file with these bytes."""
    return Case(way="sheet", name=name, what=what, expected=expected, write=_writer(data))


def table(name: str, what: str, expected: str, data: bytes) -> Case:
    """Give a file of somebody's scores with these bytes."""
    return Case(way="table", name=name, what=what, expected=expected, write=_writer(data))


def video(name: str, what: str, expected: str, data: bytes) -> Case:
    """Give a video's file with these bytes."""
    return Case(way="video", name=name, what=what, expected=expected, write=_writer(data))


def shard(name: str, what: str, expected: str, data: bytes) -> Case:
    """Give a tar archive with these bytes."""
    return Case(way="shard", name=name, what=what, expected=expected, write=_writer(data))


def _writer(data: bytes | Callable[[], bytes]) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(data if isinstance(data, bytes) else data())
