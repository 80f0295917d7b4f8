"""Which files does a tar archive hold, whatever its headers say?

Read from front to back, in pieces, by code of ours: Python's tarfile takes a header's word for how much to
read at once, makes links and devices, and knows formats in which a few bytes are a file of gigabytes. Here a
member is a regular file with a harmless name, or it comes with what is wrong with it and is passed over.
(The formats: POSIX.1-2001 pax, section "pax Interchange Format"; GNU tar's manual, "Basic Tar Format".)
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from datatools.errors import DataError
from datatools.outside.names import require_plain, shown

MAX_MEMBERS = 1_000_000
MAX_NAME_BYTES, MAX_PART_BYTES, MAX_DEPTH = 1024, 255, 32
_BLOCK = 512
_PIECE_BYTES = 1 << 20
_MAX_HEADER_BYTES = 64 << 10  # of a long name, or of a pax header
_LARGEST = 1 << 60
_OCTAL = re.compile(rb"[ \0]*([0-7]*)[ \0]*")
_LENGTH = re.compile(rb"([0-9]{1,6}) ")
_REGULAR, _FOLDER = {b"0", b"\0", b"7"}, b"5"
_LONG_NAME, _LONG_LINK, _PAX, _PAX_OF_ALL = b"L", b"K", b"x", b"g"
_KINDS = {
    b"1": "a hard link",
    b"2": "a symbolic link",
    b"3": "a device",
    b"4": "a device",
    b"6": "a named pipe",
    b"S": "a sparse file",
}
_WITHOUT_DATA = {b"1", b"2", b"3", b"4", b"5", b"6"}


class Source(Protocol):
    """What gives bytes from front to back."""

    def read(self, n_bytes: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Member:
    """A file of an archive."""

    name: str  # POSIX, without ./ in front; where ``problem`` is given, perhaps harmful
    n_bytes: int
    problem: str | None = None  # why it is not unpacked


@dataclass(slots=True)
class _Said:
    """What the headers before a member's own say about it."""

    name: bytes | None = None
    n_bytes: int | None = None
    is_sparse: bool = False


