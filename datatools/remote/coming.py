"""How does one file of a place come into a folder, whole or not at all?"""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import Literal

from datatools.atomic import PART, naming
from datatools.remote.kept import Brought
from datatools.remote.places import Place, Remote
from datatools.remote.steady import Steady
from datatools.remote.trouble import PlaceError, explained, kind_of, reason
from datatools.remote.unpacking import IsWithdrawn, unpack
from datatools.tables import fingerprint

Kind = Literal["files", "shards"]

MAX_FILE_BYTES = 4 << 30  # of a listing; pictures above 256 MiB are refused when they are read
TOO_LARGE = f"more than {MAX_FILE_BYTES >> 30} GiB, which no listing or picture has"
WAITING = ".parts"  # in the folder, for what is being written
_TELLING_BYTES = 64  # a label of one letter is that of many people
_PIECE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Come:
    """A file that was brought, or that was withdrawn, of which nothing is kept."""

    kept: Brought | None
    n_bytes: int
    n_withdrawn: int = 0


class Bringer:
    """Brings one file or shard; several threads do so at the same time."""

    def __init__(
        self, folder: Path, place: Place, kind: Kind, address: str, is_withdrawn: IsWithdrawn
    ) -> None:
        self._folder, self._place, self._kind = folder, place, kind
        self._address, self._is_withdrawn = address, is_withdrawn
        self._waiting = folder / WAITING
        self.stopped = Event()  # nobody waits for what comes any more

    def come(self, remote: Remote) -> Come | str:
        """Bring it, or say why it cannot be had.

        Raises:
            DataError: the place cannot be reached.
            OSError: of this machine's disk.
        """
        bring_it = self._shard if self._kind == "shards" else self._file
        try:
            with Steady(self._place, remote, self.stopped) as source:
                return bring_it(remote, source)
        except PlaceError as error:
            if kind_of(error) == "passing":
                raise explained(error, self._address) from error
            return reason(error)
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            return "a file and a folder have the same name"

    def _file(self, remote: Remote, source: Steady) -> Come | str:
        beside = self._waiting / f".{fingerprint(remote.name)}{PART}"
        self._waiting.mkdir(parents=True, exist_ok=True)
        with naming(beside), beside.open("wb") as stream:
            while piece := source.read(_PIECE_BYTES):
                stream.write(piece)
                if source.n_read > MAX_FILE_BYTES:
                    return TOO_LARGE
            stream.flush()
            os.fsync(stream.fileno())
        if source.n_read >= _TELLING_BYTES and self._is_withdrawn(source.sha256()):
            beside.unlink()
            return Come(None, source.n_read, n_withdrawn=1)
        target = self._folder / remote.name
        with naming(target):
            target.parent.mkdir(parents=True, exist_ok=True)
        beside.replace(target)
        return Come(_brought(remote, source), source.n_read)

    def _shard(self, remote: Remote, source: Steady) -> Come:
        beside = self._waiting / fingerprint(remote.name)
        found = unpack(source, remote.name.rpartition("/")[2], beside, self._is_withdrawn)
        target = self._folder / remote.name
        if target.is_dir():  # of the shard that it was before
            target.rename(self._waiting / f"{beside.name}.before")
        if found.n_files:
            target.parent.mkdir(parents=True, exist_ok=True)
            beside.rename(target)
        more = found.n_problems - len(found.problems)
        problems = [*found.problems, *([f"and {more} more"] if more else [])]
        one = replace(
            _brought(remote, source), n_samples=found.n_samples, n_files=found.n_files, problems=problems
        )
        return Come(one, source.n_read, found.n_withdrawn)


def _brought(remote: Remote, source: Steady) -> Brought:
    return Brought(name=remote.name, n_bytes=remote.n_bytes, mark=remote.mark, sha256=source.sha256())
