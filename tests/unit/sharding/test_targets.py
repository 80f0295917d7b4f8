"""Does what is written to a folder or an address appear whole or not at all?"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from datatools.errors import DataError, UsageError
from datatools.sharding import targets
from datatools.sharding.targets import Target, is_left, target


@pytest.fixture
def memory() -> Iterator[MemoryFileSystem]:
    """Give fsspec's file system in memory, empty before and after."""
    found = MemoryFileSystem()
    found.store.clear()
    yield found
    found.store.clear()


@pytest.fixture(params=["folder", "file", "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path, memory: MemoryFileSystem) -> Target:
    """Give a place of each kind that is not there yet."""
    names = {"folder": str(tmp_path / "a b"), "file": (tmp_path / "a b").as_uri(), "memory": "memory://a/b"}
    return target(names[request.param])


def _write(place: Target, name: str, *pieces: bytes) -> None:
    with place.writing(name) as sink:
        for piece in pieces:
            sink.write(piece)


def _give_up(place: Target, name: str) -> None:
    """Fail while something is being written, not for the place's sake."""

    def write() -> None:
        with place.writing(name) as sink:
            sink.write(b"half of it")
            raise KeyError(name)

    with pytest.raises(KeyError):
        write()


def test_what_was_written_is_there(place: Target) -> None:
    """With its size; nothing else is."""
    assert place.files() == {}
    _write(place, "a.tar", b"12", b"345")
    assert place.files() == {"a.tar": 5}


def test_a_file_takes_the_place_of_an_older_one(place: Target) -> None:
    """Of the same name."""
    _write(place, "a.tar", b"12345")
    _write(place, "a.tar", b"1")
    assert place.files() == {"a.tar": 1}


def test_what_raises_leaves_nothing(place: Target) -> None:
    """And the older file of that name."""
    _write(place, "a.tar", b"old")
    _give_up(place, "a.tar")
    assert place.files() == {"a.tar": 3}


def test_removing_twice_is_fine(place: Target) -> None:
    """A killed run may have done it already."""
    _write(place, "a.tar", b"1")
    place.remove("a.tar")
    place.remove("a.tar")
    assert place.files() == {}


def test_an_address_is_told_without_its_secrets() -> None:
    """In records, on the screen and in the workspace."""
    assert target("memory://user:word@a/b").told == "memory://...@a/b"


def test_a_file_is_no_folder_for_shards(tmp_path: Path) -> None:
    """It is somebody's."""
    (tmp_path / "notes").write_text("mine")
    with pytest.raises(UsageError, match="is a file"):
        target(str(tmp_path / "notes"))


@pytest.mark.parametrize("address", ["nothing-knows://a/b", "http://127.0.0.1:9/a"])
def test_addresses_that_nothing_can_be_written_to_are_refused(address: str) -> None:
    """A protocol that nobody speaks, or that only reads."""
    with pytest.raises((UsageError, DataError), match=r"nothing can be written|cannot be written"):
        _write(target(address), "a.tar", b"1")


class _Store(MemoryFileSystem):  # type: ignore[misc]  # fsspec has no types
    """As an object store: what is closed is there, what is not is not."""

    fails: bool = False
    loses: bool = False

    def _open(self, path: str, mode: str = "rb", **named: Any) -> Any:
        if "w" not in mode or "data" in named:
            return super()._open(path, mode=mode, **named)
        return _Object(self, self._strip_protocol(path))


class _Object:
    def __init__(self, store: _Store, path: str) -> None:
        self._store, self._path, self._data = store, path, b""
        self.closed = False

    def write(self, data: bytes) -> int:
        if self._store.fails:
            raise OSError(28, "the bucket is full of s3://key:word@b")
        self._data += data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self._store.pipe_file(self._path, self._data[1:] if self._store.loses else self._data)


@pytest.fixture
def store(memory: MemoryFileSystem, monkeypatch: pytest.MonkeyPatch) -> _Store:
    """Let addresses of s3:// lead to a store in memory."""
    found = _Store()
    found.fails = found.loses = False
    monkeypatch.setattr(targets, "open_filesystem", lambda address: (found, address.partition("://")[2]))
    return found


def test_an_object_appears_when_its_last_byte_is_there(store: _Store) -> None:
    """No other name is used: a store has no renaming."""
    place = target("s3://bucket/a")
    with place.writing("a.tar") as sink:
        sink.write(b"123")
        assert place.files() == {}
    assert place.files() == {"a.tar": 3}


def test_an_object_that_was_given_up_is_removed(store: _Store) -> None:
    """Closing such a stream makes the object appear, and nothing else frees it."""
    place = target("s3://bucket/a")
    _give_up(place, "a.tar")
    assert place.files() == {}


def test_what_a_store_answers_is_told_without_secrets(store: _Store) -> None:
    """With the address and what to do."""
    store.fails = True
    with (
        pytest.raises(DataError, match=r"^s3://...@bucket/a: cannot be written: .* again to go on") as caught,
        target("s3://key:word@bucket/a").writing("a.tar") as sink,
    ):
        sink.write(b"123")
    assert "word" not in str(caught.value)


def test_an_object_of_another_size_is_no_object(store: _Store) -> None:
    """It is removed, and the run stops."""
    store.loses = True
    place = target("s3://bucket/a")
    with pytest.raises(DataError, match="expected 3 bytes after writing them, the place says 2"):
        _write(place, "a.tar", b"123")
    assert place.files() == {}


class _Buffered(fsspec.spec.AbstractBufferedFile):  # type: ignore[misc]  # fsspec has no types
    """As s3fs has them: what is discarded never appears."""

    discarded = False

    def discard(self) -> None:
        self.discarded = True

    def _upload_chunk(self, final: bool = False) -> bool:
        if final:
            self.fs.pipe_file(self.path, self.buffer.getvalue())
        return True

    def _initiate_upload(self) -> None:
        pass


def test_a_buffered_object_that_was_given_up_never_appears(
    store: _Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its parts are thrown away, and it is not closed behind our back."""
    opened: list[_Buffered] = []

    def _open(path: str, mode: str = "rb", **named: Any) -> _Buffered:
        opened.append(_Buffered(store, store._strip_protocol(path), mode=mode))
        return opened[-1]

    monkeypatch.setattr(store, "_open", _open)
    place = target("s3://bucket/a")
    _give_up(place, "a.tar")
    assert ([one.discarded for one in opened], place.files()) == ([True], {})


@pytest.mark.parametrize(
    ("name", "left"),
    [
        (".shards-000001.tar.part", True),
        (".shards-000001.tar.0123456789abcdef.part", True),
        (".shards.json.0123456789abcdef.part", True),
        ("shards-000001.tar", False),
        (".notes.part", False),
    ],
)
def test_what_a_killed_run_left_is_known_by_its_name(name: str, left: bool) -> None:
    """Nothing else is ever removed for its name."""
    assert is_left(name) is left
