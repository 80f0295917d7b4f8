"""How does a file appear whole or not at all, and what is its hash?"""

import contextlib
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

PART = ".part"  # ends the hidden name under which a file is being written
_BUFFER_BYTES = 1 << 20


def _beside(path: Path) -> Path:
    """Give another name in the folder of ``path``, which is there afterwards."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # By lot: on a shared folder two machines may have a process of one number.
    return path.with_name(f".{path.name}.{secrets.token_hex(8)}{PART}")


def _write_beside(path: Path, data: bytes | memoryview) -> Path:
    """Write a file under another name in the folder of ``path``, all of it on the disk."""
    beside = _beside(path)
    try:
        with naming(path), beside.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
    except BaseException:
        _forget(beside)
        raise
    return beside


def _forget(beside: Path) -> None:
    """Remove what was written beside a file; on a disk that refuses that too the first error is told."""
    with contextlib.suppress(OSError):
        beside.unlink(missing_ok=True)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Let an error of the disk name this file where it names none: a full disk does not say what did not fit.

    Raises:
        OSError: what came up in the block.
    """
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = str(path)
        raise


def write_bytes(path: Path, data: bytes | memoryview) -> None:
    """Write a file whole or not at all: beside it first, then renamed over it."""
    beside = _write_beside(path, data)
    try:
        beside.replace(path)
    finally:
        _forget(beside)


@contextmanager
def writing(path: Path) -> Iterator[BinaryIO]:
    """Give a stream that is the file when the block ends; when that raises, nothing was written."""
    beside = _beside(path)
    try:
        with naming(path), beside.open("wb", buffering=_BUFFER_BYTES) as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
    finally:
        _forget(beside)


def write_new(path: Path, data: bytes) -> bool:
    """Write a file whole or not at all, unless it is there; say whether it was written."""
    beside = _write_beside(path, data)
    try:
        os.link(beside, path)  # fails where the file is there, which a rename does not
    except FileExistsError:
        return False
    except OSError:  # a file system without links
        if path.exists():
            return False
        beside.replace(path)
    finally:
        _forget(beside)
    return True


def sha256_bytes(data: bytes) -> str:
    """Hash bytes; 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path) -> str:
    """Hash a file's bytes without loading it whole; 64 hex digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
