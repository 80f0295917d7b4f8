"""Where do a million tasks wait without filling the memory?"""

import pickle
from array import array
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Generic, TypeVar, cast, overload

from datatools.atomic import naming

Task = TypeVar("Task")

_IN_MEMORY_BYTES = 1 << 20  # a small stage never touches the disk


class Spool(Sequence[Task], Generic[Task]):
    """Tasks in a nameless file, each read when it is its turn; nothing is left of it after a kill."""

    def __init__(self, folder: Path) -> None:
        """Begin an empty one; ``folder`` is on a disk, which the system's own for such files may not be."""
        self._folder = folder
        self._file = SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES, dir=str(folder))  # noqa: SIM115  # lives on
        self._places = array("Q")

    def add(self, task: Task) -> None:
        """Put a task at the end."""
        with naming(self._folder):  # what waits in a buffer is written when somebody seeks
            place = self._file.seek(0, 2)
            pickle.dump(task, self._file, pickle.HIGHEST_PROTOCOL)
        self._places.append(place)

    def keep(self, which: Iterable[int]) -> None:
        """Leave only the tasks at these places."""
        self._places = array("Q", (self._places[place] for place in which))

    def close(self) -> None:
        """Free the file."""
        with naming(self._folder):
            self._file.close()

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, which: int) -> Task: ...
    @overload
    def __getitem__(self, which: slice) -> list[Task]: ...
    def __getitem__(self, which: int | slice) -> Task | list[Task]:
        if isinstance(which, slice):
            return [self[place] for place in range(*which.indices(len(self)))]
        with naming(self._folder):
            self._file.seek(self._places[which])
        return cast("Task", pickle.load(self._file))  # noqa: S301  # what this process wrote into its own file
