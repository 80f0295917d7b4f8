"""What of a WebDataset shard lands in a folder?

A shard is a tar archive, perhaps compressed. Members whose names are equal up to the first dot are one
sample, and stand beside each other.
"""

import gzip
import hashlib
import io
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from datatools.atomic import naming
from datatools.decoding import SUFFIXES
from datatools.errors import DataError
from datatools.outside.names import shown
from datatools.outside.tapes import Member, Source, Tape
from datatools.remote.addresses import key_of
from datatools.remote.steady import Steady

MAX_MEMBER_BYTES = 256 << 20  # as of any picture's file
_PICTURES = {suffix.removeprefix(".") for suffix in SUFFIXES}
_MAX_RATIO = 100  # of unpacked bytes to packed ones; JSON shrinks to a tenth, pictures not at all
_FREE_BYTES = 64 << 20  # unpacked from however few
_MAX_PROBLEMS = 20  # told of one shard

IsWithdrawn = Callable[[str], bool]  # takes a SHA-256, 64 hex digits


@dataclass(slots=True)
class Unpacked:
    """What came of a shard."""

    n_samples: int = 0
    n_files: int = 0
    n_withdrawn: int = 0  # samples that were left out
    problems: list[str] = field(default_factory=list)
    n_problems: int = 0

    def note(self, problem: str) -> None:
        """Remember what was not unpacked; of very many the first."""
        self.n_problems += 1
        if len(self.problems) < _MAX_PROBLEMS:
            self.problems.append(problem)


def unpack(shard: Steady, name: str, folder: Path, is_withdrawn: IsWithdrawn) -> Unpacked:
    """Unpack a shard into a new folder; of one that is cut off, what is whole.

    Args:
        shard: its bytes, packed; read to their end.
        name: its file's name.
        folder: to be filled.
        is_withdrawn: says of a member's hash that its sample must not come.

    Raises:
        OSError: of this machine's disk.
        Exception: what the shard's place raises.
    """
    done = Unpacked()
    sample = _Sample(done, is_withdrawn)
    folder.mkdir(parents=True)
    try:
        with _unpacked(shard, name) as source:
            tape = Tape(source, name)
            for member in tape:
                problem = _take(tape, member, folder, sample)
                if problem is not None:
                    done.note(problem)
    except DataError as error:
        done.note(f"{error}; what comes behind is not there")
    sample.end()
    shard.drain()
    return done


class _Sample:
    """The files of one sample: all of them stay, or none."""

    def __init__(self, done: Unpacked, is_withdrawn: IsWithdrawn) -> None:
        self._done = done
        self._is_withdrawn = is_withdrawn
        self._key: str | None = None
        self._files: list[Path] = []
        self._must_go = False

    def begin(self, key: str) -> None:
        """Go on to the sample of this key, perhaps the same one."""
        if key != self._key:
            self.end()
            self._key = key

    def add(self, path: Path, sha256: str, *, is_picture: bool) -> None:
        self._files.append(path)
        # By the picture alone: a label of one letter is that of many.
        self._must_go |= is_picture and self._is_withdrawn(sha256)

    def end(self) -> None:
        if self._must_go:
            for path in self._files:
                path.unlink()
            self._done.n_withdrawn += 1
        elif self._files:
            self._done.n_samples += 1
            self._done.n_files += len(self._files)
        self._key, self._files, self._must_go = None, [], False


def _take(tape: Tape, member: Member, folder: Path, sample: _Sample) -> str | None:
    """Write one member, or say why not."""
    path = PurePosixPath(member.name)
    if member.problem is None and any(part.startswith(".") for part in path.parts):
        return None  # what archivers add
    sample.begin(key_of(member.name))
    problem = member.problem or _too_large(member) or _in_the_way(folder, path)
    if problem is not None:
        return problem
    target = folder / path
    with naming(target):
        target.parent.mkdir(parents=True, exist_ok=True)
    sample.add(target, _written(tape, target), is_picture=path.name.partition(".")[2].lower() in _PICTURES)
    return None


def _too_large(member: Member) -> str | None:
    if member.n_bytes <= MAX_MEMBER_BYTES:
        return None
    return f"{shown(member.name)}: {member.n_bytes >> 20} MiB, and {MAX_MEMBER_BYTES >> 20} are the most"


def _in_the_way(folder: Path, path: PurePosixPath) -> str | None:
    """Say that a name came before: as it is, or as this disk does not tell it from another."""
    if (folder / path).exists():
        return f"{path}: a name that came before"
    if any((folder / parent).is_file() for parent in path.parents):
        return f"{path}: a folder that came before as a file"
    return None


def _written(tape: Tape, target: Path) -> str:
    """Write the current member; give its hash. One that is cut off leaves nothing."""
    digest = hashlib.sha256()
    try:
        with naming(target), target.open("xb") as stream:
            for piece in tape.pieces():
                digest.update(piece)
                stream.write(piece)
            stream.flush()
            os.fsync(stream.fileno())
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    return digest.hexdigest()


class _Limited:
    """Unpacked bytes, of which there are not absurdly many."""

    def __init__(self, source: Source, packed: Steady, name: str) -> None:
        self._source, self._packed, self._name = source, packed, name
        self._n_read = 0

    def read(self, n_bytes: int, /) -> bytes:
        try:
            piece = self._source.read(n_bytes)
        except (EOFError, zlib.error, OSError) as error:
            raise DataError(f"{self._name}: its compression is cut off or damaged") from error
        self._n_read += len(piece)
        if self._n_read > _FREE_BYTES + _MAX_RATIO * self._packed.n_read:
            raise DataError(f"{self._name}: unpacks to more than {_MAX_RATIO} times its size, as a bomb does")
        return piece


class _File(io.RawIOBase):
    """A shard's bytes, as decoders take them."""

    def __init__(self, shard: Steady) -> None:
        super().__init__()
        self._shard = shard

    def readable(self) -> bool:
        return True

    def read(self, n_bytes: int = -1, /) -> bytes:
        return self._shard.read(n_bytes)


@contextmanager
def _unpacked(shard: Steady, name: str) -> Iterator[Source]:
    """Give a shard's bytes unpacked."""
    lower = name.lower()
    if lower.endswith((".gz", ".tgz")):
        with gzip.GzipFile(fileobj=_File(shard), mode="rb") as stream:
            yield _Limited(stream, shard, name)
    elif lower.endswith(".zst"):
        import pyarrow as pa  # here: Python 3.11 has no decoder of its own

        with pa.CompressedInputStream(pa.PythonFile(_File(shard), mode="r"), "zstd") as stream:
            yield _Limited(stream, shard, name)
    else:
        yield shard