class Tape:
    """An archive's members, one after the other; ``pieces`` gives the current one's bytes.

    ``where`` is the archive's name, for messages; ``skip`` passes over so many bytes, where a source can.
    """

    def __init__(self, source: Source, where: str, skip: Callable[[int], object] | None = None) -> None:
        self._source = source
        self._where = where
        self._skip = skip
        self._left = 0  # bytes of the current member that were not read yet
        self._padding = 0

    def __iter__(self) -> Iterator[Member]:
        """Give the members.

        Raises:
            DataError: no tar archive, cut off, or a header that is none; what came before is whole.
        """
        said, n_members = _Said(), 0
        while (header := self._header(n_members)) is not None:
            kind, size = header[156:157], _number(header[124:136])
            if size is None:
                raise DataError(f"{self._where}: a header after {n_members} files gives no size")
            if kind in {_LONG_NAME, _LONG_LINK, _PAX, _PAX_OF_ALL}:
                self._hear(said, kind, self._said(size))
                continue
            if kind in _WITHOUT_DATA:
                size = 0
            elif said.n_bytes is not None:
                size = said.n_bytes
            self._left, self._padding = size, -size % _BLOCK
            name = _name(header) if said.name is None else said.name
            if not (kind == _FOLDER or (kind in _REGULAR and name.endswith(b"/"))):
                n_members += 1
                if n_members > MAX_MEMBERS:
                    raise DataError(f"{self._where}: holds more than {MAX_MEMBERS} files; split it")
                yield _member(name, size, kind, said)
            if self._skip is not None:
                self._skip(self._left)
                self._left = 0
            for _ in self.pieces():
                pass
            self._exactly(self._padding)
            said = _Said()

    def pieces(self) -> Iterator[bytes]:
        """Give the bytes of the current member that were not given yet, in pieces.

        Raises:
            DataError: the archive ends within it.
        """
        while self._left:
            piece = self._source.read(min(self._left, _PIECE_BYTES))
            if not piece:
                raise DataError(f"{self._where}: is cut off, {self._left} bytes before the end of a file")
            self._left -= len(piece)
            yield piece

    def _header(self, n_members: int) -> bytes | None:
        """Give the next header; None where the archive ends."""
        header = self._upto(_BLOCK)
        if header and not header.strip(b"\0"):
            return None
        if len(header) < _BLOCK:
            raise DataError(
                f"{self._where}: is cut off after {n_members} files"
                if n_members or header
                else f"{self._where}: is empty"
            )
        blank = header[:148] + b" " * 8 + header[156:]
        if _number(header[148:156]) != sum(blank):
            raise DataError(
                f"{self._where}: is damaged after {n_members} files"
                if n_members
                else f"{self._where}: is no tar archive"
            )
        return header

    def _said(self, size: int) -> bytes:
        if size > _MAX_HEADER_BYTES:
            raise DataError(f"{self._where}: a header of {size} bytes, {_MAX_HEADER_BYTES} are the most")
        said = self._exactly(size)
        self._exactly(-size % _BLOCK)
        return said

    def _hear(self, said: _Said, kind: bytes, data: bytes) -> None:
        if kind == _LONG_NAME:
            said.name = data.rstrip(b"\0")
        elif kind == _PAX:
            for key, value in self._records(data):
                if key == b"path":
                    said.name = value
                elif key == b"size":
                    said.n_bytes = _decimal(value)
                    if said.n_bytes is None:
                        raise DataError(f"{self._where}: a header whose size is no number")
                elif key.startswith(b"GNU.sparse."):
                    said.is_sparse = True

    def _records(self, data: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Give the pairs of a pax header: each is its length, a space, KEY=VALUE, and a line's end."""
        at = 0
        while at < len(data) and data[at]:
            found = _LENGTH.match(data, at)
            end = at + int(found[1]) if found else 0
            if found is None or not found.end() < end <= len(data) or data[end - 1 : end] != b"\n":
                raise DataError(f"{self._where}: a header of pax that is none")
            key, _, value = data[found.end() : end - 1].partition(b"=")
            yield key, value
            at = end

    def _exactly(self, n_bytes: int) -> bytes:
        found = self._upto(n_bytes)
        if len(found) < n_bytes:
            raise DataError(f"{self._where}: is cut off")
        return found

    def _upto(self, n_bytes: int) -> bytes:
        found = bytearray()
        while len(found) < n_bytes and (piece := self._source.read(n_bytes - len(found))):
            found += piece
        return bytes(found)


def _number(field: bytes) -> int | None:
    """Read a number in octal, or in base 256 as GNU tar writes large ones."""
    if field[0] == 0x80:
        value = int.from_bytes(field[1:], "big")
        return value if value < _LARGEST else None
    found = _OCTAL.fullmatch(field)
    return None if found is None else int(found[1] or b"0", 8)


def _decimal(value: bytes) -> int | None:
    is_number = value.isdigit() and len(value) < 19
    return int(value) if is_number and int(value) < _LARGEST else None


def _name(header: bytes) -> bytes:
    name = header[:100].partition(b"\0")[0]
    prefix = header[345:500].partition(b"\0")[0]
    # GNU tar keeps other things where POSIX keeps the name's beginning.
    return prefix + b"/" + name if prefix and header[257:263] == b"ustar\0" else name


def _member(name: bytes, size: int, kind: bytes, said: _Said) -> Member:
    text = name.decode("utf-8", "surrogateescape").removeprefix("./")
    if said.is_sparse:
        kind = b"S"
    if kind not in _REGULAR:
        what = _KINDS.get(kind, f"an entry of the kind {kind!r}")
        return Member(text, size, f"{shown(text)[:MAX_PART_BYTES]}: {what} is not unpacked")
    return Member(text, size, wrong_with(text))


def wrong_with(name: str) -> str | None:
    """Say what is wrong with a path that is to lie below a folder; None where nothing is."""
    told = shown(name)[:MAX_PART_BYTES]
    parts = name.split("/")
    try:
        require_plain(name)
    except DataError as error:
        return str(error)[: 2 * MAX_PART_BYTES]
    if name.startswith("/") or "\\" in name or re.match(r"[A-Za-z]:", name):
        return f"{told}: an absolute path, or one of another system, is not taken"
    if any(part in {"", ".", ".."} for part in parts):
        return f"{told}: a path with an empty part, `.` or `..` is not taken"
    n_bytes, longest = len(name.encode()), max(len(part.encode()) for part in parts)
    if n_bytes > MAX_NAME_BYTES or len(parts) > MAX_DEPTH or longest > MAX_PART_BYTES:
        return (
            f"{told}: expected a path of at most {MAX_NAME_BYTES} bytes in {MAX_DEPTH} parts of "
            f"{MAX_PART_BYTES}, got {n_bytes} in {len(parts)}"
        )
    return None
