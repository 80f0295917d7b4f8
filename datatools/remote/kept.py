"""What has come from a place so far, so that it is brought once?

One line of JSON a file. While files come they are appended to a journal; at the end they become a list, in
the order of their names, whatever the order in which they came.
"""

import dataclasses
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from pydantic import TypeAdapter, ValidationError

from datatools.atomic import naming, write_bytes
from datatools.errors import DataError
from datatools.remote.places import Remote

LIST = ".brought.jsonl"
JOURNAL = ".brought.journal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """A file that came, or that came to nothing."""

    name: str  # POSIX, below the source
    n_bytes: int | None  # as it was listed
    mark: str | None  # as it was listed
    sha256: str  # of its bytes, 64 hex digits
    n_samples: int | None = None  # of an archive: names before the first dot
    n_files: int = 1  # in the folder; an archive's members
    problems: list[str] = field(default_factory=list)  # of an archive: what was not unpacked, and why

    def is_of(self, remote: Remote) -> bool:
        """Say whether the file is still the one that came. One whose place tells nothing of it is not."""
        tells = remote.n_bytes is not None or remote.mark is not None
        return tells and (self.n_bytes, self.mark) == (remote.n_bytes, remote.mark)


_LINE = TypeAdapter(Brought)


class Kept:
    """The list and the journal of one folder."""

    def __init__(self, folder: Path) -> None:
        self._list, self._journal = folder / LIST, folder / JOURNAL
        self.files: dict[str, Brought] = {}
        for path in (self._list, self._journal):
            self.files |= {one.name: one for one in _read(path)}
        self._stream: BinaryIO | None = None

    def __enter__(self) -> "Kept":
        self._journal.parent.mkdir(parents=True, exist_ok=True)
        with naming(self._journal):
            self._stream = self._journal.open("ab")
            os.truncate(self._journal, sum(map(len, _whole_lines(self._journal))))
        return self

    def __exit__(self, *exc: object) -> None:
        if self._stream is not None:
            with naming(self._journal):
                self._stream.close()

    def add(self, one: Brought) -> None:
        """Keep what came; when this returns, a killed run does not ask for it again."""
        self.files[one.name] = one
        if self._stream is not None:
            with naming(self._journal):
                self._stream.write(_line(one))
                self._stream.flush()

    def settle(self) -> None:
        """Make the list of the journal."""
        data = b"".join(_line(self.files[name]) for name in sorted(self.files))
        if not self._list.is_file() or self._list.read_bytes() != data:
            write_bytes(self._list, data)
        self._journal.unlink(missing_ok=True)


def _line(one: Brought) -> bytes:
    return json.dumps(dataclasses.asdict(one)).encode() + b"\n"


def _whole_lines(path: Path) -> Iterator[bytes]:
    """Give the lines that have an end: a kill may cut the last one off."""
    with path.open("rb") as stream:
        for line in stream:
            if line.endswith(b"\n"):
                yield line


def _read(path: Path) -> Iterator[Brought]:
    if not path.is_file():
        return
    for line in _whole_lines(path):
        try:
            yield _LINE.validate_json(line)
        except ValidationError as error:
            raise DataError(
                f"{path} holds a line that is no file that was brought: remove the folder {path.parent} to "
                "bring everything again"
            ) from error
