"""Which files hold a table: one, or a folder of parts?

WS/tables/NAME.parquet is the table wherever it is there. Otherwise the folder NAME beside it is: the parts
that its ``_parts.json`` lists, in their order; without such a list, as a cluster leaves it, every
part-*.parquet in it. A listed part is named by its content and never changed. So there is one moment at
which a table becomes another one: a rename of the file or of the list, or, from one file to parts, the
file's removal.
"""

import contextlib
import json
from collections.abc import Iterable
from pathlib import Path

from datatools.atomic import sha256_bytes, sha256_file, write_bytes
from datatools.errors import DatatoolsError, TableError
from datatools.outside.structured import read_json

LIST = "_parts.json"
_PATTERN = "part-*.parquet"


def folder(path: Path) -> Path:
    """Give the folder of a table's parts, by the path of its one file."""
    return path.with_suffix("")


def files(path: Path) -> list[Path]:
    """Give the files that hold a table; none where it was not written.

    Raises:
        TableError: the list of the parts is broken.
    """
    if path.is_file():
        return [path]
    names = _listed(path)
    if names is None:
        return sorted(folder(path).glob(_PATTERN))
    return [folder(path) / name for name in names]


def is_ordered(path: Path) -> bool:
    """Say whether the files hold their rows in the order of the key, one file after the other."""
    return path.is_file() or (folder(path) / LIST).is_file()


def exists(path: Path) -> bool:
    """Say whether a table was written."""
    return path.is_file() or bool(files(path))


def sha256(path: Path) -> str:
    """Hash a table, whatever files hold it; 64 hex digits.

    Raises:
        FileNotFoundError: the table, or one of its parts, is not there.
    """
    held = files(path)
    if held in ([], [path]):
        return sha256_file(path)
    return sha256_bytes("".join(f"{part.name} {sha256_file(part)}\n" for part in held).encode())


def replace(path: Path, parts: Iterable[tuple[str, bytes]]) -> None:
    """Make a table of these parts: whole or not at all, what stays the same is not written again.

    Args:
        path: of the one file that would hold the table.
        parts: in the order of the table's key, each with what its file's name says of its range.
    """
    home = folder(path)
    if not is_ordered(path) and (held := files(path)):
        _list(home, [part.name for part in held])  # new parts beside a cluster's must not count yet
    names = []
    for label, data in parts:
        names.append(f"part-{label}-{sha256_bytes(data)[:16]}.parquet")
        if not (home / names[-1]).is_file():
            write_bytes(home / names[-1], data)
    _list(home, names)
    path.unlink(missing_ok=True)
    _remove(home, keep=set(names))


def forget(path: Path) -> None:
    """Remove the parts of a table that one file holds by now."""
    home = folder(path)
    if (home / LIST).is_file() or any(home.glob(_PATTERN)):
        _remove(home, keep=set())
        (home / LIST).unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # somebody else's files are in it
            home.rmdir()


def _remove(home: Path, keep: set[str]) -> None:
    for part in home.glob(_PATTERN):
        if part.name not in keep:
            part.unlink()


def _list(home: Path, names: list[str]) -> None:
    write_bytes(home / LIST, json.dumps({"parts": names}, indent=1).encode() + b"\n")


def _listed(path: Path) -> list[str] | None:
    """Give the names on the list of parts; None where there is no list."""
    at = folder(path) / LIST
    if not at.is_file():
        return None
    try:
        found = read_json(at, "a list of a table's parts")
        names = found["parts"] if isinstance(found, dict) else None
        if isinstance(names, list) and all(_is_name(name) for name in names):
            return names
        reason = "it is not {'parts': ['part-....parquet', ...]}"
    except (DatatoolsError, KeyError) as error:
        reason = str(error)
    raise TableError(f"{at} is no list of a table's parts: {reason}; run the stage that writes it again")


def _is_name(name: object) -> bool:
    """Say whether something is the name of a part in the folder, and no way out of it."""
    return isinstance(name, str) and Path(name).name == name and Path(name).match(_PATTERN)
