"""How does a file appear whole or not at all, and what is its hash?"""

import hashlib
import os
import secrets
from pathlib import Path

PART = ".part"  # ends the hidden name under which a file is being written


def _write_beside(path: Path, data: bytes) -> Path:
    """Write a file under another name in the folder of ``path``, all of it on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # By lot: on a shared folder two machines may have a process of one number.
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}{PART}")
    try:
        with beside.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
    except BaseException as error:
        if isinstance(error, OSError) and error.filename is None:
            error.filename = str(path)  # a full disk does not say what did not fit
        beside.unlink(missing_ok=True)
        raise
    return beside


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file whole or not at all: beside it first, then renamed over it."""
    beside = _write_beside(path, data)
    try:
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


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
        beside.unlink(missing_ok=True)
    return True


def sha256_bytes(data: bytes) -> str:
    """Hash bytes; 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path) -> str:
    """Hash a file's bytes without loading it whole; 64 hex digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
