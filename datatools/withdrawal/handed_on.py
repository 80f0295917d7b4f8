"""Which shards did this workspace hand on, where do they lie, and which of them hold somebody?

For each place that shards went to there is a file of lines, WS/exports/NAME/shards.jsonl: the place first,
then the shards that are there. It is begun before the first byte of a shard is written, so that a withdrawal
also finds what a run that was killed has left. It names nobody: a shard is known by its range of ids.
"""

import json
import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from datatools.atomic import naming
from datatools.errors import DataError
from datatools.outside.tapes import Tape
from datatools.paths import file_name
from datatools.tables import fingerprint, write_bytes
from datatools.workspace import Workspace

INDEX = "shards.json"  # beside the shards, written last
_LIST = "shards.jsonl"
_ADDRESS = "://"
_NAME_DIGITS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """A shard that is whole at its place."""

    name: str
    low: str  # ids from here
    high: str | None  # to below here; None: to the last one
    stamp: str  # of what it was made of; empty where a sample of it could not be written
    sha256: str
    n_bytes: int

    def may_hold(self, sample_id: str) -> bool:
        """Say whether a sample of this id would be in it."""
        return self.low <= sample_id and (self.high is None or sample_id < self.high)


@dataclass(frozen=True, slots=True)
class Handed:
    """What went to one place: a folder, absolute, or an address without its secrets."""

    to: str
    shards: Mapping[str, Shard]

    @property
    def folder(self) -> Path | None:
        """Give the folder; None where it is an address."""
        return None if _ADDRESS in self.to else Path(self.to)


@dataclass(frozen=True, slots=True)
class _Place:
    to: str


def file_of(workspace: Workspace, to: str) -> Path:
    """Give the file that remembers what went to a place."""
    last = to.rstrip("/").rpartition("/")[2]
    name = f"{file_name(f'to-{last}')}-{fingerprint(to)[:_NAME_DIGITS]}"
    return workspace.root / "exports" / name / _LIST


def read(path: Path) -> Handed | None:
    """Give what such a file remembers; None where there is none. A line cut off by a kill is left out.

    Raises:
        DataError: its first line is broken.
    """
    if not path.is_file():
        return None
    first, *lines = path.read_bytes().split(b"\n")
    try:
        place = TypeAdapter(_Place).validate_json(first)
    except ValidationError as error:
        raise DataError(
            f'{path} does not begin with the place of shards: restore it, or write {{"to": "FOLDER"}} into '
            "its first line; a withdrawal must know where shards went"
        ) from error
    return Handed(place.to, {shard.name: shard for shard in _shards(lines)})


def _shards(lines: Collection[bytes]) -> Iterator[Shard]:
    known = TypeAdapter(Shard)
    for line in lines:
        try:
            yield known.validate_json(line)
        except ValidationError:  # cut off; the shard is written again
            continue


def write(path: Path, handed: Handed) -> None:
    """Remember what is at a place, whole."""
    shards = (asdict(shard) for _, shard in sorted(handed.shards.items()))
    write_bytes(path, "".join(map(_line, ({"to": handed.to}, *shards))).encode())


def append(path: Path, shard: Shard) -> None:
    """Remember one more shard, or another one of its name."""
    with naming(path), path.open("ab") as stream:
        stream.write(_line(asdict(shard)).encode())
        stream.flush()
        os.fsync(stream.fileno())


def _line(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False) + "\n"


def every(workspace: Workspace) -> dict[Path, Handed]:
    """Give all that was handed on, by the file that remembers it.

    Raises:
        DataError: as ``read``.
    """
    found = {path: read(path) for path in sorted((workspace.root / "exports").glob(f"*/{_LIST}"))}
    return {path: handed for path, handed in found.items() if handed is not None}


def holding(workspace: Workspace, sample_ids: Collection[str]) -> tuple[list[Path], list[str]]:
    """Give the files in folders that hold a sample, with their folders' indices; and addresses that may.

    Raises:
        DataError: as ``read``.
    """
    files, addresses = set[Path](), list[str]()
    for handed in every(workspace).values():
        if handed.folder is None:
            addresses += [
                f"{handed.to.rstrip('/')}/{shard.name}"
                for shard in handed.shards.values()
                if any(map(shard.may_hold, sample_ids))
            ]
            continue
        # Whatever is there: a run may have been killed before it remembered its last shard.
        found = [path for path in handed.folder.glob("shards-*.tar") if _holds(path, sample_ids)]
        if found or _names(handed.folder / INDEX, sample_ids):
            files |= {*found, handed.folder / INDEX}
    return sorted(files), sorted(addresses)


def _holds(path: Path, sample_ids: Collection[str]) -> bool:
    """Look through the names of a shard's members; one that cannot be read counts."""
    try:
        with path.open("rb") as stream:
            shard = Tape(stream, path.name, skip=lambda n_bytes: stream.seek(n_bytes, os.SEEK_CUR))
            return any(member.name.partition(".")[0] in sample_ids for member in shard)
    except (DataError, OSError):
        return True


def _names(index: Path, sample_ids: Collection[str]) -> bool:
    """Say whether an index names a sample: one that was left out is in no shard."""
    text = index.read_text("utf-8", errors="replace") if index.is_file() else ""
    return any(sample_id in text for sample_id in sample_ids)


def sentences(workspace: Workspace, addresses: Collection[str]) -> list[str]:
    """Say what somebody has to do about shards, once theirs are removed from folders.

    Args:
        workspace: whose shards they are.
        addresses: of shards that may hold them, as ``holding`` gave them.
    """
    found = []
    for handed in every(workspace).values():
        folder = handed.folder
        if folder is not None and not folder.is_dir():
            found.append(
                f"Shards were written to {folder}, which is not there now: delete them wherever they are."
            )
        elif folder is not None and not (folder / INDEX).is_file():
            found.append(
                f"The shards in {folder} that held them are removed, and the index: `datatools shards --to "
                f"{folder}` writes them again without them. Delete every copy."
            )
    if addresses:
        found.append(
            f"{len(addresses)} shards at addresses may hold them: give `datatools shards --to` with the same "
            "address again, which writes them without them, and delete every copy:"
        )
        found += [f"  {address}" for address in addresses]
    return found
