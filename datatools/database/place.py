"""Where does FiftyOne keep its data: in a folder of this machine, or on a MongoDB that was named?"""

import fcntl
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote

_NEW_MIB = 300  # a new database takes 100 MiB for its journal, and MongoDB stops itself on a full disk
_USED_MIB = 50  # of an old one the journal is there
_LOCK = "mongod.lock"
_USED = "WiredTiger"  # the first file that MongoDB writes


class Config(Protocol):
    """What is read of FiftyOne's own settings: the environment's variables and its config.json."""

    database_uri: str | None
    database_dir: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where the data are: at an address, which may hold a password, or in a folder."""

    uri: str | None
    folder: Path

    @property
    def said(self) -> str:
        """Give words for people, without the password."""
        if self.uri is None:
            return f"FiftyOne's database in {self.folder}"
        return f"the MongoDB at {_host(self.uri)} (FIFTYONE_DATABASE_URI)"

    def redact(self, text: str) -> str:
        """Take the user and the password out of a text."""
        secret = _credentials(self.uri or "")
        if secret is None:
            return text
        password = secret.partition(":")[2]
        for part in (secret, unquote(secret), password, unquote(password)):
            text = text.replace(part, "***") if part else text
        return text

    @property
    def is_used(self) -> bool:
        """Say whether there are data, or may be."""
        return self.uri is not None or (self.folder / _USED).is_file()

    @property
    def free_mib(self) -> float:
        """Give what is free on the folder's disk, in MiB."""
        folder = self.folder.absolute()
        here = next(path for path in (folder, *folder.parents) if path.exists())
        return shutil.disk_usage(here).free / 2**20

    @property
    def needed_mib(self) -> int:
        """Give what must be free before a server is started, in MiB."""
        return _USED_MIB if self.is_used else _NEW_MIB

    @property
    def is_short(self) -> bool:
        """Say whether the disk is too full."""
        return self.free_mib < self.needed_mib

    @property
    def is_held(self) -> bool:
        """Say whether a server has the folder, whoever runs it."""
        try:
            handle = os.open(self.folder / _LOCK, os.O_RDONLY)
        except OSError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(handle)
        return False

    @property
    def holder(self) -> int | None:
        """Give the process that wrote the lock; where nobody holds it, that one did not end properly."""
        try:
            return int((self.folder / _LOCK).read_text())
        except (OSError, ValueError):
            return None


def of(config: Config) -> Place:
    """Give where the data are, by FiftyOne's settings."""
    return Place(config.database_uri or None, Path(config.database_dir))


def _credentials(uri: str) -> str | None:
    """Give USER:PASSWORD as it stands in an address. A slash or an @ in it may not have been escaped."""
    rest = uri.partition("://")[2].partition("?")[0]
    return rest.rpartition("@")[0] or None


def _host(uri: str) -> str:
    rest = uri.partition("://")[2].partition("?")[0]
    return rest.rpartition("@")[2].partition("/")[0] or "no host"
