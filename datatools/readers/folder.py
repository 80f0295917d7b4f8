"""Which pictures lie in a plain folder, at any depth?"""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from datatools import images
from datatools.readers import Entry
from datatools.readers._files import walk

# Pictures that are not decoded become rows that say so, not files that vanish.
_SUFFIXES = images.SUFFIXES | images.UNREAD_SUFFIXES


class Folder:
    """A folder of photographs without masks or labels; hidden files are left out."""

    licence = "unknown"

    def __init__(self, root: Path) -> None:
        self._root = root

    def matches(self) -> bool:
        return True

    def entries(self) -> Iterator[Entry]:
        for found in walk(self._root):
            if found.problem is not None or PurePosixPath(found.path).suffix.lower() in _SUFFIXES:
                yield Entry(path=found.path, problem=found.problem)


build = Folder
