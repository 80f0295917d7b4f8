"""How do readers read the listings, landmarks and folders that data sets are made of?"""

import csv
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from datatools.errors import DataError, MaskError
from datatools.masks import Landmarks

_SKIPPED_FOLDERS = frozenset({"__MACOSX", "@eaDir"})  # what archivers and network drives add


def has_header(path: Path, wanted: Sequence[str], unwanted: Sequence[str] = ()) -> bool:
    """Say whether a CSV file exists whose header has every wanted column and no unwanted one."""
    if not path.is_file():
        return False
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        columns = set(next(csv.reader(stream), []))
    return columns.issuperset(wanted) and columns.isdisjoint(unwanted)


def read_rows(path: Path, wanted: Sequence[str]) -> list[dict[str, str]]:
    """Read a CSV file with a header; a cell that a short row lacks is empty.

    Raises:
        DataError: missing, not UTF-8, or without a wanted column.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.DictReader(stream)
            columns = list(rows.fieldnames or [])
            missing = [name for name in wanted if name not in columns]
            if missing:
                raise DataError(f"{path}: expected the columns {', '.join(missing)}; got {columns}")
            return [{name: row[name] or "" for name in columns} for row in rows]
    except FileNotFoundError as error:
        raise DataError(f"expected the listing {path}, there is no such file") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} is not a CSV file in UTF-8: {error}") from error


def load_faces(path: Path, scheme: str, n_points: int) -> tuple[tuple[Landmarks, ...], str | None]:
    """Read the faces of one ``.npy`` file (n_faces * n_points, 2), and what is wrong with it.

    No file means that nobody marked a face: no faces, and nothing wrong.
    """
    if not path.is_file():
        return (), None
    try:
        points = np.asarray(np.load(path, allow_pickle=False), np.float32)
        n_faces, rest = divmod(len(points), n_points)
        if rest or not n_faces:
            return (), f"{path.name}: expected {n_points} points a face, got {len(points)}"
        return tuple(Landmarks(part, scheme) for part in np.split(points, n_faces)), None
    # np.load raises EOFError, OSError or ValueError, by how the file is broken.
    except (EOFError, OSError, ValueError, TypeError, MaskError) as error:
        return (), f"{path.name}: not readable as landmarks: {error}"


def walk(root: Path) -> Iterator[tuple[str, bool]]:
    """Give every file below a folder as (POSIX path, is it out of reach), sorted by path.

    Hidden files and folders are skipped, links to folders are not followed, so that no loop is
    possible; a link to a folder outside the root comes as one path that is out of reach.
    """
    reach = root.resolve()
    found: list[tuple[str, bool]] = []
    for folder, subfolders, files in os.walk(root):
        here = Path(folder)
        for name in list(subfolders):
            path = here / name
            if name.startswith(".") or name in _SKIPPED_FOLDERS:
                subfolders.remove(name)
            elif path.is_symlink() and not path.resolve().is_relative_to(reach):
                found.append((path.relative_to(root).as_posix(), True))
        for name in files:
            if not name.startswith("."):
                found.append(((here / name).relative_to(root).as_posix(), False))
    yield from sorted(found)
