"""How do readers read the listings, landmarks and folders that data sets are made of?"""

import csv
import io
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import numpy as np

from datatools.errors import DataError, MaskError
from datatools.masks import Landmarks
from datatools.outside import regular
from datatools.outside.arrays import read_array
from datatools.workspace import inside

_SKIPPED_FOLDERS = frozenset({"__MACOSX", "@eaDir"})  # what archivers and network drives add
_MAX_LINE_CHARACTERS = 1 << 20
_MAX_COLUMNS = 1000
_MAX_LANDMARK_BYTES = 1 << 20  # 68 points of a thousand faces
_WHOLE = re.compile(r"-?[0-9]{1,18}")


def has_header(path: Path, wanted: Sequence[str], unwanted: Sequence[str] = ()) -> bool:
    """Say whether a CSV file exists whose header has every wanted column and no unwanted one."""
    if not path.is_file():
        return False
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
            columns = set(next(csv.reader(_lines(stream, path)), []))
    except (csv.Error, OSError, DataError):
        return False
    return columns.issuperset(wanted) and columns.isdisjoint(unwanted)


def read_rows(path: Path, wanted: Sequence[str]) -> list[dict[str, str]]:
    """Read a CSV file with a header; a cell that a short row lacks is empty.

    Raises:
        DataError: missing, not UTF-8, without a wanted column or with two of its name, or with lines that
            no listing has.
    """
    try:
        with regular.opened(path) as data, io.TextIOWrapper(data, "utf-8-sig", newline="") as stream:
            rows = csv.DictReader(_lines(stream, path))
            columns = list(rows.fieldnames or [])
            missing = [name for name in wanted if name not in columns]
            if missing:
                raise DataError(f"{path}: expected the columns {', '.join(missing)}; got {_few(columns)}")
            twins = sorted({name for name in wanted if columns.count(name) > 1})
            if twins or len(columns) > _MAX_COLUMNS:
                why = f"two columns called {twins[0]}" if twins else f"{len(columns)} columns"
                raise DataError(
                    f"{path}: expected at most {_MAX_COLUMNS} columns of different names, got {why}"
                )
            return [{name: row[name] or "" for name in columns} for row in rows]
    except FileNotFoundError as error:
        raise DataError(f"expected the listing {path}, there is no such file") from error
    except OSError as error:
        raise DataError(f"expected the listing {path}, which cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} is not a CSV file in UTF-8: {error}") from error


def _few(columns: Sequence[str]) -> str:
    """Name the first columns, cut short."""
    named = ", ".join(name[:40] for name in columns[:20])
    return named + (f" and {len(columns) - 20} more" if len(columns) > 20 else "")


def _lines(stream: TextIO, path: Path) -> Iterator[str]:
    """Give the lines of a listing; one without an end would fill the memory."""
    while line := stream.readline(_MAX_LINE_CHARACTERS + 1):
        if len(line) > _MAX_LINE_CHARACTERS:
            raise DataError(f"{path}: a line has more than {_MAX_LINE_CHARACTERS} characters")
        yield line


def number(row: Mapping[str, str], column: str, where: str) -> float:
    """Give a cell as a number. Raises DataError where it is none."""
    try:
        return float(row[column])
    except ValueError as error:
        raise DataError(f"{where}: expected a number as {column}, got {row[column][:80]!r}") from error


def whole_number(row: Mapping[str, str], column: str, where: str) -> int:
    """Give a cell as a whole number that fits in 64 bits. Raises DataError where it is none."""
    if not _WHOLE.fullmatch(row[column]):
        raise DataError(f"{where}: expected a whole number as {column}, got {row[column][:80]!r}")
    return int(row[column])


def load_faces(root: Path, file: str, scheme: str, n_points: int) -> tuple[tuple[Landmarks, ...], str | None]:
    """Read the faces of one ``.npy`` file (n_faces * n_points, 2), and what is wrong with it.

    No file means that nobody marked a face: no faces, and nothing wrong.

    Args:
        root: the data set's folder.
        file: the file's path below it.
        scheme: of the points.
        n_points: of one face.
    """
    try:
        path = inside(root, file)
        try:
            path.stat()
        except OSError:  # also a name longer than any file's
            return (), None
        points = read_array(path, _MAX_LANDMARK_BYTES)
        if points.ndim != 2 or points.shape[1] != 2:
            return (), f"{path.name}: expected points as (n, 2), got {points.shape}"
        n_faces, rest = divmod(len(points), n_points)
        if rest or not n_faces:
            return (), f"{path.name}: expected {n_points} points a face, got {len(points)}"
        faces = np.split(points.astype(np.float32), n_faces)
        return tuple(Landmarks(part, scheme) for part in faces), None
    except MaskError as error:
        return (), f"{path.name}: not readable as landmarks: {error}"
    except DataError as error:
        return (), str(error)


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """A file of a folder, or what cannot be looked into."""

    path: str  # POSIX, below the folder
    problem: str | None = None


def walk(root: Path) -> Iterator[Found]:
    """Give every file below a folder, sorted by path.

    Hidden files and folders are skipped, links to folders are not followed, so that no loop is possible; a
    link to a folder outside the root, and a folder that cannot be listed, come as one path with a problem.
    """
    reach = root.resolve()
    found: list[Found] = []
    waiting = [""]
    while waiting:  # os.walk calls itself, and a folder may be deeper than Python's stack
        here = waiting.pop()
        try:
            inside_it = sorted(os.scandir(root / here), key=lambda entry: entry.name)
        except OSError as error:
            found.append(Found(here or ".", f"a folder that cannot be listed: {error.strerror}"))
            continue
        for entry in inside_it:
            path = f"{here}/{entry.name}" if here else entry.name
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in _SKIPPED_FOLDERS:
                    waiting.append(path)
            elif not _is_link_to_folder(entry):
                found.append(Found(path))
            elif not Path(entry.path).resolve().is_relative_to(reach):
                found.append(Found(path, "a link to a folder outside the source: copy it into the source"))
    yield from sorted(found, key=lambda one: one.path)


def _is_link_to_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link in a circle
        return False
