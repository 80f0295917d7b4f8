"""Which shards lie in a folder of this machine?"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from datatools import decoding
from datatools.outside import regular
from datatools.remote.addresses import is_shard
from datatools.remote.places import Changed, Raw, Remote

_MOST_LOOKED_AT = 10_000


def shards_of(folder: Path) -> list[Path]:
    """Give the shards in a folder, at any depth; none where pictures lie in it too.

    A folder of very many files without a shard among them is one of pictures. Hidden files are left out,
    links to folders are not followed.
    """
    found: list[Path] = []
    waiting, n_others = [folder], 0
    while waiting and (found or n_others <= _MOST_LOOKED_AT):
        try:
            entries = os.scandir(waiting.pop())
        except OSError:  # the readers say that it cannot be listed
            continue
        with entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(Path(entry.path))
                elif is_shard(entry.name):
                    found.append(Path(entry.path))
                elif Path(entry.name).suffix.lower() in decoding.SUFFIXES:
                    return []
                else:
                    n_others += 1
    return sorted(found)


class LocalPlace:
    """Shards on a disk of this machine; they are not copied."""

    n_at_once = 2

    def __init__(self, folder: Path, shards: Sequence[Path]) -> None:
        self._folder, self._shards = folder, shards

    def listing(self) -> list[Remote]:
        return sorted(self._listed(path) for path in self._shards)

    def _listed(self, path: Path) -> Remote:
        found = path.stat()
        return Remote(
            name=path.relative_to(self._folder).as_posix(),
            n_bytes=found.st_size,
            mark=str(found.st_mtime_ns),
            where=str(path),
        )

    @contextmanager
    def opened(self, remote: Remote, start: int) -> Iterator[Raw]:
        path = Path(remote.where)
        with regular.opened(path) as stream:
            if self._listed(path) != remote:
                raise Changed("it is another file than a moment ago")
            stream.seek(start)
            yield stream
