"""Where do shards go: into a folder, or to an address?

Whatever is written appears whole or not at all. An object store shows an object once its last part is there;
elsewhere a file is written under another name first.
"""

import contextlib
import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlsplit

from datatools.atomic import PART, writing
from datatools.errors import DataError, DatatoolsError, UsageError
from datatools.remote.addresses import is_address, redacted
from datatools.remote.filesystems import open_filesystem
from datatools.remote.trouble import reason

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_SHOWS_WHOLE = {"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az"}  # object stores
_LEFT = re.compile(rf"\.shards[-.].+{re.escape(PART)}")  # by a run that was killed


class Sink(Protocol):
    """Takes a file's bytes, one piece after the other."""

    def write(self, data: bytes, /) -> object: ...


class Target(Protocol):
    """A place that files are written to."""

    told: str  # how it may be shown and kept

    def files(self) -> dict[str, int]:
        """Give the names of the files that are there, with their bytes; none where there is no such place."""
        ...

    def writing(self, name: str) -> AbstractContextManager[Sink]:
        """Give what takes a file's bytes; it is there when the block ends, and not when that raises."""
        ...

    def remove(self, name: str) -> None:
        """Remove a file."""
        ...


def target(to: str) -> Target:
    """Give the place that somebody names.

    Raises:
        UsageError: it is a file, or an address that nothing here can write to.
        DataError: it cannot be reached.
    """
    if is_address(to) and urlsplit(to).scheme != "file":
        return _Address(to)
    folder = Path(unquote(urlsplit(to).path)) if is_address(to) else Path(to)
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"expected a folder for the shards, {folder} is a file")
    return _Folder(folder.resolve())


def is_left(name: str) -> bool:
    """Say whether a file is what a killed run was writing."""
    return _LEFT.fullmatch(name) is not None


class _Folder:
    def __init__(self, folder: Path) -> None:
        self.told = str(folder)
        self._folder = folder

    def files(self) -> dict[str, int]:
        if not self._folder.is_dir():
            return {}
        return {path.name: path.lstat().st_size for path in self._folder.iterdir()}

    def writing(self, name: str) -> AbstractContextManager[Sink]:
        return writing(self._folder / name)

    def remove(self, name: str) -> None:
        (self._folder / name).unlink(missing_ok=True)


class _Address:
    def __init__(self, address: str) -> None:
        self.told = redacted(address)
        with self._telling():
            filesystem, path = open_filesystem(address)
        self._filesystem: AbstractFileSystem = filesystem
        self._path = path.rstrip("/")
        self._shows_whole = address.partition(":")[0].lower() in _SHOWS_WHOLE

    def files(self) -> dict[str, int]:
        with self._telling():
            self._filesystem.invalidate_cache()
            try:
                found = self._filesystem.ls(self._path, detail=True)
            except FileNotFoundError:
                return {}
        return {info["name"].rstrip("/").rpartition("/")[2]: _n_bytes(info) for info in found}

    @contextmanager
    def writing(self, name: str) -> Iterator[Sink]:
        beside = name if self._shows_whole else f".{name}{PART}"
        with self._telling():
            if not self._shows_whole:
                self._filesystem.makedirs(self._path, exist_ok=True)
            stream = self._filesystem.open(self._below(beside), "wb")
        sink = _Counting(self, stream)
        try:
            yield sink
            with self._telling():
                stream.close()
        except BaseException:
            self._give_up(stream, beside)
            raise
        with self._telling():
            if beside != name:
                if self._filesystem.exists(self._below(name)):
                    self._filesystem.rm_file(self._below(name))
                self._filesystem.mv(self._below(beside), self._below(name))
            self._filesystem.invalidate_cache()
            n_bytes = self._filesystem.info(self._below(name))["size"]
        if n_bytes != sink.n_bytes:
            self.remove(name)
            raise DataError(
                f"{self.told}/{name}: expected {sink.n_bytes} bytes after writing them, the place says "
                f"{n_bytes}: give the same command again"
            )

    def remove(self, name: str) -> None:
        with self._telling(), contextlib.suppress(FileNotFoundError):
            self._filesystem.rm_file(self._below(name))

    def _below(self, name: str) -> str:
        return f"{self._path}/{name}"

    def _give_up(self, stream: object, name: str) -> None:
        """Let nothing appear of what was written; closing some streams is what makes their object appear."""
        from fsspec.spec import AbstractBufferedFile

        # What went wrong first is told.
        with contextlib.suppress(Exception):
            if isinstance(stream, AbstractBufferedFile):
                stream.discard()
                stream.closed = True
                return
            with contextlib.suppress(Exception):
                stream.close()  # type: ignore[attr-defined]  # whatever the protocol's library opens
            self._filesystem.rm_file(self._below(name))

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Turn whatever the protocol's library raises into an error of ours."""
        try:
            yield
        except DatatoolsError:
            raise
        except (ImportError, ValueError, NotImplementedError) as error:
            raise UsageError(
                f"{self.told}: nothing can be written to addresses of this kind: {reason(error)}"
            ) from error
        # fsspec's file systems raise what the libraries below them raise.
        except Exception as error:
            raise DataError(
                f"{self.told}: cannot be written: {reason(error)}; mend the cause and give the same command "
                "again to go on"
            ) from error

    def wrote(self, stream: "Sink", data: bytes) -> None:
        """Write to a stream of this place."""
        with self._telling():
            stream.write(data)


class _Counting:
    """A stream of an address that knows how much was written."""

    def __init__(self, place: _Address, stream: Sink) -> None:
        self._place = place
        self._stream = stream
        self.n_bytes = 0

    def write(self, data: bytes) -> None:
        self._place.wrote(self._stream, data)
        self.n_bytes += len(data)


def _n_bytes(info: Mapping[str, object]) -> int:
    size = info.get("size")
    return size if isinstance(size, int) else 0
