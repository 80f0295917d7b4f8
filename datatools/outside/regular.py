"""Is a path a file that may be opened, and is it small enough to be read whole?

Opening a named pipe waits for somebody to write into it, and opening a device may do anything: what is no
regular file is refused before it is opened.
"""

import hashlib
import os
import stat
from io import BufferedReader
from pathlib import Path

from datatools.errors import DataError
from datatools.outside.names import shown

_KINDS = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
# What is put in the file's place between the look and the opening is opened without waiting for it.
_FLAGS = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)


def opened(path: Path) -> BufferedReader:
    """Open a regular file for reading.

    Raises:
        DataError: a pipe, a socket or a device.
        OSError: missing, a folder, or not ours to read.
    """
    _require_regular(path, path.stat().st_mode)
    stream = open(path, "rb", opener=_without_waiting)  # noqa: SIM115  # Path.open takes no opener
    try:
        _require_regular(path, os.fstat(stream.fileno()).st_mode)
    except DataError:
        stream.close()
        raise
    return stream


def read(path: Path, most_bytes: int) -> bytes:
    """Read a regular file of at most ``most_bytes``.

    Raises:
        DataError: larger, or a pipe, a socket or a device.
        OSError: as ``opened``.
    """
    with opened(path) as stream:
        _require_size(path, os.fstat(stream.fileno()).st_size, most_bytes)
        return stream.read(most_bytes)


def sha256(path: Path, most_bytes: int) -> str:
    """Hash a regular file of at most ``most_bytes`` without loading it whole; 64 hex digits.

    Raises:
        DataError, OSError: as ``read``.
    """
    with opened(path) as stream:
        _require_size(path, os.fstat(stream.fileno()).st_size, most_bytes)
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _require_size(path: Path, n_bytes: int, most_bytes: int) -> None:
    if n_bytes > most_bytes:
        raise DataError(
            f"{shown(path.name)}: expected a file of at most {most_bytes >> 20} MiB, got {n_bytes >> 20} MiB"
        )


def _require_regular(path: Path, mode: int) -> None:
    kind = _KINDS.get(stat.S_IFMT(mode))
    if kind is not None:
        raise DataError(f"{shown(path.name)}: expected a file, got {kind}, which is not opened")


def _without_waiting(name: str, flags: int) -> int:
    return os.open(name, flags | _FLAGS)
