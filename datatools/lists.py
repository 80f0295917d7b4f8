"""Which samples did somebody choose, and where is their list kept?

A list is a file of the workspace, WS/samples/NAME.csv with a column sample_id, so that a run that was limited
to it can be told and made again wherever the workspace lies. Whoever is withdrawn leaves it like any listing.
"""

import csv
import io
from collections.abc import Collection, Iterator
from itertools import islice
from pathlib import Path

from datatools import streams, tables
from datatools.errors import UsageError
from datatools.records import Sample
from datatools.workspace import Workspace, file_name

_COLUMN = "sample_id"
_NAME_DIGITS = 12


def file(workspace: Workspace, name: str) -> Path:
    """Give the path of a list."""
    return workspace.root / "samples" / f"{file_name(name)}.csv"


def files(workspace: Workspace, name: str | None) -> list[Path]:
    """Give the file of the list that a run was limited to, if it was, for the run's record."""
    return [] if name is None else [file(workspace, name)]


def keep(workspace: Workspace, sample_ids: Collection[str]) -> str:
    """Keep a list under a name made of what it holds, and give the name; the same samples are one list."""
    ids = sorted(set(sample_ids))
    name = f"view-{tables.fingerprint(*ids)[:_NAME_DIGITS]}"
    path = file(workspace, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    tables.write_bytes(path, "".join(f"{line}\n" for line in (_COLUMN, *ids)).encode())
    return name


def read(workspace: Workspace, name: str) -> frozenset[str]:
    """Give the samples of a list.

    Raises:
        UsageError: there is no such list, or the file is none.
    """
    path = file(workspace, name)
    if not path.is_file():
        known = ", ".join(sorted(found.stem for found in path.parent.glob("*.csv"))) or "none"
        raise UsageError(f"expected a list of samples among those of {path.parent} ({known}), got {name!r}")
    try:
        rows = csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""), strict=True)
        if _COLUMN not in (rows.fieldnames or ()):
            raise UsageError(
                f"{path}: expected a column {_COLUMN}, got {', '.join(rows.fieldnames or ()) or 'none'}"
            )
        return frozenset(row[_COLUMN] for row in rows if row[_COLUMN])
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path}: expected a list of samples as CSV in UTF-8: {error}") from error


def samples(
    workspace: Workspace, *, source: str | None, listed: str | None, limit: int | None
) -> list[Sample]:
    """Give the readable samples, perhaps of one source alone, of one list alone, the first ones alone.

    Raises:
        UsageError: no such source or list, or a list of samples that are none of the workspace's.
    """
    found = workspace.samples(source=source)
    if listed is not None:
        chosen = read(workspace, listed)
        found = [row for row in found if row.sample_id in chosen]
        require_some(listed, len(found))
    return found[:limit]


def each(
    workspace: Workspace, *, source: str | None, listed: str | None, limit: int | None
) -> Iterator[Sample]:
    """Give what ``samples`` gives, one after the other.

    Raises:
        UsageError: as ``samples``.
    """
    found = streams.samples(workspace, source=source)
    if listed is not None:
        chosen = read(workspace, listed)
        require_some(listed, sum(row.sample_id in chosen for row in found))
        found = (row for row in streams.samples(workspace, source=source) if row.sample_id in chosen)
    return islice(found, limit)


def require_some(listed: str, n_found: int) -> None:
    """Raise UsageError when none of a list's samples are in scope."""
    if n_found == 0:
        raise UsageError(f"expected readable samples in the list {listed!r}, got none that are in scope")
